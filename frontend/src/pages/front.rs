//! `/`: where is it, what happens next, what was reported and mended lately.

use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::Page as Rows;
use mendmap_shared::wire::places::Place;
use mendmap_shared::wire::reports::{ReportSort, ReportSummary};

use crate::api::{self, ReportFilter};
use crate::components::field_parts::{hint_view, tell_search};
use crate::components::{
    ButtonKind, ButtonLink, EmptyState, Fetched, LocateButton, Notice, Page, PlaceSearch, ReportCard,
};
use crate::i18n::t;
use crate::router::{NavigateOptions, use_navigate};
use crate::state::config::use_config;
use crate::state::drafts;
use crate::state::filters::MapAddress;
use crate::state::inquiry::Inquiry;

/// Id of the search.
const ID: &str = "place";
/// Zoom at which the map opens around a place somebody searched for.
const PLACE_ZOOM: u8 = 16;
/// Reports of each list.
const ROWS: u32 = 6;

/// The page.
#[component]
pub fn FrontPage() -> impl IntoView {
    let words = t().front;
    view! {
        <Page title=words.title class="front">
            <p class="lead">{words.lead}</p>
            {drafts::waits()
                .then(|| {
                    view! {
                        <Notice>
                            <p>{words.draft_waits}</p>
                            <ButtonLink href="/report/new" kind=ButtonKind::Secondary>
                                {words.draft_continue}
                            </ButtonLink>
                        </Notice>
                    }
                })}
            <Where />
            <Steps />
            <div class="front__lists">
                <List
                    title=words.latest
                    none=words.latest_none
                    filter=ReportFilter {
                        limit: Some(ROWS),
                        ..ReportFilter::default()
                    }
                />
                <List
                    title=words.fixed
                    none=words.fixed_none
                    filter=ReportFilter {
                        status: "fixed".to_owned(),
                        sort: ReportSort::Updated,
                        limit: Some(ROWS),
                        ..ReportFilter::default()
                    }
                />
            </div>
            <p>
                <a href="/map">{words.all_on_map}</a>
            </p>
        </Page>
    }
}

/// Search, own location, or the map as it is.
#[component]
fn Where() -> impl IntoView {
    let words = t().front;
    let config = use_config();
    let navigate = use_navigate();
    let go = StoredValue::new(move |centre: LonLat, place: String| {
        let address = MapAddress { centre: Some(centre), zoom: Some(PLACE_ZOOM), place, ..MapAddress::default() };
        navigate(&address.href(), NavigateOptions::default());
    });
    let input = NodeRef::new();
    tell_search(input, ID, true, Signal::stored(None));
    let near = Signal::derive(move || config.get().map(|config| config.map.centre));
    view! {
        <section class="front__where">
            <PlaceSearch
                id=ID
                label=words.where_is_it
                aside=hint_view(ID, words.search_hint.to_owned()).into_any()
                input=input
                near=near
                on_choose=move |place: Place| go.with_value(|go| go(place.location, place.name))
            />
            <div class="front__ways">
                <LocateButton on_found=move |point| go.with_value(|go| go(point, String::new())) />
                <ButtonLink href="/map" kind=ButtonKind::Secondary>
                    {words.browse}
                </ButtonLink>
            </div>
        </section>
    }
}

#[component]
fn Steps() -> impl IntoView {
    let words = t().front;
    let steps = [
        (words.step_place, words.step_place_text),
        (words.step_tell, words.step_tell_text),
        (words.step_follow, words.step_follow_text),
    ];
    view! {
        <section>
            <h2>{words.steps_title}</h2>
            <ol class="steps">
                {steps
                    .map(|(title, text)| {
                        view! {
                            <li class="steps__step">
                                <h3>{title}</h3>
                                <p>{text}</p>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </section>
    }
}

#[component]
fn List(title: &'static str, none: &'static str, filter: ReportFilter) -> impl IntoView {
    let rows = Inquiry::new(move || api::list_reports(filter.clone()));
    let draw = move |rows: Rows<ReportSummary>| {
        if rows.items.is_empty() {
            return view! { <EmptyState text=none /> }.into_any();
        }
        let cards = rows.items.into_iter().map(|report| view! { <li><ReportCard report=report /></li> });
        view! { <ul class="cards">{cards.collect_view()}</ul> }.into_any()
    };
    view! {
        <section>
            <h2>{title}</h2>
            <Fetched resource=rows view=draw />
        </section>
    }
}
