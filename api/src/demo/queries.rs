//! All SQL of the demo but for single rows: whole tables at once, each by one statement over a JSON array of rows.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Double, Integer, Jsonb, Nullable, Text};
use mendmap_shared::limits::{LIVE_AT_ONCE, NEAREST_WARD_METRES};
use serde::Serialize;

/// Inserts rows by a statement that reads them from a JSON array, its only parameter. Columns and fields share names.
///
/// # Errors
/// From the database.
pub fn insert<T: Serialize>(conn: &mut PgConnection, statement: &str, rows: &[T]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    let rows = serde_json::to_value(rows).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    sql_query(statement).bind::<Jsonb, _>(rows).execute(conn)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Takes `count` numbers for new rows of a table, so that rows may refer to each other before they are written.
///
/// # Errors
/// From the database.
pub fn reserve(conn: &mut PgConnection, table: &str, count: usize) -> QueryResult<Vec<i64>> {
    let rows: Vec<Number> = sql_query(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS number FROM generate_series(1, $2) ORDER BY number",
    )
    .bind::<Text, _>(table)
    .bind::<BigInt, _>(i64::try_from(count).unwrap_or(i64::MAX))
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}

/// The next number for a new row of a table. While the table is locked against other writers, all numbers from here on are
/// free, if [`numbers_taken`] is told of them.
///
/// # Errors
/// From the database.
pub fn next_number(conn: &mut PgConnection, table: &str) -> QueryResult<i64> {
    let row: Number = sql_query("SELECT nextval(pg_get_serial_sequence($1, 'id')) AS number")
        .bind::<Text, _>(table)
        .get_result(conn)?;
    Ok(row.number)
}

/// Says which number of a table was used last, if it is not the one that was given out last.
///
/// # Errors
/// From the database.
pub fn numbers_taken(conn: &mut PgConnection, table: &str, last: i64) -> QueryResult<()> {
    sql_query(
        "SELECT setval(sequence, greatest($2, last)) FROM pg_get_serial_sequence($1, 'id') AS sequence,
                   LATERAL (SELECT coalesce(pg_sequence_last_value(sequence::regclass), 1) AS last) AS given",
    )
    .bind::<Text, _>(table)
    .bind::<BigInt, _>(last)
    .execute(conn)
    .map(drop)
}

/// Tells whoever listens to the live map of the reports from this number on that the triggers have not told of: of more
/// than any listener reads at once, so that all look at everything anew.
///
/// # Errors
/// From the database.
pub fn tell_live_map(conn: &mut PgConnection, first: i64) -> QueryResult<()> {
    sql_query(
        "INSERT INTO map_events (report_id, cell)
         SELECT id, map_cell(location) FROM reports WHERE id >= $1 AND visibility = 'published' ORDER BY id LIMIT $2",
    )
    .bind::<BigInt, _>(first)
    .bind::<BigInt, _>(i64::try_from(LIVE_AT_ONCE + 1).unwrap_or(i64::MAX))
    .execute(conn)?;
    sql_query("SELECT pg_notify('map', '')").execute(conn).map(drop)
}

/// Notes the reports from this number on for those who pull what changed, which the triggers would have done.
///
/// # Errors
/// From the database.
pub fn note_reports(conn: &mut PgConnection, first: i64) -> QueryResult<()> {
    sql_query(
        "INSERT INTO report_changes (report_id) SELECT id FROM reports WHERE id >= $1 AND visibility = 'published' ORDER BY id",
    )
    .bind::<BigInt, _>(first)
    .execute(conn)
    .map(drop)
}

/// A stretch of street a report could lie on.
#[derive(Debug, QueryableByName)]
pub struct Stretch {
    /// Its row.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// As in `street_lines`.
    #[diesel(sql_type = Text)]
    pub class: String,
    /// Length in metres.
    #[diesel(sql_type = Double)]
    pub metres: f64,
    /// Whether it is a row of `street_lines`; otherwise one of `places`.
    #[diesel(sql_type = Bool)]
    pub is_line: bool,
}

/// The stretches of street there are.
///
/// # Errors
/// From the database.
pub fn stretches(conn: &mut PgConnection) -> QueryResult<Vec<Stretch>> {
    sql_query(include_str!("sql/street_stretches.sql")).load(conn)
}

/// A place on a stretch, before it is known where that is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Aim {
    /// Number, to find the answer again.
    pub n: i32,
    /// The stretch's row.
    pub stretch: i64,
    /// As in [`Stretch`].
    pub is_line: bool,
    /// 0 at its beginning, 1 at its end.
    pub share: f64,
    /// Degrees east of it.
    pub east: f64,
    /// Degrees north of it.
    pub north: f64,
}

/// A place a report can lie at.
#[derive(Debug, Clone, PartialEq, QueryableByName)]
pub struct Spot {
    /// The aim's number.
    #[diesel(sql_type = Integer)]
    pub n: i32,
    /// Degrees east.
    #[diesel(sql_type = Double)]
    pub lon: f64,
    /// Degrees north.
    #[diesel(sql_type = Double)]
    pub lat: f64,
    /// The street's name.
    #[diesel(sql_type = Text)]
    pub street: String,
    /// The council's area; 0 for none.
    #[diesel(sql_type = BigInt)]
    pub council: i64,
    #[diesel(sql_type = Nullable<Text>)]
    council_name: Option<String>,
    /// The ward; 0 for none.
    #[diesel(sql_type = BigInt)]
    pub ward: i64,
    #[diesel(sql_type = Nullable<Text>)]
    ward_name: Option<String>,
}

impl Spot {
    /// "Ward, Council".
    pub fn label(&self) -> Option<String> {
        match (&self.ward_name, &self.council_name) {
            (Some(ward), Some(council)) if ward != council => Some(format!("{ward}, {council}")),
            (ward, council) => council.clone().or_else(|| ward.clone()),
        }
    }

    /// The areas it lies in, largest first.
    pub fn areas(&self) -> Vec<i64> {
        [self.council, self.ward].into_iter().filter(|id| *id != 0).collect()
    }
}

/// Where aims lie, in their order.
///
/// # Errors
/// From the database.
pub fn resolve(conn: &mut PgConnection, aims: &[Aim]) -> QueryResult<Vec<Spot>> {
    let aims = serde_json::to_value(aims).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    sql_query(include_str!("sql/resolve_spots.sql"))
        .bind::<Jsonb, _>(aims)
        .bind::<Double, _>(NEAREST_WARD_METRES)
        .load(conn)
}
