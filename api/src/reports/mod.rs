//! Reports: made, read, listed, searched, supported, followed, confirmed.

pub mod create;
pub mod handlers;
pub mod listing;
pub mod models;
pub mod queries;
pub mod rules;
pub mod similar;
pub mod write_handlers;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`. Literal paths stand before those with a number.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::list_similar_reports)
        .service(handlers::list_reports)
        .service(write_handlers::create_report)
        .service(handlers::get_report)
        .service(write_handlers::support_report)
        .service(write_handlers::withdraw_support);
}
