//! `/unsubscribe#TOKEN`: opened by the link in a mail.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::api::{self, ApiError};
use crate::components::{Button, ErrorState, Notice, Page};
use crate::i18n::t;
use crate::state::link_token::take_link_token;

/// The page: one button, no sign-in.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    let words = &t().account;
    let token = StoredValue::new(take_link_token());
    let busy = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<(), ApiError>>);
    let send = move || {
        let Some(token) = token.get_value() else { return };
        busy.set(true);
        spawn_local(async move {
            let outcome = api::unsubscribe(token).await;
            let _gone = busy.try_set(false);
            let _gone = answer.try_set(Some(outcome));
        });
    };
    let title = move || match answer.get() {
        Some(Ok(())) => words.unsubscribe_done_title.to_owned(),
        _ => words.unsubscribe_title.to_owned(),
    };
    view! {
        <Page title=Signal::derive(title) class="page--text">
            {move || match answer.get() {
                _ if token.with_value(Option::is_none) => view! { <p>{words.no_token}</p> }.into_any(),
                Some(Ok(())) => {
                    view! {
                        <Notice class="notice--success" live=true>
                            <p>{words.unsubscribe_done}</p>
                        </Notice>
                    }
                        .into_any()
                }
                failed => {
                    view! {
                        {failed.and_then(Result::err).map(|error| view! { <ErrorState error=error /> })}
                        <p>{words.unsubscribe_text}</p>
                        <Button busy=busy on_press=move |_| send()>
                            {words.unsubscribe_button}
                        </Button>
                    }
                        .into_any()
                }
            }}
        </Page>
    }
}
