//! Subscriptions: who is told when a report changes, and how that ends.

pub mod handlers;
pub mod queries;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::follow_report)
        .service(handlers::unfollow_report)
        .service(handlers::open_unsubscribe_page)
        .service(handlers::unsubscribe);
}
