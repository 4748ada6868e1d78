//! Who is asking, and what they may do: sign-in by mailed link or password, sessions, roles and the policy table.

pub mod caller;
pub mod handlers;
pub mod links;
pub mod passwords;
pub mod queries;
pub mod rules;
pub mod sealed;
pub mod tokens;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::request_sign_in_link)
        .service(handlers::refresh_session)
        .service(handlers::create_session)
        .service(handlers::delete_session);
}
