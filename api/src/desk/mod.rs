//! The desk: what came to a body, and what its staff do with it.

pub mod handlers;
pub mod listing;
pub mod queries;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`. Literal paths stand before those with a body's name.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_desk_report)
        .service(handlers::create_desk_update)
        .service(handlers::create_note)
        .service(handlers::retry_delivery)
        .service(handlers::get_desk_counts)
        .service(handlers::list_desk_reports);
}
