//! Keys with which a body's back office, or an integrator it trusts, proves itself. Shown once, kept as a hash.

pub mod handlers;
pub mod queries;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::list_api_keys).service(handlers::create_api_key).service(handlers::revoke_api_key);
}
