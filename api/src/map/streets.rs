//! The streets of a tile, for a map without a base map.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use diesel::sql_types::{Integer, Nullable, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::geo::TileXyz;
use mendmap_shared::wire::map::{STREET_TILE_EXTENT, StreetClass, StreetLine, StreetTile};
use postgis_diesel::sql_types::Geometry;
use postgis_diesel::types::{LineString, Point};

use super::handlers::tile_at;
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::etag;

/// The zooms that have street tiles: above, a tile would hold a whole country's roads; below, the browser enlarges.
const ZOOMS: std::ops::RangeInclusive<u8> = 10..=18;
/// Streets change when somebody imports them: an hour late is early enough.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600, stale-while-revalidate=86400");

#[derive(QueryableByName)]
struct LineRow {
    #[diesel(sql_type = Text)]
    class: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Geometry)]
    geom: LineString<Point>,
}

impl From<LineRow> for StreetLine {
    fn from(row: LineRow) -> Self {
        let class = match row.class.as_str() {
            "trunk" => StreetClass::Trunk,
            "main" => StreetClass::Main,
            "path" => StreetClass::Path,
            "water" => StreetClass::Water,
            "rail" => StreetClass::Rail,
            _ => StreetClass::Minor,
        };
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers within a tile and its margin")]
        let points = row.geom.points.iter().flat_map(|at| [at.x as i32, at.y as i32]).collect();
        Self { class, name: row.name, points }
    }
}

/// The streets, waters and railways of a tile: fewer kinds at small scales, names from zoom 15 on. Lines that touch are
/// one line, and what is to be drawn on top comes last.
///
/// # Errors
/// From the database.
pub fn street_tile(conn: &mut PgConnection, tile: TileXyz) -> QueryResult<StreetTile> {
    // Columns and rows stay below 2^20.
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let rows: Vec<LineRow> = sql_query(include_str!("sql/streets.sql"))
        .bind::<Integer, _>(i32::from(tile.z()))
        .bind::<Integer, _>(number(tile.x()))
        .bind::<Integer, _>(number(tile.y()))
        .bind::<Integer, _>(STREET_TILE_EXTENT)
        .load(conn)?;
    Ok(StreetTile { streets: rows.into_iter().map(StreetLine::from).collect() })
}

/// The streets of one tile (XYZ scheme, Web Mercator), in whole units of a 4096th of its edge from its north-west corner.
/// Zooms 10 to 18.
#[utoipa::path(operation_id = "get_street_tile", tag = "map", params(
        ("z" = u8, Path, description = "Zoom, 10 to 18", example = 15), ("x" = u32, Path, description = "Column, from the west", example = 16111),
        ("y" = u32, Path, description = "Row, from the north", example = 10906)),
    responses((status = 200, body = StreetTile), (status = 204, description = "No streets there"), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: there is no such tile", body = ErrorEnvelope),
        (status = 404, description = "`not_found`: this zoom has no street tiles", body = ErrorEnvelope)))]
#[get("/map/streets/{z}/{x}/{y}.json")]
pub async fn get_street_tile(
    request: HttpRequest,
    app: web::Data<App>,
    freshness: Freshness,
) -> ApiResult<HttpResponse> {
    let tile = tile_at(&request)?;
    if !ZOOMS.contains(&tile.z()) {
        return Err(ApiError::code(ErrorCode::NotFound));
    }
    let found = app.db.read_as(freshness, move |conn| Ok(street_tile(conn, tile)?)).await?;
    let mut response = if found.streets.is_empty() {
        HttpResponse::NoContent().finish()
    } else {
        etag::json(&request, &found, etag::Keep::Public(0))?
    };
    response.headers_mut().insert(CACHE_CONTROL, CACHE);
    Ok(response)
}
