//! Step "details": title, details, extra questions.

use leptos::prelude::*;
use mendmap_shared::limits::DETAIL_CHARS;
use mendmap_shared::questions::{Checked, blocking, check};
use mendmap_shared::text::{ReportDetailText, ReportTitle};
use mendmap_shared::wire::categories::CategoryOption;

use super::Form;
use super::frame::Frame;
use super::questions::QuestionField;
use super::step::Step;
use crate::components::{FieldError, FormErrors, TextArea, TextField};
use crate::i18n::t;

/// The step.
#[component]
pub fn DetailsStep(form: Form) -> impl IntoView {
    let words = &t().form;
    let category = Memo::new(move |_| form.category());
    let blocked = Memo::new(move |_| {
        let category = category.get()?;
        form.draft.with(|draft| blocking_message(&category, draft))
    });
    let next = move |()| {
        let category = category.get_untracked();
        let errors = form.draft.with_untracked(|draft| {
            let mut errors = Vec::new();
            if let Err(code) = draft.title.parse::<ReportTitle>() {
                errors.push(FormErrors::one("title", code));
            }
            if let Err(code) = draft.detail.parse::<ReportDetailText>() {
                errors.push(FormErrors::one("detail", code));
            }
            if let Some(category) = &category {
                let Checked { problems, blocked, .. } = check(&category.questions, &draft.answers);
                errors.extend(problems.iter().map(|(field, problem)| FormErrors::one(field, problem.code)));
                errors.extend(blocked.map(|message| FieldError { field: String::new(), message }));
            }
            errors
        });
        if errors.is_empty() {
            form.next(Step::Details);
        } else {
            form.errors.set(errors);
        }
    };
    let questions = move || {
        let questions = category.get().map(|category| category.questions).filter(|all| !all.is_empty())?;
        let fields = questions.into_iter().map(|question| view! { <QuestionField form=form question=question /> });
        Some(view! {
            <h2>{words.details_questions}</h2>
            {fields.collect_view()}
        })
    };
    view! {
        <Frame
            form=form
            step=Step::Details
            title=words.details_title
            on_next=Callback::new(next)
            may_go_on=Signal::derive(move || blocked.get().is_none())
        >
            <TextField
                id="title"
                label=words.details_summary
                hint=words.details_summary_hint
                value=Signal::derive(move || form.draft.with(|draft| draft.title.clone()))
                on_input=move |title| form.draft.update(|draft| draft.title = title)
                errors=form.errors
            />
            <TextArea
                id="detail"
                label=words.details_detail
                hint=words.details_detail_hint
                max_chars=DETAIL_CHARS
                value=Signal::derive(move || form.draft.with(|draft| draft.detail.clone()))
                on_input=move |detail| form.draft.update(|draft| draft.detail = detail)
                errors=form.errors
            />
            {questions}
        </Frame>
    }
}

/// The message of the first answer that blocks the report.
fn blocking_message(category: &CategoryOption, draft: &crate::state::drafts::Draft) -> Option<String> {
    category.questions.iter().find_map(|question| {
        let answer = draft.answers.get(&question.code)?;
        blocking(question, answer).map(str::to_owned)
    })
}
