//! Private notes: a form of their own, far from the public answer's in looks and words.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::NOTE_CHARS;
use mendmap_shared::text::NoteText;
use mendmap_shared::wire::desk::{DeskReport, NewNote, Note};

use crate::api::{self, ApiError};
use crate::components::{
    Button, ButtonKind, ErrorSummary, FieldError, FormErrors, Outcome, OutcomeBox, TextArea, show_refusal,
};
use crate::i18n::{date_time, field_text, t};
use crate::state::update_drafts::{StaffDraft, UpdateDraft, use_staff_draft};

/// Id of the field: `text` is the public answer's.
const FIELD: &str = "note";

fn field_error(code: FieldCode) -> Vec<FieldError> {
    let message = if code == FieldCode::Required { t().desk.note_missing } else { field_text(code) };
    vec![FieldError { field: FIELD.to_owned(), message: message.to_owned() }]
}

/// The notes so far, and the form.
#[component]
pub fn Notes(
    /// Number of the person's account.
    user: i64,
    /// Number of the report.
    id: i64,
    /// The report.
    now: Memo<DeskReport>,
    /// Loads the report again.
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().desk;
    let notes = Memo::new(move |_| now.with(|now| now.notes.clone()));
    let draft = use_staff_draft(StaffDraft::Note, user, id);
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let outcome = Outcome::default();
    let refused = move |error: &ApiError| match error.fields().get("text") {
        Some(problem) => errors.set(field_error(problem.code)),
        None => show_refusal(error, draft, errors, reload),
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        let written = draft.get_untracked();
        let text = match written.text.parse::<NoteText>() {
            Ok(text) => text,
            Err(code) => return errors.set(field_error(code)),
        };
        busy.set(true);
        let request = api::create_note(id, &written.idempotency_key, &NewNote { text });
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    draft.set(UpdateDraft::default());
                    outcome.say(words.note_done, words.note_done_text);
                    reload.run(());
                }
                Err(error) => refused(&error),
            }
        });
    };
    view! {
        <section class="words-form words-form--private" aria-labelledby="notes-title">
            <h2 id="notes-title">
                <Lock />
                {words.notes}
            </h2>
            <p>{words.notes_private}</p>
            {move || {
                let notes = notes.get();
                if notes.is_empty() {
                    view! { <p class="quiet">{words.notes_none}</p> }.into_any()
                } else {
                    view! { <ul class="notes">{notes.into_iter().map(one).collect_view()}</ul> }.into_any()
                }
            }}
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <form novalidate on:submit=submit>
                <TextArea
                    id=FIELD
                    label=words.note_text
                    rows=3
                    max_chars=NOTE_CHARS
                    value=Signal::derive(move || draft.with(|draft| draft.text.clone()))
                    on_input=move |text: String| draft.update(|draft| draft.text = text)
                    errors=errors
                />
                <Button kind=ButtonKind::Secondary submit=true busy=busy>
                    {move || if busy.get() { words.note_sending } else { words.note_send }}
                </Button>
            </form>
        </section>
    }
}

fn one(note: Note) -> impl IntoView {
    view! {
        <li class="note">
            <p class="typed">{note.text}</p>
            <p class="quiet">
                {note.author} ", " <time datetime=note.created_at.to_rfc3339()>{date_time(note.created_at)}</time>
            </p>
        </li>
    }
}

/// A padlock. Decoration: the heading says it.
#[component]
fn Lock() -> impl IntoView {
    view! {
        <svg class="lock" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
            <path d="M4 9h12v9H4z"></path>
            <path class="lock__bow" d="M6.5 9V6a3.5 3.5 0 0 1 7 0v3"></path>
        </svg>
    }
}
