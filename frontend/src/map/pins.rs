//! Reports on the map, from `/map/{z}/{x}/{y}.json`: asked for as the map moves, given up when out of sight, kept while
//! panning back.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::future::abortable;
use leaflet::{Event, Evented, LayerGroup, Marker, MarkerOptions, MouseEvent};
use leptos::task::spawn_local;
use mendmap_shared::gather::{Mark, gather};
use mendmap_shared::geo::{LonLat, TileXyz};
use wasm_bindgen::prelude::*;

use super::handle::lat_lng;
use super::pin_tiles::{PinTiles, tiles_in};
use super::{MapHandle, View, icons};
use crate::api::{self, ApiError};
use crate::i18n::{count, status_group_text, t};

/// Zoom levels a press on a cluster goes in.
const CLUSTER_STEP: u8 = 2;
/// Zoom from which nothing is gathered: going in further would not part what lies together.
const APART_ZOOM: u8 = 18;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Marker)]
    type Drawn;
    #[wasm_bindgen(method, js_name = getElement)]
    fn element(this: &Drawn) -> Option<web_sys::Element>;
}

/// Which reports are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinFilter {
    /// Status groups or statuses, with commas.
    pub status: String,
    /// Category code or group.
    pub category: String,
}

/// What tells two marks apart: a cluster that counts something else, or elsewhere, is another one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Pin(i64),
    Cluster([u64; 2], [i64; 3]),
}

impl Key {
    fn of(mark: &Mark) -> Self {
        match mark {
            Mark::Pin(pin) => Self::Pin(pin.id),
            Mark::Cluster(cluster, _) => Self::Cluster(
                [cluster.location.lon().to_bits(), cluster.location.lat().to_bits()],
                [cluster.open, cluster.fixed, cluster.closed],
            ),
        }
    }
}

struct Shown {
    marker: Marker,
    location: LonLat,
    _listener: Box<dyn std::any::Any>,
}

type Listener<T> = Rc<dyn Fn(T)>;

struct State {
    map: MapHandle,
    layer: LayerGroup,
    filter: PinFilter,
    tiles: PinTiles,
    shown: HashMap<Key, Shown>,
    /// The mark each report is part of.
    member: HashMap<i64, Key>,
    pointed: Option<Marker>,
    selected: Option<i64>,
    highlighted: Option<i64>,
    /// Whether reports are missing, as it was told last.
    failed: bool,
    on_select: Listener<i64>,
    on_failed: Listener<bool>,
}

/// The reports on one map. Cheap to clone.
#[derive(Clone)]
pub struct Pins(Rc<RefCell<State>>);

impl Pins {
    /// Shows reports on the map. `on_select` is told the report pressed; `on_failed`, whenever that changes, whether some of
    /// the tiles in sight did not come.
    pub fn add_to(
        map: &MapHandle,
        filter: PinFilter,
        on_select: impl Fn(i64) + 'static,
        on_failed: impl Fn(bool) + 'static,
    ) -> Self {
        let layer = LayerGroup::new();
        layer.add_to(map.leaflet());
        Self(Rc::new(RefCell::new(State {
            map: map.clone(),
            layer,
            filter,
            tiles: PinTiles::default(),
            shown: HashMap::new(),
            member: HashMap::new(),
            pointed: None,
            selected: None,
            highlighted: None,
            failed: false,
            on_select: Rc::new(on_select),
            on_failed: Rc::new(on_failed),
        })))
    }

    /// Shows other reports.
    pub fn set_filter(&self, filter: PinFilter) {
        let view = {
            let mut state = self.0.borrow_mut();
            if state.filter == filter {
                return;
            }
            state.filter = filter;
            state.tiles.clear();
            // Nothing of the other reports may stay, also where the new ones do not come.
            for (_, shown) in std::mem::take(&mut state.shown) {
                state.layer.remove_layer(&shown.marker);
            }
            state.map.view()
        };
        if let Some(view) = view {
            self.look(&view);
        }
    }

    /// Asks for what has come into sight, and gives up what has left it. Call when the map came to rest.
    pub fn look(&self, view: &View) {
        let wanted = tiles_in(view);
        let missing = self.0.borrow_mut().tiles.turn_to(wanted, js_sys::Date::now());
        for tile in missing {
            self.ask(tile);
        }
        self.draw();
    }

    /// Marks the report selected, or none.
    pub fn select(&self, id: Option<i64>) {
        let before = std::mem::replace(&mut self.0.borrow_mut().selected, id);
        if before != id {
            self.0.borrow().mark(before);
            // The selected report leaves its cluster, and the one before goes back into it.
            self.draw();
        }
    }

    /// Marks the report pointed at in the list, or none.
    pub fn highlight(&self, id: Option<i64>) {
        let mut state = self.0.borrow_mut();
        let before = std::mem::replace(&mut state.highlighted, id);
        state.mark(before);
        state.mark(id);
    }

    /// Marks a point pressed on the map, or none.
    pub fn point(&self, point: Option<LonLat>) {
        let mut state = self.0.borrow_mut();
        if let Some(before) = state.pointed.take() {
            state.layer.remove_layer(&before);
        }
        if let Some(point) = point {
            let options = MarkerOptions::new();
            options.set_icon(icons::chosen());
            options.set_interactive(false);
            options.set_keyboard(false);
            let marker = Marker::new_with_options(&lat_lng(point), &options);
            state.layer.add_layer(&marker);
            state.pointed = Some(marker);
        }
    }

    /// Stops everything that is under way. The map may be gone already.
    pub fn stop(&self) {
        self.0.borrow_mut().tiles.clear();
    }

    /// Gives the keyboard to a report's pin; `false` where it has none, but is part of a cluster or out of sight.
    pub fn focus(&self, id: i64) -> bool {
        let element = {
            let state = self.0.borrow();
            state.shown.get(&Key::Pin(id)).and_then(|shown| shown.marker.unchecked_ref::<Drawn>().element())
        };
        let element = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        element.is_some_and(|element| element.focus().is_ok())
    }

    fn ask(&self, tile: TileXyz) {
        let mut state = self.0.borrow_mut();
        let PinFilter { status, category } = state.filter.clone();
        let (work, stop) = abortable(async move { api::get_map_tile(tile, &status, &category).await });
        let request = state.tiles.start(tile, stop);
        drop(state);
        let this = self.clone();
        spawn_local(async move {
            let Ok(answer) = work.await else { return };
            if matches!(answer, Err(ApiError::Aborted)) {
                return;
            }
            if this.0.borrow_mut().tiles.take(tile, request, answer.ok(), js_sys::Date::now()) {
                this.draw();
            }
        });
    }

    /// Brings the markers in step with the tiles in sight, and says whether some of those are missing.
    fn draw(&self) {
        self.0.borrow_mut().draw();
        let told = {
            let mut state = self.0.borrow_mut();
            let failed = state.tiles.has_failed();
            let changed = std::mem::replace(&mut state.failed, failed) != failed;
            changed.then(|| (state.on_failed.clone(), failed))
        };
        // Whoever listens may ask these pins something.
        if let Some((on_failed, failed)) = told {
            on_failed(failed);
        }
    }
}

impl State {
    /// Brings the markers in step. What is not there any more goes only when nothing is on its way, so that nothing flickers
    /// while zooming; and where a tile did not come, what was known stays.
    fn draw(&mut self) {
        let marks = self.marks();
        let wanted: HashSet<Key> = marks.iter().map(Key::of).collect();
        if !self.tiles.is_waiting() {
            let Self { shown, layer, tiles, .. } = self;
            shown.retain(|key, shown| {
                let stays = wanted.contains(key) || tiles.is_blank_at(shown.location);
                if !stays {
                    layer.remove_layer(&shown.marker);
                }
                stays
            });
        } else if !self.shown.is_empty() && marks.is_empty() {
            return;
        }
        self.member.clear();
        for mark in marks {
            let key = Key::of(&mark);
            match &mark {
                Mark::Pin(pin) => {
                    self.member.insert(pin.id, key);
                }
                Mark::Cluster(_, ids) => self.member.extend(ids.iter().map(|id| (*id, key))),
            }
            if !self.shown.contains_key(&key) {
                let shown = self.show(&mark);
                self.shown.insert(key, shown);
            }
        }
        self.mark(self.selected);
        self.mark(self.highlighted);
    }

    /// What is to be seen of the tiles in sight, each report once.
    fn marks(&self) -> Vec<Mark> {
        let mut seen = HashSet::new();
        let mut marks = Vec::new();
        for content in self.tiles.contents() {
            marks.extend(content.pins.iter().filter(|pin| seen.insert(pin.id)).cloned().map(Mark::Pin));
            marks.extend(content.clusters.iter().cloned().map(|cluster| Mark::Cluster(cluster, Vec::new())));
        }
        let zoom = self.map.zoom();
        if zoom >= APART_ZOOM {
            return marks;
        }
        gather(marks, self.selected, |mark| {
            let location = match mark {
                Mark::Pin(pin) => pin.location,
                Mark::Cluster(cluster, _) => cluster.location,
            };
            let point = self.map.leaflet().project_with_zoom(&lat_lng(location), f64::from(zoom));
            (point.x(), point.y())
        })
    }

    fn show(&self, what: &Mark) -> Shown {
        let words = t().map;
        let (location, icon, label, on_top) = match what {
            Mark::Pin(pin) => {
                let label = (words.pin)(status_group_text(pin.status_group), &pin.category, &pin.title);
                (pin.location, icons::pin(pin.status_group), label, 0.0)
            }
            Mark::Cluster(cluster, _) => {
                let number = |n: i64| count(n);
                let (open, fixed, closed) = (number(cluster.open), number(cluster.fixed), number(cluster.closed));
                let label = (words.cluster)(&number(cluster.total()), &open, &fixed, &closed);
                (cluster.location, icons::cluster(cluster), label, 0.0)
            }
        };
        let options = MarkerOptions::new();
        options.set_icon(icon);
        options.set_title(label);
        options.set_rise_on_hover(true);
        options.set_z_index_offset(on_top);
        let marker = Marker::new_with_options(&lat_lng(location), &options);
        let listener = match what {
            Mark::Pin(pin) => self.on_press_pin(&marker, pin.id),
            Mark::Cluster(..) => self.on_press_cluster(&marker, location),
        };
        self.layer.add_layer(&marker);
        Shown { marker, location, _listener: listener }
    }

    fn on_press_pin(&self, marker: &Marker, id: i64) -> Box<dyn std::any::Any> {
        let on_select = self.on_select.clone();
        on_press(marker, move |_| on_select(id))
    }

    fn on_press_cluster(&self, marker: &Marker, location: LonLat) -> Box<dyn std::any::Any> {
        let map = self.map.clone();
        on_press(marker, move |by_key| {
            if by_key {
                // The cluster goes; the keyboard stays on the map.
                let _focused = map.leaflet().get_container().focus();
            }
            map.set_view(location, map.zoom() + CLUSTER_STEP);
        })
    }

    /// Draws a pin as selected or pointed at, as it now is.
    fn mark(&self, id: Option<i64>) {
        let Some(id) = id else { return };
        let Some(shown) = self.member.get(&id).and_then(|key| self.shown.get(key)) else { return };
        let (selected, highlighted) = (self.selected == Some(id), self.highlighted == Some(id));
        shown.marker.set_z_index_offset(if selected || highlighted { 1000.0 } else { 0.0 });
        let drawn: &Drawn = shown.marker.unchecked_ref();
        if let Some(element) = drawn.element() {
            let classes = element.class_list();
            let _set = classes.toggle_with_force("is-selected", selected);
            let _set = classes.toggle_with_force("is-highlighted", highlighted);
        }
    }
}

/// Calls `act` when a marker is pressed, and says whether by a key: Leaflet gives markers the role of a button and the
/// focus, but not a button's keys. It listens as long as the answer lives.
fn on_press(marker: &Marker, act: impl Fn(bool) + 'static) -> Box<dyn std::any::Any> {
    let act = Rc::new(act);
    let by_key = act.clone();
    let click = Evented::on_leaflet_event(&marker, "click", move |_: MouseEvent| act(false));
    let key = Evented::on_leaflet_event(&marker, "keydown", move |event: Event| {
        let event = js_sys::Reflect::get(&event, &"originalEvent".into()).ok();
        let event = event.and_then(|event| event.dyn_into::<web_sys::KeyboardEvent>().ok());
        if let Some(event) = event.filter(|event| matches!(event.key().as_str(), "Enter" | " ")) {
            event.prevent_default();
            by_key(true);
        }
    });
    Box::new((click, key))
}
