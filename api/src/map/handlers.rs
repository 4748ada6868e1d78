//! Tiles.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::ErrorEnvelope;
use mendmap_shared::geo::TileXyz;
use mendmap_shared::wire::map::MapTile;
use serde::Deserialize;

use super::queries;
use crate::app::App;
use crate::error::ApiResult;
use crate::http::etag;
use crate::http::extract::Query;
use crate::reports::listing::statuses;

/// What a map may show less of.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MapFilter {
    /// Statuses or groups of them, separated by commas.
    #[param(example = "open")]
    status: Option<String>,
    /// Code of a category, or name of a group.
    category: Option<String>,
}

/// The reports of one tile (XYZ scheme, Web Mercator): pins from zoom 14 on, clusters with counts by status group below.
#[utoipa::path(operation_id = "get_map_tile", tag = "map", params(
        ("z" = u8, Path, description = "Zoom, 0 to 20", example = 14), ("x" = u32, Path, description = "Column, from the west", example = 8055),
        ("y" = u32, Path, description = "Row, from the north", example = 5453), MapFilter),
    responses((status = 200, body = MapTile), (status = 204, description = "Nothing there"), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: there is no such tile", body = ErrorEnvelope)))]
#[get("/map/{z}/{x}/{y}.json")]
pub async fn get_map_tile(
    request: HttpRequest,
    app: web::Data<App>,
    path: web::Path<(u8, u32, u32)>,
    filter: Query<MapFilter>,
) -> ApiResult<HttpResponse> {
    let (z, x, y) = path.into_inner();
    let tile = TileXyz::new(z, x, y)?;
    let statuses = statuses(filter.status.as_deref())?;
    let Query(filter) = filter;
    let found = app.db.read(move |conn| Ok(queries::tile(conn, tile, &statuses, filter.category.as_deref())?)).await?;
    if found.pins.is_empty() && found.clusters.is_empty() {
        return Ok(HttpResponse::NoContent()
            .insert_header(("Cache-Control", "public, max-age=2, stale-while-revalidate=8"))
            .finish());
    }
    etag::json(&request, &found, etag::Keep::Public(2))
}
