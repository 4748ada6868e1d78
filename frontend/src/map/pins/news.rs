//! What a live map tells: pins change in place, and tiles that count are asked for again.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use mendmap_shared::wire::map::LiveReport;

use super::{Pins, now};
use crate::api::LiveNews;
use crate::map::pin_tiles::LAG_MS;

impl Pins {
    /// Asks for the tiles that count something changed, once the caches on the way know of it.
    pub(super) fn ask_again(&self) {
        let mut state = self.0.borrow_mut();
        if state.again.is_some() || state.tiles.due().is_empty() {
            return;
        }
        let weak = Rc::downgrade(&self.0);
        state.again = Some(Timeout::new(LAG_MS + 200, move || {
            let Some(pins) = weak.upgrade().map(Self) else { return };
            let due = {
                let mut state = pins.0.borrow_mut();
                let done = state.again.take();
                Timeout::new(0, move || drop(done)).forget();
                state.tiles.due()
            };
            for tile in due {
                pins.ask(tile);
            }
        }));
    }

    pub(super) fn hear(&self, news: LiveNews) {
        match news {
            LiveNews::Report(report) => self.take_in(*report),
            LiveNews::Reload => {
                let due = {
                    let mut state = self.0.borrow_mut();
                    state.tiles.doubt_all();
                    state.tiles.due()
                };
                for tile in due {
                    self.ask(tile);
                }
            }
            LiveNews::Open | LiveNews::Lost => {}
        }
    }

    fn take_in(&self, report: LiveReport) {
        let (told, shown) = {
            let mut state = self.0.borrow_mut();
            let pin = report.now.as_ref();
            let shown = pin.is_some_and(|pin| state.filter.matches(pin, now()));
            let touched = state.tiles.change(report.id, pin, shown, js_sys::Date::now());
            // What changed or went is not shown as it was until the map rests.
            state.on_its_way &= !touched;
            let in_view = |point| state.map.view().is_some_and(|view| view.bbox.contains(point));
            let seen = pin.map_or(touched, |live| (shown || touched) && in_view(live.pin.location));
            (seen.then(|| state.on_change.clone()), shown)
        };
        self.draw_soon();
        self.ask_again();
        if let Some(on_change) = told {
            on_change(LiveReport { now: report.now.filter(|_| shown), ..report });
        }
    }
}
