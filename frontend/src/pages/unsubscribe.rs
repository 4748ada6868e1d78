//! `/unsubscribe#TOKEN`: opened by the link in a mail.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::components::{Button, ErrorState, Notice, Page, focus_heading};
use crate::i18n::t;
use crate::state::link_token::take_link_token;

/// The page: one button, no sign-in.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    let words = t().account;
    let token = StoredValue::new(take_link_token());
    let busy = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<(), ApiError>>);
    let send = move || {
        let Some(token) = token.get_value() else { return };
        busy.set(true);
        spawn_local(async move {
            let outcome = api::unsubscribe(token).await;
            if busy.try_set(false).is_some() {
                return;
            }
            // The button goes away with success.
            if outcome.is_ok() {
                focus_heading();
            }
            answer.set(Some(outcome));
        });
    };
    let done = Memo::new(move |_| matches!(answer.get(), Some(Ok(()))));
    let failed = move || answer.get().and_then(Result::err);
    let title = move || if done.get() { words.unsubscribe_done_title } else { words.unsubscribe_title }.to_owned();
    view! {
        <Page title=Signal::derive(title) class="page--text">
            {move || {
                if token.with_value(Option::is_none) {
                    return view! { <p>{words.no_token}</p> }.into_any();
                }
                if done.get() {
                    return view! {
                        <Notice class="notice--success" live=true>
                            <p>{words.unsubscribe_done}</p>
                        </Notice>
                    }
                        .into_any();
                }
                view! {
                    {move || {
                        failed().map(|error| view! { <ErrorState error=error title=words.unsubscribe_failed /> })
                    }}
                    <p>{words.unsubscribe_text}</p>
                    <Button busy=busy on_press=move |_| send()>
                        {words.unsubscribe_button}
                    </Button>
                }
                    .into_any()
            }}
        </Page>
    }
}
