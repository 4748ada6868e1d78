//! A choice that cannot be wrong, such as a filter: it has neither help nor errors.

use leptos::prelude::*;

/// One choice of several, as a list to pull down.
#[component]
pub fn PlainSelect(
    /// Id of the control, and its name.
    id: &'static str,
    /// Label.
    label: &'static str,
    /// Value and words of each choice.
    options: Signal<Vec<(String, String)>>,
    /// The value chosen.
    value: Signal<String>,
    /// Called with every change.
    #[prop(into)]
    on_change: Callback<String>,
) -> impl IntoView {
    let option = move |(key, words): (String, String)| {
        let this = key.clone();
        view! {
            <option value=key prop:selected=move || value.with(|value| *value == this)>
                {words}
            </option>
        }
    };
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {label}
            </label>
            <select class="field__input" id=id name=id on:change=move |event| on_change.run(event_target_value(&event))>
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}
