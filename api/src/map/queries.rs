//! What lies in a tile, and the counts it is answered from.

use std::marker::PhantomData;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Date, Double, Integer, Nullable, Text};
use mendmap_shared::gather::cell_level;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::{Cluster, MapTile, Pin};
use mendmap_shared::workflow::StatusGroup;

use super::rules::{NUMBERED_LEVEL, most_pins};
use crate::db::Stored;

/// Changes folded into the counts by one statement.
const FOLDED_AT_ONCE: i64 = 20_000;
/// Whoever folds holds this lock: one at a time is enough, and two would wait for each other's rows.
const COUNTS_LOCK: i64 = 7_233_002;

/// SQL of a tile: its text, known when it is compiled, so that each connection prepares it once.
pub trait TileSql: 'static {
    /// The text. Parameters: `$1` level of the cells, `$2` first and `$3` last cell of the tile at level 20, `$4` status
    /// groups or NULL, `$5` most reports shown as pins, `$6` category code or group or NULL, `$7` slug of a body or NULL,
    /// `$8` first month or NULL.
    fn text() -> &'static str;
}

macro_rules! tile_sql {
    ($($(#[$about:meta])+ $name:ident = $counted:literal;)+) => {$(
        $(#[$about])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl TileSql for $name {
            fn text() -> &'static str {
                concat!(
                    include_str!("sql/asked.sql"),
                    ", counted AS NOT MATERIALIZED (",
                    include_str!($counted),
                    ")",
                    include_str!("sql/tile.sql")
                )
            }
        }
    )+};
}

tile_sql! {
    /// All reports, counted.
    Counts = "sql/cells.sql";
    /// Reports of some months, counted.
    MonthCounts = "sql/month_cells.sql";
    /// Reports of some kinds, counted.
    KindCounts = "sql/kind_cells.sql";
}

/// The values of a tile's SQL.
#[derive(Debug, Clone)]
pub struct TileQuery<S> {
    level: i32,
    first: i64,
    last: i64,
    statuses: Option<Vec<&'static str>>,
    pins: i64,
    category: Option<String>,
    body: Option<String>,
    first_month: Option<i32>,
    sql: PhantomData<S>,
}

impl<S: TileSql> TileQuery<S> {
    fn new(tile: TileXyz, filter: &MapFilter, first_month: Option<i32>) -> Self {
        let cells = tile.cells(NUMBERED_LEVEL);
        let statuses: Vec<_> = filter.statuses().iter().map(|group| group.as_str()).collect();
        Self {
            level: cell_level(tile.z()).into(),
            first: *cells.start(),
            last: *cells.end(),
            statuses: (!statuses.is_empty()).then_some(statuses),
            pins: most_pins(tile.z()),
            category: filter.category().map(ToOwned::to_owned),
            body: filter.body().map(ToOwned::to_owned),
            first_month,
            sql: PhantomData,
        }
    }
}

impl<S: TileSql> QueryFragment<Pg> for TileQuery<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Diesel numbers parameters as they come: one that stands in the text twice is given twice.
        let mut parts = S::text().split('$');
        out.push_sql(parts.next().unwrap_or_default());
        for part in parts {
            match part.as_bytes().first() {
                Some(b'1') => out.push_bind_param::<Integer, _>(&self.level)?,
                Some(b'2') => out.push_bind_param::<BigInt, _>(&self.first)?,
                Some(b'3') => out.push_bind_param::<BigInt, _>(&self.last)?,
                Some(b'4') => out.push_bind_param::<Nullable<Array<Text>>, _>(&self.statuses)?,
                Some(b'5') => out.push_bind_param::<BigInt, _>(&self.pins)?,
                Some(b'6') => out.push_bind_param::<Nullable<Text>, _>(&self.category)?,
                Some(b'7') => out.push_bind_param::<Nullable<Text>, _>(&self.body)?,
                _ => out.push_bind_param::<Nullable<Integer>, _>(&self.first_month)?,
            }
            out.push_sql(part.get(1..).unwrap_or_default());
        }
        Ok(())
    }
}

impl<S: TileSql> QueryId for TileQuery<S> {
    type QueryId = TileQuery<S>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S> Query for TileQuery<S> {
    type SqlType =
        (Double, Double, BigInt, BigInt, BigInt, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, Nullable<Text>);
}

impl<S> RunQueryDsl<PgConnection> for TileQuery<S> {}

type Row = (f64, f64, i64, i64, i64, Option<i64>, Option<Stored<StatusGroup>>, Option<String>, Option<String>);

/// The reports of a tile that match the filter, `first_month` being its age counted from now; see [`MapTile`].
///
/// # Errors
/// From the database.
pub fn tile(
    conn: &mut PgConnection,
    tile: TileXyz,
    filter: &MapFilter,
    first_month: Option<i32>,
) -> QueryResult<MapTile> {
    let by_kind = filter.category().is_some() || filter.body().is_some();
    let rows: Vec<Row> = if by_kind {
        TileQuery::<KindCounts>::new(tile, filter, first_month).load(conn)?
    } else if first_month.is_some() {
        TileQuery::<MonthCounts>::new(tile, filter, first_month).load(conn)?
    } else {
        TileQuery::<Counts>::new(tile, filter, first_month).load(conn)?
    };
    let mut found = MapTile::default();
    for (lon, lat, open, fixed, closed, id, status_group, title, category) in rows {
        let location =
            LonLat::new(lon, lat).map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
        match (id, status_group, title, category) {
            (Some(id), Some(status_group), Some(title), Some(category)) => {
                found.pins.push(Pin { id, location, status_group: status_group.0, title, category });
            }
            _ => found.clusters.push(Cluster { location, open, fixed, closed }),
        }
    }
    Ok(found)
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
