//! What is pressed on the map.

use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::map::MapHandle;

/// The mark an event is about, and its number.
pub fn pressed(event: &web_sys::Event) -> Option<(Element, u32)> {
    let mark = event.target()?.dyn_into::<Element>().ok()?.closest("[data-mark]").ok()??;
    let number = mark.get_attribute("data-mark")?.parse().ok()?;
    Some((mark, number))
}

/// Whether the mouse moved the map since it went down.
pub fn was_dragged(map: &MapHandle) -> bool {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or_default();
    let dragging = get(map.leaflet(), "dragging");
    let moved = get(&dragging, "moved").dyn_into::<js_sys::Function>();
    moved.is_ok_and(|moved| moved.call0(&dragging).is_ok_and(|moved| moved.is_truthy()))
}
