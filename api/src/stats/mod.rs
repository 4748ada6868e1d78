//! Figures about published reports: how many, what became of them, how long that took; for any selection, and for a body.

pub mod handlers;
pub mod kept;
pub mod queries;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_report_stats).service(handlers::post_report_stats).service(handlers::get_body_stats);
}
