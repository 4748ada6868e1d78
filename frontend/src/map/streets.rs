//! The streets we have, as a layer of canvas tiles, where no base map is configured.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{AbortHandle, abortable};
use leaflet::{Event, Evented, GridLayer, GridLayerOptions};
use leptos::prelude::{document, window};
use leptos::task::spawn_local;
use mendmap_shared::geo::TileXyz;
use mendmap_shared::wire::map::StreetTile;
use rustc_hash::FxHashMap;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::MapHandle;
use super::streets_draw::{Palette, Part, draw};
use crate::api;

/// Edge of a tile on screen: twice Leaflet's usual, so that a view takes a quarter of the requests. A tile of this
/// layer at map zoom z is the data's tile at z - 1.
const TILE_PX: f64 = 512.0;
/// The zooms the data has.
const DATA_ZOOMS: std::ops::RangeInclusive<u8> = 10..=18;

#[wasm_bindgen]
extern "C" {
    /// Leaflet's coordinates of a tile.
    type Coords;
    #[wasm_bindgen(method, getter)]
    fn x(this: &Coords) -> f64;
    #[wasm_bindgen(method, getter)]
    fn y(this: &Coords) -> f64;
    #[wasm_bindgen(method, getter)]
    fn z(this: &Coords) -> f64;

    #[wasm_bindgen(extends = Event)]
    type TileEvent;
    #[wasm_bindgen(method, getter)]
    fn coords(this: &TileEvent) -> Coords;
}

type Key = (i32, i32, i32);

#[expect(clippy::cast_possible_truncation, reason = "tile numbers are whole and far below 2^31")]
fn key(coords: &Coords) -> Key {
    (coords.z() as i32, coords.x() as i32, coords.y() as i32)
}

/// The layer, with what it must keep alive.
pub struct Streets {
    layer: GridLayer,
    running: Rc<RefCell<FxHashMap<Key, AbortHandle>>>,
    _create: Closure<dyn FnMut(Coords, js_sys::Function) -> HtmlCanvasElement>,
    _listeners: Vec<Box<dyn std::any::Any>>,
    scheme: Option<(web_sys::MediaQueryList, Closure<dyn FnMut()>)>,
}

impl Streets {
    /// Draws the streets under everything else on the map.
    pub fn add_to(handle: &MapHandle) -> Self {
        let options = GridLayerOptions::new();
        options.set_tile_size(TILE_PX);
        options.set_keep_buffer(1.0);
        let layer = GridLayer::new_with_options(&options);
        let running = Rc::new(RefCell::new(FxHashMap::<Key, AbortHandle>::default()));
        let palette = Rc::new(RefCell::new(Palette::read()));

        let (tasks, colours) = (running.clone(), palette.clone());
        let create = Closure::<dyn FnMut(Coords, js_sys::Function) -> HtmlCanvasElement>::new(
            move |coords: Coords, done: js_sys::Function| start(&coords, done, &tasks, &colours),
        );
        // Leaflet asks how many arguments the function takes to learn whether it answers later; a function made here says 0.
        let length: js_sys::Object = js_sys::Object::new();
        let _set = js_sys::Reflect::set(&length, &"value".into(), &2.into());
        js_sys::Object::define_property(create.as_ref().unchecked_ref::<js_sys::Object>(), &"length".into(), &length);
        let _set = js_sys::Reflect::set(&layer, &"createTile".into(), create.as_ref());

        let tasks = running.clone();
        let unload = move |event: Event| {
            let event: TileEvent = event.unchecked_into();
            if let Some(task) = tasks.borrow_mut().remove(&key(&event.coords())) {
                task.abort();
            }
        };
        let as_layer: &leaflet::Layer = &layer;
        let listeners: Vec<Box<dyn std::any::Any>> =
            vec![Box::new(Evented::on_leaflet_event(&as_layer, "tileunload", unload))];
        layer.add_to(handle.leaflet());
        let scheme = follow_scheme(&layer, palette);
        Self { layer, running, _create: create, _listeners: listeners, scheme }
    }
}

impl Drop for Streets {
    fn drop(&mut self) {
        for task in self.running.borrow().values() {
            task.abort();
        }
        if let Some((query, listener)) = self.scheme.take() {
            let _removed = query.remove_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
        }
        self.layer.remove();
    }
}

/// Draws anew when the system changes between light and dark.
fn follow_scheme(
    layer: &GridLayer,
    palette: Rc<RefCell<Palette>>,
) -> Option<(web_sys::MediaQueryList, Closure<dyn FnMut()>)> {
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten()?;
    let layer = layer.clone();
    let listener = Closure::<dyn FnMut()>::new(move || {
        *palette.borrow_mut() = Palette::read();
        layer.redraw();
    });
    query.add_event_listener_with_callback("change", listener.as_ref().unchecked_ref()).ok()?;
    Some((query, listener))
}

/// Makes the canvas at once and draws on it when the data is here.
fn start(
    coords: &Coords,
    done: js_sys::Function,
    running: &Rc<RefCell<FxHashMap<Key, AbortHandle>>>,
    palette: &Rc<RefCell<Palette>>,
) -> HtmlCanvasElement {
    #[expect(clippy::expect_used, reason = "every document makes canvases")]
    let canvas: HtmlCanvasElement = document().create_element("canvas").expect("a canvas").unchecked_into();
    let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "512 to 1536")]
    let pixels = (TILE_PX * ratio).round() as u32;
    canvas.set_width(pixels);
    canvas.set_height(pixels);

    let key = key(coords);
    let Some((tile, part)) = data_tile(key) else {
        // Outside the map or its zooms there is only ground. Leaflet must not be told before it has the tile.
        let empty = canvas.clone();
        spawn_local(async move { tell(&done, &empty) });
        return canvas;
    };
    let (drawn, palette, tasks) = (canvas.clone(), palette.clone(), running.clone());
    let (work, stop) = abortable(async move { api::get_street_tile(tile).await });
    running.borrow_mut().insert(key, stop);
    let map_zoom = key.0;
    spawn_local(async move {
        let Ok(answer) = work.await else { return };
        tasks.borrow_mut().remove(&key);
        // A tile that does not come stays ground; Leaflet asks again when it comes back into sight.
        let streets = answer.unwrap_or_else(|_| StreetTile::default());
        if let Some(context) = context(&drawn) {
            let _scaled = context.scale(ratio, ratio);
            draw(&context, &streets, part, map_zoom, TILE_PX, &palette.borrow());
        }
        tell(&done, &drawn);
    });
    canvas
}

fn tell(done: &js_sys::Function, canvas: &HtmlCanvasElement) {
    let _called = done.call2(&JsValue::NULL, &JsValue::NULL, canvas);
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// The data's tile to draw, and which part of it: deeper than the data goes, a part of the deepest tile is enlarged.
fn data_tile((map_zoom, x, y): Key) -> Option<(TileXyz, Part)> {
    let zoom = u8::try_from(map_zoom - 1).ok().filter(|zoom| zoom >= DATA_ZOOMS.start())?;
    let deeper = zoom.saturating_sub(*DATA_ZOOMS.end());
    let parts = 1 << deeper;
    let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
    let tile = TileXyz::new(zoom - deeper, x >> deeper, y >> deeper).ok()?;
    Some((tile, Part { parts, column: x % parts, row: y % parts }))
}
