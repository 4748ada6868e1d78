//! `/report/new`: the report form, one step at a time. The step is in the address (`?step=what`), so that the browser's
//! back button goes a step back; everything typed is in the draft, which survives reload, error and sign-in.
//! `?lon=&lat=` begins with that place.

mod answers;
mod check;
mod compose;
mod details;
mod form;
mod frame;
mod moments;
mod photos;
mod questions;
mod sent;
mod similar;
mod step;
mod summary;
mod what;
mod where_;
mod who;

use leptos::prelude::*;
use mendmap_shared::geo::LonLat;

use crate::api;
use crate::router::{NavigateOptions, use_navigate, use_query};
use crate::state::drafts::{Draft, use_draft};
use crate::state::filters::point;
use crate::state::inquiry::Inquiry;
use crate::state::session::use_session;
use form::{Form, Go};
use step::Step;

/// The page.
#[component]
pub fn ReportNewPage() -> impl IntoView {
    let (draft, elsewhere) = use_draft();
    let query = use_query();
    let session = use_session();
    let navigate = use_navigate();
    // A place chosen on the map comes with the address; the rest of a draft stays.
    let brought = query.with_untracked(point);
    if let Some(place) = brought {
        draft.update(|draft| move_to(draft, place));
    }
    let location = Memo::new(move |_| draft.with(|draft| draft.location));
    let categories = Inquiry::new(move || {
        let request = location.get().map(|place| (place, api::list_categories(place)));
        async move {
            let (place, request) = request?;
            Some((place, request.await))
        }
    });
    let place = Inquiry::new(move || {
        let request = location.get().map(|place| (place, api::reverse_place(place)));
        async move {
            let (place, request) = request?;
            Some((place, request.await))
        }
    });
    let go: Go = Box::new(move |href, replace| {
        navigate(href, NavigateOptions { replace, ..NavigateOptions::default() });
    });
    let form = Form {
        draft,
        location,
        categories,
        place,
        sent: RwSignal::new(None),
        signed_in: Memo::new(move |_| session.is_signed_in()),
        similar_from: StoredValue::new(Step::What),
        landed: StoredValue::new(None),
        go: StoredValue::new(go),
    };
    let step = Memo::new(move |_| {
        let asked = query.with(|query| query.get("step"));
        let begin = if query.with(point).is_some() { Step::What } else { Step::Where };
        let asked = asked.and_then(|step| step.parse::<Step>().ok()).unwrap_or(begin);
        // A link into the middle of an empty form begins where the answers end. Untracked, but for what another tab has
        // done: typing moves nobody.
        elsewhere.track();
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
        draft.similar = None;
    }
}
