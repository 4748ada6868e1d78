//! The map's filters and view, which live in the address: a link shows the next person the same map.

use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::map_filter::MapFilter;

use crate::api::Query;
use crate::browser::{SearchParams, read_number};
use crate::router::{EMBED, NavigateOptions, is_embedded, use_navigate, use_query};

/// What the map page is told by its address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapAddress {
    /// Centre, in degrees.
    pub centre: Option<LonLat>,
    /// Zoom.
    pub zoom: Option<u8>,
    /// Which reports are shown.
    pub filter: MapFilter,
    /// The report selected.
    pub report: Option<i64>,
    /// Name of the place searched for, to say where the map is.
    pub place: String,
}

impl MapAddress {
    /// Reads the query of an address; what does not parse is left out.
    pub fn read(query: &SearchParams) -> Self {
        let text = |key| query.get(key).unwrap_or_default();
        Self {
            centre: point(query),
            zoom: text("zoom").parse().ok(),
            // What a link from elsewhere says that no map can show falls away.
            filter: MapFilter::read_leniently(["status", "category", "body", "age"].map(|name| (name, text(name)))),
            report: text("report").parse().ok(),
            place: text("place"),
        }
    }

    /// The address of the map page that shows this.
    pub fn href(&self) -> String {
        self.href_at("/map")
    }

    /// The same of another page that takes what the map page takes.
    pub fn href_at(&self, path: &str) -> String {
        let query = Query::new();
        let query = if let Some(centre) = self.centre { query.at(centre) } else { query };
        let query = query
            .with_some("zoom", self.zoom)
            .with_written(&self.filter.to_string())
            .with_some("report", self.report)
            .with("place", &self.place);
        format!("{path}{}", query.into_string())
    }
}

/// The point in a query's `lon` and `lat`, in degrees, or in its `longitude` and `latitude`, as links made for FixMyStreet have it.
pub fn point(query: &SearchParams) -> Option<LonLat> {
    let number = |key| read_number(&query.get(key)?);
    let at = |lon, lat| LonLat::new(number(lon)?, number(lat)?).ok();
    at("lon", "lat").or_else(|| at("longitude", "latitude"))
}

/// The map's address as a signal, and a function that goes to another one. Replacing leaves no step for the back button:
/// that is for panning; choosing a filter or a report is a step.
pub fn use_map_address() -> (Memo<MapAddress>, impl Fn(&MapAddress, bool) + Clone + Send + Sync + 'static) {
    let query = use_query();
    let navigate = use_navigate();
    let embedded = is_embedded();
    let go = move |address: &MapAddress, replace: bool| {
        // The back button of a page that shows the map within it is that page's.
        let options = NavigateOptions { replace: replace || embedded, scroll: false };
        navigate(&address.href_at(if embedded { EMBED } else { "/map" }), options);
    };
    (Memo::new(move |_| query.with(MapAddress::read)), go)
}
