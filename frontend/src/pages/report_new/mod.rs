//! `/report/new`: the report form, one step at a time. The step is in the address (`?step=what`), so that the browser's
//! back button goes a step back; everything typed is in the draft, which survives reload, error and sign-in.
//! `?lon=&lat=` begins with that place.

mod check;
mod details;
mod frame;
mod moments;
mod photos;
mod questions;
mod sent;
mod similar;
mod step;
mod what;
mod where_;
mod who;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::{BodyRef, CategoriesAt, CategoryOption};
use mendmap_shared::wire::places::PlaceAt;

use crate::api::{self, ApiError};
use crate::components::FormErrors;
use crate::i18n::t;
use crate::state::drafts::{Draft, use_draft};
use crate::state::filters::point;
use crate::state::session::use_session;
use step::Step;

/// What every step shares. Copy it freely.
#[derive(Clone, Copy)]
struct Form {
    draft: RwSignal<Draft>,
    errors: FormErrors,
    categories: LocalResource<Option<Result<CategoriesAt, ApiError>>>,
    place: LocalResource<Option<Result<PlaceAt, ApiError>>>,
    sent: RwSignal<Option<Sent>>,
    go: StoredValue<Go>,
    signed_in: Memo<bool>,
}

type Go = Box<dyn Fn(&str, bool) + Send + Sync>;

/// A report that waits for its author to open the link in our mail.
#[derive(Clone)]
struct Sent {
    email: String,
    bodies: Vec<BodyRef>,
}

impl Form {
    /// Goes to a step; a step for the back button unless `replace`.
    fn go_to(self, step: Step, replace: bool) {
        self.go.with_value(|go| go(&step.href(), replace));
    }

    /// Goes to another page, which takes this one's place in the history.
    fn leave_to(self, href: &str) {
        self.go.with_value(|go| go(href, true));
    }

    /// Goes on from a step that is complete.
    fn next(self, from: Step) {
        self.errors.clear();
        self.go_to(from.next(self.signed_in.get_untracked()), false);
    }

    /// The category chosen, once the categories of the place are known. Tracks.
    fn category(self) -> Option<CategoryOption> {
        let code = self.draft.with(|draft| draft.category.clone());
        let at = self.categories.get().flatten()?.ok()?;
        at.groups.into_iter().flat_map(|group| group.categories).find(|category| category.code == code)
    }

    /// What the chosen place is called, once it is known. Tracks.
    fn place_name(self) -> Option<String> {
        let words = &t().form;
        let at = self.place.get().flatten()?.ok()?;
        let area = at.areas.last().map(|area| area.name.clone());
        let street = at.street.map(|street| (words.where_near)(&street.name));
        let parts = [street, area].into_iter().flatten().collect::<Vec<_>>();
        Some(if parts.is_empty() { words.where_unnamed.to_owned() } else { parts.join(", ") })
    }
}

/// The page.
#[component]
pub fn ReportNewPage() -> impl IntoView {
    let draft = use_draft();
    let query = use_query_map();
    let session = use_session();
    let navigate = use_navigate();
    // A place chosen on the map comes with the address; the rest of a draft stays.
    let brought = query.with_untracked(point);
    if let Some(place) = brought {
        draft.update(|draft| move_to(draft, place));
    }
    let location = Memo::new(move |_| draft.with(|draft| draft.location));
    let categories = LocalResource::new(move || {
        let request = location.get().map(api::list_categories);
        async move {
            match request {
                Some(request) => Some(request.await),
                None => None,
            }
        }
    });
    let place = LocalResource::new(move || {
        let request = location.get().map(api::reverse_place);
        async move {
            match request {
                Some(request) => Some(request.await),
                None => None,
            }
        }
    });
    let form = Form {
        draft,
        errors: FormErrors::default(),
        categories,
        place,
        sent: RwSignal::new(None),
        go: StoredValue::new(Box::new(move |href, replace| {
            navigate(href, NavigateOptions { replace, ..NavigateOptions::default() });
        })),
        signed_in: Memo::new(move |_| session.is_signed_in()),
    };
    let step = Memo::new(move |_| {
        let asked = query.with(|query| query.get("step"));
        let begin = if query.with(point).is_some() { Step::What } else { Step::Where };
        let asked = asked.and_then(|step| step.parse::<Step>().ok()).unwrap_or(begin);
        // A link into the middle of an empty form begins where the answers end. Untracked: typing moves nobody.
        draft.with_untracked(|draft| asked.at_most(draft))
    });
    move || match step.get() {
        Step::Where => view! { <where_::WhereStep form=form /> }.into_any(),
        Step::What => view! { <what::WhatStep form=form /> }.into_any(),
        Step::Similar => view! { <similar::SimilarStep form=form /> }.into_any(),
        Step::Details => view! { <details::DetailsStep form=form /> }.into_any(),
        Step::Photos => view! { <photos::PhotosStep form=form /> }.into_any(),
        Step::Who => view! { <who::WhoStep form=form /> }.into_any(),
        Step::Check => view! { <check::CheckStep form=form /> }.into_any(),
        Step::Sent => view! { <sent::SentStep form=form /> }.into_any(),
    }
}

/// Takes another place. Whether somebody reported this already has to be asked again there.
fn move_to(draft: &mut Draft, place: LonLat) {
    if draft.location != Some(place) {
        draft.location = Some(place);
        draft.none_similar = false;
    }
}
