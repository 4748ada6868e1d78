//! Whether the process lives, and whether it can do its work.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use diesel::{RunQueryDsl, sql_query};
use mendmap_shared::error::ErrorCode;
use tokio::sync::Mutex;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How long a result is given again: whoever asks often must not make the disk and the database work for it.
const KEPT: Duration = Duration::from_secs(1);

/// When readiness was last found out, and whether it was there.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

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
    // Who asks while somebody else is finding out waits here, and then gets the same answer.
    let mut last = app.readiness.0.lock().await;
    match *last {
        Some((at, ready)) if at.elapsed() < KEPT => {
            if !ready {
                return Err(ApiError::code(ErrorCode::Unavailable).retry_after(KEPT.as_secs()));
            }
        }
        _ => {
            let found = check(&app).await;
            *last = Some((Instant::now(), found.is_ok()));
            found?;
        }
    }
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).body("ready\n"))
}

async fn check(app: &App) -> ApiResult<()> {
    let store = app.photos.clone();
    app.db
        .read(move |conn| {
            sql_query("SELECT 1 FROM reports LIMIT 1").execute(conn).map_err(ApiError::unavailable)?;
            store.check().map_err(ApiError::unavailable)
        })
        .await
}
