//! Settings, places and categories.

use std::future::Future;

use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::CategoriesAt;
use mendmap_shared::wire::config::PublicConfig;
use mendmap_shared::wire::places::{PlaceAt, PlacesFound, StreetsNear};

use super::transport::Call;
use super::{ApiError, Query};

/// [get_config]
pub fn get_config() -> impl Future<Output = Result<PublicConfig, ApiError>> {
    Call::get("/config").public().fetch()
}

/// [search_places]: places near `near` come first.
pub fn search_places(q: &str, near: Option<LonLat>) -> impl Future<Output = Result<PlacesFound, ApiError>> + use<> {
    let query = Query::new().with("q", q);
    let query = if let Some(near) = near { query.at(near) } else { query };
    Call::get(format!("/places{}", query.into_string())).public().fetch()
}

/// [reverse_place]
pub fn reverse_place(point: LonLat) -> impl Future<Output = Result<PlaceAt, ApiError>> {
    Call::get(format!("/places/reverse{}", Query::new().at(point).into_string())).public().fetch()
}

/// [list_streets_near]
pub fn list_streets_near(point: LonLat) -> impl Future<Output = Result<StreetsNear, ApiError>> {
    Call::get(format!("/places/streets{}", Query::new().at(point).into_string())).public().fetch()
}

/// [list_categories]
pub fn list_categories(point: LonLat) -> impl Future<Output = Result<CategoriesAt, ApiError>> {
    Call::get(format!("/categories{}", Query::new().at(point).into_string())).public().fetch()
}
