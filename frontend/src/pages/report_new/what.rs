//! Step "what": the category.

use leptos::prelude::*;
use mendmap_shared::wire::categories::{BodyRef, CategoriesAt, CategoryGroup, CategoryOption};
use wasm_bindgen_futures::spawn_local;

use super::Form;
use super::frame::Frame;
use super::step::Step;
use crate::api;
use crate::components::{EmptyState, ErrorState, FieldError, Loading, Notice};
use crate::i18n::t;

/// The step.
#[component]
pub fn WhatStep(form: Form) -> impl IntoView {
    let words = &t().form;
    let busy = RwSignal::new(false);
    let next = move |()| {
        if untrack(move || form.category()).is_none() {
            let message = words.what_missing.to_owned();
            form.errors.set(vec![FieldError { field: "category".to_owned(), message }]);
            return;
        }
        let (asked, place, category) =
            form.draft.with_untracked(|draft| (draft.none_similar, draft.location, draft.category.clone()));
        let Some(place) = place.filter(|_| !asked) else {
            form.next(Step::What);
            return;
        };
        busy.set(true);
        spawn_local(async move {
            let similar = api::list_similar_reports(place, &category, "").await;
            if busy.try_set(false).is_some() {
                return;
            }
            // Without an answer the form goes on: a report too many is better than none.
            if similar.is_ok_and(|similar| !similar.is_empty()) {
                form.errors.clear();
                form.go_to(Step::Similar, false);
            } else {
                form.next(Step::What);
            }
        });
    };
    let blocked = move || form.category().and_then(|category| category.blocking_message);
    let may_go_on = Signal::derive(move || blocked().is_none());
    let draw = move || match form.categories.get().flatten() {
        None => view! { <Loading /> }.into_any(),
        Some(Ok(at)) => view! { <Choices form=form at=at /> }.into_any(),
        Some(Err(error)) => {
            let retry = move |()| form.categories.refetch();
            view! { <ErrorState error=error retry=retry /> }.into_any()
        }
    };
    view! {
        <Frame form=form step=Step::What title=words.what_title on_next=Callback::new(next) busy=busy may_go_on=may_go_on>
            <p class="form-page__place">
                {move || form.place_name()} " "
                <a href=Step::Where.href()>
                    {words.check_change} <span class="visually-hidden">" " {words.check_where}</span>
                </a>
            </p>
            {draw}
            <div role="status">
                {move || blocked().map(|message| view! { <Blocked message=message /> })}
                {move || {
                    form.category()
                        .filter(|category| category.blocking_message.is_none())
                        .map(|category| view! { <Consequence category=category /> })
                }}
            </div>
        </Frame>
    }
}

/// Why this is not to be reported here, and what to do instead, in the council's own words.
#[component]
pub fn Blocked(message: String) -> impl IntoView {
    view! {
        <Notice class="notice--warning">
            <p class="notice__title">{t().form.blocked_title}</p>
            <p>{message}</p>
        </Notice>
    }
}

/// Whom the report goes to, and whether it is public.
#[component]
fn Consequence(category: CategoryOption) -> impl IntoView {
    let words = &t().form;
    view! {
        {(!category.bodies.is_empty()).then(|| view! { <p>{(words.what_sent_to)(&names(&category.bodies))}</p> })}
        {category
            .private
            .then(|| {
                view! {
                    <Notice>
                        <p>{words.what_private}</p>
                    </Notice>
                }
            })}
    }
}

#[component]
fn Choices(form: Form, at: CategoriesAt) -> impl IntoView {
    let words = &t().form;
    if at.groups.is_empty() {
        return view! { <EmptyState text=words.what_none /> }.into_any();
    }
    let uncovered = (!at.covered).then(|| {
        view! {
            <Notice class="notice--warning">
                <p>{words.what_uncovered}</p>
            </Notice>
        }
    });
    let error = move || form.errors.of("category");
    view! {
        {uncovered}
        <fieldset
            class="field"
            id="category"
            class:field--error=move || error().is_some()
            aria-describedby=move || error().map(|_| "category-error")
        >
            <legend class="visually-hidden">{words.what_title}</legend>
            {move || {
                error()
                    .map(|error| {
                        view! {
                            <p class="field__error" id="category-error">
                                {error}
                            </p>
                        }
                    })
            }}
            {at.groups.into_iter().map(|group| view! { <Group form=form group=group /> }).collect_view()}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Group(form: Form, group: CategoryGroup) -> impl IntoView {
    let radio = move |category: CategoryOption| {
        let (code, this) = (category.code.clone(), category.code.clone());
        let hint_id = format!("category-{}-hint", category.code);
        let choose = move |_| {
            form.errors.clear();
            form.draft.update(|draft| {
                if draft.category != code {
                    // Another category asks other questions.
                    draft.category.clone_from(&code);
                    draft.answers.clear();
                    draft.none_similar = false;
                }
            });
        };
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="category"
                    value=category.code
                    aria-describedby=category.hint.is_some().then(|| hint_id.clone())
                    prop:checked=move || form.draft.with(|draft| draft.category == this)
                    on:change=choose
                />
                <span>
                    {category.name}
                    {category
                        .hint
                        .map(|hint| {
                            view! {
                                <span class="choice__hint" id=hint_id>
                                    {hint}
                                </span>
                            }
                        })}
                </span>
            </label>
        }
    };
    view! {
        <div class="choice-group">
            <h2 class="choice-group__title">{group.name}</h2>
            {group.categories.into_iter().map(radio).collect_view()}
        </div>
    }
}

/// Names of bodies, in a row.
pub fn names(bodies: &[BodyRef]) -> String {
    bodies.iter().map(|body| body.name.as_str()).collect::<Vec<_>>().join(", ")
}
