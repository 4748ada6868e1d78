//! A live Leaflet map.

use std::rc::Rc;

use leaflet::{LatLng, Map};
use leptos::prelude::window;
use mendmap_shared::geo::{Bbox, LonLat};

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Its centre.
    pub centre: LonLat,
    /// Its zoom.
    pub zoom: u8,
    /// The ground in sight.
    pub bbox: Bbox,
}

/// A live map. Cheap to clone; the map itself goes when its [`super::MapView`] does.
#[derive(Clone)]
pub struct MapHandle(Rc<Map>);

impl MapHandle {
    pub(super) fn new(map: Map) -> Self {
        Self(Rc::new(map))
    }

    pub(super) fn leaflet(&self) -> &Map {
        &self.0
    }

    /// What the map shows now; `None` before it has a size.
    pub fn view(&self) -> Option<View> {
        let bounds = self.0.get_bounds();
        let (south_west, north_east) = (bounds.get_south_west(), bounds.get_north_east());
        let bbox = Bbox::new(
            south_west.lng().max(-180.0),
            south_west.lat().max(-90.0),
            north_east.lng().min(180.0),
            north_east.lat().min(90.0),
        );
        Some(View { centre: lon_lat(&self.0.get_center())?, zoom: self.zoom(), bbox: bbox.ok()? })
    }

    /// The map's zoom.
    pub fn zoom(&self) -> u8 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "Leaflet's zoom is 0 to 20 here")]
        let zoom = self.0.get_zoom().round() as u8;
        zoom
    }

    /// Moves the map.
    pub fn set_view(&self, centre: LonLat, zoom: u8) {
        self.0.set_view(&lat_lng(centre), f64::from(zoom));
    }

    /// Moves the map, keeping its zoom.
    pub fn pan_to(&self, centre: LonLat) {
        self.0.pan_to(&lat_lng(centre));
    }

    /// Zooms in by one level.
    pub fn zoom_in(&self) {
        self.0.zoom_in(1.0);
    }

    /// Zooms out by one level.
    pub fn zoom_out(&self) {
        self.0.zoom_out(1.0);
    }
}

/// Leaflet puts latitude first.
pub(super) fn lat_lng(point: LonLat) -> LatLng {
    LatLng::new(point.lat(), point.lon())
}

/// The point; `None` beyond the ends of the Earth, which a map can be dragged to. Longitudes are wrapped.
pub(super) fn lon_lat(point: &LatLng) -> Option<LonLat> {
    let lon = (point.lng() + 180.0).rem_euclid(360.0) - 180.0;
    LonLat::new(lon, point.lat()).ok()
}

/// Whether the person asked their system for less motion.
pub(super) fn wants_less_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
