//! A map on a page.

use std::cell::RefCell;
use std::rc::Rc;

use leaflet::{Event, Evented, Map, MapOptions, MouseEvent, TileLayer, TileLayerOptions};
use leptos::html::Div;
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::{MAP_CLOSE_ZOOM, MAP_ZOOM_MAX};
use mendmap_shared::wire::config::MapConfig;
use wasm_bindgen::JsCast;

use super::base_map::BaseMap;
use super::handle::{has_leaflet, lat_lng, lon_lat, pan_calmly, wants_less_motion};
use super::streets::Streets;
use super::{MapHandle, View};
use crate::i18n::t;

/// The smallest zoom at which the streets we draw ourselves say anything.
const STREETS_ZOOM_MIN: f64 = 11.0;
/// The smallest zoom over a base map.
const BASE_ZOOM_MIN: f64 = 4.0;

/// Everything that must live exactly as long as the map. Fields are dropped in this order: listeners first.
struct Alive {
    _listeners: Vec<Box<dyn std::any::Any>>,
    _base: Base,
    handle: MapHandle,
}

impl Drop for Alive {
    fn drop(&mut self) {
        // Removing a map in the middle of a zoom leaves a timer behind that moves the map that is gone; it looks here first.
        let _set = js_sys::Reflect::set(self.handle.leaflet(), &"_animatingZoom".into(), &false.into());
        self.handle.leaflet().remove();
    }
}

/// A Leaflet map over the configured base map, or over the streets we have.
#[component]
pub fn MapView(
    /// What screen readers call it.
    label: &'static str,
    /// Base map and attribution.
    config: MapConfig,
    /// Where it starts: centre and zoom.
    start: (LonLat, u8),
    /// Whether it can be moved; a still map takes no focus and no wheel.
    #[prop(default = true)]
    interactive: bool,
    /// Whether a cross marks the centre.
    #[prop(optional)]
    cross: bool,
    /// Whether zooming keeps the centre where it is, instead of the point under the mouse.
    #[prop(optional)]
    zoom_on_centre: bool,
    /// Called once the map stands.
    #[prop(optional, into)]
    on_ready: Option<Callback<MapHandle>>,
    /// Called when the map came to rest, and once at the start, also where the map cannot be started: what stands beside
    /// it works without.
    #[prop(optional, into)]
    on_view: Option<Callback<View>>,
    /// Called with the point pressed on the map, where no pin is.
    #[prop(optional, into)]
    on_press: Option<Callback<LonLat>>,
) -> impl IntoView {
    let words = t().map;
    let element = NodeRef::<Div>::new();
    let alive = StoredValue::new_local(None::<Alive>);
    let failed = RwSignal::new(false);
    // Leaflet gives the map the keyboard with a press, and browsers show what a script focuses.
    let pressed = RwSignal::new(false);
    let credits = config.attribution.clone();
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let Some(map) = build(&element, &config, start, interactive, zoom_on_centre) else {
            failed.set(true);
            if let (Some(on_view), Some(view)) = (on_view, View::around(start.0, start.1)) {
                on_view.run(view);
            }
            return;
        };
        let handle = MapHandle::new(map);
        let base = add_base(&handle, &config);
        let mut listeners = vec![pan_calmly(handle.leaflet())];
        let here = handle.clone();
        let tell = move || {
            if let (Some(on_view), Some(view)) = (on_view, here.view()) {
                on_view.run(view);
            }
        };
        tell();
        listeners.push(Box::new(Evented::on_leaflet_event(&handle.leaflet(), "moveend", move |_: Event| tell())));
        if let Some(on_press) = on_press {
            let press = move |event: MouseEvent| {
                if let Some(point) = lon_lat(&event.lat_lng()) {
                    on_press.run(point);
                }
            };
            listeners.push(Box::new(Evented::on_leaflet_event(&handle.leaflet(), "click", press)));
        }
        if let Some(on_ready) = on_ready {
            on_ready.run(handle.clone());
        }
        alive.set_value(Some(Alive { _listeners: listeners, _base: base, handle }));
    });
    on_cleanup(move || {
        let _gone = alive.try_update_value(Option::take);
    });
    let zoom = move |inwards: bool| {
        alive.with_value(|alive| {
            if let Some(alive) = alive {
                if inwards { alive.handle.zoom_in() } else { alive.handle.zoom_out() }
            }
        });
    };
    view! {
        <div class="map" class:map--still=!interactive>
            <div
                class="map__canvas"
                class:is-pressed=pressed
                on:pointerdown=move |_| pressed.set(true)
                on:keydown=move |_| pressed.set(false)
                on:focusout=move |_| pressed.set(false)
                node_ref=element
                hidden=failed
                role=if interactive { "application" } else { "img" }
                aria-label=label
            ></div>
            {move || {
                (cross && !failed.get()).then(|| view! { <div class="map__cross" aria-hidden="true"></div> }.into_any())
            }}
            {move || (interactive && !failed.get())
                .then(|| {
                    view! {
                        <div class="map__zoom">
                            <button type="button" class="map__button" aria-label=words.zoom_in on:click=move |_| zoom(true)>
                                <span aria-hidden="true">"+"</span>
                            </button>
                            <button
                                type="button"
                                class="map__button"
                                aria-label=words.zoom_out
                                on:click=move |_| zoom(false)
                            >
                                <span aria-hidden="true">"−"</span>
                            </button>
                        </div>
                    }
                    .into_any()
                })}
            {credits.map(|credits| view! { <p class="map__credits">{credits}</p> })}
            {move || failed.get().then(|| view! { <p class="map__failed">{words.map_failed}</p> }.into_any())}
        </div>
    }
}

fn build(
    element: &web_sys::HtmlElement,
    config: &MapConfig,
    (centre, zoom): (LonLat, u8),
    interactive: bool,
    zoom_on_centre: bool,
) -> Option<Map> {
    if !has_leaflet() {
        return None;
    }
    let still = wants_less_motion();
    let mut options = MapOptions::new();
    options.set_center(lat_lng(centre));
    options.set_zoom(f64::from(zoom));
    options.set_min_zoom(if config.tiles_url.is_some() || config.pmtiles_url.is_some() {
        BASE_ZOOM_MIN
    } else {
        STREETS_ZOOM_MIN
    });
    options.set_max_zoom(f64::from(MAP_CLOSE_ZOOM));
    options.set_zoom_control(false);
    options.set_attribution_control(false);
    options.set_zoom_animation(!still);
    options.set_fade_animation(!still);
    options.set_marker_zoom_animation(!still);
    options.set_inertia(!still);
    options.set_keyboard(interactive);
    options.set_dragging(interactive);
    options.set_scroll_wheel_zoom(interactive);
    options.set_touch_zoom(interactive);
    options.set_box_zoom(interactive);
    options.set_double_click_zoom(interactive.into());
    if interactive && zoom_on_centre {
        options.set_scroll_wheel_zoom_center();
        options.set_touch_zoom_center();
        options.set_double_click_zoom("center".into());
    }
    // Should Leaflet refuse, the page goes on without a map.
    Map::new_with_element(element, &options).ok()
}

/// What lies under the pins, with what keeps it going.
#[derive(Default)]
struct Base {
    streets: Rc<RefCell<Option<Streets>>>,
    coming: Option<BaseMap>,
}

/// The configured base map, or else our own streets.
fn add_base(handle: &MapHandle, config: &MapConfig) -> Base {
    let mut base = Base::default();
    let (streets, map) = (base.streets.clone(), handle.clone());
    let draw_streets = move || {
        streets.replace(Some(Streets::add_to(&map)));
    };
    if let Some(address) = &config.tiles_url {
        let options = TileLayerOptions::new();
        options.set_max_zoom(f64::from(MAP_ZOOM_MAX));
        // Beyond 19 most tile servers have nothing; the deepest tiles are stretched instead.
        options.unchecked_ref::<leaflet::GridLayerOptions>().set_max_native_zoom(19.0);
        TileLayer::new_options(address, &options).add_to(handle.leaflet());
    } else if let Some(address) = config.pmtiles_url.clone() {
        base.coming = Some(BaseMap::add_to(handle, address, draw_streets));
    } else {
        draw_streets();
    }
    base
}
