//! The base map of a PMTiles file. What draws it comes when it is needed, and is JavaScript (`frontend/basemap.mjs`).

use std::cell::Cell;
use std::rc::Rc;

use leaflet::GridLayer;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;

use super::MapHandle;

#[wasm_bindgen(
    inline_js = "export const baseMap = async (url) => (await import(document.querySelector('meta[name=base-map]').content)).default(url);"
)]
extern "C" {
    #[wasm_bindgen(js_name = baseMap, catch)]
    async fn base_map(url: &str) -> Result<JsValue, JsValue>;
}

/// A base map that is coming, or has come; nothing comes any more once it is dropped.
pub struct BaseMap(Rc<Cell<bool>>);

impl Drop for BaseMap {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl BaseMap {
    /// Draws the base map of the file at `url` under everything else; where it does not come, `instead` is called.
    pub fn add_to(map: &MapHandle, url: String, instead: impl FnOnce() + 'static) -> Self {
        let wanted = Rc::new(Cell::new(true));
        let (map, still) = (map.clone(), wanted.clone());
        spawn_local(async move {
            let layer = base_map(&url).await;
            if still.get() {
                match layer {
                    Ok(layer) => drop(layer.unchecked_into::<GridLayer>().add_to(map.leaflet())),
                    Err(_) => instead(),
                }
            }
        });
        Self(wanted)
    }
}
