//! Searching for a place (the ARIA combobox pattern with a list box), and asking the browser where we are.

use gloo_timers::future::TimeoutFuture;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::places::Place;
use wasm_bindgen::prelude::*;

use super::field_parts::{InlineError, described_by, hint_view};
use super::{Button, ButtonKind};
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

/// Searches places while typing. Arrow keys choose, Enter takes the chosen or else the best one, Escape closes.
#[component]
pub fn PlaceSearch(
    /// Id of the input; others on the page are made from it.
    id: &'static str,
    /// Label.
    label: &'static str,
    /// A line of help.
    #[prop(optional)]
    hint: &'static str,
    /// Places near this point come first.
    #[prop(optional, into)]
    near: Signal<Option<LonLat>>,
    /// Called with the place chosen.
    #[prop(into)]
    on_choose: Callback<Place>,
    /// What is wrong with the choice, or with there being none.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let words = t().layout;
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(Found::Nothing);
    let active = RwSignal::new(None::<usize>);
    let open = RwSignal::new(false);
    // Counts searches, so that a late answer to an old text never replaces a newer one.
    let round = StoredValue::new(0_u32);

    let search = move |wait: u32, take_best: bool| {
        let this = round.with_value(|round| round + 1);
        round.set_value(this);
        let q = text.get_untracked().trim().to_owned();
        active.set(None);
        if q.chars().count() < MIN_CHARS {
            open.set(false);
            found.set(Found::Nothing);
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(wait).await;
            let is_newest = move || round.try_with_value(|round| *round == this).unwrap_or(false);
            if !is_newest() {
                return;
            }
            let answer = api::search_places(&q, near.get_untracked()).await;
            if !is_newest() {
                return;
            }
            match answer {
                Ok(answer) if take_best && !answer.places.is_empty() => {
                    choose(answer.places[0].clone(), text, open, on_choose);
                }
                Ok(answer) => {
                    found.set(Found::Places(answer.places));
                    open.set(true);
                }
                Err(error) => {
                    found.set(Found::Failed(error_text(&error)));
                    open.set(true);
                }
            }
        });
    };
    let places = move || match found.get() {
        Found::Places(places) => places,
        Found::Nothing | Found::Failed(_) => Vec::new(),
    };
    let submit = move || {
        let chosen = active.get_untracked().and_then(|index| untrack(places).get(index).cloned());
        match chosen {
            Some(place) if open.get_untracked() => {
                round.update_value(|round| *round += 1);
                choose(place, text, open, on_choose);
            }
            _ => search(0, true),
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let number = untrack(places).len();
        let step = |active: RwSignal<Option<usize>>, down: bool| {
            active.update(|active| {
                *active = match *active {
                    Some(index) if down => Some((index + 1) % number),
                    None if down => Some(0),
                    Some(0) | None => Some(number - 1),
                    Some(index) => Some(index - 1),
                };
            });
        };
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if number > 0 => {
                event.prevent_default();
                open.set(true);
                step(active, event.key() == "ArrowDown");
            }
            "Enter" => {
                event.prevent_default();
                submit();
            }
            "Escape" if open.get_untracked() => {
                event.prevent_default();
                open.set(false);
            }
            _ => {}
        }
    };
    let list_id = format!("{id}-list");
    let option_id = move |index: usize| format!("{id}-option-{index}");
    let option = move |(index, place): (usize, Place)| {
        let taken = place.clone();
        view! {
            <li
                role="option"
                id=option_id(index)
                class="combobox__option"
                class:is-active=move || active.get() == Some(index)
                aria-selected=move || if active.get() == Some(index) { "true" } else { "false" }
                // The input keeps the focus: losing it would close the list under the finger.
                on:mousedown=|event| event.prevent_default()
                // A click, and no earlier event, is also what screen readers and voice control send.
                on:click=move |_| {
                    round.update_value(|round| *round += 1);
                    choose(taken.clone(), text, open, on_choose);
                }
            >
                <span class="combobox__name">{place.name}</span>
                {place.name_alt.map(|name| view! { <span class="combobox__alt">{name}</span> })}
                {place.area.map(|area| view! { <span class="combobox__area">{area}</span> })}
            </li>
        }
    };
    let outcome = move || match found.get() {
        _ if !open.get() => String::new(),
        Found::Nothing => String::new(),
        Found::Failed(why) => why,
        Found::Places(places) if places.is_empty() => words.search_none.to_owned(),
        Found::Places(places) => (words.search_found)(&count(places.len())),
    };
    let quiet = move || matches!(found.get(), Found::Places(places) if !places.is_empty());
    view! {
        <div class="combobox field" class:field--error=move || error.get().is_some() role="search">
            <label class="field__label" for=id>
                {label}
            </label>
            {hint_view(id, hint.to_owned())}
            <InlineError id=id error=error />
            <div class="combobox__row">
                <input
                    class="field__input"
                    id=id
                    type="search"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    enterkeyhint="search"
                    aria-autocomplete="list"
                    aria-describedby=move || described_by(id, !hint.is_empty(), error.get().is_some())
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-expanded=move || if open.get() && quiet() { "true" } else { "false" }
                    aria-controls=list_id.clone()
                    aria-activedescendant=move || active.get().filter(|_| open.get()).map(option_id)
                    prop:value=text
                    on:input=move |event| {
                        text.set(event_target_value(&event));
                        search(QUIET_MS, false);
                    }
                    on:keydown=on_key
                    on:blur=move |_| open.set(false)
                    on:focus=move |_| open.set(quiet())
                />
                <Button on_press=move |_| submit()>{words.search_button}</Button>
            </div>
            <ul
                class="combobox__list"
                id=list_id
                role="listbox"
                aria-label=label
                hidden=move || !(open.get() && quiet())
            >
                {move || places().into_iter().enumerate().map(option).collect_view()}
            </ul>
            <p class="combobox__outcome" role="status" class:visually-hidden=quiet>
                {outcome}
            </p>
        </div>
    }
}

fn choose(place: Place, text: RwSignal<String>, open: RwSignal<bool>, on_choose: Callback<Place>) {
    text.set(place.name.clone());
    open.set(false);
    on_choose.run(place);
}

/// Asks the browser where we are, and says so when it does not tell.
#[component]
pub fn LocateButton(
    /// Called with the point found.
    #[prop(into)]
    on_found: Callback<LonLat>,
) -> impl IntoView {
    let words = t().layout;
    let busy = RwSignal::new(false);
    let says = RwSignal::new("");
    let locate = move |_| {
        busy.set(true);
        says.set(words.locating);
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
            busy.set(false);
            says.set(words.locate_failed);
        }
    };
    view! {
        <div class="locate">
            <Button kind=ButtonKind::Secondary busy=busy on_press=locate>
                {words.locate}
            </Button>
            <p class="locate__says" role="status">
                {says}
            </p>
        </div>
    }
}
