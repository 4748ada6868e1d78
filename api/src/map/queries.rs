//! What lies in a tile.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_PIN_ZOOM;
use mendmap_shared::wire::map::{Cluster, MapTile, Pin};
use mendmap_shared::workflow::Status;
use postgis_diesel::types::Point;

use crate::db::Stored;
use crate::reports::listing::inside;
use crate::reports::models::lon_lat;
use crate::schema::reports;

#[derive(QueryableByName)]
struct ClusterRow {
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    fixed: i64,
    #[diesel(sql_type = BigInt)]
    closed: i64,
}

/// The reports of a tile that match: each one from [`MAP_PIN_ZOOM`] on, counted below.
///
/// # Errors
/// From the database.
pub fn tile(
    conn: &mut PgConnection,
    tile: TileXyz,
    statuses: &[Status],
    category: Option<&str>,
) -> QueryResult<MapTile> {
    let [west, south, east, north] = tile.bbox().edges();
    let words: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    if tile.z() < MAP_PIN_ZOOM {
        let rows: Vec<ClusterRow> = diesel::sql_query(include_str!("clusters.sql"))
            .bind::<Double, _>(west)
            .bind::<Double, _>(south)
            .bind::<Double, _>(east)
            .bind::<Double, _>(north)
            .bind::<Nullable<Array<Text>>, _>((!words.is_empty()).then_some(words))
            .bind::<Nullable<Text>, _>(category)
            .load(conn)?;
        let cluster = |row: ClusterRow| {
            let location = LonLat::new(row.lon, row.lat)
                .map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
            Ok(Cluster { location, open: row.open, fixed: row.fixed, closed: row.closed })
        };
        return Ok(MapTile { clusters: rows.into_iter().map(cluster).collect::<QueryResult<_>>()?, pins: Vec::new() });
    }
    let mut query = reports::table
        .filter(reports::visibility.eq("published"))
        .filter(inside(tile.bbox()))
        .order(reports::id)
        .select((reports::id, reports::location, reports::status, reports::title, reports::category_name))
        .into_boxed();
    if !words.is_empty() {
        query = query.filter(reports::status.eq_any(words));
    }
    if let Some(category) = category {
        query = query.filter(reports::category_code.eq(category).or(reports::category_group.eq(category)));
    }
    let rows: Vec<(i64, Point, Stored<Status>, String, String)> = query.load(conn)?;
    let pins = rows
        .into_iter()
        // A point on the east or south edge belongs to the next tile.
        .filter(|(_, point, ..)| point.x < east && point.y > south)
        .map(|(id, point, status, title, category)| {
            Ok(Pin { id, location: lon_lat(&point)?, status_group: status.0.group(), title, category })
        })
        .collect::<QueryResult<_>>()?;
    Ok(MapTile { pins, clusters: Vec::new() })
}
