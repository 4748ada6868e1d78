//! Form fields: a label, a hint, an error, and the control they describe.

use leptos::prelude::*;

use super::FormErrors;
use super::field_parts::{InlineError, described_by, hint_view, label_text};
use crate::i18n::{plural, t};

/// One line of text.
#[component]
pub fn TextField(
    /// Name of the field in the API, and id of the control.
    #[prop(into)]
    id: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// `type` of the input; `text` if not given.
    #[prop(default = "text".into(), into)]
    kind: Signal<&'static str>,
    /// `inputmode`, where the type does not say it.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// `autocomplete`, so that browsers can fill it in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// What it holds.
    #[prop(into)]
    value: Signal<String>,
    /// Called with every change.
    #[prop(into)]
    on_input: Callback<String>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    // Set in the control only when it changes itself: half a date has no value yet, and setting one would wipe it out.
    let value = Memo::new(move |_| value.get());
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    view! {
        <div class="field" class:field--error=move || error.get().is_some()>
            <label class="field__label" for=id.clone()>
                {label_text(label, optional)}
            </label>
            {hint_view(&id, hint)}
            <InlineError id=id.clone() error=error />
            <input
                class="field__input"
                id=id.clone()
                name=id
                type=kind
                inputmode=inputmode
                autocomplete=autocomplete
                spellcheck=matches!(autocomplete, Some("email" | "current-password" | "new-password")).then_some("false")
                aria-describedby=described
                aria-invalid=move || error.get().is_some().then_some("true")
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
            />
        </div>
    }
}

/// Several lines of text, counting the characters left once they become few.
#[component]
pub fn TextArea(
    /// Name of the field in the API, and id of the control.
    #[prop(into)]
    id: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// Lines shown.
    #[prop(default = 6)]
    rows: u32,
    /// Most characters.
    max_chars: usize,
    /// What it holds.
    #[prop(into)]
    value: Signal<String>,
    /// Called with every change.
    #[prop(into)]
    on_input: Callback<String>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let value = Memo::new(move |_| value.get());
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    let left = move || {
        let used = value.with(|text| text.trim().chars().count());
        let words = t().fields;
        if used > max_chars {
            plural(used - max_chars, words.characters_over_one, words.characters_over)
        } else if used * 4 > max_chars * 3 {
            plural(max_chars - used, words.characters_left_one, words.characters_left)
        } else {
            String::new()
        }
    };
    view! {
        <div class="field" class:field--error=move || error.get().is_some()>
            <label class="field__label" for=id.clone()>
                {label_text(label, optional)}
            </label>
            {hint_view(&id, hint)}
            <InlineError id=id.clone() error=error />
            <textarea
                class="field__input"
                id=id.clone()
                name=id
                rows=rows
                aria-describedby=described
                aria-invalid=move || error.get().is_some().then_some("true")
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
            ></textarea>
            <p class="field__count" aria-live="polite">
                {left}
            </p>
        </div>
    }
}

/// One choice of several, as a list to pull down.
#[component]
pub fn Select(
    /// Name of the field, and id of the control.
    #[prop(into)]
    id: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// A line of help.
    #[prop(optional, into)]
    hint: String,
    /// Value and words of each choice.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The value chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Called with every change.
    #[prop(into)]
    on_change: Callback<String>,
    /// The form's errors.
    #[prop(optional)]
    errors: FormErrors,
) -> impl IntoView {
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    let option = move |(key, words): (String, String)| {
        let this = key.clone();
        view! {
            <option value=key prop:selected=move || value.with(|value| *value == this)>
                {words}
            </option>
        }
    };
    view! {
        <div class="field" class:field--error=move || error.get().is_some()>
            <label class="field__label" for=id.clone()>
                {label}
            </label>
            {hint_view(&id, hint)}
            <InlineError id=id.clone() error=error />
            <select
                class="field__input"
                id=id.clone()
                name=id
                aria-describedby=described
                aria-invalid=move || error.get().is_some().then_some("true")
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}
