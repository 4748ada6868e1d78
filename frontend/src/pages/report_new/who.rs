//! Step "who": skipped by people who are signed in.

use leptos::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::text::{Email, PersonName, Phone};

use super::form::Form;
use super::frame::Frame;
use super::step::Step;
use crate::components::{Check, FormErrors, TextField};
use crate::i18n::t;

/// The step.
#[component]
pub fn WhoStep(form: Form) -> impl IntoView {
    let words = t().form;
    let errors = form.errors_of(Step::Who);
    // Signed in meanwhile, in another tab or coming back from signing in: nothing to ask.
    Effect::new(move |_| {
        if form.signed_in.get() {
            form.go_to(Step::Check, true);
        }
    });
    let next = move |()| {
        let problems = form.draft.with_untracked(|draft| {
            let optional = |text: &str, check: fn(&str) -> Option<FieldCode>| {
                if text.trim().is_empty() { None } else { check(text) }
            };
            [
                ("author.name", draft.name.parse::<PersonName>().err()),
                ("author.email", draft.email.parse::<Email>().err()),
                ("author.phone", optional(&draft.phone, |text| text.parse::<Phone>().err())),
            ]
        });
        let wrong: Vec<_> =
            problems.into_iter().filter_map(|(field, code)| Some(FormErrors::one(field, code?))).collect();
        if wrong.is_empty() {
            form.next(Step::Who);
        } else {
            errors.set(wrong);
        }
    };
    view! {
        <Frame form=form step=Step::Who title=words.who_title on_next=Callback::new(next) errors=errors>
            <p>{words.who_why}</p>
            <p>
                {words.who_have_account} " "
                <a href="/sign-in?return_to=%2Freport%2Fnew%3Fstep%3Dcheck">{words.who_sign_in}</a> ", "
                {words.who_sign_in_text}
            </p>
            <Name form=form errors=errors />
            <Anonymous form=form />
            <TextField
                id="author.email"
                label=words.who_email
                hint=words.who_email_hint
                kind="email"
                autocomplete="email"
                value=Signal::derive(move || form.draft.with(|draft| draft.email.clone()))
                on_input=move |email| form.draft.update(|draft| draft.email = email)
                errors=errors
            />
            <TextField
                id="author.phone"
                label=words.who_phone
                hint=words.who_phone_hint
                optional=true
                kind="tel"
                autocomplete="tel"
                value=Signal::derive(move || form.draft.with(|draft| draft.phone.clone()))
                on_input=move |phone| form.draft.update(|draft| draft.phone = phone)
                errors=errors
            />
        </Frame>
    }
}

/// The name, which those responsible always see.
#[component]
pub fn Name(form: Form, errors: FormErrors) -> impl IntoView {
    view! {
        <TextField
            id="author.name"
            label=t().form.who_name
            autocomplete="name"
            value=Signal::derive(move || form.draft.with(|draft| draft.name.clone()))
            on_input=move |name| form.draft.update(|draft| draft.name = name)
            errors=errors
        />
    }
}

/// Whether the name stays off the public page.
#[component]
pub fn Anonymous(form: Form) -> impl IntoView {
    let words = t().form;
    view! {
        <Check
            id="anonymous"
            label=words.who_anonymous
            hint=words.who_anonymous_hint
            value=Signal::derive(move || form.draft.with(|draft| draft.anonymous))
            on_change=move |anonymous| form.draft.update(|draft| draft.anonymous = anonymous)
        />
    }
}
