//! Step "check": the summary, and sending.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::reports::ReportTaken;
use mendmap_shared::workflow::Visibility;

use super::compose::{Author, compose};
use super::form::{CategoriesMissing, Form, Sent, leave_if_category_is_gone};
use super::frame::Frame;
use super::step::Step;
use super::summary::Summary;
use super::what::names;
use super::who::{Anonymous, Name};
use crate::api::{self, ApiError};
use crate::components::{FieldError, FormErrors, Notice};
use crate::i18n::{error_text, t};
use crate::state::drafts::{Draft, forget_sent};
use crate::state::session::use_session;

/// The step.
#[component]
pub fn CheckStep(form: Form) -> impl IntoView {
    let words = t().form;
    let session = use_session();
    let errors = form.errors_of(Step::Check);
    let busy = RwSignal::new(false);
    leave_if_category_is_gone(form);
    let category = Memo::new(move |_| form.category().known().flatten());
    let send = move |()| {
        let Some(category) = category.get_untracked() else { return };
        let draft = form.draft.get_untracked();
        let who = match untrack(|| session.me()) {
            None => Author::Typed,
            Some(me) if me.name.is_none() => Author::Nameless,
            Some(_) => Author::Known,
        };
        let report = match compose(&draft, &category, who) {
            Ok(report) => report,
            Err(wrong) => return show(form, errors, wrong),
        };
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let answer = api::create_report(&draft.idempotency_key, &report).await;
            let here = busy.try_set(false).is_none();
            match answer {
                Ok(taken) => taken_over(form, &draft, taken),
                Err(error) if here => refused(form, errors, &error),
                Err(_) => {}
            }
        });
    };
    // A session that is renewed is no news: the name being typed keeps the focus.
    let person = Memo::new(move |_| session.me());
    let signed_in = move || {
        person.get().map(|me| {
            view! {
                <p>{(words.who_signed_in)(&me.email)}</p>
                {me.name.is_none().then(|| view! { <Name form=form errors=errors /> })}
                <Anonymous form=form />
            }
        })
    };
    let consequence = move || {
        category.get().map(|category| {
            let bodies = names(&category.bodies);
            let sent_to = (!bodies.is_empty()).then(|| format!("{} ", (words.what_sent_to)(&bodies)));
            let seen_by = if category.private { words.what_private } else { words.check_public };
            view! { <p>{sent_to} {seen_by}</p> }
        })
    };
    let photos_gone = move || form.draft.with(|draft| draft.photos.some_gone);
    view! {
        <Frame
            form=form
            step=Step::Check
            title=words.check_title
            on_next=Callback::new(send)
            button=words.check_send
            busy=busy
            may_go_on=Signal::derive(move || category.with(Option::is_some))
            errors=errors
        >
            {move || photos_gone().then(|| view! { <Notice class="notice--warning">{t().photos.gone}</Notice> })}
            <Summary form=form />
            {signed_in}
            <CategoriesMissing form=form />
            {consequence}
            <p role="status" class="visually-hidden">
                {move || if busy.get() { words.check_sending } else { "" }}
            </p>
        </Frame>
    }
}

/// Shows errors at the step and field they belong to: first those of the earliest step.
fn show(form: Form, errors: FormErrors, wrong: Vec<FieldError>) {
    let signed_in = form.signed_in.get_untracked();
    let step_of = |error: &FieldError| match Step::of_field(&error.field) {
        // Somebody signed in is asked here for what their account does not say.
        Step::Who if signed_in => Step::Check,
        step => step,
    };
    let Some(step) = wrong.iter().map(step_of).min() else { return };
    let there: Vec<_> = wrong.into_iter().filter(|error| step_of(error) == step).collect();
    if step == Step::Check {
        errors.set(there);
    } else {
        form.land(step, there, false);
    }
}

/// The API has the report: the draft is done with, also when another page was opened meanwhile.
fn taken_over(form: Form, draft: &Draft, taken: ReportTaken) {
    if form.draft.is_disposed() {
        forget_sent(&draft.idempotency_key);
        return;
    }
    form.draft.set(Draft::default());
    if taken.visibility == Visibility::Unconfirmed {
        form.sent.set(Some(Sent { email: draft.email.clone(), bodies: taken.bodies }));
        form.go_to(Step::Sent, true);
    } else {
        form.leave_to(&format!("/reports/{}", taken.id));
    }
}

/// The API did not take it: everything stays, and the errors land where they belong.
fn refused(form: Form, errors: FormErrors, error: &ApiError) {
    let whole = |message: String| errors.set(vec![FieldError { field: String::new(), message }]);
    if error.code() == Some(ErrorCode::IdempotencyMismatch) {
        // The answer to an earlier try was lost, and the draft was changed since.
        form.draft.update(Draft::renew_key);
        return whole(t().form.check_sent_before.to_owned());
    }
    let fields = error.fields();
    if fields.is_empty() {
        return whole(error_text(error));
    }
    let known = |field: &str| match field {
        "name" | "email" | "phone" => format!("author.{field}"),
        _ => field.to_owned(),
    };
    show(form, errors, fields.iter().map(|(field, problem)| FormErrors::one(&known(field), problem.code)).collect());
}
