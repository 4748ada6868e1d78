//! Something that is shown once: a key, a secret.

use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

use mendmap_shared::error::ErrorCode;

use crate::api::ApiError;
use crate::browser::copy;
use crate::components::{Button, ButtonKind, FieldError};
use crate::i18n::{count, error_text, t};
use crate::state::device::random_uuid;

/// What is shown, and under which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What was done.
    pub title: &'static str,
    /// What this is.
    pub label: &'static str,
    /// The key or the secret itself. It is kept nowhere but here, and gone with the page.
    pub secret: String,
}

/// The box that shows it, with a button that copies it. It takes the focus when it appears.
#[component]
pub fn Once(
    /// Id of the field.
    id: &'static str,
    /// What there is to show.
    shown: RwSignal<Option<Shown>>,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if shown.with(Option::is_some)
            && let Some(place) = place.get()
        {
            let _focused = place.focus();
        }
    });
    let draw = move |shown: Shown| view! { <Secret id=id shown=shown /> };
    view! {
        <div class="outcome" role="status" tabindex="-1" node_ref=place>
            {move || shown.get().map(draw)}
        </div>
    }
}

#[component]
fn Secret(id: &'static str, shown: Shown) -> impl IntoView {
    let words = t().integrations;
    let says = RwSignal::new("");
    let field = NodeRef::<Input>::new();
    let secret = StoredValue::new(shown.secret.clone());
    let press = move |_| {
        let copied = copy(&secret.get_value());
        spawn_local(async move {
            let done = copied.await;
            let _gone = says.try_set(if done { words.copied } else { words.copy_by_hand });
            if let Some(field) = field.try_get_untracked().flatten().filter(|_| !done) {
                let _focused = field.focus();
                field.select();
            }
        });
    };
    view! {
        <div class="notice notice--success once">
            <p class="notice__title">{shown.title}</p>
            <p>{words.once}</p>
            <label class="field__label" for=id>
                {shown.label}
            </label>
            <input
                class="field__input once__secret"
                id=id
                readonly
                autocomplete="off"
                spellcheck="false"
                value=shown.secret
                node_ref=field
            />
            <Button kind=ButtonKind::Secondary on_press=press>
                {words.copy}
            </Button>
            <span class="once__says" role="status">
                {says}
            </span>
        </div>
    }
}

/// Why nothing was made. `full` is how many there may be, where there are that many. What was done before, and answered to
/// nobody who saw it, is not shown again: the next try is another one.
pub fn refusal(error: &ApiError, full: Option<i64>, idempotency_key: StoredValue<String>) -> FieldError {
    let words = t().integrations;
    let message = match (error.code(), full) {
        (Some(ErrorCode::Conflict), Some(full)) => (words.full)(&count(full)),
        (Some(ErrorCode::Conflict | ErrorCode::IdempotencyMismatch), _) => words.sent_before.to_owned(),
        _ => error_text(error),
    };
    if matches!(error.code(), Some(ErrorCode::Conflict | ErrorCode::IdempotencyMismatch)) {
        idempotency_key.set_value(random_uuid());
    }
    FieldError { field: String::new(), message }
}
