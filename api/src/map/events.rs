//! The events of the live map, as the database keeps them.
//!
//! Numbers are given out when an event is written and seen when its transaction commits, so a smaller one may be seen after a
//! larger one. Whoever reads goes back a little each time ([`OVERLAP_SECONDS`]), and leaves out what it has seen.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::LIVE_AT_ONCE;
use mendmap_shared::wire::map::{LivePin, LiveReport, Pin};
use mendmap_shared::workflow::{Status, StatusGroup};

use super::rules::NUMBERED_LEVEL;
use crate::db::Stored;
use crate::schema::map_events;

/// Seconds a transaction may take between writing an event and its commit without anybody missing it.
pub const OVERLAP_SECONDS: i64 = 30;

/// Seconds that a map may be old that was fetched just before its listener came: caches and all.
const FETCHED_SECONDS: i64 = 10;

/// Something a listener may be told.
#[derive(Debug, Clone)]
pub struct Event {
    /// Number of the event.
    pub id: i64,
    /// Where it is, or was: tiles of the finest level.
    pub places: Vec<TileXyz>,
    /// The report.
    pub report: LiveReport,
}

/// What is new: each event, or only that there is more than is told one by one.
#[derive(Debug)]
pub enum News {
    /// In the order of their numbers.
    Events(Vec<Event>),
    /// More than [`LIVE_AT_ONCE`].
    TooMuch,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    report_id: i64,
    #[diesel(sql_type = BigInt)]
    cell: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    was: Option<i64>,
    #[diesel(sql_type = Nullable<Double>)]
    lon: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    lat: Option<f64>,
    #[diesel(sql_type = Nullable<Text>)]
    status_group: Option<Stored<StatusGroup>>,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<Stored<Status>>,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    category_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    category_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    category_group: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    created_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<Text>)]
    bodies: Vec<String>,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        let cells = [Some(row.cell), row.was];
        let places =
            cells.into_iter().flatten().filter_map(|cell| TileXyz::from_cell(NUMBERED_LEVEL, cell).ok()).collect();
        let id = row.report_id;
        let now = (|| {
            Some(LivePin {
                pin: Pin {
                    id,
                    location: LonLat::new(row.lon?, row.lat?).ok()?,
                    status_group: row.status_group?.0,
                    title: row.title?,
                    category: row.category_name?,
                },
                status: row.status?.0,
                category_code: row.category_code?,
                category_group: row.category_group?,
                bodies: row.bodies,
                created_at: row.created_at?,
            })
        })();
        Self { id: row.id, places, report: LiveReport { id, now } }
    }
}

/// The events after this number, but for those seen already, and written since `since` if that is given.
///
/// # Errors
/// From the database.
pub fn after(conn: &mut PgConnection, id: i64, seen: &[i64], since: Option<DateTime<Utc>>) -> QueryResult<News> {
    let most = i64::try_from(LIVE_AT_ONCE).unwrap_or(i64::MAX);
    let rows: Vec<Row> = sql_query(include_str!("sql/events.sql"))
        .bind::<BigInt, _>(id)
        .bind::<Array<BigInt>, _>(seen)
        .bind::<Nullable<Timestamptz>, _>(since)
        .bind::<BigInt, _>(most + 1)
        .load(conn)?;
    if rows.len() > LIVE_AT_ONCE {
        return Ok(News::TooMuch);
    }
    Ok(News::Events(rows.into_iter().map(Event::from).collect()))
}

/// The number of the newest event, 0 before the first.
///
/// # Errors
/// From the database.
pub fn newest(conn: &mut PgConnection) -> QueryResult<i64> {
    map_events::table.select(diesel::dsl::max(map_events::id)).first::<Option<i64>>(conn).map(Option::unwrap_or_default)
}

/// The largest number before those that may have company still: everything up to it has been seen.
///
/// # Errors
/// From the database.
pub fn settled(conn: &mut PgConnection) -> QueryResult<i64> {
    let settled = Utc::now() - Duration::seconds(OVERLAP_SECONDS);
    let before: Option<i64> = map_events::table
        .filter(map_events::at.lt(settled))
        .order((map_events::at.desc(), map_events::id.desc()))
        .select(map_events::id)
        .first(conn)
        .optional()?;
    // With nothing that old, everything there is may have company.
    Ok(before.unwrap_or_default())
}

/// What somebody missed who was told of event `last` last; or who was told nothing yet, and saw the map a moment ago.
///
/// # Errors
/// From the database.
pub fn missed(conn: &mut PgConnection, last: Option<i64>) -> QueryResult<News> {
    let Some(last) = last else {
        return after(conn, 0, &[], Some(Utc::now() - Duration::seconds(FETCHED_SECONDS)));
    };
    let told: Option<DateTime<Utc>> = map_events::table.find(last).select(map_events::at).first(conn).optional()?;
    match told {
        Some(at) => after(conn, 0, &[], Some(at - Duration::seconds(OVERLAP_SECONDS))),
        // Gone with its hour, or never there; nobody knows what was missed.
        None if last > 0 => Ok(News::TooMuch),
        None => after(conn, 0, &[], None),
    }
}
