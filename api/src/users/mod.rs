//! One's own account.

pub mod handlers;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_me)
        .service(handlers::update_me)
        .service(handlers::change_password)
        .service(handlers::list_my_reports);
}
