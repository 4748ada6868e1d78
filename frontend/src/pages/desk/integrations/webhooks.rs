//! The body's webhooks: the list, and the form for a new one.

use leptos::prelude::*;
use mendmap_shared::wire::categories::{AreaRef, BodyRef, CategoryRef};
use mendmap_shared::wire::integrations::Webhook;

use super::form::WebhookForm;
use super::once::{Once, Shown};
use super::webhook::WebhookEntry;
use crate::api::{self, ApiError};
use crate::components::{Button, EmptyState, Fetched, Outcome, OutcomeBox};
use crate::i18n::t;
use crate::state::inquiry::Inquiry;

/// What all of the section's pieces use. Copy it freely.
#[derive(Clone, Copy)]
pub struct Section {
    /// The body.
    pub body: StoredValue<BodyRef>,
    /// Its webhooks.
    pub webhooks: Inquiry<Result<Vec<Webhook>, ApiError>>,
    /// Its categories, to choose from.
    pub categories: Inquiry<Result<Vec<CategoryRef>, ApiError>>,
    /// The areas it is responsible for, to choose from.
    pub areas: Inquiry<Result<Vec<AreaRef>, ApiError>>,
    /// What came of the last thing done.
    pub outcome: Outcome,
    /// The secret that was made last.
    pub shown: RwSignal<Option<Shown>>,
    /// The webhook that is being changed: none, a new one, or that of this number.
    pub open: RwSignal<Option<Option<String>>>,
}

impl Section {
    /// Slug of the body.
    pub fn slug(self) -> String {
        self.body.with_value(|body| body.slug.clone())
    }

    /// Forgets what came of the last thing done, before the next.
    pub fn clear(self) {
        self.outcome.clear();
        self.shown.set(None);
    }
}

/// The section.
#[component]
pub fn Webhooks(
    /// The body.
    body: BodyRef,
) -> impl IntoView {
    let words = t().integrations;
    let body = StoredValue::new(body);
    let slug = move || body.with_value(|body| body.slug.clone());
    let section = Section {
        body,
        webhooks: Inquiry::new(move || api::list_webhooks(&slug())),
        categories: Inquiry::new(move || api::list_body_categories(&slug())),
        areas: Inquiry::new(move || api::list_body_areas(&slug())),
        outcome: Outcome::default(),
        shown: RwSignal::new(None),
        open: RwSignal::new(None),
    };
    let draw = move |webhooks: Vec<Webhook>| {
        if webhooks.is_empty() {
            return view! { <EmptyState text=words.hooks_none /> }.into_any();
        }
        let entry = |webhook| view! { <WebhookEntry webhook=webhook section=section /> };
        view! { <ul class="systems">{webhooks.into_iter().map(entry).collect_view()}</ul> }.into_any()
    };
    let new = move || {
        if section.open.get() == Some(None) {
            view! { <WebhookForm before=None section=section /> }.into_any()
        } else {
            let press = move |_| {
                section.clear();
                section.open.set(Some(None));
            };
            view! { <Button on_press=press>{words.hook_new_open}</Button> }.into_any()
        }
    };
    view! {
        <section class="words-form" aria-labelledby="webhooks-title">
            <h2 id="webhooks-title">{words.hooks}</h2>
            <p>{words.hooks_about}</p>
            <OutcomeBox outcome=section.outcome />
            <Once id="secret" shown=section.shown />
            <Fetched resource=section.webhooks view=draw />
            {new}
        </section>
    }
}
