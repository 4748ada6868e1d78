//! OGC API Features under `/ogc/`: Part 1 (core, GeoJSON, OpenAPI 3.0), Part 2 (coordinate reference systems), Part 3 (filters in
//! CQL2), for QGIS, GDAL and what else geographic information systems are made of. An adaptor over exports, updates, places and bodies.
//!
//! One table, [`collections::ALL`], says what there is; everything else is written once over it.

pub mod ask;
pub mod collections;
pub mod conformance;
pub mod crs;
pub mod describe;
pub mod filter;
pub mod handlers;
pub mod links;
pub mod moment;
pub mod queries;
pub mod region;
pub mod reports;
pub mod sql;
pub mod write;

use actix_web::guard;
use actix_web::web::{self, ServiceConfig};

/// The addresses under `/ogc`, each with and without a slash at the end: clients add one, and take one away.
pub fn configure(cfg: &mut ServiceConfig) {
    // Guarded as a whole, so that other methods are told which one there is.
    macro_rules! get {
        ($path:literal, $handler:path) => {
            cfg.service(web::resource([$path, concat!($path, "/")]).guard(guard::Get()).to($handler));
        };
    }
    get!("", handlers::landing_page);
    get!("/api", handlers::api);
    get!("/conformance", handlers::conformance);
    get!("/collections", handlers::collections);
    get!("/collections/{collection}", handlers::collection);
    get!("/collections/{collection}/queryables", handlers::queryables);
    get!("/collections/{collection}/items", handlers::items);
    get!("/collections/{collection}/items/{feature}", handlers::item);
}
