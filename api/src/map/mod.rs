//! The map: pins and clusters by tile, what changes on it, and the streets under them where no base map is configured.

pub mod batches;
pub mod events;
pub mod handlers;
pub mod live;
pub mod queries;
pub mod rules;
pub mod streets;
pub mod vector;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses of tiles, whole: they are asked for most, and each scope they were in would take its time of every one.
pub fn configure_tiles(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_map_tile).service(handlers::get_map_vector_tile);
}

/// The other addresses, under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_map_tilejson).service(streets::get_street_tile).service(handlers::get_live_map);
}
