//! Bodies, for everybody.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::wire::categories::BodyRef;

use super::queries;
use crate::app::App;
use crate::error::ApiResult;
use crate::http::etag;

/// Every body, by name.
#[utoipa::path(operation_id = "list_bodies", tag = "bodies", responses((status = 200, body = Vec<BodyRef>)))]
#[get("/bodies")]
pub async fn list_bodies(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let bodies = app.db.read(|conn| Ok(queries::all(conn)?)).await?;
    etag::json(&request, &bodies, etag::Keep::Public(300))
}
