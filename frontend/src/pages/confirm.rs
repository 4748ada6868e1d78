//! `/confirm#TOKEN`: opened by the link in a mail.

use leptos::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::reports::{Confirmed, ConfirmedWhat};

use crate::api::{self, ApiError};
use crate::components::{ButtonLink, ErrorState, Loading, Notice, Page};
use crate::i18n::t;
use crate::state::inquiry::Inquiry;
use crate::state::link_token::take_link_token;

/// The page. Opening it is the confirmation: the token is sent at once. It stands in the fragment, which browsers send to
/// no server, and mail scanners that follow links run no script, so that nothing is confirmed by looking.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let words = t().account;
    let token = take_link_token();
    let has_token = token.is_some();
    let token = StoredValue::new(token.unwrap_or_default());
    let answer = Inquiry::new(move || {
        let token = token.get_value();
        async move { if token.is_empty() { Err(ApiError::Aborted) } else { api::confirm_link(token).await } }
    });
    let title = move || match answer.get() {
        _ if !has_token => words.confirm_no_token_title.to_owned(),
        Some(Ok(confirmed)) => done_texts(confirmed.what).0.to_owned(),
        Some(Err(_)) => words.confirm_failed.to_owned(),
        None => words.confirm_title.to_owned(),
    };
    let done = move |confirmed: Confirmed| {
        view! {
            <Notice class="notice--success" live=true>
                <p>{done_texts(confirmed.what).1}</p>
            </Notice>
            <ButtonLink href=format!("/reports/{}", confirmed.report_id)>{words.confirm_open}</ButtonLink>
        }
    };
    view! {
        <Page title=Signal::derive(title) class="page--text">
            {move || match answer.get() {
                _ if !has_token => view! { <p>{words.confirm_no_token}</p> }.into_any(),
                None => view! { <Loading /> }.into_any(),
                Some(Ok(confirmed)) => done(confirmed).into_any(),
                Some(Err(error)) if error.code() == Some(ErrorCode::LinkInvalid) => {
                    view! { <p>{words.confirm_expired}</p> }.into_any()
                }
                Some(Err(error)) if error.code() == Some(ErrorCode::TransitionNotAllowed) => {
                    view! { <p>{words.confirm_moved_on}</p> }.into_any()
                }
                Some(Err(error)) => {
                    view! { <ErrorState error=error retry=move |()| answer.refetch() /> }.into_any()
                }
            }}
        </Page>
    }
}

const fn done_texts(what: ConfirmedWhat) -> (&'static str, &'static str) {
    let words = t().account;
    match what {
        ConfirmedWhat::Report => (words.confirm_report_title, words.confirm_report_text),
        ConfirmedWhat::Update => (words.confirm_update_title, words.confirm_update_text),
        ConfirmedWhat::Follow => (words.confirm_follow_title, words.confirm_follow_text),
    }
}
