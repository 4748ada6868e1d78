//! A map to choose a place on: the pin stands under the cross in the middle; moving the map moves it, and so does
//! dragging it or pressing somewhere else.

use leaflet::{DragEndEvent, Event, Evented, Marker, MarkerOptions};
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::MapConfig;

use super::handle::{lat_lng, lon_lat};
use super::{MapHandle, MapView, View, icons};
use crate::i18n::t;

/// Zoom from which a place can be told exactly.
const NEAR: u8 = 16;
/// Zoom the map goes to when a place is chosen from farther away.
const CLOSE: u8 = 18;

/// The map. `place` is where the pin stands; `on_place` is told where somebody moved it to.
#[component]
pub fn PickMap(
    /// Base map and attribution.
    config: MapConfig,
    /// Where it starts: centre and zoom.
    start: (LonLat, u8),
    /// The place chosen; the map follows it.
    #[prop(into)]
    place: Signal<Option<LonLat>>,
    /// Called with the new place.
    #[prop(into)]
    on_place: Callback<LonLat>,
) -> impl IntoView {
    let map = StoredValue::new_local(None::<(MapHandle, Marker)>);
    // Set while the map goes to a place it was told: it comes to rest on whole pixels, and that is nobody's choice.
    let going = StoredValue::new(false);
    // Set while the pin is dragged: at the map's edge the map moves along.
    let dragging = StoredValue::new(false);
    let listeners = StoredValue::new_local(Vec::<Box<dyn std::any::Any>>::new());
    // The centre at which the map last came to rest; at first, where it was put.
    let rested = StoredValue::new(None::<LonLat>);
    let ready = move |handle: MapHandle| {
        let options = MarkerOptions::new();
        options.set_icon(icons::chosen());
        options.set_draggable(true);
        options.set_auto_pan(true);
        // Moving the map by its keys moves the pin: one thing to focus is enough.
        options.set_keyboard(false);
        options.set_alt(t().form.where_chosen.to_owned());
        let pin = Marker::new_with_options(&lat_lng(start.0), &options);
        // Until a place is chosen there is only the cross.
        if place.get_untracked().is_some() {
            pin.add_to(handle.leaflet());
        }
        let (follower, centre) = (pin.clone(), handle.clone());
        let follow = move |_: Event| {
            if !dragging.get_value() {
                follower.set_lat_lng(&centre.leaflet().get_center());
            }
        };
        let dropped = pin.clone();
        let drop_pin = move |_: DragEndEvent| {
            dragging.set_value(false);
            if let Some(point) = lon_lat(&dropped.get_lat_lng()) {
                on_place.run(point);
            }
        };
        listeners.update_value(|all| {
            all.push(Box::new(Evented::on_leaflet_event(&handle.leaflet(), "move", follow)));
            all.push(Box::new(Evented::on_leaflet_event(&&pin, "dragstart", move |_: Event| dragging.set_value(true))));
            all.push(Box::new(Evented::on_leaflet_event(&&pin, "dragend", drop_pin)));
        });
        map.set_value(Some((handle, pin)));
    };
    // The map goes where the place is, if it is not there yet.
    Effect::new(move |_| {
        let place = place.get();
        map.with_value(|map| {
            let Some((map, pin)) = map else { return };
            if let Some(place) = place {
                if map.view().is_some_and(|view| view.centre.metres_to(place) > 0.5) {
                    going.set_value(true);
                    if map.zoom() < NEAR { map.set_view(place, CLOSE) } else { map.pan_to(place) }
                }
                pin.set_lat_lng(&lat_lng(place));
                if !map.leaflet().has_layer(pin) {
                    pin.add_to(map.leaflet());
                }
            } else {
                pin.remove();
            }
        });
    });
    let view = move |view: View| {
        let before = rested.get_value();
        rested.set_value(Some(view.centre));
        let told = going.get_value();
        going.set_value(false);
        if dragging.get_value() {
            return;
        }
        let here = place.get_untracked();
        // Leaflet says that it came to rest after zooming and after a change of its size too. That chooses nothing.
        let moved = before.is_some_and(|before| !view.is_at(before));
        if moved && !told && here.is_none_or(|here| !view.is_at(here)) {
            on_place.run(view.centre);
        } else if let Some(here) = here {
            // The pin went with the centre, which is the place only to a pixel or two.
            map.with_value(|map| {
                if let Some((_, pin)) = map {
                    pin.set_lat_lng(&lat_lng(here));
                }
            });
        }
    };
    on_cleanup(move || {
        let _gone = listeners.try_update_value(Vec::clear);
        let _gone = map.try_update_value(Option::take);
    });
    view! {
        <MapView
            label=t().map.picker_label
            config=config
            start=start
            cross=true
            zoom_on_centre=true
            on_ready=ready
            on_view=view
            on_press=move |point| on_place.run(point)
        />
    }
}
