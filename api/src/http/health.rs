//! Whether the process lives, and whether it can do its work.

use actix_web::{HttpResponse, get, web};
use diesel::{RunQueryDsl, sql_query};

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Alive: the process answers. Says nothing about what it depends on, so that a database outage restarts nobody.
#[utoipa::path(operation_id = "get_health", tag = "operations", responses((status = 200, description = "Alive")))]
#[get("/healthz")]
pub async fn get_health() -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).body("alive\n")
}

/// Ready: the database answers and the photo store can be written.
#[utoipa::path(operation_id = "get_readiness", tag = "operations", responses(
    (status = 200, description = "Ready"),
    (status = 503, description = "The database or the photo store cannot be used", body = mendmap_shared::error::ErrorEnvelope),
))]
#[get("/readyz")]
pub async fn get_readiness(app: web::Data<App>) -> ApiResult<HttpResponse> {
    let store = app.photos.clone();
    app.db
        .read(move |conn| {
            sql_query("SELECT 1 FROM reports LIMIT 1").execute(conn).map_err(ApiError::unavailable)?;
            store.check().map_err(ApiError::unavailable)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).body("ready\n"))
}
