//! Search, the nearest street, the streets around.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::{ErrorEnvelope, FieldCode};
use mendmap_shared::geo::LonLat;
use mendmap_shared::text::SearchText;
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::places::{PlaceAt, PlacesFound, StreetsNear};
use serde::Deserialize;

use super::queries;
use super::rules::Wanted;
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::etag::{self, Keep};
use crate::http::extract::Query;
use crate::http::rate_limit::Door;

/// Places change when somebody imports them: ten minutes late is early enough.
const KEEP: Keep = Keep::Public(600);

/// What to search for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A street, place, address or postcode, `latitude,longitude`, a plus code or a UK grid reference.
    #[param(example = "Commercial St", max_length = 200)]
    q: Option<String>,
    /// Among equal matches, prefer those near this point: degrees east.
    #[param(example = -2.9977)]
    lon: Option<f64>,
    /// Among equal matches, prefer those near this point: degrees north.
    #[param(example = 51.5842)]
    lat: Option<f64>,
}

/// A point.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// Degrees east, WGS 84.
    #[param(example = -2.9945)]
    lon: f64,
    /// Degrees north, WGS 84.
    #[param(example = 51.5854)]
    lat: f64,
}

/// Places that match a text, best match first: typing mistakes, abbreviated streets, and names in English or Welsh are
/// all understood.
#[utoipa::path(operation_id = "search_places", tag = "places", params(Search),
    responses(
        (status = 200, body = PlacesFound, example = json!({"places": [{
            "kind": "street", "name": "Commercial Street", "name_alt": "Stryd Fasnachol", "area": "Stow Hill, Newport",
            "location": {"lon": -2.99434, "lat": 51.58519}}]})),
        (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: a parameter is missing or cannot be read", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/places")]
pub async fn search_places(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    search: Query<Search>,
) -> ApiResult<HttpResponse> {
    app.limits.check(Door::Search, address)?;
    let Query(search) = search;
    let refused = |code: FieldCode| ApiError::parameter("q", code, code.message());
    let text: SearchText = search.q.unwrap_or_default().parse().map_err(refused)?;
    let near = match (search.lon, search.lat) {
        (Some(lon), Some(lat)) => LonLat::new(lon, lat)?,
        _ => app.map_centre(),
    };
    let wanted = Wanted::parse(text.as_str(), app.map_centre());
    let places = app.db.read_as(freshness, move |conn| Ok(queries::search(conn, &wanted, near)?)).await?;
    etag::json(&request, &PlacesFound { places }, KEEP)
}

/// The named street nearest to a point, within 500 m, and the areas the point lies in.
#[utoipa::path(operation_id = "reverse_place", tag = "places", params(At),
    responses(
        (status = 200, body = PlaceAt, example = json!({
            "street": {"name": "Commercial Street", "name_alt": "Stryd Fasnachol", "distance_m": 4.2,
                "location": {"lon": -2.99449, "lat": 51.58540}},
            "areas": [{"id": 1, "kind": "council", "name": "Newport", "name_alt": "Casnewydd"},
                {"id": 23, "kind": "ward", "name": "Stow Hill"}]})),
        (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: a parameter is missing or cannot be read", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/places/reverse")]
pub async fn reverse_place(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    at: Query<At>,
) -> ApiResult<HttpResponse> {
    app.limits.check(Door::Place, address)?;
    let point = LonLat::new(at.lon, at.lat)?;
    let here = app
        .db
        .read_as(freshness, move |conn| {
            Ok(PlaceAt { street: queries::nearest_street(conn, point)?, areas: queries::areas_at(conn, point)? })
        })
        .await?;
    etag::json(&request, &here, KEEP)
}

/// The named streets within 500 m of a point, each once, nearest first, at most 30: for choosing a place without a map.
#[utoipa::path(operation_id = "list_streets_near", tag = "places", params(At),
    responses(
        (status = 200, body = StreetsNear, example = json!({"streets": [{
            "name": "Commercial Street", "name_alt": "Stryd Fasnachol", "distance_m": 4.2,
            "location": {"lon": -2.99449, "lat": 51.58540}}]})),
        (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`: a parameter is missing or cannot be read", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/places/streets")]
pub async fn list_streets_near(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    at: Query<At>,
) -> ApiResult<HttpResponse> {
    app.limits.check(Door::Place, address)?;
    let point = LonLat::new(at.lon, at.lat)?;
    let streets =
        app.db.read_as(freshness, move |conn| Ok(queries::streets_near(conn, point, queries::STREETS_NEAR)?)).await?;
    etag::json(&request, &StreetsNear { streets }, KEEP)
}

/// All areas whose reports can be asked for: councils before wards, each by name.
#[utoipa::path(operation_id = "list_areas", tag = "places",
    responses((status = 200, body = Vec<AreaRef>), (status = 304, description = "As known")))]
#[get("/areas")]
pub async fn list_areas(request: HttpRequest, app: web::Data<App>, freshness: Freshness) -> ApiResult<HttpResponse> {
    let areas = app.db.read_as(freshness, |conn| Ok(queries::all_areas(conn)?)).await?;
    etag::json(&request, &areas, KEEP)
}
