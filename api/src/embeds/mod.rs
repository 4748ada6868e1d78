//! Pages of this site within pages of others: oEmbed, and where the page is that is made for that.

pub mod handlers;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_oembed);
}
