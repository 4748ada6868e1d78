//! Step "photos".

use leptos::prelude::*;
use mendmap_shared::wire::photos::Photo;

use super::Form;
use super::frame::Frame;
use super::step::Step;
use crate::components::{FieldError, PhotoPicker};
use crate::i18n::t;

/// The step.
#[component]
pub fn PhotosStep(form: Form) -> impl IntoView {
    let words = &t().form;
    let uploading = RwSignal::new(false);
    let next = move |()| {
        if uploading.get_untracked() {
            let message = words.photos_wait.to_owned();
            form.errors.set(vec![FieldError { field: "photos".to_owned(), message }]);
        } else {
            form.next(Step::Photos);
        }
    };
    let remove = move |index: usize| {
        form.draft.update(|draft| {
            if index < draft.photos.len() {
                draft.photos.remove(index);
            }
        });
    };
    view! {
        <Frame form=form step=Step::Photos title=words.photos_title on_next=Callback::new(next)>
            <PhotoPicker
                hint=words.photos_hint
                photos=Signal::derive(move || form.draft.with(|draft| draft.photos.clone()))
                on_add=move |photo: Photo| form.draft.update(|draft| {
                    // The same picture twice is one picture: its name is its content's.
                    if !draft.photos.iter().any(|kept| kept.id == photo.id) {
                        draft.photos.push(photo);
                    }
                })
                on_remove=remove
                uploading=uploading
            />
        </Frame>
    }
}
