//! The public answer.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::{ErrorCode, FieldCode};
use mendmap_shared::limits::UPDATE_CHARS;
use mendmap_shared::wire::reports::Report;
use mendmap_shared::wire::updates::NewUpdate;
use mendmap_shared::workflow::Status;

use crate::api::{self, ApiError};
use crate::components::{
    Button, ErrorSummary, FieldError, FormErrors, Outcome, OutcomeBox, PhotoPicker, Select, TextArea, TextField,
    show_refusal,
};
use crate::i18n::{field_text, status_text, t};
use crate::state::update_drafts::{StaffDraft, UpdateDraft, use_staff_draft};

/// The draft as the API takes it, or what is wrong with it.
fn checked(draft: &UpdateDraft, report: &Report) -> Result<NewUpdate, Vec<FieldError>> {
    let words = t().desk;
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: &str| {
        errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    };
    let allowed = report.viewer.as_ref().map_or(&[][..], |viewer| &viewer.allowed);
    // A status that is no longer on offer is not sent: the report has moved on meanwhile.
    let status = draft.status.parse::<Status>().ok().filter(|status| allowed.contains(status));
    let text = match draft.text.parse() {
        Ok(text) => Some(text),
        Err(FieldCode::Required) if status.is_some() => None,
        Err(code) => {
            wrong("text", if code == FieldCode::Required { words.answer_missing } else { field_text(code) });
            None
        }
    };
    let duplicate_of = if status == Some(Status::Duplicate) {
        match draft.duplicate_of.trim().trim_start_matches('#').parse::<i64>() {
            Ok(other) if other == report.summary.id => {
                wrong("duplicate_of", words.answer_duplicate_itself);
                None
            }
            Ok(other) if other > 0 => Some(other),
            _ => {
                wrong("duplicate_of", words.answer_duplicate_invalid);
                None
            }
        }
    } else {
        None
    };
    if errors.is_empty() {
        let photos = draft.photos.list.iter().map(|kept| kept.photo.id.clone()).collect();
        Ok(NewUpdate { text, status, duplicate_of, photos, anonymous: false, author: None })
    } else {
        Err(errors)
    }
}

/// The form. What is typed is kept in this browser, for this person, until it has been sent.
#[component]
pub fn AnswerForm(
    /// Number of the person's account.
    user: i64,
    /// In whose name the answer is given, and who reads it.
    #[prop(into)]
    says: String,
    /// The report.
    report: Memo<Report>,
    /// Loads the report again.
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().desk;
    let id = report.with_untracked(|report| report.summary.id);
    let draft = use_staff_draft(StaffDraft::Answer, user, id);
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let uploading = RwSignal::new(false);
    let outcome = Outcome::default();
    let statuses = move || {
        report.with(|report| {
            let same = (words.answer_status_same)(status_text(report.summary.status));
            let allowed = report.viewer.iter().flat_map(|viewer| &viewer.allowed);
            let offered = allowed.map(|status| (status.as_str().to_owned(), status_text(*status).to_owned()));
            [(String::new(), same)].into_iter().chain(offered).collect::<Vec<_>>()
        })
    };
    let duplicate = Memo::new(move |_| draft.with(|draft| draft.status == Status::Duplicate.as_str()));
    let refused = move |error: ApiError| {
        let unknown = error.code() == Some(ErrorCode::ValidationFailed)
            && error.fields().get("duplicate_of").is_some_and(|problem| problem.code == FieldCode::Unknown);
        if unknown {
            let message = words.answer_duplicate_unknown.to_owned();
            errors.set(vec![FieldError { field: "duplicate_of".to_owned(), message }]);
        } else {
            show_refusal(&error, draft, errors, reload);
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        if uploading.get_untracked() {
            let message = t().report.update_photos_wait.to_owned();
            return errors.set(vec![FieldError { field: "photos".to_owned(), message }]);
        }
        let now = draft.get_untracked();
        let update = match report.with_untracked(|report| checked(&now, report)) {
            Ok(update) => update,
            Err(wrong) => return errors.set(wrong),
        };
        busy.set(true);
        let status = update.status;
        let request = api::create_desk_update(id, &now.idempotency_key, &update);
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    draft.set(UpdateDraft::default());
                    let text = status.map(|status| (words.answer_done_status)(status_text(status)));
                    outcome.say(words.answer_done, &text.unwrap_or_default());
                    reload.run(());
                }
                Err(error) => refused(error),
            }
        });
    };
    view! {
        <section class="words-form words-form--public" aria-labelledby="answer-title">
            <h2 id="answer-title">{words.answer}</h2>
            <p>{says}</p>
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <form novalidate on:submit=submit>
                <Select
                    id="status"
                    label=words.answer_status
                    options=Signal::derive(statuses)
                    value=Signal::derive(move || draft.with(|draft| draft.status.clone()))
                    on_change=move |status: String| draft.update(|draft| draft.status = status)
                    errors=errors
                />
                {move || {
                    duplicate
                        .get()
                        .then(|| {
                            view! {
                                <TextField
                                    id="duplicate_of"
                                    label=words.answer_duplicate
                                    hint=words.answer_duplicate_hint
                                    inputmode="numeric"
                                    value=Signal::derive(move || draft.with(|draft| draft.duplicate_of.clone()))
                                    on_input=move |other: String| draft.update(|draft| draft.duplicate_of = other)
                                    errors=errors
                                />
                            }
                        })
                }}
                <TextArea
                    id="text"
                    label=words.answer_text
                    rows=5
                    max_chars=UPDATE_CHARS
                    value=Signal::derive(move || draft.with(|draft| draft.text.clone()))
                    on_input=move |text: String| draft.update(|draft| draft.text = text)
                    errors=errors
                />
                <PhotoPicker
                    photos=Signal::derive(move || draft.with(|draft| draft.photos.clone()))
                    on_change=move |photos| draft.update(|draft| draft.photos = photos)
                    uploading=uploading
                    errors=errors
                />
                <Button submit=true busy=busy>
                    {move || if busy.get() { words.answer_sending } else { words.answer_send }}
                </Button>
            </form>
        </section>
    }
}
