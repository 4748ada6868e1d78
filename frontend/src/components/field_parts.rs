//! What stands around the control of a form field.

use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::i18n::t;

/// `aria-describedby` of a control: its hint and its error, where they exist.
pub fn described_by(id: &str, hint: bool, error: bool) -> Option<String> {
    let parts = [(hint, "hint"), (error, "error")].into_iter().filter(|(there, _)| *there);
    let ids: Vec<_> = parts.map(|(_, part)| format!("{id}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The line of help of the control with this id.
pub fn hint_view(id: &str, hint: String) -> Option<impl IntoView + use<>> {
    let id = format!("{id}-hint");
    (!hint.is_empty()).then(|| view! { <p class="field__hint" id=id>{hint}</p> })
}

/// A label, which says so where the field may be left out.
pub fn label_text(label: String, optional: bool) -> String {
    if optional { (t().fields.optional)(&label) } else { label }
}

/// What is wrong with a field, beside it.
#[component]
pub fn InlineError(
    /// Id of the field's control.
    #[prop(into)]
    id: String,
    /// What is wrong; `None` for nothing.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = id + "-error";
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

/// Says of the input of a place search, which knows nothing of it, what stands beside it: a line of help, or an error, by
/// their ids as the components here give them.
pub fn tell_search(input: NodeRef<Input>, id: &'static str, hint: bool, error: Signal<Option<String>>) {
    Effect::new(move |_| {
        let Some(input) = input.get() else { return };
        let wrong = error.get().is_some();
        let set = |name: &str, value: Option<&str>| {
            // The browser takes every value of these.
            let _set = match value {
                Some(value) => input.set_attribute(name, value),
                None => input.remove_attribute(name),
            };
        };
        set("aria-describedby", described_by(id, hint, wrong).as_deref());
        set("aria-invalid", wrong.then_some("true"));
        if let Some(field) = input.closest(".field").ok().flatten() {
            let _set = field.class_list().toggle_with_force("field--error", wrong);
        }
    });
}

/// Whether somebody has begun to fill in the field with this id and has not come to its end: its value is empty then, as
/// if it were untouched. `false` where there is no such field.
pub fn is_unfinished(id: &str) -> bool {
    let input = document().get_element_by_id(id).and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.validity().bad_input())
}
