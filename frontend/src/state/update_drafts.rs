//! Drafts of updates, answers and notes: like the draft of a report they survive reload, error and sign-in.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::device::random_uuid;
use super::kept::{self, Keep, KeptPhotos};

/// What the key of every such draft begins with.
const KEYS: &str = "mendmap.draft.";

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
    pub photos: KeptPhotos,
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
            photos: KeptPhotos::default(),
            name: String::new(),
            email: String::new(),
            anonymous: false,
        }
    }
}

impl Keep for UpdateDraft {
    fn is_empty(&self) -> bool {
        let texts = [&self.text, &self.status, &self.duplicate_of, &self.name, &self.email];
        texts.into_iter().all(String::is_empty) && self.photos == KeptPhotos::default() && !self.anonymous
    }

    fn photos_mut(&mut self) -> &mut KeptPhotos {
        &mut self.photos
    }
}

/// The draft of a resident's update, kept in this browser, or a new one.
pub fn use_update_draft(report: i64) -> RwSignal<UpdateDraft> {
    kept::keep(&format!("{KEYS}update.{report}")).0
}

/// What the draft of a staff member is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffDraft {
    /// A public answer.
    Answer,
    /// A private note.
    Note,
}

impl StaffDraft {
    const ALL: [Self; 2] = [Self::Answer, Self::Note];

    fn keys(self) -> String {
        let word = match self {
            Self::Answer => "answer",
            Self::Note => "note",
        };
        format!("{KEYS}{word}.")
    }
}

/// The draft of somebody of the staff, kept in this browser for this person until they sign out, or a new one.
pub fn use_staff_draft(kind: StaffDraft, user: i64, report: i64) -> RwSignal<UpdateDraft> {
    kept::keep(&format!("{}{user}.{report}", kind.keys())).0
}

/// Forgets what staff began to write: it may be about people, and the browser may be somebody else's next.
pub fn forget_staff_drafts() {
    for kind in StaffDraft::ALL {
        kept::forget_all(&kind.keys());
    }
}
