//! Whether the process lives, and whether it can do its work.
//!
//! Ready is who can show the public what it asks for. A database that takes no writes while a reader stands in, or a photo
//! store that is full, is the same for all processes: were none of them ready, nothing would be shown at all. Writes say so
//! themselves, each with a 503.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{HttpResponse, get, web};
use diesel::{RunQueryDsl, sql_query};
use mendmap_shared::error::ErrorCode;
use tokio::sync::Mutex;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// How long a result is given again: whoever asks often must not make the disk and the database work for it.
const KEPT: Duration = Duration::from_secs(1);

/// When readiness was last found out, and whether it was there; and whether the process is about to end.
#[derive(Debug, Default)]
pub struct Readiness {
    found: Mutex<Option<(Instant, bool)>>,
    leaving: AtomicBool,
}

impl Readiness {
    /// From now on the process is not ready, whatever works, and closes each connection after the answer: load balancers send
    /// no more to it.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }
}

/// Closes the connection after each answer of a process that is about to end: whoever keeps one open would otherwise go on
/// asking on it.
///
/// # Errors
/// What the handler returns.
pub async fn close_when_leaving<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let mut response = next.call(request).await?;
    if app.is_some_and(|app| app.readiness.is_leaving()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Alive: the process answers. Says nothing about what it depends on, so that a database outage restarts nobody.
#[utoipa::path(operation_id = "get_health", tag = "operations", responses((status = 200, description = "Alive")))]
#[get("/healthz")]
pub async fn get_health() -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).body("alive\n")
}

/// Ready: the database answers, and the photos are there. Not while the process is about to end.
#[utoipa::path(operation_id = "get_readiness", tag = "operations", responses(
    (status = 200, description = "Ready"),
    (status = 503, description = "The database or the photos cannot be read, or the process is about to end", body = mendmap_shared::error::ErrorEnvelope),
))]
#[get("/readyz")]
pub async fn get_readiness(app: web::Data<App>) -> ApiResult<HttpResponse> {
    if app.readiness.is_leaving() {
        return Err(ApiError::code(ErrorCode::Unavailable));
    }
    // Who asks while somebody else is finding out waits here, and then gets the same answer.
    let mut last = app.readiness.found.lock().await;
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
            store.read_check().map_err(ApiError::unavailable)
        })
        .await
}
