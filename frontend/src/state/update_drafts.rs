//! Drafts of updates, answers and notes: like the draft of a report they survive reload, error and sign-in.

use gloo_storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use mendmap_shared::wire::photos::Photo;
use serde::{Deserialize, Serialize};

use super::device::random_uuid;

/// What somebody has written so far, as typed. Each form uses the parts it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdateDraft {
    /// Made once per draft and sent with every try, so that a retry is never a second update.
    pub idempotency_key: String,
    /// The words.
    pub text: String,
    /// The status to set, as the API names it; empty for none.
    pub status: String,
    /// Number of the other report, where the status is `duplicate`.
    pub duplicate_of: String,
    /// Photos the API already has.
    pub photos: Vec<Photo>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Whether the name stays off the public page.
    pub anonymous: bool,
}

impl Default for UpdateDraft {
    fn default() -> Self {
        Self {
            idempotency_key: random_uuid(),
            text: String::new(),
            status: String::new(),
            duplicate_of: String::new(),
            photos: Vec::new(),
            name: String::new(),
            email: String::new(),
            anonymous: false,
        }
    }
}

impl UpdateDraft {
    fn is_empty(&self) -> bool {
        let texts = [&self.text, &self.status, &self.duplicate_of, &self.name, &self.email];
        texts.into_iter().all(String::is_empty) && self.photos.is_empty() && !self.anonymous
    }
}

/// The draft kept in this browser under a name, or a new one. Every change is stored at once; an empty draft leaves nothing.
pub fn use_update_draft(name: &str) -> RwSignal<UpdateDraft> {
    let key = format!("mendmap.draft.{name}");
    let draft = RwSignal::new(LocalStorage::get::<UpdateDraft>(&key).unwrap_or_default());
    Effect::new(move |_| {
        draft.with(|draft| {
            if draft.is_empty() {
                LocalStorage::delete(&key);
            } else {
                // Storage that is full or forbidden must not stop anybody from writing.
                let _stored = LocalStorage::set(&key, draft);
            }
        });
    });
    draft
}
