//! Reports on the map, from `/map/{z}/{x}/{y}.json`: asked for as the map moves, given up when out of sight, kept while
//! panning back, and changed in place as a live map is told of changes.

mod news;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use futures_util::future::abortable;
use gloo_timers::callback::Timeout;
use leaflet::{Event, Evented, Marker, MarkerOptions};
use leptos::prelude::request_animation_frame;
use leptos::task::spawn_local;
use mendmap_shared::gather::Key;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_CLOSE_ZOOM;
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::map::{LiveReport, Pin};
use wasm_bindgen::prelude::*;

use super::handle::lat_lng;
use super::live::Watch;
use super::mark_layer::{MarkLayer, reveal};
use super::open_cluster::Opening;
use super::pin_tiles::{PinTiles, tiles_in};
use super::{MapHandle, View, icons};
use crate::api::{self, ApiError};
use crate::parts;

/// Zoom levels a press on a cluster goes in where it is not known what is in it.
pub(super) const CLUSTER_STEP: u8 = 2;
/// Milliseconds between two looks at what has come into sight while the map is dragged.
const LOOK_MS: f64 = 120.0;

type Listener<T> = Rc<dyn Fn(T)>;

struct State {
    map: MapHandle,
    layer: MarkLayer,
    filter: MapFilter,
    tiles: PinTiles,
    pointed: Option<Marker>,
    /// Whether reports are missing, as it was told last.
    failed: bool,
    looked: f64,
    /// Whether the marks will be drawn with the next frame.
    drawing: bool,
    /// Whether what was left over will be.
    resting: bool,
    /// Whether the map is being zoomed, and whether it is being dragged or glides.
    zooming: bool,
    on_its_way: bool,
    /// The tiles that were known when the marks were drawn last.
    drawn: Vec<TileXyz>,
    again: Option<Timeout>,
    watch: Option<Watch>,
    on_select: Listener<i64>,
    on_failed: Listener<bool>,
    on_change: Listener<LiveReport>,
    on_crowd: Listener<()>,
    _listeners: Vec<Box<dyn std::any::Any>>,
}

/// What the map tells.
pub struct PinEvents {
    /// The report pressed.
    pub on_select: Box<dyn Fn(i64)>,
    /// Whenever that changes: whether some of the tiles in sight did not come.
    pub on_failed: Box<dyn Fn(bool)>,
    /// A report in sight that came, changed or went by itself: as it now is, or nothing where it is not to be shown any more.
    pub on_change: Box<dyn Fn(LiveReport)>,
    /// A cluster was pressed whose reports are more than a map can show, at the closest zoom.
    pub on_crowd: Box<dyn Fn()>,
}

/// The reports on one map. Cheap to clone.
#[derive(Clone)]
pub struct Pins(Rc<RefCell<State>>);

impl Pins {
    /// Shows reports on the map.
    pub fn add_to(map: &MapHandle, filter: MapFilter, events: PinEvents) -> Self {
        Self(Rc::new_cyclic(|this: &Weak<RefCell<State>>| {
            let (weak, here) = (this.clone(), this.clone());
            let press = move |number| {
                if let Some(pins) = weak.upgrade().map(Self) {
                    pins.press(number);
                }
            };
            let focused = move |number| {
                // The focus may come while marks are drawn, from one that goes to the next. Moving the map calls back.
                let state: Option<Rc<RefCell<State>>> = here.upgrade();
                let found = state.and_then(|state| {
                    let state = state.try_borrow().ok()?;
                    Some((state.map.clone(), state.layer.mark(number)?.location))
                });
                if let Some((map, location)) = found {
                    reveal(&map, location);
                }
            };
            let layer = MarkLayer::add_to(map, press, focused);
            let on = |event: &'static str, act: fn(&Self, Event)| -> Box<dyn std::any::Any> {
                let weak = this.clone();
                let listener = move |event: Event| {
                    if let Some(pins) = weak.upgrade().map(Self) {
                        act(&pins, event);
                    }
                };
                Box::new(Evented::on_leaflet_event(&map.leaflet(), event, listener))
            };
            let listeners = vec![
                on("zoomstart", |pins, _| pins.0.borrow_mut().zooming = true),
                on("movestart", |pins, _| pins.set_off()),
                on("move", |pins, _| pins.glance()),
                on("zoomanim", |pins, event| pins.0.borrow_mut().layer.zoom_to(event)),
                on("zoom", |pins, _| pins.0.borrow_mut().layer.place_all()),
                on("viewreset", |pins, _| pins.0.borrow_mut().layer.place_all()),
                on("moveend", |pins, _| pins.arrive()),
                on("keydown", |pins, event| {
                    if key_of(&event).as_deref() == Some("Escape") {
                        pins.fold();
                    }
                }),
            ];
            let weak = this.clone();
            let watch = Watch::new(move |news| {
                if let Some(pins) = weak.upgrade().map(Self) {
                    pins.hear(news);
                }
            });
            RefCell::new(State {
                map: map.clone(),
                layer,
                filter,
                tiles: PinTiles::default(),
                pointed: None,
                failed: false,
                looked: 0.0,
                drawing: false,
                resting: false,
                zooming: false,
                on_its_way: false,
                drawn: Vec::new(),
                again: None,
                watch: Some(watch),
                on_select: events.on_select.into(),
                on_failed: events.on_failed.into(),
                on_change: events.on_change.into(),
                on_crowd: Rc::new(move |()| (events.on_crowd)()),
                _listeners: listeners,
            })
        }))
    }

    /// Shows other reports.
    pub fn set_filter(&self, filter: MapFilter) {
        let view = {
            let mut state = self.0.borrow_mut();
            if state.filter == filter {
                return;
            }
            state.filter = filter;
            state.tiles.clear();
            // Nothing of the other reports may stay, also where the new ones do not come.
            state.layer.clear();
            state.map.view()
        };
        if let Some(view) = view {
            self.look(&view);
        }
    }

    /// Asks for what has come into sight, and gives up what has left it. Call when the map came to rest.
    pub fn look(&self, view: &View) {
        self.turn_to(tiles_in(view));
        if let Some(watch) = &self.0.borrow().watch {
            watch.look(view);
        }
    }

    /// The map begins to move.
    fn set_off(&self) {
        let rest = {
            let mut state = self.0.borrow_mut();
            state.on_its_way = !state.zooming;
            if state.zooming {
                return;
            }
            state.layer.set_off();
            let rest = state.layer.has_rest();
            if rest {
                state.drawn.clear();
            }
            rest
        };
        if rest {
            self.draw_soon();
        }
    }

    /// The map came to rest.
    fn arrive(&self) {
        let mut state = self.0.borrow_mut();
        (state.on_its_way, state.zooming) = (false, false);
        drop(state);
        self.draw_soon();
    }

    /// Looks while the map is on its way.
    fn glance(&self) {
        let wanted = {
            let mut state = self.0.borrow_mut();
            let now = js_sys::Date::now();
            if now - state.looked < LOOK_MS || state.map.leaflet().get_zoom().fract() != 0.0 {
                return;
            }
            state.looked = now;
            let Some(view) = state.map.view() else { return };
            let wanted = tiles_in(&view);
            if state.tiles.is_turned_to(&wanted) {
                return;
            }
            wanted
        };
        self.turn_to(wanted);
    }

    fn turn_to(&self, wanted: Vec<TileXyz>) {
        let missing = self.0.borrow_mut().tiles.turn_to(wanted, js_sys::Date::now());
        for tile in missing {
            self.ask(tile);
        }
        self.draw_soon();
    }

    /// Marks the report selected, or none.
    pub fn select(&self, id: Option<i64>) {
        // The selected report leaves its cluster, and the one before goes back into it.
        if self.0.borrow_mut().layer.select(id) {
            self.draw();
        }
    }

    /// Marks the report pointed at in the list, or none.
    pub fn highlight(&self, id: Option<i64>) {
        self.0.borrow_mut().layer.highlight(id);
    }

    /// Marks a point pressed on the map, or none.
    pub fn point(&self, point: Option<LonLat>) {
        {
            let mut state = self.0.borrow_mut();
            if let Some(before) = state.pointed.take() {
                before.remove();
            }
            if let Some(point) = point {
                let options = MarkerOptions::new();
                options.set_icon(icons::chosen());
                options.set_interactive(false);
                options.set_keyboard(false);
                let marker = Marker::new_with_options(&lat_lng(point), &options);
                marker.add_to(state.map.leaflet());
                state.pointed = Some(marker);
            }
        }
        if point.is_some() {
            self.fold();
        }
    }

    /// Stops everything that is under way. The map may be gone already.
    pub fn stop(&self) {
        let mut state = self.0.borrow_mut();
        state.tiles.clear();
        (state.again, state.watch) = (None, None);
    }

    /// Gives the keyboard to a report's mark; `false` where it has none, because it is out of sight.
    pub fn focus(&self, id: i64) -> bool {
        let element = self.0.borrow().layer.element_of(id);
        element.is_some_and(|element| element.focus().is_ok())
    }

    fn ask(&self, tile: TileXyz) {
        let mut state = self.0.borrow_mut();
        let filter = state.filter.clone();
        let anew = Rc::new(std::cell::Cell::new(false));
        let asked_anew = anew.clone();
        let (work, stop) = abortable(async move { api::get_map_tile(tile, &filter, asked_anew.get()).await });
        let request = state.tiles.start(tile, stop);
        anew.set(request.1);
        drop(state);
        let this = self.clone();
        spawn_local(async move {
            let Ok(answer) = work.await else { return };
            if matches!(answer, Err(ApiError::Aborted)) {
                return;
            }
            if this.0.borrow_mut().tiles.take(tile, request.0, answer.ok(), js_sys::Date::now()) {
                this.draw_soon();
                // A change told while it was on its way may not be counted in it.
                this.ask_again();
            }
        });
    }

    /// A mark was pressed, by whatever means.
    fn press(&self, number: u32) {
        let (mark, on_select, map) = {
            let state = self.0.borrow();
            let Some(mark) = state.layer.mark(number) else { return };
            (mark, state.on_select.clone(), state.map.clone())
        };
        if let Some(pin) = mark.single() {
            on_select(pin.id);
            return;
        }
        let pins = self.clone();
        spawn_local(async move {
            let (location, zoom) = (mark.location, map.zoom());
            if parts::open_cluster(Opening { pins, mark, map: map.clone() }).await.is_err() {
                map.zoom_around(location, (zoom + CLUSTER_STEP).min(MAP_CLOSE_ZOOM));
            }
        });
    }

    /// Which reports are shown.
    pub(super) fn filter(&self) -> MapFilter {
        self.0.borrow().filter.clone()
    }

    /// Puts the reports of a counted cell in the place of its count; whether it was still there.
    pub(super) fn part(&self, cell: TileXyz, pins: &[Rc<Pin>]) -> bool {
        let parted = self.0.borrow_mut().tiles.part(cell, pins);
        self.draw();
        parted
    }

    /// Tells that reports are missing, until the marks are drawn again.
    pub(super) fn tell_missing(&self) {
        let on_failed = {
            let mut state = self.0.borrow_mut();
            state.failed = true;
            state.on_failed.clone()
        };
        on_failed(true);
    }

    /// Tells that the reports of a cluster are more than a map can show.
    pub(super) fn tell_crowd(&self) {
        let on_crowd = self.0.borrow().on_crowd.clone();
        on_crowd(());
    }

    /// Fans out the mark with this lead, or folds it up if it is.
    pub(super) fn turn_fan(&self, lead: Key) {
        self.0.borrow_mut().layer.turn_fan(lead);
        self.draw();
    }

    /// Folds up what is fanned out.
    fn fold(&self) {
        if self.0.borrow_mut().layer.fold() {
            self.draw();
        }
    }

    /// Draws with the next frame: answers come in crowds.
    fn draw_soon(&self) {
        if std::mem::replace(&mut self.0.borrow_mut().drawing, true) {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        request_animation_frame(move || {
            if let Some(pins) = weak.upgrade().map(Self) {
                pins.0.borrow_mut().drawing = false;
                pins.draw();
            }
        });
    }

    /// Makes what the last drawing left over, some with each frame.
    fn draw_rest(&self) {
        if std::mem::replace(&mut self.0.borrow_mut().resting, true) {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        request_animation_frame(move || {
            let Some(pins) = weak.upgrade().map(Self) else { return };
            let more = {
                let mut state = pins.0.borrow_mut();
                state.resting = false;
                !state.on_its_way && state.layer.draw_rest()
            };
            if more {
                pins.draw_rest();
            }
        });
    }

    /// Brings the marks in step with the tiles in sight, and says whether some of those are missing.
    fn draw(&self) {
        let (told, more) = {
            let mut state = self.0.borrow_mut();
            let State { map, layer, tiles, on_its_way, drawn, .. } = &mut *state;
            let (zoom, alone) = (map.zoom(), layer.alone());
            let mut known = tiles.known();
            let more = if *on_its_way {
                known.retain(|tile| !drawn.contains(tile));
                known.into_iter().for_each(|tile| layer.sketch(tile, || tiles.marks_of(tile, zoom, alone)));
                false
            } else {
                *drawn = known;
                layer.draw(tiles.marks(zoom, alone), |point| tiles.is_blank_at(point))
            };
            let failed = state.tiles.has_failed();
            let changed = std::mem::replace(&mut state.failed, failed) != failed;
            (changed.then(|| (state.on_failed.clone(), failed)), more)
        };
        // Whoever listens may ask these pins something.
        if let Some((on_failed, failed)) = told {
            on_failed(failed);
        }
        if more {
            self.draw_rest();
        }
    }
}

/// The key of Leaflet's event.
fn key_of(event: &Event) -> Option<String> {
    let event = js_sys::Reflect::get(event, &"originalEvent".into()).ok()?;
    Some(event.dyn_into::<web_sys::KeyboardEvent>().ok()?.key())
}

/// The moment, by this device's clock.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
    let now = js_sys::Date::now() as i64;
    chrono::DateTime::from_timestamp_millis(now).unwrap_or_default()
}
