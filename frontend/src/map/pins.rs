//! Reports on the map, from `/map/{z}/{x}/{y}.json`: asked for as the map moves, given up when out of sight, kept while
//! panning back.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::future::{AbortHandle, abortable};
use leaflet::{Evented, LayerGroup, Marker, MarkerOptions, MouseEvent};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_PIN_ZOOM;
use mendmap_shared::wire::map::{Cluster, MapTile, Pin};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::handle::lat_lng;
use super::{MapHandle, View, icons};
use crate::api::{self, ApiError};
use crate::i18n::{count, status_group_text, t};

/// Tiles kept at most; the oldest go first.
const TILES_KEPT: usize = 300;
/// Milliseconds after which a tile coming back into sight is asked for again: the answer is mostly "not modified".
const FRESH_MS: f64 = 30_000.0;
/// Zoom levels a press on a cluster goes in.
const CLUSTER_STEP: u8 = 2;

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

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Pin(i64),
    Cluster(TileXyz, usize),
}

enum Tile {
    Loading(AbortHandle, u64),
    Ready { content: MapTile, at: f64 },
}

struct Shown {
    marker: Marker,
    _listener: Box<dyn std::any::Any>,
}

type Listener<T> = Rc<dyn Fn(T)>;

struct State {
    map: MapHandle,
    layer: LayerGroup,
    filter: PinFilter,
    tiles: HashMap<TileXyz, Tile>,
    order: Vec<TileXyz>,
    sight: Vec<TileXyz>,
    shown: HashMap<Key, Shown>,
    pointed: Option<Marker>,
    selected: Option<i64>,
    highlighted: Option<i64>,
    round: u64,
    on_select: Listener<i64>,
    on_failed: Listener<bool>,
}

/// The reports on one map. Cheap to clone.
#[derive(Clone)]
pub struct Pins(Rc<RefCell<State>>);

impl Pins {
    /// Shows reports on the map. `on_select` is told the report pressed; `on_failed` whether some tiles did not come.
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
            tiles: HashMap::new(),
            order: Vec::new(),
            sight: Vec::new(),
            shown: HashMap::new(),
            pointed: None,
            selected: None,
            highlighted: None,
            round: 0,
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
            state.give_up_all();
            state.map.view()
        };
        if let Some(view) = view {
            self.look(&view);
        }
    }

    /// Asks for what has come into sight, and gives up what has left it. Call when the map came to rest.
    pub fn look(&self, view: &View) {
        let wanted = tiles_in(view);
        let missing = self.0.borrow_mut().turn_to(wanted);
        for tile in missing {
            self.ask(tile);
        }
        self.draw();
    }

    /// Marks the report selected, or none.
    pub fn select(&self, id: Option<i64>) {
        let mut state = self.0.borrow_mut();
        let before = std::mem::replace(&mut state.selected, id);
        state.mark(before);
        state.mark(id);
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
        self.0.borrow_mut().give_up_all();
    }

    fn ask(&self, tile: TileXyz) {
        let mut state = self.0.borrow_mut();
        state.round += 1;
        let round = state.round;
        let PinFilter { status, category } = state.filter.clone();
        let (work, stop) = abortable(async move { api::get_map_tile(tile, &status, &category).await });
        state.tiles.insert(tile, Tile::Loading(stop, round));
        drop(state);
        let this = self.clone();
        spawn_local(async move {
            let Ok(answer) = work.await else { return };
            if matches!(answer, Err(ApiError::Aborted)) {
                return;
            }
            let failed = answer.is_err();
            let on_failed = this.0.borrow().on_failed.clone();
            if this.0.borrow_mut().take(tile, round, answer.ok()) {
                on_failed(failed);
                this.draw();
            }
        });
    }

    /// Brings the markers in step with the tiles in sight. What is not there any more goes only when all tiles have
    /// come, so that nothing flickers while zooming.
    fn draw(&self) {
        let mut state = self.0.borrow_mut();
        let mut wanted = HashSet::new();
        let mut new = Vec::new();
        for tile in &state.sight {
            let Some(Tile::Ready { content, .. }) = state.tiles.get(tile) else { continue };
            for pin in &content.pins {
                let key = Key::Pin(pin.id);
                if wanted.insert(key) && !state.shown.contains_key(&key) {
                    new.push((key, What::Pin(pin.clone())));
                }
            }
            for (index, cluster) in content.clusters.iter().enumerate() {
                let key = Key::Cluster(*tile, index);
                if wanted.insert(key) && !state.shown.contains_key(&key) {
                    new.push((key, What::Cluster(cluster.clone())));
                }
            }
        }
        let complete = state.sight.iter().all(|tile| matches!(state.tiles.get(tile), Some(Tile::Ready { .. }) | None));
        if complete {
            let gone: Vec<Key> = state.shown.keys().filter(|key| !wanted.contains(key)).copied().collect();
            for key in gone {
                if let Some(shown) = state.shown.remove(&key) {
                    state.layer.remove_layer(&shown.marker);
                }
            }
        }
        for (key, what) in new {
            let shown = state.show(&what);
            state.shown.insert(key, shown);
        }
        let (selected, highlighted) = (state.selected, state.highlighted);
        state.mark(selected);
        state.mark(highlighted);
    }
}

enum What {
    Pin(Pin),
    Cluster(Cluster),
}

impl State {
    fn give_up_all(&mut self) {
        for (_, tile) in self.tiles.drain() {
            if let Tile::Loading(stop, _) = tile {
                stop.abort();
            }
        }
        self.order.clear();
        self.sight.clear();
    }

    /// Makes these the tiles in sight; answers those to ask for.
    fn turn_to(&mut self, wanted: Vec<TileXyz>) -> Vec<TileXyz> {
        self.tiles.retain(|tile, state| match state {
            Tile::Loading(stop, _) if !wanted.contains(tile) => {
                stop.abort();
                false
            }
            _ => true,
        });
        let now = js_sys::Date::now();
        let missing = wanted.iter().copied().filter(|tile| match self.tiles.get(tile) {
            None => true,
            Some(Tile::Loading(..)) => false,
            Some(Tile::Ready { at, .. }) => now - at > FRESH_MS,
        });
        let missing: Vec<TileXyz> = missing.collect();
        self.sight = wanted;
        while self.order.len() > TILES_KEPT {
            let oldest = self.order.remove(0);
            if !self.sight.contains(&oldest) {
                self.tiles.remove(&oldest);
            }
        }
        missing
    }

    /// Keeps an answer; `false` when nobody waits for it any more.
    fn take(&mut self, tile: TileXyz, round: u64, content: Option<MapTile>) -> bool {
        if !matches!(self.tiles.get(&tile), Some(Tile::Loading(_, waiting)) if *waiting == round) {
            return false;
        }
        match content {
            Some(content) => {
                self.tiles.insert(tile, Tile::Ready { content, at: js_sys::Date::now() });
                self.order.retain(|kept| *kept != tile);
                self.order.push(tile);
            }
            // The next look asks again.
            None => {
                self.tiles.remove(&tile);
            }
        }
        true
    }

    fn show(&self, what: &What) -> Shown {
        let words = &t().map;
        let (location, icon, label, on_top) = match what {
            What::Pin(pin) => {
                let label = (words.pin)(status_group_text(pin.status_group), &pin.category, &pin.title);
                (pin.location, icons::pin(pin.status_group), label, 0.0)
            }
            What::Cluster(cluster) => {
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
            What::Pin(pin) => self.on_press_pin(&marker, pin.id),
            What::Cluster(_) => self.on_press_cluster(&marker, location),
        };
        self.layer.add_layer(&marker);
        Shown { marker, _listener: listener }
    }

    fn on_press_pin(&self, marker: &Marker, id: i64) -> Box<dyn std::any::Any> {
        let on_select = self.on_select.clone();
        Box::new(Evented::on_leaflet_event(&marker, "click", move |_: MouseEvent| on_select(id)))
    }

    fn on_press_cluster(&self, marker: &Marker, location: LonLat) -> Box<dyn std::any::Any> {
        let map = self.map.clone();
        Box::new(Evented::on_leaflet_event(&marker, "click", move |_: MouseEvent| {
            map.set_view(location, map.zoom() + CLUSTER_STEP);
        }))
    }

    /// Draws a pin as selected or pointed at, as it now is.
    fn mark(&self, id: Option<i64>) {
        let Some(id) = id else { return };
        let Some(shown) = self.shown.get(&Key::Pin(id)) else { return };
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

/// The tiles a view shows. Where every report is a pin, a tile of the next smaller zoom says the same in a quarter of
/// the requests.
fn tiles_in(view: &View) -> Vec<TileXyz> {
    let zoom = if view.zoom > MAP_PIN_ZOOM { view.zoom - 1 } else { view.zoom };
    let [west, south, east, north] = view.bbox.edges();
    let corner = |lon, lat| LonLat::new(lon, lat).ok().and_then(|point| TileXyz::containing(point, zoom).ok());
    let (Some(first), Some(last)) = (corner(west, north), corner(east, south)) else { return Vec::new() };
    let rows = first.y()..=last.y();
    rows.flat_map(|y| (first.x()..=last.x()).filter_map(move |x| TileXyz::new(zoom, x, y).ok())).collect()
}
