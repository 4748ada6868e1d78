//! Bodies, for everybody.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::ErrorEnvelope;
use mendmap_shared::wire::categories::{BodyRef, CategoryRef};

use super::queries;
use crate::app::App;
use crate::db::Freshness;
use crate::error::ApiResult;
use crate::http::etag;

/// Every body, by name.
#[utoipa::path(operation_id = "list_bodies", tag = "bodies", responses((status = 200, body = Vec<BodyRef>)))]
#[get("/bodies")]
pub async fn list_bodies(request: HttpRequest, app: web::Data<App>, freshness: Freshness) -> ApiResult<HttpResponse> {
    let bodies = app.db.read_as(freshness, |conn| Ok(queries::all(conn)?)).await?;
    etag::json(&request, &bodies, etag::Keep::Public(300))
}

/// The live categories of a body, in its order: to choose among its reports.
#[utoipa::path(operation_id = "list_body_categories", tag = "bodies", params(("slug" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = Vec<CategoryRef>), (status = 404, description = "`not_found`", body = ErrorEnvelope)))]
#[get("/bodies/{slug}/categories")]
pub async fn list_body_categories(
    request: HttpRequest,
    app: web::Data<App>,
    freshness: Freshness,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let slug = slug.into_inner();
    let found = app.db.read_as(freshness, move |conn| Ok(queries::categories_of(conn, &slug)?)).await?;
    etag::json(&request, &found, etag::Keep::Public(300))
}
