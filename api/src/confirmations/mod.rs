//! What a mailed link confirms: a report, an update, or that somebody wants to follow a report. Each is published by its own
//! feature; this one only knows which.

pub mod handlers;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::confirm_link);
}
