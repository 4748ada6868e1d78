//! Following a report: one press with a session, an e-mail address without.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::text::Email;
use mendmap_shared::wire::reports::Report;

use crate::api;
use crate::components::{Button, ButtonKind, ErrorSummary, FormErrors, Outcome, OutcomeBox, TextField};
use crate::i18n::{error_text, t};
use crate::state::session::use_session;

/// The button, or the form.
#[component]
pub fn Follow(report: Memo<Report>, reload: Callback<()>) -> impl IntoView {
    let words = t().report;
    let session = use_session();
    let signed_in = Memo::new(move |_| session.is_signed_in());
    view! {
        <section class="aside-box" aria-labelledby="follow-title">
            <h2 id="follow-title">{words.follow_title}</h2>
            {move || {
                if signed_in.get() {
                    view! { <FollowButton report=report reload=reload /> }.into_any()
                } else {
                    view! { <FollowForm report=report /> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn FollowButton(report: Memo<Report>, reload: Callback<()>) -> impl IntoView {
    let words = t().report;
    let id = report.with_untracked(|report| report.summary.id);
    let following = Memo::new(move |_| report.with(|report| report.viewer.as_ref().is_some_and(|v| v.following)));
    let busy = RwSignal::new(false);
    let says = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<String>);
    let press = move |_| {
        let stop = following.get_untracked();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = if stop { api::unfollow_report(id).await } else { api::follow_report(id, None).await };
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    says.set(if answer.following { words.follow_on } else { words.follow_off }.to_owned());
                    reload.run(());
                }
                Err(error) => failed.set(Some(error_text(&error))),
            }
        });
    };
    view! {
        <Button kind=ButtonKind::Secondary busy=busy on_press=press>
            {move || if following.get() { words.follow_stop } else { words.follow }}
        </Button>
        <p class="aside-box__says" role="status">
            {says}
        </p>
        {move || failed.get().map(|why| view! { <p class="field__error" role="alert">{why}</p> })}
    }
}

#[component]
fn FollowForm(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    let id = report.with_untracked(|report| report.summary.id);
    let email = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let outcome = Outcome::default();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        let address = match email.with_untracked(|email| email.parse::<Email>()) {
            Ok(address) => address,
            Err(code) => return errors.set(vec![FormErrors::one("email", code)]),
        };
        busy.set(true);
        spawn_local(async move {
            let answer = api::follow_report(id, Some(address.clone())).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) if answer.following => outcome.say(words.follow_on, ""),
                Ok(_) => outcome.say(words.follow_mailed_title, &(words.follow_mailed)(address.as_str())),
                Err(error) => errors.set_error(&error),
            }
        });
    };
    view! {
        <OutcomeBox outcome=outcome />
        <ErrorSummary errors=errors />
        <form novalidate on:submit=submit>
            <TextField
                id="email"
                label=words.follow_email
                hint=words.follow_email_hint
                kind="email"
                autocomplete="email"
                value=email
                on_input=move |text| email.set(text)
                errors=errors
            />
            <Button kind=ButtonKind::Secondary submit=true busy=busy>
                {words.follow}
            </Button>
        </form>
    }
}
