//! What somebody has begun to write, kept in this browser's storage: it survives reload, error and sign-in, and all tabs of
//! the browser have the same.

use gloo_storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use mendmap_shared::wire::photos::Photo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Milliseconds after which a photo in a draft is given up. The API throws unused ones away after two days; a form that
/// shows one must not find that out only when it is sent.
const PHOTO_MILLISECONDS: i64 = 24 * 60 * 60 * 1000;

/// A photo the API already has, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPhoto {
    /// The photo.
    #[serde(flatten)]
    pub photo: Photo,
    /// When it was uploaded, in milliseconds since 1970.
    #[serde(default)]
    pub uploaded_at: i64,
}

impl KeptPhoto {
    /// A photo that was uploaded just now.
    pub fn new(photo: Photo) -> Self {
        Self { photo, uploaded_at: now() }
    }
}

/// The photos of a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPhotos {
    /// The photos, in the order they are shown in.
    pub list: Vec<KeptPhoto>,
    /// Whether some were given up because they were too old, until the photos are next changed.
    pub some_gone: bool,
}

impl KeptPhotos {
    /// Gives up those that the API may not have any more.
    fn forget_old(&mut self) {
        let oldest = now() - PHOTO_MILLISECONDS;
        let before = self.list.len();
        self.list.retain(|kept| kept.uploaded_at >= oldest);
        self.some_gone |= self.list.len() < before;
    }
}

fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit easily")]
    let now = js_sys::Date::now() as i64;
    now
}

/// A draft that can be kept.
pub trait Keep: Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Whether nothing in it needs keeping.
    fn is_empty(&self) -> bool;
    /// Its photos.
    fn photos_mut(&mut self) -> &mut KeptPhotos;
}

/// The draft kept under a key as it is now, or a new one.
pub fn load<T: Keep>(key: &str) -> T {
    read(stored(key).as_deref())
}

/// The draft kept under a key, or a new one, and a trigger that tells when another tab has changed it. Every change is
/// stored at once; a change in another tab is taken over, so that no tab ever writes an old draft over a newer one.
pub fn keep<T: Keep>(key: &str) -> (RwSignal<T>, Trigger) {
    let key = StoredValue::new(key.to_owned());
    // What the storage holds as far as this tab knows: what came from there is not written back, or two tabs would undo
    // each other's letters.
    let known = StoredValue::new(key.with_value(|key| stored(key)));
    let draft = RwSignal::new(known.with_value(|text| read::<T>(text.as_deref())));
    let elsewhere = Trigger::new();
    Effect::new(move |_| {
        let text = draft.with(|draft| if draft.is_empty() { None } else { serde_json::to_string(draft).ok() });
        if known.with_value(|known| *known != text) {
            key.with_value(|key| store(key, text.as_deref()));
            known.set_value(text);
        }
    });
    let listener = window_event_listener(leptos::ev::storage, move |event| {
        // Without a key, all of the storage was emptied.
        if event.key().is_some_and(|changed| key.with_value(|key| *key != changed)) {
            return;
        }
        let text = key.with_value(|key| stored(key));
        if known.with_value(|known| *known != text) {
            draft.set(read(text.as_deref()));
            known.set_value(text);
            elsewhere.notify();
        }
    });
    on_cleanup(move || listener.remove());
    (draft, elsewhere)
}

/// Forgets all drafts whose key begins like this.
pub fn forget_all(beginning: &str) {
    let storage = LocalStorage::raw();
    let keys = (0..LocalStorage::length()).filter_map(|index| storage.key(index).ok().flatten());
    let ours: Vec<_> = keys.filter(|key| key.starts_with(beginning)).collect();
    ours.iter().for_each(LocalStorage::delete);
}

fn read<T: Keep>(text: Option<&str>) -> T {
    let mut draft = text.and_then(|text| crate::api::read_json::<T>(text).ok()).unwrap_or_default();
    draft.photos_mut().forget_old();
    draft
}

fn stored(key: &str) -> Option<String> {
    LocalStorage::raw().get_item(key).ok().flatten()
}

fn store(key: &str, text: Option<&str>) {
    match text {
        // Storage that is full or forbidden must not stop anybody from writing.
        Some(text) => drop(LocalStorage::raw().set_item(key, text)),
        None => LocalStorage::delete(key),
    }
}
