//! Reports on the map, from `/map/{z}/{x}/{y}.json`: asked for as the map moves, given up when out of sight, kept while
//! panning back.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use futures_util::future::{AbortHandle, abortable};
use leaflet::{Evented, LayerGroup, Marker, MarkerOptions, MouseEvent};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_PIN_ZOOM;
use mendmap_shared::wire::map::MapTile;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::gather::{Mark, gather};
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
    /// The mark each report is part of.
    member: HashMap<i64, Key>,
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
            member: HashMap::new(),
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
        let marks = state.marks();
        let wanted: HashSet<Key> = marks.iter().map(Key::of).collect();
        let complete = state.sight.iter().all(|tile| !matches!(state.tiles.get(tile), Some(Tile::Loading(..))));
        if complete {
            let gone: Vec<Key> = state.shown.keys().filter(|key| !wanted.contains(key)).copied().collect();
            for key in gone {
                if let Some(shown) = state.shown.remove(&key) {
                    state.layer.remove_layer(&shown.marker);
                }
            }
        } else if !state.shown.is_empty() && marks.is_empty() {
            return;
        }
        state.member.clear();
        for mark in marks {
            let key = Key::of(&mark);
            match &mark {
                Mark::Pin(pin) => {
                    state.member.insert(pin.id, key);
                }
                Mark::Cluster(_, ids) => state.member.extend(ids.iter().map(|id| (*id, key))),
            }
            if !state.shown.contains_key(&key) {
                let shown = state.show(&mark);
                state.shown.insert(key, shown);
            }
        }
        let (selected, highlighted) = (state.selected, state.highlighted);
        state.mark(selected);
        state.mark(highlighted);
    }
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

    /// What is to be seen of the tiles in sight, each report once.
    fn marks(&self) -> Vec<Mark> {
        let mut seen = HashSet::new();
        let mut marks = Vec::new();
        for tile in &self.sight {
            let Some(Tile::Ready { content, .. }) = self.tiles.get(tile) else { continue };
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
        let words = &t().map;
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
