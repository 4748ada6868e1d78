//! A live Leaflet map.

use std::rc::Rc;

use leaflet::{LatLng, Map};
use leptos::prelude::window;
use mendmap_shared::geo::{Bbox, LonLat};
use wasm_bindgen::prelude::*;

/// Pixels of a map that holds the whole Earth at zoom 0.
const WORLD_PX: f64 = 256.0;
/// Metres around the equator of Leaflet's Earth.
const EQUATOR_METRES: f64 = 40_075_016.7;
/// Pixels by which Leaflet may miss a centre: it pans, and halves a size, in whole pixels.
const ROUNDING_PX: f64 = 2.0;
/// Half of a middling map on screen, in pixels.
const HALF_PX: (f64, f64) = (400.0, 300.0);

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

impl View {
    /// What a map of middling size would show, for where there is no map to ask. `None` at the ends of the Earth.
    pub fn around(centre: LonLat, zoom: u8) -> Option<Self> {
        let degrees = 360.0 / (WORLD_PX * 2_f64.powi(zoom.into()));
        let (lon, lat) = (HALF_PX.0 * degrees, HALF_PX.1 * degrees * centre.lat().to_radians().cos());
        let bbox = Bbox::new(
            (centre.lon() - lon).max(-180.0),
            (centre.lat() - lat).max(-90.0),
            (centre.lon() + lon).min(180.0),
            (centre.lat() + lat).min(90.0),
        );
        Some(Self { centre, zoom, bbox: bbox.ok()? })
    }

    /// Whether the centre is at this point, as exactly as Leaflet keeps a centre at this zoom.
    pub fn is_at(&self, point: LonLat) -> bool {
        let world = WORLD_PX * 2_f64.powi(self.zoom.into());
        let metres_per_pixel = EQUATOR_METRES * self.centre.lat().to_radians().cos() / world;
        self.centre.metres_to(point) <= (ROUNDING_PX * metres_per_pixel).max(1.0)
    }
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

    /// Zooms so that this point stays where it is on screen.
    pub fn zoom_around(&self, point: LonLat, zoom: u8) {
        self.0.set_zoom_around_lat_lng(&lat_lng(point), f64::from(zoom));
    }

    /// Gives the map the keyboard.
    pub fn focus(&self) {
        let _focused = self.0.get_container().focus();
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
    let lon = point.lng() - 360.0 * ((point.lng() + 180.0) / 360.0).floor();
    LonLat::new(lon, point.lat()).ok()
}

/// Whether Leaflet's script is here: without it, whatever is called of it throws.
pub(super) fn has_leaflet() -> bool {
    js_sys::Reflect::has(&window(), &"L".into()).unwrap_or(false)
}

/// Lets the map jump instead of glide where less motion is wanted, however it is panned: by key, by link, by throwing it.
/// Leaflet has a setting for zooming only. It works as long as the answer lives.
pub(super) fn pan_calmly(map: &Map) -> Box<dyn std::any::Any> {
    let Ok(glide) = js_sys::Reflect::get(map, &"panBy".into()) else { return Box::new(()) };
    let (glide, this) = (glide.unchecked_into::<js_sys::Function>(), map.clone());
    let pan = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(move |offset: JsValue, options: JsValue| {
        // Leaflet leaves the options out, which copies as nothing.
        let options = js_sys::Object::assign(&js_sys::Object::new(), options.unchecked_ref());
        if wants_less_motion() {
            let _set = js_sys::Reflect::set(&options, &"animate".into(), &false.into());
        }
        glide.call2(&this, &offset, &options).unwrap_or_default()
    });
    let _set = js_sys::Reflect::set(map, &"panBy".into(), pan.as_ref());
    Box::new(pan)
}

/// Whether the person asked their system for less motion.
pub(super) fn wants_less_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
