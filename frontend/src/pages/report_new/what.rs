//! Step "what": the category.

use leptos::prelude::*;
use mendmap_shared::wire::categories::{BodyRef, CategoriesAt, CategoryGroup, CategoryOption};

use super::form::{Asked, CategoriesMissing, Form};
use super::frame::Frame;
use super::step::Step;
use crate::components::{EmptyState, FieldError, FormErrors, InlineError, Notice};
use crate::i18n::t;

/// The step.
#[component]
pub fn WhatStep(form: Form) -> impl IntoView {
    let words = t().form;
    let errors = form.errors_of(Step::What);
    let busy = RwSignal::new(false);
    let category = Memo::new(move |_| form.category().known().flatten());
    let next = move |()| {
        if category.with_untracked(Option::is_some) {
            errors.clear();
            form.next_past_similar(Step::What, busy);
        } else {
            let message = words.what_missing.to_owned();
            errors.set(vec![FieldError { field: "category".to_owned(), message }]);
        }
    };
    let blocked = move || category.with(|category| category.as_ref()?.blocking_message.clone());
    // There is nothing to go on with before the categories are there, nor where there are none.
    let may_go_on = move || {
        let some = matches!(form.categories(), Asked::Known(at) if !at.groups.is_empty());
        some && blocked().is_none()
    };
    let choices = move || {
        let at = form.categories().known();
        at.map(|at| view! { <Choices form=form at=at errors=errors /> })
    };
    view! {
        <Frame
            form=form
            step=Step::What
            title=words.what_title
            on_next=Callback::new(next)
            busy=busy
            may_go_on=Signal::derive(may_go_on)
            errors=errors
        >
            <p class="form-page__place">
                {move || form.place_name()} " "
                <a href=Step::Where.href()>
                    {words.check_change} <span class="visually-hidden">" " {words.check_where}</span>
                </a>
            </p>
            <CategoriesMissing form=form />
            {choices}
            <div role="status">
                {move || blocked().map(|message| view! { <Blocked message=message /> })}
                {move || {
                    category
                        .get()
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
    let words = t().form;
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
fn Choices(form: Form, at: CategoriesAt, errors: FormErrors) -> impl IntoView {
    let words = t().form;
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
    let error = Memo::new(move |_| errors.of("category"));
    view! {
        {uncovered}
        <fieldset
            class="field"
            id="category"
            class:field--error=move || error.get().is_some()
            aria-describedby=move || error.get().map(|_| "category-error")
        >
            <legend class="visually-hidden">{words.what_title}</legend>
            <InlineError id="category" error=error />
            {at.groups.into_iter().map(|group| view! { <Group form=form group=group errors=errors /> }).collect_view()}
        </fieldset>
    }
    .into_any()
}

#[component]
fn Group(form: Form, group: CategoryGroup, errors: FormErrors) -> impl IntoView {
    let radio = move |category: CategoryOption| {
        let (code, this) = (category.code.clone(), category.code.clone());
        let hint_id = format!("category-{}-hint", category.code);
        let choose = move |_| {
            errors.clear();
            form.draft.update(|draft| {
                if draft.category != code {
                    draft.category.clone_from(&code);
                    draft.similar = None;
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
