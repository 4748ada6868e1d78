//! What lies in a tile, and the counts it is answered from.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Date, Double, Integer, Nullable, Text};
use mendmap_shared::gather::cell_level;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::{Cluster, MapTile, Pin};
use mendmap_shared::workflow::StatusGroup;

use super::rules::{NUMBERED_LEVEL, most_pins};
use crate::db::{Stored, prepared};

/// Changes folded into the counts by one statement.
const FOLDED_AT_ONCE: i64 = 20_000;
/// Whoever folds holds this lock: one at a time is enough, and two would wait for each other's rows.
const COUNTS_LOCK: i64 = 7_233_002;

/// A tile that is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which one.
    pub tile: TileXyz,
    /// What it is to show.
    pub filter: MapFilter,
    /// The filter's age counted from now.
    pub first_month: Option<i32>,
}

/// Which counts answer for a tile. Each has a statement of its own, known when it is compiled, so that each connection prepares
/// it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Those of all reports.
    All,
    /// Those of all kinds by month.
    ByMonth,
    /// Those by kind.
    ByKind,
}

macro_rules! statement {
    ($counted:literal) => {
        concat!(
            include_str!("sql/asked.sql"),
            "FROM asked CROSS JOIN LATERAL (WITH counted AS NOT MATERIALIZED (",
            include_str!($counted),
            ")",
            include_str!("sql/tile.sql"),
            ") AS shown (lon, lat, open, fixed, closed, id, status_group, title, category_name)"
        )
    };
}

impl Counted {
    /// All of them.
    pub const EACH: [Self; 3] = [Self::All, Self::ByMonth, Self::ByKind];

    /// Those that answer for this tile.
    #[must_use]
    pub fn for_tile(asked: &Asked) -> Self {
        if asked.filter.category().is_some() || asked.filter.body().is_some() {
            Self::ByKind
        } else if asked.first_month.is_some() {
            Self::ByMonth
        } else {
            Self::All
        }
    }

    /// The statement. Its parameters are arrays, one entry for each tile: `$1` level of the cells, `$2` first and `$3` last
    /// cell of the tile at level 20, `$4` status groups separated by commas or NULL, `$5` most reports shown as pins, `$6`
    /// category code or group or NULL, `$7` slug of a body or NULL, `$8` first month or NULL.
    #[must_use]
    pub const fn statement(self) -> &'static str {
        match self {
            Self::All => statement!("sql/cells.sql"),
            Self::ByMonth => statement!("sql/month_cells.sql"),
            Self::ByKind => statement!("sql/kind_cells.sql"),
        }
    }
}

/// Number of the tile; place, and counts of a cell; the report, where it is one.
type Columns =
    (BigInt, Double, Double, BigInt, BigInt, BigInt, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, Nullable<Text>);
type Row = (i64, f64, f64, i64, i64, i64, Option<i64>, Option<Stored<StatusGroup>>, Option<String>, Option<String>);

/// The reports of these tiles that match their filters, in one statement; see [`MapTile`]. The counts that answer for the first
/// have to answer for all of them.
///
/// # Errors
/// From the database.
pub fn tiles(conn: &mut PgConnection, asked: &[Asked]) -> QueryResult<Vec<MapTile>> {
    let Some(first) = asked.first() else { return Ok(Vec::new()) };
    fn each<'a, T>(asked: &'a [Asked], value: impl Fn(&'a Asked) -> T) -> Vec<T> {
        asked.iter().map(value).collect()
    }
    let statuses = |asked: &Asked| {
        let statuses: Vec<_> = asked.filter.statuses().iter().map(|group| group.as_str()).collect();
        (!statuses.is_empty()).then(|| statuses.join(","))
    };
    let rows: Vec<Row> = prepared(Counted::for_tile(first).statement())
        .bind::<Array<Integer>, _>(each(asked, |asked| i32::from(cell_level(asked.tile.z()))))
        .bind::<Array<BigInt>, _>(each(asked, |asked| *asked.tile.cells(NUMBERED_LEVEL).start()))
        .bind::<Array<BigInt>, _>(each(asked, |asked| *asked.tile.cells(NUMBERED_LEVEL).end()))
        .bind::<Array<Nullable<Text>>, _>(each(asked, statuses))
        .bind::<Array<BigInt>, _>(each(asked, |asked| most_pins(asked.tile.z())))
        .bind::<Array<Nullable<Text>>, _>(each(asked, |asked| asked.filter.category()))
        .bind::<Array<Nullable<Text>>, _>(each(asked, |asked| asked.filter.body()))
        .bind::<Array<Nullable<Integer>>, _>(each(asked, |asked| asked.first_month))
        .rows_of::<Columns>()
        .load(conn)?;
    let mut tiles: Vec<MapTile> = asked.iter().map(|_| MapTile::default()).collect();
    for (number, lon, lat, open, fixed, closed, id, status_group, title, category) in rows {
        let location =
            LonLat::new(lon, lat).map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
        let Some(tile) = usize::try_from(number - 1).ok().and_then(|number| tiles.get_mut(number)) else { continue };
        match (id, status_group, title, category) {
            (Some(id), Some(Stored(status_group)), Some(title), Some(category)) => {
                tile.pins.push(Pin { id, location, status_group, title, category });
            }
            _ => tile.clusters.push(Cluster { location, open, fixed, closed }),
        }
    }
    Ok(tiles)
}

/// One tile.
///
/// # Errors
/// From the database.
pub fn tile(conn: &mut PgConnection, asked: Asked) -> QueryResult<MapTile> {
    Ok(tiles(conn, &[asked])?.pop().unwrap_or_default())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Folds the changes that are there into the counts, as far as nobody else is at it. Answers how many.
///
/// # Errors
/// From the database.
pub fn fold(conn: &mut PgConnection) -> QueryResult<i64> {
    let mut folded = 0;
    loop {
        let some = conn.transaction(|conn| {
            let free = sql::<Bool>("pg_try_advisory_xact_lock(").bind::<BigInt, _>(COUNTS_LOCK).sql(")");
            if !diesel::select(free).get_result::<bool>(conn)? {
                return Ok(0);
            }
            let taken: Number =
                sql_query(include_str!("sql/fold.sql")).bind::<BigInt, _>(FOLDED_AT_ONCE).get_result(conn)?;
            QueryResult::Ok(taken.number)
        })?;
        folded += some;
        if some < FOLDED_AT_ONCE {
            return Ok(folded);
        }
    }
}

/// How far the counts are from the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drift {
    /// Published reports.
    pub reports: i64,
    /// Cells of any level that say something else than the reports do.
    pub cells: i64,
}

/// Compares the counts with the reports; with `mend`, puts them right. One snapshot throughout, and others go on writing.
///
/// # Errors
/// From the database.
pub fn check(conn: &mut PgConnection, mend: bool) -> QueryResult<Drift> {
    conn.build_transaction().repeatable_read().run(|conn| compare(conn, mend))
}

/// Puts the counts right in the caller's transaction, for whoever wrote reports in it past the triggers.
///
/// # Errors
/// From the database.
pub fn rebuild(conn: &mut PgConnection) -> QueryResult<Drift> {
    compare(conn, true)
}

fn compare(conn: &mut PgConnection, mend: bool) -> QueryResult<Drift> {
    if mend {
        // Nobody folds meanwhile. The first statement, as it needs no snapshot: what is compared is as of when it is held.
        conn.batch_execute("LOCK TABLE map_counts, map_kind_counts IN SHARE ROW EXCLUSIVE MODE")?;
    }
    // All reports are looked at, however many there are.
    conn.batch_execute("SET LOCAL statement_timeout = 0")?;
    conn.batch_execute(include_str!("sql/drift.sql"))?;
    let number = |conn: &mut PgConnection, text: &str| {
        sql_query(format!("SELECT ({text})::bigint AS number")).get_result::<Number>(conn).map(|row| row.number)
    };
    let drift = Drift {
        reports: number(conn, "SELECT count(*) FROM reports WHERE visibility = 'published'")?,
        cells: number(conn, "(SELECT count(*) FROM count_drift) + (SELECT count(*) FROM kind_drift)")?,
    };
    conn.batch_execute(if mend { include_str!("sql/mend.sql") } else { "DROP TABLE kind_drift, count_drift" })?;
    Ok(drift)
}

/// Whether the check of this day is the caller's to do: it is the first to ask.
///
/// # Errors
/// From the database.
pub fn claim_check(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<bool> {
    let claimed = sql_query(
        "INSERT INTO settings (key, value) VALUES ('map_checked', to_jsonb($1)) \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE settings.value <> excluded.value",
    );
    Ok(claimed.bind::<Date, _>(day).execute(conn)? > 0)
}
