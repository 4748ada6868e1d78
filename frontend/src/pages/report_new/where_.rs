//! Step "where": by search, street list and arrow keys, or on the map. Nothing here needs the map.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::places::{NearStreet, Place, StreetsNear};

use super::form::Form;
use super::frame::Frame;
use super::move_to;
use super::step::Step;
use crate::api::{self, ApiError};
use crate::components::field_parts::{InlineError, tell_search};
use crate::components::{ErrorState, Fetched, FieldError, Loading, LocateButton, PlaceSearch};
use crate::i18n::{count, distance, t};
use crate::map::PickMap;
use crate::state::config::use_config;
use crate::state::inquiry::Inquiry;

/// Id of the search.
const SEARCH: &str = "where";
/// Metres one press of a nudge moves the place.
const NUDGE_METRES: f64 = 5.0;
/// Metres of one degree of latitude.
const DEGREE_METRES: f64 = 111_195.0;
/// Zoom of the map around a chosen place.
const PLACE_ZOOM: u8 = 18;

/// The step.
#[component]
pub fn WhereStep(form: Form) -> impl IntoView {
    let words = t().form;
    let config = use_config();
    let errors = form.errors_of(Step::Where);
    let place = form.location;
    let choose = move |point: LonLat| {
        errors.clear();
        form.draft.update(|draft| move_to(draft, point));
    };
    let error = Signal::derive(move || errors.of("location"));
    let input = NodeRef::new();
    tell_search(input, SEARCH, false, error);
    let home = move || config.get().map(|config| config.map.centre);
    let next = move |()| {
        if place.get_untracked().is_some() {
            form.next(Step::Where);
        } else {
            let message = words.where_missing.to_owned();
            errors.set(vec![FieldError { field: "location".to_owned(), message }]);
        }
    };
    let map = move |config: mendmap_shared::wire::config::PublicConfig| {
        let start = match place.get_untracked() {
            Some(place) => (place, PLACE_ZOOM),
            None => (config.map.centre, config.map.zoom),
        };
        view! { <PickMap config=config.map start=start place=place on_place=choose /> }
    };
    view! {
        <Frame form=form step=Step::Where title=words.where_title on_next=Callback::new(next) errors=errors>
            // The id is where the error summary leads: to the search, the first way to choose a place.
            <div id="location">
                <PlaceSearch
                    id=SEARCH
                    label=words.where_search
                    near=Signal::derive(move || place.get().or_else(home))
                    on_choose=move |found: Place| choose(found.location)
                    aside=view! { <InlineError id=SEARCH error=error /> }.into_any()
                    input=input
                />
                <LocateButton on_found=choose />
            </div>
            <div class="where">
                <section class="where__map">
                    <h2>{words.where_map}</h2>
                    <p class="field__hint">{words.where_map_hint}</p>
                    <div class="where__frame">
                        <Fetched resource=config.resource() view=map />
                    </div>
                </section>
                <div class="where__side">
                    <p class="where__chosen" role="status">
                        {move || {
                            form.place_name().map(|name| view! { <strong>{words.where_chosen} ": "</strong> {name} })
                        }}
                    </p>
                    <Nudge place=place on_move=Callback::new(choose) />
                    <Streets place=place on_choose=Callback::new(choose) />
                </div>
            </div>
        </Frame>
    }
}

/// Moves the place by a few metres: four buttons, and the arrow keys on them.
#[component]
fn Nudge(place: Memo<Option<LonLat>>, on_move: Callback<LonLat>) -> impl IntoView {
    let words = t().form;
    let nudge = move |east: f64, north: f64| {
        let Some(place) = place.get_untracked() else { return };
        let lat = place.lat() + north * NUDGE_METRES / DEGREE_METRES;
        let lon = place.lon() + east * NUDGE_METRES / (DEGREE_METRES * place.lat().to_radians().cos().max(0.01));
        if let Ok(moved) = LonLat::new(lon, lat) {
            on_move.run(moved);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let (east, north) = match event.key().as_str() {
            "ArrowUp" => (0.0, 1.0),
            "ArrowDown" => (0.0, -1.0),
            "ArrowLeft" => (-1.0, 0.0),
            "ArrowRight" => (1.0, 0.0),
            _ => return,
        };
        event.prevent_default();
        nudge(east, north);
    };
    let button = move |class: &'static str, label: &'static str, sign: &'static str, east: f64, north: f64| {
        view! {
            <button
                type="button"
                class=format!("nudge__button {class}")
                aria-label=label
                on:click=move |_| nudge(east, north)
            >
                <span aria-hidden="true">{sign}</span>
            </button>
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "a handful of metres")]
    let step = count(NUDGE_METRES as i64);
    view! {
        <section class="nudge" hidden=move || place.get().is_none()>
            <h2 class="nudge__title">{words.where_nudge}</h2>
            <p class="field__hint" id="nudge-hint">
                {(words.where_step)(&step)}
            </p>
            <div
                class="nudge__keys"
                role="group"
                aria-label=words.where_nudge
                aria-describedby="nudge-hint"
                on:keydown=on_key
            >
                {button("nudge__north", words.where_north, "↑", 0.0, 1.0)}
                {button("nudge__west", words.where_west, "←", -1.0, 0.0)}
                {button("nudge__east", words.where_east, "→", 1.0, 0.0)}
                {button("nudge__south", words.where_south, "↓", 0.0, -1.0)}
            </div>
        </section>
    }
}

/// The streets around the place, to move there.
#[component]
fn Streets(place: Memo<Option<LonLat>>, on_choose: Callback<LonLat>) -> impl IntoView {
    let words = t().form;
    let streets = Inquiry::new(move || {
        let request = place.get().map(api::list_streets_near);
        async move {
            match request {
                Some(request) => request.await,
                None => Ok(StreetsNear { streets: Vec::new() }),
            }
        }
    });
    let row = move |street: NearStreet| {
        let location = street.location;
        view! {
            <li>
                <button type="button" class="streets__button" on:click=move |_| on_choose.run(location)>
                    <span>
                        {street.name} {street.name_alt.map(|name| view! { <span class="streets__alt">{name}</span> })}
                    </span>
                    <span class="streets__distance">{distance(street.distance_m)}</span>
                </button>
            </li>
        }
    };
    let draw = move || match streets.get() {
        None | Some(Err(ApiError::Aborted)) => view! { <Loading /> }.into_any(),
        Some(Err(error)) => view! { <ErrorState error=error retry=move |()| streets.refetch() /> }.into_any(),
        Some(Ok(near)) if !near.streets.is_empty() => view! {
            <p class="field__hint">{words.where_streets_hint}</p>
            <ul class="streets">{near.streets.into_iter().map(row).collect_view()}</ul>
        }
        .into_any(),
        Some(Ok(_)) => view! { <p>{words.where_streets_none}</p> }.into_any(),
    };
    view! {
        <section hidden=move || place.get().is_none()>
            <h2 class="nudge__title">{words.where_streets}</h2>
            {draw}
        </section>
    }
}
