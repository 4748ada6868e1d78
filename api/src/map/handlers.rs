//! Tiles, and what is live.

use std::fmt::Write as _;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder, get, web};
use actix_web_lab::sse;
use chrono::Utc;
use futures_util::stream::{self, StreamExt as _};
use mendmap_shared::error::{ErrorEnvelope, FieldCode};
use mendmap_shared::geo::{Bbox, GeoError, MERCATOR_MAX_LAT, TileXyz};
use mendmap_shared::limits::MAP_ZOOM_MAX;
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::{LiveReport, MapTile, TileJson, VectorLayer};
use serde::Deserialize;
use url::form_urlencoded;

use super::events::{self, News};
use super::queries::Asked;
use super::{live, vector};
use crate::app::App;
use crate::cache::{Key, Kind, Made};
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::Query;
use crate::http::rate_limit::Door;
use crate::http::{etag, kept};
use crate::telemetry::metrics::METRICS;

/// Where a filter is to be written otherwise, that stays so.
const REDIRECT_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// How often a listener hears that the connection lives: less than proxies and load balancers wait.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_secs(3);

/// What a map shows less of, for the API's description; [`MapFilter`] reads it.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters, and nothing more")]
pub struct MapFilterParams {
    /// Status groups, separated by commas, in the order open, fixed, closed.
    #[param(example = "open")]
    status: Option<String>,
    /// Code of a category, or name of a group.
    #[param(example = "potholes")]
    category: Option<String>,
    /// Slug of a body.
    #[param(example = "newport")]
    body: Option<String>,
    /// Only reports of the last 1, 3, 6, 12 or 24 months; the month that has begun comes on top.
    #[param(example = 3)]
    age: Option<u16>,
}

/// Everything that decides what a tile shows, but for the reports.
struct TileKey<'a> {
    tile: TileXyz,
    /// As it is written in an address.
    filter: &'a str,
    first_month: Option<i32>,
}

impl Key for TileKey<'_> {
    fn text(&self) -> String {
        let Self { tile, filter, first_month } = self;
        let mut text = String::with_capacity(48 + filter.len());
        let _ = write!(text, "map tile {}/{}/{} {first_month:?} {filter}", tile.z(), tile.x(), tile.y());
        text
    }
}

/// The reports of one tile (XYZ scheme, Web Mercator), as pins and clusters.
///
/// From zoom 14 on, a tile with no more than 100 matching reports shows each as a pin, and from zoom 19 on one with no more than
/// 500. The others show clusters with exact counts at their centre of mass, of cells an eighth of the tile's edge (at zoom 16
/// of cells of a tile's size at zoom 18, from zoom 17 on at zoom 20), and a pin for each report alone in its cell.
///
/// Parameters have one order (status, category, body, age) and one way to be written; others are redirected there.
#[utoipa::path(operation_id = "get_map_tile", tag = "map", params(
        ("z" = u8, Path, description = "Zoom, 0 to 20", example = 14), ("x" = u32, Path, description = "Column, from the west", example = 8055),
        ("y" = u32, Path, description = "Row, from the north", example = 5453), MapFilterParams),
    responses((status = 200, body = MapTile), (status = 204, description = "Nothing there"), (status = 304, description = "As known"),
        (status = 308, description = "The same, as it is written"),
        (status = 400, description = "`invalid_request`: there is no such tile or filter", body = ErrorEnvelope)))]
// That `y` ends before the dot is said, so that a regular expression never has to go back: most requests are for tiles.
#[get("/api/v1/map/{z}/{x}/{y:[^/.]+}.json")]
pub async fn get_map_tile(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    tile(request, app, Kind::Json).await
}

/// The same tile as a Mapbox Vector Tile 2.1: layer `reports` (`id`, `status_group`, `title`, `category`), layer `clusters`
/// (`count`, `open`, `fixed`, `closed`).
#[utoipa::path(operation_id = "get_map_vector_tile", tag = "map", params(
        ("z" = u8, Path, description = "Zoom, 0 to 20", example = 14), ("x" = u32, Path, description = "Column, from the west", example = 8055),
        ("y" = u32, Path, description = "Row, from the north", example = 5453), MapFilterParams),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile"),
        (status = 204, description = "Nothing there"), (status = 304, description = "As known"),
        (status = 308, description = "The same, as it is written"),
        (status = 400, description = "`invalid_request`: there is no such tile or filter", body = ErrorEnvelope)))]
#[get("/api/v1/map/{z}/{x}/{y:[^/.]+}.mvt")]
pub async fn get_map_vector_tile(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    tile(request, app, Kind::VectorTile).await
}

async fn tile(request: HttpRequest, app: web::Data<App>, kind: Kind) -> ApiResult<HttpResponse> {
    let place = tile_at(&request)?;
    let filter = filter(&request)?;
    let written = filter.to_string();
    if written != request.query_string() {
        let address =
            if written.is_empty() { request.path().to_owned() } else { format!("{}?{written}", request.path()) };
        return Ok(HttpResponse::PermanentRedirect()
            .insert_header((LOCATION, address))
            .insert_header((CACHE_CONTROL, REDIRECT_CACHE))
            .finish());
    }
    let first_month = filter.first_month(Utc::now());
    let key = TileKey { tile: place, filter: &written, first_month };
    let asked = Asked { tile: place, filter, first_month };
    let make = || async { app.tiles.tile(asked, kind).await.map(Made::from) };
    let (found, level) = app.cache.get_or_make(&key, kind, make).await?;
    METRICS.tile(kind, level);
    Ok(kept::answer(&request, &found))
}

/// The tile an address names by its parts `z`, `x` and `y`.
///
/// # Errors
/// `invalid_request` where there is none.
pub fn tile_at(request: &HttpRequest) -> ApiResult<TileXyz> {
    let parts = request.match_info();
    let tile =
        (|| Some((parts.get("z")?.parse().ok()?, parts.get("x")?.parse().ok()?, parts.get("y")?.parse().ok()?)))();
    let (z, x, y) = tile.ok_or(GeoError::Tile)?;
    Ok(TileXyz::new(z, x, y)?)
}

fn filter(request: &HttpRequest) -> ApiResult<MapFilter> {
    MapFilter::read(form_urlencoded::parse(request.query_string().as_bytes())).map_err(|error| {
        ApiError::parameter(
            error.parameter,
            FieldCode::Invalid,
            "the map has no such filter, or it cannot have this value",
        )
    })
}

/// Where the vector tiles are (TileJSON 3.0). The filters of a tile's address can be added to its own, and stand in the
/// addresses it gives then.
#[utoipa::path(operation_id = "get_map_tilejson", tag = "map", params(MapFilterParams),
    responses((status = 200, body = TileJson), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: there is no such filter", body = ErrorEnvelope)))]
#[get("/map/tilejson.json")]
pub async fn get_map_tilejson(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let filter = filter(&request)?.to_string();
    let question = if filter.is_empty() { "" } else { "?" };
    let site = app.site().public_config(&app.config);
    let centre = site.map.centre;
    let base = app.config.http.base_url();
    let fields =
        |all: &[(&str, &str)]| all.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect();
    let layer = |id: &str, description: &str, maxzoom, all: &[(&str, &str)]| VectorLayer {
        id: id.to_owned(),
        description: description.to_owned(),
        minzoom: 0,
        maxzoom,
        fields: fields(all),
    };
    let described = TileJson {
        tilejson: "3.0.0".to_owned(),
        name: site.brand.name,
        attribution: site.map.attribution,
        scheme: "xyz".to_owned(),
        tiles: vec![format!("{base}/api/v1/map/{{z}}/{{x}}/{{y}}.mvt{question}{filter}")],
        minzoom: 0,
        maxzoom: MAP_ZOOM_MAX,
        bounds: [-180.0, -MERCATOR_MAX_LAT, 180.0, MERCATOR_MAX_LAT],
        center: [centre.lon(), centre.lat(), f64::from(site.map.zoom)],
        vector_layers: vec![
            layer(
                vector::REPORTS,
                "Single reports",
                MAP_ZOOM_MAX,
                &[("id", "Number"), ("status_group", "String"), ("title", "String"), ("category", "String")],
            ),
            layer(
                vector::CLUSTERS,
                "Reports counted together",
                MAP_ZOOM_MAX,
                &[("count", "Number"), ("open", "Number"), ("fixed", "Number"), ("closed", "Number")],
            ),
        ],
    };
    etag::json(&request, &described, etag::Keep::Public(60))
}

/// The ground somebody listens to.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveParams {
    /// `west,south,east,north` in degrees, WGS 84.
    #[param(example = "-3.01,51.57,-2.98,51.59")]
    bbox: String,
}

/// What happens on the map from now on, as server-sent events: `report` with a report that came into sight, changed there or
/// went; `reload` where more changed at once than is told one by one. `ready` comes after what happened just before.
///
/// Events are numbered. Whoever comes back with `Last-Event-ID` within the hour is told what they missed; some of it perhaps
/// twice, as each event says how the report is now. Comments in between show that the connection lives.
#[utoipa::path(operation_id = "get_live_map", tag = "map", params(LiveParams),
    responses((status = 200, body = LiveReport, content_type = "text/event-stream"),
        (status = 400, description = "`invalid_request`: that is no box", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`: too many listen from this address", body = ErrorEnvelope)))]
#[get("/live")]
pub async fn get_live_map(
    request: HttpRequest,
    app: web::Data<App>,
    params: Query<LiveParams>,
    from: ClientAddress,
) -> ApiResult<impl Responder> {
    app.limits.check(Door::Live, from)?;
    let ground: Bbox = params.bbox.parse()?;
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<i64>().ok());
    // Listening begins before the look back, so that nothing falls between the two.
    let hear = app.live.listen(ground, from.bucket())?;
    let (newest, missed) = app.db.read(move |conn| Ok((events::newest(conn)?, events::missed(conn, last)?))).await?;
    let mut first = vec![live::ready(newest)];
    match missed {
        News::TooMuch => first.push(live::reload()),
        News::Events(all) => {
            first.extend(all.iter().filter(|event| live::concerns(event, ground)).filter_map(live::message));
        }
    }
    // What was missed may have smaller numbers; the browser is to come back with the newest.
    first.rotate_left(1);
    let told = stream::iter(first).chain(stream::unfold(hear, |mut hear| async {
        let event = hear.recv().await?;
        Some((event, hear))
    }));
    let events = sse::Sse::from_infallible_stream(told).with_keep_alive(KEEP_ALIVE).with_retry_duration(RETRY);
    Ok(events.customize().insert_header((CACHE_CONTROL, "no-store")).insert_header(("X-Accel-Buffering", "no")))
}
