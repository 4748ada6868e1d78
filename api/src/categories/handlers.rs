//! What can be reported at a place.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::ErrorEnvelope;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::CategoriesAt;
use serde::Deserialize;

use super::{queries, rules};
use crate::app::App;
use crate::db::Freshness;
use crate::error::ApiResult;
use crate::http::etag;
use crate::http::extract::Query;

/// A point.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// Degrees east, WGS 84.
    #[param(example = -2.9977)]
    lon: f64,
    /// Degrees north, WGS 84.
    #[param(example = 51.5842)]
    lat: f64,
}

/// What can be reported at a point, by group, with extra questions and where each goes.
#[utoipa::path(operation_id = "list_categories", tag = "categories", params(At),
    responses((status = 200, body = CategoriesAt), (status = 400, description = "`invalid_request`", body = ErrorEnvelope)))]
#[get("/categories")]
pub async fn list_categories(
    request: HttpRequest,
    app: web::Data<App>,
    freshness: Freshness,
    at: Query<At>,
) -> ApiResult<HttpResponse> {
    let point = LonLat::new(at.lon, at.lat)?;
    let here = app.db.read_as(freshness, move |conn| Ok(queries::here(conn, point)?)).await?;
    etag::json(&request, &rules::answer(here), etag::Keep::Public(60))
}
