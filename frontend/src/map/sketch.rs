//! What comes into sight while the map is dragged, drawn on a canvas: that takes a tenth of what elements take, which the
//! browser styles, lays out and paints each. Once the map rests they become elements, for the mouse, the keyboard and readers.

pub mod pens;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use leptos::prelude::document;
use leptos::task::spawn_local;
use mendmap_shared::gather::Mark;
use mendmap_shared::geo::TileXyz;
use rustc_hash::FxHashMap;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, HtmlElement};

use super::MapHandle;
use super::marks::Frame;
use crate::parts;

/// Draws the marks of a tile; `None` where the browser does not.
pub type Draw = Box<dyn Fn(TileXyz, &[Mark], Frame) -> Option<HtmlCanvasElement>>;

/// The canvases, one for each tile.
pub struct Sketch {
    map: MapHandle,
    element: HtmlElement,
    /// It comes when the map is dragged for the first time; until it is there, what comes into sight waits for the map to rest.
    draw: Rc<OnceCell<Draw>>,
    asked: Rc<Cell<bool>>,
    tiles: FxHashMap<TileXyz, HtmlCanvasElement>,
}

impl Sketch {
    /// Lays an empty layer over the map, below what is laid over it later.
    pub fn add_to(map: &MapHandle, pane: &HtmlElement) -> Self {
        #[expect(clippy::expect_used, reason = "every document makes elements")]
        let element: HtmlElement = document().create_element("div").expect("an element").unchecked_into();
        element.set_class_name("map-sketch");
        let _added = pane.append_child(&element);
        Self { map: map.clone(), element, draw: Rc::default(), asked: Rc::default(), tiles: FxHashMap::default() }
    }

    /// Has fetched what draws, so that it is there when the first tile comes.
    pub fn prepare(&self) {
        if self.asked.replace(true) {
            return;
        }
        let (layer, draw, asked) = (self.element.clone(), self.draw.clone(), self.asked.clone());
        spawn_local(async move {
            match parts::pens(layer).await {
                Ok(Some(made)) => {
                    let _first = draw.set(made);
                }
                _ => asked.set(false),
            }
        });
    }

    /// Whether this tile is drawn.
    pub fn has(&self, tile: TileXyz) -> bool {
        self.tiles.contains_key(&tile)
    }

    /// Draws these marks of a tile that is not drawn yet.
    pub fn draw(&mut self, tile: TileXyz, marks: &[Mark]) {
        let frame = Frame::of(self.map.leaflet());
        if let Some(canvas) = self.draw.get().and_then(|draw| draw(tile, marks, frame)) {
            let _added = self.element.append_child(&canvas);
            self.tiles.insert(tile, canvas);
        }
    }

    /// Takes all of it away.
    pub fn clear(&mut self) {
        for (_, canvas) in self.tiles.drain() {
            canvas.remove();
        }
    }
}

impl Drop for Sketch {
    fn drop(&mut self) {
        self.element.remove();
    }
}
