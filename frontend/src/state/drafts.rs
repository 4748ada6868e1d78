//! The draft of a report: every typed word survives reload, error and sign-in.

use std::collections::BTreeMap;

use gloo_storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::questions::Answer;
use mendmap_shared::wire::photos::Photo;
use serde::{Deserialize, Serialize};

use super::device::random_uuid;

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
    /// Answers to the extra questions, by question.
    pub answers: BTreeMap<String, Answer>,
    /// Title.
    pub title: String,
    /// Details.
    pub detail: String,
    /// Photos the API already has.
    pub photos: Vec<Photo>,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// Whether the name stays off the public page.
    pub anonymous: bool,
    /// Whether the similar reports were looked at for this place and category.
    pub none_similar: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            idempotency_key: random_uuid(),
            location: None,
            category: String::new(),
            answers: BTreeMap::new(),
            title: String::new(),
            detail: String::new(),
            photos: Vec::new(),
            name: String::new(),
            email: String::new(),
            phone: String::new(),
            anonymous: false,
            none_similar: false,
        }
    }
}

impl Draft {
    /// Whether anything was filled in that would be a pity to lose.
    pub fn is_begun(&self) -> bool {
        self.location.is_some() || !self.title.is_empty() || !self.detail.is_empty() || !self.photos.is_empty()
    }
}

/// The draft kept in this browser, or a new one. Every change is stored at once.
pub fn use_draft() -> RwSignal<Draft> {
    let draft = RwSignal::new(LocalStorage::get::<Draft>(KEY).unwrap_or_default());
    Effect::new(move |_| {
        draft.with(|draft| {
            // Storage that is full or forbidden must not stop anybody from reporting.
            let _stored = LocalStorage::set(KEY, draft);
        });
    });
    draft
}

/// Whether a draft with something in it waits in this browser.
pub fn waits() -> bool {
    LocalStorage::get::<Draft>(KEY).is_ok_and(|draft| draft.is_begun())
}
