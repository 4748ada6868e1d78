//! Choosing, shrinking, uploading and removing photos.

use futures_util::future::{AbortHandle, abortable};
use leptos::html::Input;
use leptos::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::PHOTOS_PER_REPORT;
use mendmap_shared::wire::photos::Photo;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::photo_shrink::{ShrinkError, shrink};
use crate::api;
use crate::i18n::{count, error_text, t};

/// A photo on its way.
#[derive(Clone)]
struct Upload {
    key: u32,
    name: String,
    sent: RwSignal<f64>,
    failed: RwSignal<Option<String>>,
    stop: StoredValue<Option<AbortHandle>>,
}

/// Photos of a report or an update: `photos` are those the API has, and is told every change.
#[component]
pub fn PhotoPicker(
    /// Id of the file input.
    #[prop(default = "photos")]
    id: &'static str,
    /// A line of help after the standard one.
    #[prop(optional)]
    hint: &'static str,
    /// The photos the API has.
    #[prop(into)]
    photos: Signal<Vec<Photo>>,
    /// Called when a photo has arrived.
    #[prop(into)]
    on_add: Callback<Photo>,
    /// Called with the position of the photo to leave out.
    #[prop(into)]
    on_remove: Callback<usize>,
    /// Set while photos are on their way, so that the form can wait.
    #[prop(optional)]
    uploading: RwSignal<bool>,
) -> impl IntoView {
    let words = &t().layout;
    let uploads = RwSignal::new(Vec::<Upload>::new());
    let next_key = StoredValue::new(0_u32);
    let says = RwSignal::new(String::new());
    // Stays in sight until the next choice: what was left out may be the picture that mattered.
    let left_out = RwSignal::new(false);
    let input = NodeRef::<Input>::new();
    let most = count(i64::try_from(PHOTOS_PER_REPORT).unwrap_or(i64::MAX));
    let settle = move || {
        let busy = uploads.with_untracked(|all| all.iter().any(|upload| upload.failed.with_untracked(Option::is_none)));
        uploading.set(busy);
    };
    let forget = move |key: u32| {
        uploads.update(|all| {
            all.retain(|upload| {
                let this = upload.key == key;
                if this && let Some(stop) = upload.stop.get_value() {
                    stop.abort();
                }
                !this
            });
        });
        settle();
    };
    let start = move |file: File| {
        let key = next_key.get_value();
        next_key.set_value(key + 1);
        let upload = Upload {
            key,
            name: file.name(),
            sent: RwSignal::new(0.0),
            failed: RwSignal::new(None),
            stop: StoredValue::new(None),
        };
        let (sent, failed, name) = (upload.sent, upload.failed, upload.name.clone());
        let (work, stop) = abortable(async move {
            let ready = shrink(&file).await.map_err(|error| match error {
                ShrinkError::Unreadable => crate::i18n::code_text(ErrorCode::ImageUndecodable).to_owned(),
                ShrinkError::TooLarge => crate::i18n::code_text(ErrorCode::TooLarge).to_owned(),
            })?;
            let progress = move |part| {
                let _gone = sent.try_set(part);
            };
            api::upload_photo(ready, progress).await.map_err(|error| error_text(&error))
        });
        upload.stop.set_value(Some(stop));
        uploads.update(|all| all.push(upload));
        uploading.set(true);
        spawn_local(async move {
            match work.await {
                Ok(Ok(photo)) if !says.is_disposed() => {
                    forget(key);
                    on_add.run(photo);
                    let number = photos.with_untracked(Vec::len);
                    says.set((words.photos_done)(&count(i64::try_from(number).unwrap_or(i64::MAX))));
                }
                Ok(Err(why)) if !says.is_disposed() => {
                    says.set((words.photos_failed)(&name, &why));
                    failed.set(Some(why));
                    settle();
                }
                // Removed, or the page was left.
                _ => {}
            }
        });
    };
    on_cleanup(move || {
        uploads.with_untracked(|all| {
            for upload in all {
                if let Some(stop) = upload.stop.try_get_value().flatten() {
                    stop.abort();
                }
            }
        });
    });
    let pick = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let files = input.files();
        let files: Vec<File> =
            files.map_or_else(Vec::new, |files| (0..files.length()).filter_map(|n| files.item(n)).collect());
        let running =
            uploads.with_untracked(|all| all.iter().filter(|u| u.failed.with_untracked(Option::is_none)).count());
        let room = PHOTOS_PER_REPORT.saturating_sub(photos.with_untracked(Vec::len) + running);
        left_out.set(files.len() > room);
        files.into_iter().take(room).for_each(start);
        // The same file can be chosen again after it was removed.
        input.set_value("");
    };
    let thumb = move |(index, photo): (usize, Photo)| {
        let number = count(i64::try_from(index + 1).unwrap_or(i64::MAX));
        let remove = move |_| {
            on_remove.run(index);
            says.set(words.photos_removed.to_owned());
            if let Some(input) = input.get_untracked() {
                let _focused = input.focus();
            }
        };
        view! {
            <li class="photos__item">
                <img src=photo.thumb alt=(words.photos_alt)(&number) width="120" height="120" />
                <button type="button" class="button button--secondary button--small" on:click=remove>
                    {(words.photos_remove)(&number)}
                </button>
            </li>
        }
    };
    let row = move |upload: Upload| {
        let (key, name) = (upload.key, upload.name.clone());
        let label = (words.photos_uploading)(&name);
        view! {
            <li class="photos__upload">
                {move || match upload.failed.get() {
                    Some(why) => {
                        view! {
                            <p class="field__error">{(words.photos_failed)(&name, &why)}</p>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <label class="photos__progress">
                                <span>{label.clone()}</span>
                                <progress max="1" prop:value=move || upload.sent.get()></progress>
                            </label>
                        }
                            .into_any()
                    }
                }}
                <button type="button" class="button button--secondary button--small" on:click=move |_| forget(key)>
                    {words.photos_dismiss}
                </button>
            </li>
        }
    };
    view! {
        <div class="field photos">
            <label class="field__label" for=id>
                {words.photos_label}
            </label>
            <p class="field__hint" id=format!("{id}-hint")>
                {hint}
                " "
                {(words.photos_hint)(&most)}
            </p>
            <input
                class="field__input field__input--file"
                id=id
                type="file"
                multiple
                accept="image/*"
                aria-describedby=format!("{id}-hint")
                node_ref=input
                on:change=pick
            />
            <div role="alert">
                {move || {
                    let most = count(i64::try_from(PHOTOS_PER_REPORT).unwrap_or(i64::MAX));
                    left_out.get().then(|| view! { <p class="field__error">{(words.photos_too_many)(&most)}</p> })
                }}
            </div>
            <ul class="photos__list">
                {move || photos.get().into_iter().enumerate().map(thumb).collect_view()}
            </ul>
            <ul class="photos__uploads">
                <For each=move || uploads.get() key=|upload| upload.key let:upload>
                    {row(upload)}
                </For>
            </ul>
            <p class="visually-hidden" role="status">
                {says}
            </p>
        </div>
    }
}
