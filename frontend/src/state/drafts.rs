//! The draft of a report: every typed word survives reload, error and sign-in.

use std::collections::BTreeSet;

use gloo_storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::questions::Answers;
use serde::{Deserialize, Serialize};

use super::device::random_uuid;
use super::kept::{self, Keep, KeptPhotos};

const KEY: &str = "mendmap.draft";

/// What somebody has filled in so far, as typed: it is checked when a step is left, not while typing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Made once per draft and sent with every try, so that a retry is never a second report.
    pub idempotency_key: String,
    /// Where.
    pub location: Option<LonLat>,
    /// Code of the category.
    pub category: String,
    /// Answers to the extra questions, by question; also to those of a category that is not chosen any more.
    pub answers: Answers,
    /// Title.
    pub title: String,
    /// Details.
    pub detail: String,
    /// Photos the API already has.
    pub photos: KeptPhotos,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Whether the name stays off the public page.
    pub anonymous: bool,
    /// The search for similar reports at this place and in this category; `None` before the first.
    pub similar: Option<Similar>,
}

/// A search for similar reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    /// The title searched with.
    pub title: String,
    /// The reports that were found and said to be another problem.
    pub seen: BTreeSet<i64>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            idempotency_key: random_uuid(),
            location: None,
            category: String::new(),
            answers: Answers::new(),
            title: String::new(),
            detail: String::new(),
            photos: KeptPhotos::default(),
            name: String::new(),
            email: String::new(),
            phone: String::new(),
            anonymous: false,
            similar: None,
        }
    }
}

impl Draft {
    /// Whether anything was filled in that would be a pity to lose.
    pub fn is_begun(&self) -> bool {
        self.location.is_some() || !self.title.is_empty() || !self.detail.is_empty() || !self.photos.list.is_empty()
    }

    /// Makes this a submission of its own: sent again, it is another report.
    pub fn renew_key(&mut self) {
        self.idempotency_key = random_uuid();
    }
}

impl Keep for Draft {
    /// Never: also an empty draft's key is shared by all tabs, so that a form sent from two of them is one report.
    fn is_empty(&self) -> bool {
        false
    }

    fn photos_mut(&mut self) -> &mut KeptPhotos {
        &mut self.photos
    }
}

/// The draft kept in this browser, or a new one, and a trigger that tells when another tab has changed it.
pub fn use_draft() -> (RwSignal<Draft>, Trigger) {
    kept::keep(KEY)
}

/// Whether a draft with something in it waits in this browser.
pub fn waits() -> bool {
    kept::load::<Draft>(KEY).is_begun()
}

/// Forgets the draft that was sent with this key, where the form itself is not there any more to do it.
pub fn forget_sent(idempotency_key: &str) {
    if kept::load::<Draft>(KEY).idempotency_key == idempotency_key {
        LocalStorage::delete(KEY);
    }
}
