//! Choosing, shrinking, uploading and removing photos.

use std::collections::BTreeMap;

use futures_util::future::{AbortHandle, abortable};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::PHOTOS_PER_REPORT;
use mendmap_shared::wire::photos::PhotoId;
use web_sys::File;

use super::field_parts::{InlineError, described_by};
use super::photo_shrink::{ShrinkError, shrink};
use super::{FormErrors, Notice};
use crate::api;
use crate::i18n::{count, error_text, t};
use crate::state::kept::{KeptPhoto, KeptPhotos};

/// A photo on its way.
#[derive(Clone)]
struct Upload {
    key: u32,
    name: String,
    sent: RwSignal<f64>,
    failed: RwSignal<Option<String>>,
    stop: StoredValue<Option<AbortHandle>>,
}

/// Name of the field in the API, and id of the file input.
const ID: &str = "photos";

/// Photos of a report or an update. The same picture is taken once, and no more than the API takes.
#[component]
pub fn PhotoPicker(
    /// A line of help after the standard one.
    #[prop(optional)]
    hint: &'static str,
    /// The photos the API has.
    #[prop(into)]
    photos: Signal<KeptPhotos>,
    /// Called with every change of them.
    #[prop(into)]
    on_change: Callback<KeptPhotos>,
    /// Set while photos are on their way, so that the form can wait.
    #[prop(optional)]
    uploading: RwSignal<bool>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let words = t().photos;
    let error = Memo::new(move |_| errors.of(ID));
    // The rest of a draft changes with every letter; the pictures are drawn anew only when they change themselves.
    let photos = Memo::new(move |_| photos.get());
    let uploads = RwSignal::new(Vec::<Upload>::new());
    let next_key = StoredValue::new(0_u32);
    let places = StoredValue::new(BTreeMap::<PhotoId, u32>::new());
    let says = RwSignal::new(String::new());
    // Stays in sight until the next choice: what was left out may be the picture that mattered.
    let left_out = RwSignal::new(None::<String>);
    let input = NodeRef::<Input>::new();
    let focus_input = move || {
        if let Some(input) = input.get_untracked() {
            let _focused = input.focus();
        }
    };
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
                    let mut list = photos.get_untracked().list;
                    // A photo's name is its content's.
                    if list.iter().any(|kept| kept.photo.id == photo.id) {
                        left_out.set(Some((words.twice)(&name)));
                        return;
                    }
                    places.update_value(|places| {
                        places.insert(photo.id.clone(), key);
                    });
                    list.push(KeptPhoto::new(photo));
                    // The small ones arrive first: what is kept stands in the order in which it was chosen.
                    places.with_value(|places| list.sort_by_key(|kept| places.get(&kept.photo.id).copied()));
                    says.set((words.done)(&count(list.len())));
                    on_change.run(KeptPhotos { list, some_gone: false });
                }
                Ok(Err(why)) if !says.is_disposed() => {
                    says.set((words.failed)(&name, &why));
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
        let room = PHOTOS_PER_REPORT.saturating_sub(photos.with_untracked(|photos| photos.list.len()) + running);
        left_out.set((files.len() > room).then(|| (words.too_many)(&count(PHOTOS_PER_REPORT))));
        files.into_iter().take(room).for_each(start);
        // The same file can be chosen again after it was removed.
        input.set_value("");
    };
    let thumb = move |(index, KeptPhoto { photo, .. }): (usize, KeptPhoto)| {
        let number = count(index + 1);
        let id = photo.id;
        let remove = move |_| {
            let mut list = photos.get_untracked().list;
            list.retain(|kept| kept.photo.id != id);
            on_change.run(KeptPhotos { list, some_gone: false });
            says.set(words.removed.to_owned());
            focus_input();
        };
        view! {
            <li class="photos__item">
                <img src=photo.thumb alt=(words.alt)(&number) width="120" height="120" />
                <button type="button" class="button button--secondary button--small" on:click=remove>
                    {(words.remove)(&number)}
                </button>
            </li>
        }
    };
    let row = move |upload: Upload| {
        let (key, name) = (upload.key, upload.name.clone());
        let label = (words.uploading)(&name);
        let dismiss = move |_| {
            forget(key);
            focus_input();
        };
        view! {
            <li class="photos__upload">
                {move || match upload.failed.get() {
                    Some(why) => {
                        view! {
                            <p class="field__error">{(words.failed)(&name, &why)}</p>
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
                <button type="button" class="button button--secondary button--small" on:click=dismiss>
                    {words.dismiss}
                </button>
            </li>
        }
    };
    view! {
        <div class="field photos" class:field--error=move || error.get().is_some()>
            <label class="field__label" for=ID>
                {words.label}
            </label>
            <p class="field__hint" id=format!("{ID}-hint")>
                {hint}
                " "
                {(words.hint)(&count(PHOTOS_PER_REPORT))}
            </p>
            <InlineError id=ID error=error />
            {move || {
                photos
                    .with(|photos| photos.some_gone)
                    .then(|| view! { <Notice class="notice--warning">{words.gone}</Notice> })
            }}
            <input
                class="field__input field__input--file"
                id=ID
                type="file"
                multiple
                accept="image/*"
                aria-describedby=move || described_by(ID, true, error.get().is_some())
                aria-invalid=move || error.get().is_some().then_some("true")
                node_ref=input
                on:change=pick
            />
            <div role="alert">
                {move || left_out.get().map(|text| view! { <p class="field__error">{text}</p> })}
            </div>
            <ul class="photos__list">
                {move || photos.get().list.into_iter().enumerate().map(thumb).collect_view()}
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
