//! Photos: decoded and re-encoded so that no metadata survives, named by their content, served for ever.

pub mod handlers;
pub mod queries;
pub mod remote;
pub mod room;
pub mod rules;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::upload_photo);
}

/// The addresses under `/photos`.
pub fn configure_files(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_photo_file);
}
