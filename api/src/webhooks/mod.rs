//! Webhooks: other systems are told what changes in public, each by its own choice of events, signed, in turn, and again if need
//! be. Triggers write the log of events in the transaction of each change (migration `webhooks`).

pub mod calls;
pub mod deliveries;
pub mod handlers;
pub mod letters;
pub mod log_handlers;
pub mod models;
pub mod payload;
pub mod queries;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::list_webhooks)
        .service(handlers::create_webhook)
        .service(handlers::list_body_areas)
        .service(handlers::get_webhook)
        .service(handlers::change_webhook)
        .service(handlers::delete_webhook)
        .service(handlers::change_webhook_secret)
        .service(log_handlers::try_webhook)
        .service(log_handlers::list_webhook_deliveries)
        .service(log_handlers::replay_webhook);
}
