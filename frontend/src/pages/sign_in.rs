//! `/sign-in`, and `/sign-in#TOKEN` from a mailed link.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::{ErrorCode, FieldCode};
use mendmap_shared::return_to::safe_path;
use mendmap_shared::text::Email;
use mendmap_shared::wire::auth::{Me, SignIn, SignInLinkRequest};

use crate::api::{self, ApiError};
use crate::components::{
    Button, ButtonKind, ErrorState, ErrorSummary, FormErrors, Loading, Notice, Page, PasswordField, TextField,
    focus_heading,
};
use crate::i18n::t;
use crate::router::{NavigateOptions, use_navigate, use_query};
use crate::state::link_token::take_link_token;
use crate::state::session::use_session;

/// Where somebody goes who named no page.
fn home_of(me: &Me) -> String {
    if me.staff.is_empty() { "/my/reports" } else { "/desk" }.to_owned()
}

/// The page. Whoever is signed in, or gets signed in here, goes on to where they came from.
#[component]
pub fn SignInPage() -> impl IntoView {
    let words = t().account;
    let session = use_session();
    let navigate = use_navigate();
    let asked =
        use_query().with_untracked(|query| query.get("return_to")).and_then(|path| safe_path(&path).map(str::to_owned));
    let goal = RwSignal::new(asked);
    let token = StoredValue::new(take_link_token());
    let opening = RwSignal::new(token.with_value(Option::is_some));
    let failed = RwSignal::new(None::<ApiError>);
    let mailed = RwSignal::new(None::<String>);
    let open_link = move || {
        let Some(token) = token.get_value() else { return };
        opening.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::create_session(&SignIn::Link { token }).await;
            match answer {
                Ok(session) => {
                    if let Some(path) = session.return_to.as_deref().and_then(safe_path) {
                        let _gone = goal.try_set(Some(path.to_owned()));
                    }
                }
                Err(error) => {
                    let _gone = failed.try_set(Some(error));
                }
            }
            let _gone = opening.try_set(false);
        });
    };
    open_link();
    Effect::new(move |_| {
        if !opening.get()
            && failed.with(Option::is_none)
            && let Some(me) = session.me()
        {
            let path = goal.get_untracked().unwrap_or_else(|| home_of(&me));
            navigate(&path, NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    let title =
        move || if mailed.with(Option::is_some) { words.sign_in_mailed_title } else { words.sign_in_title }.to_owned();
    // Kept here, so that going back and forth between the two ways loses nothing.
    let email = RwSignal::new(String::new());
    let by_password = RwSignal::new(false);
    let content = move || {
        if opening.get() {
            return view! { <Loading /> }.into_any();
        }
        match failed.get() {
            Some(error) if error.code() == Some(ErrorCode::LinkInvalid) => view! {
                <Notice class="notice--warning" live=true>
                    {words.sign_in_link_old}
                </Notice>
                <SignInForm email=email by_password=by_password goal=goal failed=failed mailed=mailed />
            }
            .into_any(),
            Some(error) => view! { <ErrorState error=error retry=move |()| open_link() /> }.into_any(),
            None => view! { <SignInForm email=email by_password=by_password goal=goal failed=failed mailed=mailed /> }
                .into_any(),
        }
    };
    view! {
        <Page title=Signal::derive(title) class="page--text">
            {move || match mailed.get() {
                Some(address) => view! { <Mailed address=address mailed=mailed /> }.into_any(),
                None => content().into_any(),
            }}
        </Page>
    }
}

/// The link is on its way.
#[component]
fn Mailed(address: String, mailed: RwSignal<Option<String>>) -> impl IntoView {
    let words = t().account;
    let again = move |_| {
        mailed.set(None);
        focus_heading();
    };
    view! {
        <Notice class="notice--success" live=true>
            <p>{(words.sign_in_mailed)(&address)}</p>
            <p>{words.sign_in_mailed_hint}</p>
        </Notice>
        <Button kind=ButtonKind::Secondary on_press=again>
            {words.sign_in_other}
        </Button>
    }
}

#[component]
fn SignInForm(
    email: RwSignal<String>,
    by_password: RwSignal<bool>,
    goal: RwSignal<Option<String>>,
    failed: RwSignal<Option<ApiError>>,
    mailed: RwSignal<Option<String>>,
) -> impl IntoView {
    let words = t().account;
    let password = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let send_link = move |address: Email| {
        let request = SignInLinkRequest { email: address.clone(), return_to: goal.get_untracked() };
        let request = api::request_sign_in_link(&request);
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    mailed.set(Some(address.as_str().to_owned()));
                    focus_heading();
                }
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let sign_in = move |address: Email, password: String| {
        spawn_local(async move {
            let answer = api::create_session(&SignIn::Password { email: address, password }).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                // An old link that failed before no longer matters; the page goes on by itself.
                Ok(_) => failed.set(None),
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        let typed = by_password.get_untracked().then(|| password.get_untracked());
        let mut wrong = Vec::new();
        let address = email.with_untracked(|email| email.parse::<Email>());
        let address = address.map_err(|code| wrong.push(FormErrors::one("email", code)));
        if typed.as_ref().is_some_and(String::is_empty) {
            wrong.push(FormErrors::one("password", FieldCode::Required));
        }
        match (address, typed) {
            (Ok(address), None) => {
                busy.set(true);
                send_link(address);
            }
            (Ok(address), Some(typed)) if wrong.is_empty() => {
                busy.set(true);
                sign_in(address, typed);
            }
            _ => errors.set(wrong),
        }
    };
    let turn = move |_| {
        errors.clear();
        by_password.update(|by_password| *by_password = !*by_password);
    };
    view! {
        <p>{words.sign_in_lead}</p>
        <ErrorSummary errors=errors />
        <form novalidate on:submit=submit>
            <TextField
                id="email"
                label=words.sign_in_email
                kind="email"
                autocomplete="email"
                value=email
                on_input=move |text| email.set(text)
                errors=errors
            />
            {move || {
                if by_password.get() {
                    view! {
                        <PasswordField
                            id="password"
                            label=words.sign_in_password
                            autocomplete="current-password"
                            value=password
                            errors=errors
                        />
                        <p class="quiet">{words.sign_in_forgot}</p>
                    }
                        .into_any()
                } else {
                    view! { <p class="quiet">{words.sign_in_link_hint}</p> }.into_any()
                }
            }}
            <div class="buttons">
                <Button submit=true busy=busy>
                    {move || if by_password.get() { words.sign_in_send } else { words.sign_in_send_link }}
                </Button>
                <Button kind=ButtonKind::Link on_press=turn>
                    {move || if by_password.get() { words.sign_in_use_link } else { words.sign_in_use_password }}
                </Button>
            </div>
        </form>
    }
}
