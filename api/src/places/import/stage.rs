//! The way of every import into the database: rows are copied into temporary tables, and whole tables compared.

use diesel::connection::SimpleConnection;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Double, Text};
use diesel::{
    ExecuteCopyFromDsl, Insertable, PgConnection, QueryResult, QueryableByName, RunQueryDsl, copy_from, sql_query,
};
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::NEAREST_WARD_METRES;
use postgis_diesel::types::{LineString, Point};

use super::Progress;
use super::report::Counts;

/// Rows between two steps of the progress bar.
const CHUNK: usize = 5_000;
/// Spatial reference of everything: WGS 84, longitude first.
const SRID: u32 = 4326;

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;

    staged_places (source_key) {
        kind -> Text,
        name -> Text,
        name_alt -> Nullable<Text>,
        importance -> Float4,
        location -> Geometry,
        source_key -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;

    staged_lines (source_key) {
        class -> Text,
        name -> Nullable<Text>,
        name_alt -> Nullable<Text>,
        importance -> Float4,
        geom -> Geometry,
        source_key -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use postgis_diesel::sql_types::Geometry;

    staged_postcodes (code) {
        code -> Text,
        label -> Text,
        location -> Geometry,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    staged_areas (number) {
        number -> BigInt,
        code -> Text,
        name -> Text,
        name_alt -> Nullable<Text>,
        outline -> Text,
    }
}

/// A place on its way in.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = staged_places, treat_none_as_default_value = false)]
pub(super) struct StagedPlace {
    pub kind: &'static str,
    pub name: String,
    pub name_alt: Option<String>,
    pub importance: f32,
    pub location: Point,
    pub source_key: String,
}

/// A street line on its way in.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = staged_lines, treat_none_as_default_value = false)]
pub(super) struct StagedLine {
    pub class: &'static str,
    pub name: Option<String>,
    pub name_alt: Option<String>,
    pub importance: f32,
    pub geom: LineString<Point>,
    pub source_key: String,
}

/// A postcode on its way in.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = staged_postcodes, treat_none_as_default_value = false)]
pub(super) struct StagedPostcode {
    pub code: String,
    pub label: String,
    pub location: Point,
}

/// An area on its way in.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = staged_areas, treat_none_as_default_value = false)]
pub(super) struct StagedArea {
    /// Of the feature in its file, from 1.
    pub number: i64,
    pub code: String,
    pub name: String,
    pub name_alt: Option<String>,
    /// As GeoJSON.
    pub outline: String,
}

/// A point as the database takes it.
pub(super) fn point(at: LonLat) -> Point {
    Point { x: at.lon(), y: at.lat(), srid: Some(SRID) }
}

/// A line as the database takes it.
pub(super) fn line(points: &[LonLat]) -> LineString<Point> {
    LineString {
        points: points.iter().map(|at| Point { x: at.lon(), y: at.lat(), srid: None }).collect(),
        srid: Some(SRID),
    }
}

/// Makes the temporary tables, empty. They go with the transaction.
pub(super) fn create(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(include_str!("stage.sql"))
}

/// Copies rows into a temporary table and tells the planner about them.
macro_rules! fill {
    ($name:ident, $table:ident, $row:ty) => {
        pub(super) fn $name(conn: &mut PgConnection, rows: &[$row], progress: &Progress) -> QueryResult<()> {
            progress.writing(rows.len());
            for chunk in rows.chunks(CHUNK) {
                copy_from($table::table).from_insertable(chunk).execute(conn)?;
                progress.wrote(chunk.len());
            }
            conn.batch_execute(concat!("ANALYZE ", stringify!($table)))
        }
    };
}

fill!(fill_places, staged_places, StagedPlace);
fill!(fill_lines, staged_lines, StagedLine);
fill!(fill_postcodes, staged_postcodes, StagedPostcode);
fill!(fill_areas, staged_areas, StagedArea);

#[derive(QueryableByName)]
struct CountsRow {
    #[diesel(sql_type = BigInt)]
    staged: i64,
    #[diesel(sql_type = BigInt)]
    added: i64,
    #[diesel(sql_type = BigInt)]
    changed: i64,
    #[diesel(sql_type = BigInt)]
    removed: i64,
}

/// Runs a statement that makes a table like its staged one and counts what it did. `read` is what was staged.
pub(super) fn apply(conn: &mut PgConnection, sql: &str, parameters: &[&str]) -> QueryResult<Counts> {
    let mut query = sql_query(sql).into_boxed::<Pg>();
    for parameter in parameters {
        query = query.bind::<Text, _>((*parameter).to_owned());
    }
    // Whole tables are compared. A planner that remembers the target as empty would otherwise look through all of it once
    // for every row.
    conn.batch_execute("SET LOCAL enable_nestloop = off")?;
    let row: CountsRow = query.get_result(conn)?;
    conn.batch_execute("SET LOCAL enable_nestloop = on")?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let (read, new, changed) = (count(row.staged), count(row.added), count(row.changed));
    let unchanged = read.saturating_sub(new).saturating_sub(changed);
    Ok(Counts { read, new, changed, unchanged, removed: count(row.removed), refused: 0 })
}

/// Makes the places of `source` what is staged; then settles which of two sources shows a place both have, and where the
/// new ones lie.
pub(super) fn apply_places(conn: &mut PgConnection, source: &str, progress: &Progress) -> QueryResult<Counts> {
    progress.busy("comparing");
    let counts = apply(conn, include_str!("apply_places.sql"), &[source])?;
    conn.batch_execute("ANALYZE places")?;
    sql_query(include_str!("merge_places.sql")).execute(conn)?;
    label_areas(conn, Labelled::New, progress)?;
    Ok(counts)
}

/// Which places and postcodes are told their area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labelled {
    /// Those that have none.
    New,
    /// All: the areas themselves have changed.
    All,
}

/// Writes "Ward, Council" to places and postcodes: by containment, for the ward else the nearest one.
pub(super) fn label_areas(conn: &mut PgConnection, which: Labelled, progress: &Progress) -> QueryResult<()> {
    progress.busy("finding areas");
    for table in ["places", "postcodes"] {
        // The planner must know what was just written: a wrong guess turns seconds into an hour.
        conn.batch_execute(&format!("ANALYZE areas, {table}; TRUNCATE found_areas"))?;
        sql_query(include_str!("find_areas.sql").replace("{table}", table))
            .bind::<Bool, _>(which == Labelled::All)
            .execute(conn)?;
        conn.batch_execute("ANALYZE found_areas")?;
        sql_query(include_str!("label_areas.sql").replace("{table}", table))
            .bind::<Bool, _>(which == Labelled::All)
            .bind::<Double, _>(NEAREST_WARD_METRES)
            .execute(conn)?;
    }
    // New entries wait in a list that every search reads from end to end, or would if the planner did not prefer to read
    // the whole table then. Searches are quick from the first one on when they are put where they belong.
    conn.batch_execute(
        "SELECT gin_clean_pending_list('places_form_idx'), gin_clean_pending_list('places_address_idx'); ANALYZE places",
    )
}

#[derive(QueryableByName)]
struct InvalidArea {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    reason: String,
}

/// Takes areas whose outline crosses itself or the like out of the stage; answers their feature numbers and reasons.
pub(super) fn refuse_invalid_areas(conn: &mut PgConnection) -> QueryResult<Vec<(i64, String)>> {
    let rows: Vec<InvalidArea> = sql_query(include_str!("refuse_invalid_areas.sql")).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.number, row.reason)).collect())
}
