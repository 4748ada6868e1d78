//! Marks as elements on the map: made, placed, changed in place, and glided from one place to another.
//!
//! They are plain buttons in one layer of their own instead of Leaflet's markers: those are a layer of the compositor each, and
//! moving hundreds of them takes ten times as long.

use leaflet::{Event, LatLng, Map, Point};
use leptos::prelude::document;
use mendmap_shared::gather::Mark;
use mendmap_shared::geo::{LonLat, TileXyz};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::icons::Look;
use crate::browser::fixed;

/// Pixels of a map that holds the whole Earth at zoom 0.
const WORLD_PX: f64 = 256.0;

#[wasm_bindgen]
extern "C" {
    // What leaflet 0.5 leaves out.
    #[wasm_bindgen(extends = Map)]
    type MovingMap;
    #[wasm_bindgen(method, js_name = getPixelOrigin)]
    fn pixel_origin(this: &MovingMap) -> Point;
    #[wasm_bindgen(method, js_name = _getNewPixelOrigin)]
    fn new_pixel_origin(this: &MovingMap, centre: &LatLng, zoom: f64) -> Point;

    #[wasm_bindgen(extends = Event)]
    type ZoomEvent;
    #[wasm_bindgen(method, getter)]
    fn center(this: &ZoomEvent) -> LatLng;
    #[wasm_bindgen(method, getter)]
    fn zoom(this: &ZoomEvent) -> f64;
}

/// Where the layer's own origin is, and how large the Earth is on it.
#[derive(Clone, Copy)]
pub struct Frame {
    world: f64,
    origin: (f64, f64),
}

impl Frame {
    /// As the map is now.
    pub fn of(map: &Map) -> Self {
        Self::new(map.get_zoom(), &map.unchecked_ref::<MovingMap>().pixel_origin())
    }

    /// As it will be at the end of the zooming that has begun.
    pub fn coming(map: &Map, zooming: Event) -> Self {
        let zooming: ZoomEvent = zooming.unchecked_into();
        let zoom = zooming.zoom();
        Self::new(zoom, &map.unchecked_ref::<MovingMap>().new_pixel_origin(&zooming.center(), zoom))
    }

    /// Where a tile lies on the layer: pixels from its left and top, and along its edge.
    pub fn square(self, tile: TileXyz) -> [i32; 3] {
        let edge = self.world / f64::from(1_u32 << tile.z());
        let (left, top) = (f64::from(tile.x()) * edge - self.origin.0, f64::from(tile.y()) * edge - self.origin.1);
        #[expect(clippy::cast_possible_truncation, reason = "a map is a few thousand pixels wide")]
        let whole = [left, top, edge].map(|pixels| pixels.round() as i32);
        whole
    }

    fn new(zoom: f64, origin: &Point) -> Self {
        Self { world: WORLD_PX * js_sys::Math::pow(2.0, zoom), origin: (origin.x(), origin.y()) }
    }
}

/// Where a mark stands.
#[derive(Clone, Copy, PartialEq)]
pub struct Spot {
    /// On the square map: 0..1 from the west, 0..1 from the north.
    pub at: (f64, f64),
    /// Pixels to the right and down from there.
    pub shift: (f64, f64),
}

impl Spot {
    /// The spot of a mark.
    pub fn of(mark: &Mark) -> Self {
        Self { at: mark.at, shift: mark.shift }
    }

    /// Where on the layer, in pixels.
    pub fn on_layer(&self, frame: Frame) -> (i32, i32) {
        let x = self.at.0 * frame.world - frame.origin.0 + self.shift.0;
        let y = self.at.1 * frame.world - frame.origin.1 + self.shift.1;
        #[expect(clippy::cast_possible_truncation, reason = "a map is a few thousand pixels wide")]
        let whole = (x.round() as i32, y.round() as i32);
        whole
    }
}

/// A mark as it is to be shown.
pub struct Wanted {
    /// What it stands for.
    pub mark: Mark,
    /// Where.
    pub spot: Spot,
    /// How it looks.
    pub look: Look,
    /// What it is called.
    pub label: String,
    /// For a mark that can fan out: whether it is.
    pub expanded: Option<bool>,
    /// For a pin of a fan: pixels to it from the middle.
    pub leg: Option<(f64, f64)>,
}

/// A mark on the map.
pub struct Shown {
    pub mark: Mark,
    pub spot: Spot,
    /// The zoom it was drawn for.
    pub zoom: u8,
    /// The last drawing it was part of.
    pub drawing: u32,
    /// What its element says which one it is by.
    pub number: u32,
    element: HtmlElement,
    look: Look,
    label: String,
    expanded: Option<bool>,
}

impl Shown {
    /// Makes the element; it is not on the map yet. `number` finds it again when it is pressed.
    pub fn new(wanted: Wanted, number: u32, zoom: u8, drawing: u32) -> Self {
        #[expect(clippy::expect_used, reason = "every document makes buttons")]
        let element: HtmlElement = document().create_element("button").expect("a button").unchecked_into();
        let _set = element.set_attribute("type", "button");
        let _set = element.set_attribute("data-mark", &number.to_string());
        let Wanted { mark, spot, look, label, expanded, leg } = wanted;
        let shown = Self { mark, spot, zoom, drawing, number, element, look, label, expanded };
        shown.dress();
        if let Some((x, y)) = leg {
            // The line back to the middle.
            shown.set_class("is-fanned", true);
            let style = shown.element.style();
            let _set = style.set_property("--leg", &format!("{}px", fixed((x * x + y * y).sqrt(), 1)));
            let _set = style.set_property("--turn", &format!("{}rad", fixed((-y).atan2(-x), 4)));
        }
        shown
    }

    /// Its element.
    pub fn element(&self) -> &HtmlElement {
        &self.element
    }

    /// Where it is on the ground.
    pub fn location(&self) -> LonLat {
        self.mark.location
    }

    /// Makes it what is wanted now, in place.
    pub fn update(&mut self, wanted: Wanted, zoom: u8, frame: Frame) {
        let Wanted { mark, spot, look, label, expanded, .. } = wanted;
        let dressed = look == self.look && label == self.label && expanded == self.expanded;
        let moved = spot != self.spot;
        (self.mark, self.spot, self.zoom, self.look, self.label, self.expanded) =
            (mark, spot, zoom, look, label, expanded);
        if !dressed {
            self.dress();
        }
        if moved {
            self.place(frame);
        }
    }

    /// Puts it where it stands. Not by a transform: each would be a node of its own for the compositor.
    pub fn place(&self, frame: Frame) {
        let (x, y) = self.spot.on_layer(frame);
        let style = self.element.style();
        let _set = style.set_property("left", &format!("{x}px"));
        let _set = style.set_property("top", &format!("{y}px"));
        let _set = style.remove_property("transform");
    }

    /// Draws it away from where it stands, `frame`, to where `spot` is, `there`: to glide from there, or to there.
    pub fn pull(&self, frame: Frame, spot: &Spot, there: Frame) {
        let ((x, y), (to_x, to_y)) = (self.spot.on_layer(frame), spot.on_layer(there));
        let _set = self.element.style().set_property("transform", &format!("translate({}px,{}px)", to_x - x, to_y - y));
    }

    /// Lets it go back to where it stands.
    pub fn let_go(&self) {
        let _set = self.element.style().remove_property("transform");
    }

    /// Gives it a class, or takes it away.
    pub fn set_class(&self, class: &str, on: bool) {
        let _set = self.element.class_list().toggle_with_force(class, on);
    }

    fn dress(&self) {
        let element = &self.element;
        // What says where the keyboard and the eye are stays on.
        let classes = element.class_list();
        let kept = ["is-selected", "is-highlighted", "is-fanned"].into_iter().filter(|class| classes.contains(class));
        let kept = kept.collect::<Vec<_>>().join(" ");
        element.set_class_name(&format!("map-mark {} {kept}", self.look.classes()));
        self.look.put_on(element);
        let _set = element.set_attribute("title", &self.label);
        let _set = match self.expanded {
            Some(expanded) => element.set_attribute("aria-expanded", if expanded { "true" } else { "false" }),
            None => element.remove_attribute("aria-expanded"),
        };
    }
}
