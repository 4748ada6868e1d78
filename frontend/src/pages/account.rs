//! `/account`: one's own name and password.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS};
use mendmap_shared::text::PersonName;
use mendmap_shared::wire::auth::{Me, MeChange};

use crate::api;
use crate::components::{
    Button, ButtonKind, ErrorSummary, FieldError, FormErrors, Outcome, OutcomeBox, Page, PasswordField, SignedIn,
    TextField,
};
use crate::i18n::{count, t};
use crate::router::{NavigateOptions, use_navigate};
use crate::state::session::use_session;
use crate::state::sign_out;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let words = t().account;
    view! {
        <Page title=words.account_title class="page--text">
            <SignedIn view=|me| {
                view! {
                    <Who me=me.clone() />
                    <NameForm me=me />
                    <PasswordForm />
                    <SignOut />
                }
            } />
        </Page>
    }
}

#[component]
fn Who(me: Me) -> impl IntoView {
    let words = t().account;
    let bodies = me.staff.iter().map(|staff| staff.body.name.clone()).collect::<Vec<_>>().join(", ");
    view! {
        <dl class="facts">
            <div class="facts__row">
                <dt>{words.account_email}</dt>
                <dd>{me.email}</dd>
            </div>
            {(!bodies.is_empty())
                .then(|| {
                    view! {
                        <div class="facts__row">
                            <dt>{words.account_staff}</dt>
                            <dd>{bodies}</dd>
                        </div>
                    }
                })}
        </dl>
        <p class="quiet">{words.account_email_text}</p>
    }
}

#[component]
fn NameForm(me: Me) -> impl IntoView {
    let words = t().account;
    let session = use_session();
    let name = RwSignal::new(me.name.unwrap_or_default());
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
        let checked = match name.with_untracked(|name| name.parse::<PersonName>()) {
            Ok(checked) => checked,
            Err(code) => return errors.set(vec![FormErrors::one("name", code)]),
        };
        busy.set(true);
        let request = api::update_me(&MeChange { name: Some(checked) });
        spawn_local(async move {
            let answer = request.await;
            if let Ok(me) = &answer {
                session.replace(me.clone());
            }
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => outcome.say(words.account_name_saved, ""),
                Err(error) => errors.set_error(&error),
            }
        });
    };
    view! {
        <section aria-labelledby="name-title">
            <h2 id="name-title">{words.account_name_title}</h2>
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <form novalidate on:submit=submit>
                <TextField
                    id="name"
                    label=words.account_name
                    hint=words.account_name_hint
                    autocomplete="name"
                    value=name
                    on_input=move |text| name.set(text)
                    errors=errors
                />
                <Button submit=true busy=busy>
                    {words.account_name_save}
                </Button>
            </form>
        </section>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let words = t().account;
    let session = use_session();
    let has_one = Memo::new(move |_| session.me().is_some_and(|me| me.has_password));
    let current = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let outcome = Outcome::default();
    let least = count(PASSWORD_MIN_CHARS);
    let too_short = (words.account_password_short)(&least);
    let check = move |with_current: bool| {
        let mut wrong = Vec::new();
        if with_current && current.with_untracked(String::is_empty) {
            wrong.push(FormErrors::one("current_password", FieldCode::Required));
        }
        let chars = password.with_untracked(|password| password.chars().count());
        if password.with_untracked(|password| password.trim().is_empty()) {
            wrong.push(FormErrors::one("password", FieldCode::Required));
        } else if chars < PASSWORD_MIN_CHARS {
            wrong.push(FieldError { field: "password".to_owned(), message: too_short.clone() });
        } else if chars > PASSWORD_MAX_CHARS {
            wrong.push(FormErrors::one("password", FieldCode::TooLong));
        }
        wrong
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        let with_current = has_one.get_untracked();
        let wrong = check(with_current);
        if !wrong.is_empty() {
            return errors.set(wrong);
        }
        busy.set(true);
        let before = with_current.then(|| current.get_untracked());
        let request = api::change_password(&password.get_untracked(), before.as_deref());
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    current.set(String::new());
                    password.set(String::new());
                    outcome.say(words.account_password_saved, words.account_password_saved_text);
                    if let Some(me) = untrack(|| session.me()) {
                        session.replace(Me { has_password: true, ..me });
                    }
                }
                Err(error) if error.fields().get("current_password").is_some() => {
                    let message = words.account_password_current_wrong.to_owned();
                    errors.set(vec![FieldError { field: "current_password".to_owned(), message }]);
                }
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let title = move || if has_one.get() { words.account_password_title } else { words.account_password_set_title };
    let hint = (words.account_password_hint)(&least);
    view! {
        <section aria-labelledby="password-title">
            <h2 id="password-title">{title}</h2>
            <p>{words.account_password_why}</p>
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <form novalidate on:submit=submit>
                {move || {
                    has_one
                        .get()
                        .then(|| {
                            view! {
                                <PasswordField
                                    id="current_password"
                                    label=words.account_password_current
                                    autocomplete="current-password"
                                    value=current
                                    errors=errors
                                />
                            }
                        })
                }}
                <PasswordField
                    id="password"
                    label=words.account_password_new
                    hint=hint
                    autocomplete="new-password"
                    value=password
                    errors=errors
                />
                <Button submit=true busy=busy>
                    {words.account_password_save}
                </Button>
            </form>
        </section>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let words = t().account;
    let navigate = use_navigate();
    let busy = RwSignal::new(false);
    let press = move |_| {
        busy.set(true);
        spawn_local(async move {
            sign_out::sign_out().await;
            navigate("/", NavigateOptions::default());
        });
    };
    view! {
        <section aria-labelledby="sign-out-title">
            <h2 id="sign-out-title">{words.account_sign_out_title}</h2>
            <Button kind=ButtonKind::Secondary busy=busy on_press=press>
                {words.account_sign_out}
            </Button>
        </section>
    }
}
