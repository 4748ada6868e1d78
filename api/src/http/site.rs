//! The site's public settings.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::wire::config::PublicConfig;

use super::etag;
use crate::app::App;
use crate::error::ApiResult;

/// What a browser needs to know before it can draw anything: name, colours, where the map starts.
#[utoipa::path(operation_id = "get_config", tag = "site", responses((status = 200, body = PublicConfig)))]
#[get("/config")]
pub async fn get_config(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    etag::json(&request, &app.site().public_config(&app.config), etag::Keep::Public(60))
}
