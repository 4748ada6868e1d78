//! What searches for a place (the ARIA combobox pattern with a list box), and what asks the browser where we are.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::places::Place;
use wasm_bindgen::prelude::*;

use super::place_search::{Act, Finder, Locating, Search};
use crate::api;
use crate::i18n::{count, error_text, t};

/// Milliseconds of quiet before a search is sent: one request per word, not per letter.
const QUIET_MS: u32 = 200;
/// Fewest characters worth a search.
const MIN_CHARS: usize = 2;

/// What the list under the search box shows.
#[derive(Clone, PartialEq)]
enum Found {
    Nothing,
    Places(Vec<Place>),
    Failed(String),
}

/// A search under way. Copy it freely.
#[derive(Clone, Copy)]
struct Finding {
    search: Search,
    found: RwSignal<Found>,
    active: RwSignal<Option<usize>>,
    open: RwSignal<bool>,
    /// Counts searches, so that a late answer to an old text never replaces a newer one.
    round: StoredValue<u32>,
}

impl Finding {
    fn places(self) -> Vec<Place> {
        match self.found.get() {
            Found::Places(places) => places,
            Found::Nothing | Found::Failed(_) => Vec::new(),
        }
    }

    fn has_places(self) -> bool {
        self.found.with(|found| matches!(found, Found::Places(places) if !places.is_empty()))
    }

    fn option_id(self, index: usize) -> String {
        format!("{}-option-{index}", self.search.id)
    }

    fn text(self) -> String {
        self.search.input.get_untracked().map(|input| input.value()).unwrap_or_default()
    }

    fn choose(self, place: Place) {
        self.round.update_value(|round| *round += 1);
        if let Some(input) = self.search.input.get_untracked() {
            input.set_value(&place.name);
        }
        self.open.set(false);
        self.search.on_choose.run(place);
    }

    fn search(self, wait: u32, take_best: bool) {
        let this = self.round.with_value(|round| round + 1);
        self.round.set_value(this);
        let q = self.text().trim().to_owned();
        self.active.set(None);
        if q.chars().count() < MIN_CHARS {
            self.open.set(false);
            self.found.set(Found::Nothing);
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(wait).await;
            let is_newest = move || self.round.try_with_value(|round| *round == this).unwrap_or(false);
            if !is_newest() {
                return;
            }
            let answer = api::search_places(&q, self.search.near.get_untracked()).await;
            if !is_newest() {
                return;
            }
            match answer {
                Ok(mut answer) if take_best && !answer.places.is_empty() => self.choose(answer.places.swap_remove(0)),
                Ok(answer) => {
                    self.found.set(Found::Places(answer.places));
                    self.open.set(true);
                }
                Err(error) => {
                    self.found.set(Found::Failed(error_text(&error)));
                    self.open.set(true);
                }
            }
        });
    }

    fn submit(self) {
        let chosen = self.active.get_untracked().and_then(|index| untrack(|| self.places()).get(index).cloned());
        match chosen {
            Some(place) if self.open.get_untracked() => self.choose(place),
            _ => self.search(0, true),
        }
    }

    fn press(self, event: &KeyboardEvent) {
        let number = untrack(|| self.places()).len();
        match event.key().as_str() {
            key @ ("ArrowDown" | "ArrowUp") if number > 0 => {
                let down = key == "ArrowDown";
                event.prevent_default();
                self.open.set(true);
                self.active.update(|active| {
                    *active = match *active {
                        Some(index) if down => Some((index + 1) % number),
                        None if down => Some(0),
                        Some(0) | None => Some(number - 1),
                        Some(index) => Some(index - 1),
                    };
                });
            }
            "Enter" => {
                event.prevent_default();
                self.submit();
            }
            "Escape" if self.open.get_untracked() => {
                event.prevent_default();
                self.open.set(false);
            }
            _ => {}
        }
    }

    fn option(self, index: usize, place: Place) -> impl IntoView {
        let taken = place.clone();
        view! {
            <li
                role="option"
                id=self.option_id(index)
                class="combobox__option"
                class:is-active=move || self.active.get() == Some(index)
                aria-selected=move || if self.active.get() == Some(index) { "true" } else { "false" }
                // The input keeps the focus: losing it would close the list under the finger.
                on:mousedown=|event| event.prevent_default()
                // A click, and no earlier event, is also what screen readers and voice control send.
                on:click=move |_| self.choose(taken.clone())
            >
                <span class="combobox__name">{place.name}</span>
                {place.name_alt.map(|name| view! { <span class="combobox__alt">{name}</span> })}
                {place.area.map(|area| view! { <span class="combobox__area">{area}</span> })}
            </li>
        }
    }

    /// Keeps what the input says of the list in step with the list.
    fn tell_input(self, list_id: &str) {
        let Some(input) = self.search.input.get_untracked() else { return };
        // The browser takes every name and every value of these.
        let _set = input.set_attribute("aria-controls", list_id);
        let told = input.clone();
        Effect::new(move |_| {
            let _set = told
                .set_attribute("aria-expanded", if self.open.get() && self.has_places() { "true" } else { "false" });
        });
        Effect::new(move |_| {
            let _set = match self.active.get().filter(|_| self.open.get()) {
                Some(index) => input.set_attribute("aria-activedescendant", &self.option_id(index)),
                None => input.remove_attribute("aria-activedescendant"),
            };
        });
    }
}

/// What searches in a box.
pub fn find_place(search: Search) -> Finder {
    let words = t().search;
    let finding = Finding {
        search,
        found: RwSignal::new(Found::Nothing),
        active: RwSignal::new(None),
        open: RwSignal::new(false),
        round: StoredValue::new(0),
    };
    let list_id = format!("{}-list", search.id);
    finding.tell_input(&list_id);
    let outcome = move || match finding.found.get() {
        _ if !finding.open.get() => String::new(),
        Found::Nothing => String::new(),
        Found::Failed(why) => why,
        Found::Places(places) if places.is_empty() => words.none.to_owned(),
        Found::Places(places) => (words.found)(&count(places.len())),
    };
    let view = view! {
        <ul
            class="combobox__list"
            id=list_id
            role="listbox"
            aria-label=search.label
            hidden=move || !(finding.open.get() && finding.has_places())
        >
            {move || {
                let options = finding.places().into_iter().enumerate();
                options.map(|(index, place)| finding.option(index, place)).collect_view()
            }}
        </ul>
        <p class="combobox__outcome" role="status" class:visually-hidden=move || finding.has_places()>
            {outcome}
        </p>
    };
    let act = move |act: Act| match act {
        Act::Come => finding.open.set(untrack(|| finding.has_places())),
        Act::Leave => finding.open.set(false),
        Act::Type => finding.search(QUIET_MS, false),
        Act::Seek => finding.submit(),
        Act::Press(event) => finding.press(&event),
    };
    Finder { act: Rc::new(act), view: view.into_any() }
}

/// Asks the browser where we are. Whoever wants to know may be gone when it answers.
pub fn locate(Locating { busy, says, on_found }: Locating) {
    let words = t().search;
    let found = Closure::once_into_js(move |position: web_sys::Position| {
        let at = position.coords();
        let _idle = busy.try_set(false);
        match LonLat::new(at.longitude(), at.latitude()) {
            Ok(point) => {
                let _quiet = says.try_set("");
                let _told = on_found.try_run(point);
            }
            Err(_) => {
                let _said = says.try_set(words.locate_failed);
            }
        }
    });
    let failed = Closure::once_into_js(move |error: web_sys::PositionError| {
        let denied = error.code() == web_sys::PositionError::PERMISSION_DENIED;
        let _idle = busy.try_set(false);
        let _said = says.try_set(if denied { words.locate_denied } else { words.locate_failed });
    });
    let options = web_sys::PositionOptions::new();
    options.set_enable_high_accuracy(true);
    options.set_timeout(15_000);
    let asked = window().navigator().geolocation().and_then(|geolocation| {
        geolocation.get_current_position_with_error_callback_and_options(
            found.unchecked_ref(),
            Some(failed.unchecked_ref()),
            &options,
        )
    });
    if asked.is_err() {
        let _idle = busy.try_set(false);
        let _said = says.try_set(words.locate_failed);
    }
}
