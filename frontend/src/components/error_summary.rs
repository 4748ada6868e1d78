//! What is wrong with a form, at its top, with a link to each field.

use leptos::html::Div;
use leptos::prelude::*;
use mendmap_shared::error::{FieldCode, FieldProblems};
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::api::ApiError;
use crate::i18n::{error_text, field_text, t};

/// What is wrong with one field, or with the form as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Id of the field's element; empty for the form as a whole.
    pub field: String,
    /// One sentence.
    pub message: String,
}

/// The errors of one form. Setting them moves the focus to the summary.
#[derive(Clone, Copy)]
pub struct FormErrors(RwSignal<Vec<FieldError>>);

impl Default for FormErrors {
    fn default() -> Self {
        Self(RwSignal::new(Vec::new()))
    }
}

impl FormErrors {
    /// Forgets all.
    pub fn clear(self) {
        self.0.set(Vec::new());
    }

    /// Shows these.
    pub fn set(self, errors: Vec<FieldError>) {
        self.0.set(errors);
    }

    /// Shows what a check of fields found.
    pub fn set_problems(self, problems: &FieldProblems) {
        self.set(problems.iter().map(|(field, problem)| Self::one(field, problem.code)).collect());
    }

    /// Shows what the API answered: its fields, or the error as a whole.
    pub fn set_error(self, error: &ApiError) {
        let fields = error.fields();
        if fields.is_empty() {
            self.set(vec![FieldError { field: String::new(), message: error_text(error) }]);
        } else {
            self.set_problems(&fields);
        }
    }

    /// One field's error from its code. What is wrong with an entry of a list, `photos[1]`, is wrong with the list.
    pub fn one(field: &str, code: FieldCode) -> FieldError {
        let field = field.split('[').next().unwrap_or_default();
        FieldError { field: field.to_owned(), message: field_text(code).to_owned() }
    }

    /// All of them. Tracks.
    pub fn get(self) -> Vec<FieldError> {
        self.0.get()
    }

    /// What is wrong with this field. Tracks.
    pub fn of(self, field: &str) -> Option<String> {
        self.0.with(|errors| errors.iter().find(|error| error.field == field).map(|error| error.message.clone()))
    }
}

/// The summary (the GOV.UK Design System's pattern): takes the focus when errors appear, and links to each field.
#[component]
pub fn ErrorSummary(
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let summary = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if !errors.get().is_empty()
            && let Some(summary) = summary.get()
        {
            let _focused = summary.focus();
        }
    });
    // Labels can be looked up once the fields stand on the page, which is after this summary is first drawn.
    let stands = RwSignal::new(false);
    Effect::new(move |_| stands.set(true));
    let entry = |error: FieldError| {
        if error.field.is_empty() {
            return view! { <li>{error.message}</li> }.into_any();
        }
        let field = error.field.clone();
        let named = with_label(&error);
        let to_field = move |event: leptos::ev::MouseEvent| {
            // The fragment would be a step of its own for the back button, and the router would treat it as a place.
            event.prevent_default();
            focus_field(&field);
        };
        view! {
            <li>
                <a href=format!("#{}", error.field) on:click=to_field>
                    {named}
                </a>
            </li>
        }
        .into_any()
    };
    move || {
        stands.track();
        let list = errors.get();
        (!list.is_empty()).then(|| {
            view! {
                <div class="error-summary" role="alert" tabindex="-1" node_ref=summary>
                    <h2 class="error-summary__title">{t().errors.summary_title}</h2>
                    <ul>{list.into_iter().map(entry).collect_view()}</ul>
                </div>
            }
        })
    }
}

/// The message, after the field's label where the message alone would not say which field is meant.
fn with_label(error: &FieldError) -> String {
    let is_general = FieldCode::ALL.iter().any(|code| field_text(*code) == error.message);
    let label = is_general.then(|| label_of(&error.field)).flatten();
    label.map_or_else(|| error.message.clone(), |label| (t().errors.named)(&label, &error.message))
}

/// What stands over a field: its label, or the legend of its group.
fn label_of(id: &str) -> Option<String> {
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let label = find(&format!("label[for=\"{id}\"]")).or_else(|| find(&format!("[id=\"{id}\"] > legend")))?;
    label.text_content().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Moves the focus to a field, or to the first control inside of it.
pub fn focus_field(id: &str) {
    use wasm_bindgen::JsCast;
    let Some(element) = document().get_element_by_id(id) else { return };
    let inside = element.query_selector("input, select, textarea, button").ok().flatten();
    let target = if matches!(element.tag_name().as_str(), "FIELDSET" | "DIV") { inside } else { None };
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    if let Ok(target) = target.unwrap_or(element).dyn_into::<web_sys::HtmlElement>() {
        let _focused = target.focus();
    }
}
