//! The outline of an area on a map. Leaflet's own drawing of shapes is left out of the download (`frontend/leaflet.mjs`).

use std::cell::RefCell;
use std::rc::Rc;

use leaflet::{Event, Evented};
use leptos::prelude::document;
use mendmap_shared::geo::LonLat;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::MapHandle;
use super::handle::lat_lng;

const SVG: &str = "http://www.w3.org/2000/svg";

#[wasm_bindgen]
extern "C" {
    /// What leaflet-rs has no name for.
    type Projecting;
    #[wasm_bindgen(method, js_name = latLngToContainerPoint)]
    fn to_container_point(this: &Projecting, at: &leaflet::LatLng) -> leaflet::Point;
}

/// An area's outline, over its map as long as it lives.
pub struct Outline {
    map: MapHandle,
    shape: Element,
    corners: Rc<RefCell<Vec<LonLat>>>,
    _listeners: Vec<Box<dyn std::any::Any>>,
}

impl Outline {
    /// An outline of nothing.
    pub fn add_to(map: &MapHandle) -> Self {
        #[expect(clippy::expect_used, reason = "every document makes elements")]
        let make = |name: &str| document().create_element_ns(Some(SVG), name).expect("an element");
        let (picture, shape) = (make("svg"), make("polygon"));
        for (element, name, value) in [
            (&picture, "class", "map-outline"),
            (&picture, "aria-hidden", "true"),
            (&shape, "class", "map-outline__area"),
        ] {
            // The browser takes every value of these.
            let _set = element.set_attribute(name, value);
        }
        let _added = picture.append_child(&shape);
        let _added = map.leaflet().get_container().append_child(&picture);
        let corners = Rc::new(RefCell::new(Vec::new()));
        let follow = || {
            let (map, shape, corners) = (map.clone(), shape.clone(), corners.clone());
            move |_: Event| place(&map, &shape, &corners.borrow())
        };
        // While the map zooms the outline is nowhere.
        let hidden = picture.clone();
        let hide = move |_: Event| drop(hidden.class_list().add_1("is-zooming"));
        let show = move |_: Event| drop(picture.class_list().remove_1("is-zooming"));
        let leaflet = map.leaflet();
        let listeners: Vec<Box<dyn std::any::Any>> = vec![
            Box::new(Evented::on_leaflet_event(&leaflet, "move", follow())),
            Box::new(Evented::on_leaflet_event(&leaflet, "zoomend", follow())),
            Box::new(Evented::on_leaflet_event(&leaflet, "resize", follow())),
            Box::new(Evented::on_leaflet_event(&leaflet, "zoomstart", hide)),
            Box::new(Evented::on_leaflet_event(&leaflet, "zoomend", show)),
        ];
        Self { map: map.clone(), shape, corners, _listeners: listeners }
    }

    /// Shows the area with these corners.
    pub fn show(&self, corners: &[LonLat]) {
        corners.clone_into(&mut self.corners.borrow_mut());
        place(&self.map, &self.shape, corners);
    }
}

fn place(map: &MapHandle, shape: &Element, corners: &[LonLat]) {
    let map: &Projecting = map.leaflet().unchecked_ref();
    let point = |corner: &LonLat| {
        let point = map.to_container_point(&lat_lng(*corner));
        #[expect(clippy::cast_possible_truncation, reason = "whole pixels are meant")]
        let (x, y) = (point.x().round() as i32, point.y().round() as i32);
        format!("{x},{y}")
    };
    let points: Vec<String> = corners.iter().map(point).collect();
    let _set = shape.set_attribute("points", &points.join(" "));
}
