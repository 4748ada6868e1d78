//! A password, which can be looked at while typing.

use leptos::prelude::*;

use super::{FormErrors, TextField};
use crate::i18n::t;

/// A password field with a button that shows what is typed.
#[component]
pub fn PasswordField(
    /// Name of the field in the API, and id of the control.
    id: &'static str,
    /// Label.
    label: &'static str,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// What it holds.
    value: RwSignal<String>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let words = t().account;
    let shown = RwSignal::new(false);
    view! {
        <div class="password">
            <TextField
                id=id
                label=label
                hint=hint
                kind=Signal::derive(move || if shown.get() { "text" } else { "password" })
                autocomplete=autocomplete
                value=value
                on_input=move |text| value.set(text)
                errors=errors
            />
            <button
                type="button"
                class="button button--secondary button--small password__show"
                aria-controls=id
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {move || if shown.get() { words.password_hide } else { words.password_show }}
            </button>
        </div>
    }
}
