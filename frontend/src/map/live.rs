//! The connection over which an open map is told of changes: for the ground in view and some around it, as long as somebody
//! may be looking.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leptos::prelude::document;
use mendmap_shared::geo::{Bbox, LonLat, TileXyz};
use wasm_bindgen::prelude::*;

use super::View;
use crate::api::{self, Live, LiveNews};

/// Milliseconds the map must rest before the ground watched changes.
const REST_MS: u32 = 700;
/// Milliseconds after which a page in the background is told no more.
const HIDDEN_MS: u32 = 60_000;
/// Milliseconds before the first try after the server refused, and the most.
const RETRY_MS: (u32, u32) = (5_000, 300_000);

type Tell = Rc<dyn Fn(LiveNews)>;

struct State {
    tell: Tell,
    /// The ground to watch, and the zoom it was chosen for.
    area: Option<(Bbox, u8)>,
    /// The connection in use, and one that is to take its place.
    live: Option<Live>,
    coming: Option<Live>,
    /// Whether something may have been missed since nothing was told.
    gap: bool,
    asleep: bool,
    refused: u32,
    timer: Option<Timeout>,
    hiding: Option<Timeout>,
    turned: Option<Closure<dyn FnMut()>>,
}

/// Watches the ground in view. Dropping it ends that.
pub struct Watch(Rc<RefCell<State>>);

impl Watch {
    /// `tell` is called with what changed; with [`LiveNews::Reload`] too where something may have been missed.
    pub fn new(tell: impl Fn(LiveNews) + 'static) -> Self {
        let this = Rc::new(RefCell::new(State {
            tell: Rc::new(tell),
            area: None,
            live: None,
            coming: None,
            gap: false,
            asleep: false,
            refused: 0,
            timer: None,
            hiding: None,
            turned: None,
        }));
        let weak = Rc::downgrade(&this);
        let turned = Closure::<dyn FnMut()>::new(move || {
            if let Some(this) = weak.upgrade() {
                turn(&this, document().hidden());
            }
        });
        let _added = document().add_event_listener_with_callback("visibilitychange", turned.as_ref().unchecked_ref());
        this.borrow_mut().turned = Some(turned);
        Self(this)
    }

    /// Watches the ground of this view; connects anew only where it is not watched already, or far more than it is.
    pub fn look(&self, view: &View) {
        let mut state = self.0.borrow_mut();
        let watched = state.area.is_some_and(|(area, zoom)| {
            let [west, south, east, north] = view.bbox.edges();
            let corner = |lon, lat| LonLat::new(lon, lat).is_ok_and(|point| area.contains(point));
            corner(west, south) && corner(east, north) && view.zoom <= zoom + 1
        });
        if watched {
            return;
        }
        state.area = around(view).map(|area| (area, view.zoom));
        if !state.asleep {
            connect_in(&self.0, &mut state, REST_MS);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.0.borrow_mut();
        if let Some(turned) = state.turned.take() {
            let gone =
                document().remove_event_listener_with_callback("visibilitychange", turned.as_ref().unchecked_ref());
            drop(gone);
        }
        (state.live, state.coming, state.timer, state.hiding) = (None, None, None, None);
    }
}

/// The ground of a view, rounded outwards to tiles about as large as it, so that small steps stay inside.
fn around(view: &View) -> Option<Bbox> {
    let zoom = view.zoom.saturating_sub(2);
    let [west, south, east, north] = view.bbox.edges();
    let tile = |lon, lat| TileXyz::containing(LonLat::new(lon, lat).ok()?, zoom).ok();
    let [west, _, _, north] = tile(west, north)?.bbox().edges();
    let [_, south, east, _] = tile(east, south)?.bbox().edges();
    Bbox::new(west, south, east, north).ok()
}

fn connect_in(this: &Rc<RefCell<State>>, state: &mut State, milliseconds: u32) {
    let weak = Rc::downgrade(this);
    state.timer = Some(Timeout::new(milliseconds, move || {
        if let Some(this) = weak.upgrade() {
            connect(&this);
        }
    }));
}

/// Opens a connection; the one before goes only when the new one stands, so that nothing is missed between.
fn connect(this: &Rc<RefCell<State>>) {
    let Some((area, _)) = this.borrow().area else { return };
    let weak = Rc::downgrade(this);
    let live = api::watch_map(area, move |news| {
        if let Some(this) = weak.upgrade() {
            hear(&this, news);
        }
    });
    this.borrow_mut().coming = live;
}

fn hear(this: &Rc<RefCell<State>>, news: LiveNews) {
    let mut state = this.borrow_mut();
    let news = match news {
        LiveNews::Open => {
            state.refused = 0;
            if let Some(live) = state.coming.take() {
                state.live = Some(live);
            }
            if !std::mem::take(&mut state.gap) {
                return;
            }
            LiveNews::Reload
        }
        LiveNews::Lost => {
            // Not dropped at once: it is what is calling.
            let lost = (state.live.take(), state.coming.take());
            Timeout::new(0, move || drop(lost)).forget();
            state.gap = true;
            let (first, most) = RETRY_MS;
            let wait = f64::from(first.saturating_mul(1 << state.refused.min(6)).min(most));
            state.refused += 1;
            // Not everybody at the same moment.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a few minutes in milliseconds"
            )]
            let wait = (wait * (0.75 + js_sys::Math::random() / 2.0)) as u32;
            connect_in(this, &mut state, wait);
            return;
        }
        news => news,
    };
    let tell = state.tell.clone();
    drop(state);
    tell(news);
}

/// The page went into the background, or came back.
fn turn(this: &Rc<RefCell<State>>, hidden: bool) {
    let mut state = this.borrow_mut();
    if hidden {
        let weak = Rc::downgrade(this);
        state.hiding = Some(Timeout::new(HIDDEN_MS, move || {
            if let Some(this) = weak.upgrade() {
                let mut state = this.borrow_mut();
                (state.live, state.coming, state.timer) = (None, None, None);
                (state.asleep, state.gap) = (true, true);
            }
        }));
    } else {
        state.hiding = None;
        if std::mem::take(&mut state.asleep) {
            connect_in(this, &mut state, 0);
        }
    }
}
