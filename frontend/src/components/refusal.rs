//! What a form for words does when the API refuses them: the words stay.

use leptos::prelude::*;
use mendmap_shared::error::ErrorCode;

use super::{FieldError, FormErrors};
use crate::api::ApiError;
use crate::i18n::{code_text, t};
use crate::state::device::random_uuid;
use crate::state::update_drafts::UpdateDraft;

/// Shows why, and loads the report again where it has changed meanwhile. Words that arrived before in another form get a
/// key of their own, so that they can be sent as well.
pub fn show_refusal(error: &ApiError, draft: RwSignal<UpdateDraft>, errors: FormErrors, reload: Callback<()>) {
    if draft.is_disposed() {
        return;
    }
    let whole = |message: String| errors.set(vec![FieldError { field: String::new(), message }]);
    match error.code() {
        Some(code @ (ErrorCode::Conflict | ErrorCode::TransitionNotAllowed)) => {
            whole(format!("{} {}", code_text(code), t().report.update_kept));
            reload.run(());
        }
        Some(ErrorCode::IdempotencyMismatch) => {
            draft.update(|draft| draft.idempotency_key = random_uuid());
            whole(t().report.update_sent_before.to_owned());
            reload.run(());
        }
        _ => errors.set_error(error),
    }
}
