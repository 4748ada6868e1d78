//! The extra questions of a category, in all six datatypes.

use leptos::prelude::*;
use mendmap_shared::limits::ANSWER_CHARS;
use mendmap_shared::questions::{Answer, Datatype, Question, blocking};

use super::answers;
use super::form::Form;
use super::moments::{from_local, to_local};
use super::what::Blocked;
use crate::components::field_parts::is_unfinished;
use crate::components::{CheckList, FormErrors, Radios, Select, TextArea, TextField};
use crate::i18n::t;

/// Choices up to this many are shown all at once; more are a list to pull down.
const RADIOS_MOST: usize = 7;

/// One question. A blocking answer says so at once.
#[component]
pub fn QuestionField(form: Form, question: Question, errors: FormErrors) -> impl IntoView {
    let code = StoredValue::new(question.code.clone());
    let asked = StoredValue::new(question.clone());
    let answer = move || form.draft.with(|draft| code.with_value(|code| draft.answers.get(code).cloned()));
    let one = Signal::derive(move || match answer() {
        Some(Answer::One(text)) => text,
        Some(Answer::Many(_)) | None => String::new(),
    });
    let set = move |answer: Option<Answer>| {
        form.draft.update(|draft| {
            let code = code.get_value();
            match answer {
                Some(answer) => draft.answers.insert(code, answer),
                None => draft.answers.remove(&code),
            };
        });
    };
    let set_one = Callback::new(move |text: String| set((!text.is_empty()).then_some(Answer::One(text))));
    let id = answers::field(&question.code);
    let label = question.label.clone();
    let hint = question.hint.clone().unwrap_or_default();
    let optional = !question.required;
    let shown_label = if optional { (t().fields.optional)(&label) } else { label.clone() };
    let control = match question.datatype {
        Datatype::String => view! {
            <TextField id=id label=label hint=hint optional=optional value=one on_input=set_one errors=errors />
        }
        .into_any(),
        Datatype::Number => view! {
            <TextField
                id=id
                label=label
                hint=hint
                optional=optional
                inputmode="decimal"
                value=one
                // Many write a comma; the API reads a point.
                on_input=move |text: String| set_one.run(text.replace(',', "."))
                errors=errors
            />
        }
        .into_any(),
        Datatype::Datetime => {
            let field = id.clone();
            let set_moment = move |text: String| {
                // While only half of it is there, the draft stays as it is: the step asks for the rest when it is left.
                if !text.is_empty() || !is_unfinished(&field) {
                    set(from_local(&text).map(Answer::One));
                }
            };
            view! {
                <TextField
                    id=id
                    label=label
                    hint=hint
                    optional=optional
                    kind="datetime-local"
                    value=Signal::derive(move || to_local(&one.get()))
                    on_input=set_moment
                    errors=errors
                />
            }
            .into_any()
        }
        Datatype::Text => view! {
            <TextArea
                id=id
                label=label
                hint=hint
                optional=optional
                rows=3
                max_chars=ANSWER_CHARS
                value=one
                on_input=set_one
                errors=errors
            />
        }
        .into_any(),
        Datatype::SingleValueList if question.choices.len() > RADIOS_MOST => {
            let each = question.choices.into_iter().map(|choice| (choice.key, choice.name));
            let options: Vec<_> = std::iter::once((String::new(), t().form.choose.to_owned())).chain(each).collect();
            view! {
                <Select
                    id=id
                    label=shown_label
                    hint=hint
                    options=Signal::stored(options)
                    value=one
                    on_change=set_one
                    errors=errors
                />
            }
            .into_any()
        }
        Datatype::SingleValueList => view! {
            <Radios
                id=id
                label=shown_label
                hint=hint
                choices=question.choices
                value=one
                on_change=set_one
                errors=errors
            />
        }
        .into_any(),
        Datatype::MultiValueList => {
            let many = move || match answer() {
                Some(Answer::Many(keys)) => keys,
                Some(Answer::One(key)) => vec![key],
                None => Vec::new(),
            };
            let set_many = Callback::new(move |keys: Vec<String>| {
                set((!keys.is_empty()).then_some(Answer::Many(keys)));
            });
            view! {
                <CheckList
                    id=id
                    label=shown_label
                    hint=hint
                    choices=question.choices
                    value=Signal::derive(many)
                    on_change=set_many
                    errors=errors
                />
            }
            .into_any()
        }
    };
    let blocked = move || {
        let answer = answer()?;
        asked.with_value(|question| blocking(question, &answer).map(str::to_owned))
    };
    view! {
        {control}
        <div role="alert">{move || blocked().map(|message| view! { <Blocked message=message /> })}</div>
    }
}
