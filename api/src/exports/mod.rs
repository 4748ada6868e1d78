//! Open data: everything that is public about reports, for geographic information systems, warehouses and spreadsheets.
//!
//! [`record`] says what is told about a report and under which names; every format, OGC API Features and the command line
//! tell the same. [`made`] are exports as files.

pub mod changes;
pub mod command;
pub mod coordinates;
pub mod feature;
pub mod formats;
pub mod handlers;
pub mod made;
pub mod params;
pub mod polygon;
pub mod pull;
pub mod queries;
pub mod record;
pub mod rules;
pub mod stream;

use utoipa_actix_web::service_config::ServiceConfig;

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_reports_geojson)
        .service(handlers::get_reports_geojsonl)
        .service(handlers::find_reports_geojson)
        .service(handlers::find_reports_geojsonl);
}
