//! Form fields for choosing: one of several, any number of several, yes or no.

use leptos::prelude::*;
use mendmap_shared::questions::Choice;

use super::FormErrors;
use super::field_parts::{InlineError, described_by, hint_view};

/// One choice of several, all in sight.
#[component]
pub fn Radios(
    /// Name of the field, and id of the group.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// The choices.
    choices: Vec<Choice>,
    /// Key of the one chosen; empty for none.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the key.
    #[prop(into)]
    on_change: Callback<String>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    let help = hint_view(&id, hint);
    let problem = view! { <InlineError id=id.clone() error=error /> };
    let name = id.clone();
    let radio = move |choice: Choice| {
        let (key, this) = (choice.key.clone(), choice.key.clone());
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=name.clone()
                    value=choice.key
                    prop:checked=move || value.with(|value| *value == this)
                    on:change=move |_| on_change.run(key.clone())
                />
                <span>{choice.name}</span>
            </label>
        }
    };
    view! {
        <fieldset
            class="field"
            class:field--error=move || error.get().is_some()
            id=id
            aria-describedby=described
        >
            <legend class="field__label">{label}</legend>
            {help}
            {problem}
            {choices.into_iter().map(radio).collect_view()}
        </fieldset>
    }
}

/// Any number of choices.
#[component]
pub fn CheckList(
    /// Name of the field, and id of the group.
    #[prop(into)]
    id: String,
    /// The question.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// The choices.
    choices: Vec<Choice>,
    /// Keys of those chosen.
    #[prop(into)]
    value: Signal<Vec<String>>,
    /// Called with the keys.
    #[prop(into)]
    on_change: Callback<Vec<String>>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    let help = hint_view(&id, hint);
    let problem = view! { <InlineError id=id.clone() error=error /> };
    let name = id.clone();
    let check = move |choice: Choice| {
        let (key, this) = (choice.key.clone(), choice.key.clone());
        let change = move |_| {
            let mut keys = value.get_untracked();
            if keys.contains(&key) {
                keys.retain(|chosen| *chosen != key);
            } else {
                keys.push(key.clone());
            }
            on_change.run(keys);
        };
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    name=name.clone()
                    value=choice.key
                    prop:checked=move || value.with(|keys| keys.contains(&this))
                    on:change=change
                />
                <span>{choice.name}</span>
            </label>
        }
    };
    view! {
        <fieldset
            class="field"
            class:field--error=move || error.get().is_some()
            id=id
            aria-describedby=described
        >
            <legend class="field__label">{label}</legend>
            {help}
            {problem}
            {choices.into_iter().map(check).collect_view()}
        </fieldset>
    }
}

/// One box to tick.
#[component]
pub fn Check(
    /// Name of the field, and id of the control.
    #[prop(into)]
    id: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// Whether it is ticked.
    #[prop(into)]
    value: Signal<bool>,
    /// Called with every change.
    #[prop(into)]
    on_change: Callback<bool>,
) -> impl IntoView {
    let described = described_by(&id, !hint.is_empty(), false);
    let help = hint_view(&id, hint);
    view! {
        <div class="field">
            <label class="choice">
                <input
                    type="checkbox"
                    id=id.clone()
                    name=id
                    aria-describedby=described
                    prop:checked=value
                    on:change=move |event| on_change.run(event_target_checked(&event))
                />
                <span>{label}</span>
            </label>
            {help}
        </div>
    }
}
