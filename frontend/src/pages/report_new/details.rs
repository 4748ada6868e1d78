//! Step "details": title, details, extra questions.

use leptos::prelude::*;
use mendmap_shared::limits::DETAIL_CHARS;
use mendmap_shared::text::{ReportDetailText, ReportTitle};

use super::answers;
use super::form::{CategoriesMissing, Form, leave_if_category_is_gone};
use super::frame::Frame;
use super::questions::QuestionField;
use super::step::Step;
use crate::components::{FormErrors, TextArea, TextField};
use crate::i18n::t;

/// The step.
#[component]
pub fn DetailsStep(form: Form) -> impl IntoView {
    let words = t().form;
    let errors = form.errors_of(Step::Details);
    let busy = RwSignal::new(false);
    leave_if_category_is_gone(form);
    let category = Memo::new(move |_| form.category().known().flatten());
    let may_go_on = Memo::new(move |_| {
        let category = category.get();
        category.is_some_and(|category| {
            form.draft.with(|draft| answers::blocked(&category.questions, &draft.answers)).is_none()
        })
    });
    let next = move |()| {
        let Some(category) = category.get_untracked() else { return };
        let wrong = form.draft.with_untracked(|draft| {
            let title = draft.title.parse::<ReportTitle>().err().map(|code| FormErrors::one("title", code));
            let detail = draft.detail.parse::<ReportDetailText>().err().map(|code| FormErrors::one("detail", code));
            let answers = answers::checked(&category.questions, &draft.answers).err().unwrap_or_default();
            [title, detail].into_iter().flatten().chain(answers).collect::<Vec<_>>()
        });
        if wrong.is_empty() {
            errors.clear();
            form.next_past_similar(Step::Details, busy);
        } else {
            errors.set(wrong);
        }
    };
    let questions = move || {
        let questions = category.get().map(|category| category.questions).filter(|all| !all.is_empty())?;
        let field = |question| view! { <QuestionField form=form question=question errors=errors /> };
        Some(view! {
            <h2>{words.details_questions}</h2>
            {questions.into_iter().map(field).collect_view()}
        })
    };
    view! {
        <Frame
            form=form
            step=Step::Details
            title=words.details_title
            on_next=Callback::new(next)
            busy=busy
            may_go_on=may_go_on
            errors=errors
        >
            <TextField
                id="title"
                label=words.details_summary
                hint=words.details_summary_hint
                value=Signal::derive(move || form.draft.with(|draft| draft.title.clone()))
                on_input=move |title| form.draft.update(|draft| draft.title = title)
                errors=errors
            />
            <TextArea
                id="detail"
                label=words.details_detail
                hint=words.details_detail_hint
                max_chars=DETAIL_CHARS
                value=Signal::derive(move || form.draft.with(|draft| draft.detail.clone()))
                on_input=move |detail| form.draft.update(|draft| draft.detail = detail)
                errors=errors
            />
            <CategoriesMissing form=form />
            {questions}
        </Frame>
    }
}
