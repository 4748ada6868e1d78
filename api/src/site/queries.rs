//! The table of what the database knows about itself: a key and a value each.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Double, Nullable};
use diesel::upsert::excluded;
use mendmap_shared::geo::LonLat;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Content, Filling};
use crate::schema::settings;

const CENTRE: &str = "map_centre";
const FILLING: &str = "filling";
/// Before the name of a source in the key of its credit.
const CREDIT: &str = "credit/";
/// Before the name of a source whose lines are drawn on the map.
pub const OSM: &str = "osm/";

fn encode(value: impl Serialize) -> QueryResult<Value> {
    serde_json::to_value(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

fn decode<T: DeserializeOwned>(value: Value) -> QueryResult<T> {
    serde_json::from_value(value).map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

fn get<T: DeserializeOwned>(conn: &mut PgConnection, key: &str) -> QueryResult<Option<T>> {
    let value: Option<Value> = settings::table.find(key).select(settings::value).first(conn).optional()?;
    value.map(decode).transpose()
}

fn put(conn: &mut PgConnection, key: &str, value: impl Serialize) -> QueryResult<()> {
    diesel::insert_into(settings::table)
        .values((settings::key.eq(key), settings::value.eq(encode(value)?)))
        .on_conflict(settings::key)
        .do_update()
        .set(settings::value.eq(excluded(settings::value)))
        .execute(conn)
        .map(drop)
}

/// What this program filled the database with, if it did.
///
/// # Errors
/// From the database.
pub fn filling(conn: &mut PgConnection) -> QueryResult<Option<Filling>> {
    get(conn, FILLING)
}

/// Notes that a filling has begun, or is done.
///
/// # Errors
/// From the database.
pub fn note_filling(conn: &mut PgConnection, content: &Content, done: bool) -> QueryResult<()> {
    put(conn, FILLING, Filling { content: content.clone(), done })
}

/// Whom the places of each source credit, by the source's name.
///
/// # Errors
/// From the database.
pub fn credits(conn: &mut PgConnection) -> QueryResult<Vec<(String, String)>> {
    let rows: Vec<(String, Value)> = settings::table
        .filter(settings::key.like(format!("{CREDIT}%")))
        .order(settings::key)
        .select((settings::key, settings::value))
        .load(conn)?;
    rows.into_iter()
        .map(|(key, value)| Ok((key.strip_prefix(CREDIT).unwrap_or(&key).to_owned(), decode(value)?)))
        .collect()
}

/// Notes whom the places of a source credit: `given`, else what was noted earlier, else `usual`.
///
/// # Errors
/// From the database.
pub fn note_credit(conn: &mut PgConnection, source: &str, given: Option<&str>, usual: Option<&str>) -> QueryResult<()> {
    let key = format!("{CREDIT}{source}");
    match (given, usual) {
        (Some(text), _) => put(conn, &key, text),
        (None, Some(text)) if get::<String>(conn, &key)?.is_none() => put(conn, &key, text),
        (None, _) => Ok(()),
    }
}

/// Where the map begins, as the places that are loaded have it.
///
/// # Errors
/// From the database.
pub fn centre(conn: &mut PgConnection) -> QueryResult<Option<LonLat>> {
    get(conn, CENTRE)
}

#[derive(QueryableByName)]
struct Middle {
    #[diesel(sql_type = Nullable<Double>)]
    lon: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    lat: Option<f64>,
}

/// Works out the middle of the places that are loaded and notes it. To be called by whoever has changed them: a whole
/// country of places is too much to look through at each start.
///
/// # Errors
/// From the database.
pub fn note_centre(conn: &mut PgConnection) -> QueryResult<()> {
    // The median street lies where people live; the middle of a council's outline may be a mountain.
    let middle: Middle = sql_query(
        "WITH points AS (SELECT location FROM places WHERE kind = 'street'
                         UNION ALL SELECT ST_PointOnSurface(geom) FROM areas WHERE NOT EXISTS (SELECT FROM places WHERE kind = 'street'))
         SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(location)) AS lon,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(location)) AS lat FROM points",
    )
    .get_result(conn)?;
    match middle.lon.zip(middle.lat).and_then(|(lon, lat)| LonLat::new(lon, lat).ok()) {
        Some(point) => put(conn, CENTRE, point),
        None => Ok(()),
    }
}
