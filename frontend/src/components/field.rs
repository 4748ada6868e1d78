//! Form fields: a label, a hint, an error, and the control they describe.

use leptos::prelude::*;
use mendmap_shared::questions::Choice;

use super::FormErrors;
use crate::i18n::{count, t};

/// `aria-describedby`: the hint and the error, where they exist.
fn described_by(id: &str, hint: bool, error: bool) -> Option<String> {
    let parts = [(hint, "hint"), (error, "error")].into_iter().filter(|(there, _)| *there);
    let ids: Vec<_> = parts.map(|(_, part)| format!("{id}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn hint_view(id: &str, hint: String) -> Option<impl IntoView + use<>> {
    let id = format!("{id}-hint");
    (!hint.is_empty()).then(|| view! { <p class="field__hint" id=id>{hint}</p> })
}

fn error_view(id: &str, error: Memo<Option<String>>) -> impl IntoView + use<> {
    let id = format!("{id}-error");
    move || {
        let id = id.clone();
        error.get().map(|error| {
            view! {
                <p class="field__error" id=id>
                    <span class="visually-hidden">{t().errors.error_prefix}" "</span>
                    {error}
                </p>
            }
        })
    }
}

fn label_text(label: String, optional: bool) -> String {
    if optional { (t().layout.optional)(&label) } else { label }
}

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
            {error_view(&id, error)}
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
    let of = id.clone();
    let error = Memo::new(move |_| errors.of(&of));
    let described = {
        let (id, hint) = (id.clone(), !hint.is_empty());
        move || described_by(&id, hint, error.get().is_some())
    };
    let left = move || {
        let used = value.with(|text| text.trim().chars().count());
        let number = |n: usize| count(i64::try_from(n).unwrap_or(i64::MAX));
        if used > max_chars {
            (t().layout.characters_over)(&number(used - max_chars))
        } else if used * 4 > max_chars * 3 {
            (t().layout.characters_left)(&number(max_chars - used))
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
            {error_view(&id, error)}
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
            {error_view(&id, error)}
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
    let (help, problem) = (hint_view(&id, hint), error_view(&id, error));
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
    let (help, problem) = (hint_view(&id, hint), error_view(&id, error));
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
