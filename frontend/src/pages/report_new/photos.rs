//! Step "photos".

use leptos::prelude::*;

use super::form::Form;
use super::frame::Frame;
use super::step::Step;
use crate::components::{FieldError, PhotoPicker};
use crate::i18n::t;

/// The step.
#[component]
pub fn PhotosStep(form: Form) -> impl IntoView {
    let words = t().form;
    let errors = form.errors_of(Step::Photos);
    let uploading = RwSignal::new(false);
    let next = move |()| {
        if uploading.get_untracked() {
            let message = words.photos_wait.to_owned();
            errors.set(vec![FieldError { field: "photos".to_owned(), message }]);
        } else {
            form.next(Step::Photos);
        }
    };
    view! {
        <Frame form=form step=Step::Photos title=words.photos_title on_next=Callback::new(next) errors=errors>
            <PhotoPicker
                hint=words.photos_hint
                photos=Signal::derive(move || form.draft.with(|draft| draft.photos.clone()))
                on_change=move |photos| form.draft.update(|draft| draft.photos = photos)
                uploading=uploading
                errors=errors
            />
        </Frame>
    }
}
