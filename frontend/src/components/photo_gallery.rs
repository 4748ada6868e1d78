//! Photos to look at: small ones in a row, and a large one in a dialog.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Dialog;
use leptos::prelude::*;
use mendmap_shared::wire::photos::Photo;

use super::{Button, ButtonKind};
use crate::i18n::{count, t};

/// Photos. Pressing one opens it large; the arrow keys go on to the others. The browser's own `<dialog>` keeps the focus
/// inside, closes with Escape, and gives the focus back.
#[component]
pub fn PhotoGallery(
    /// The photos.
    photos: Vec<Photo>,
    /// What they are of, for those who do not see them.
    #[prop(into)]
    title: String,
) -> impl IntoView {
    let words = t().report;
    let total = photos.len();
    let photos = StoredValue::new(photos);
    let title = StoredValue::new(title);
    let describe =
        move |index: usize| title.with_value(|title| (words.photo_of)(&count(index + 1), &count(total), title));
    let shown = RwSignal::new(None::<usize>);
    let dialog = NodeRef::<Dialog>::new();
    let open = move |index: usize| {
        shown.set(Some(index));
        if let Some(dialog) = dialog.get_untracked() {
            // Fails only where it is open already.
            let _opened = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let step = move |by: usize| shown.update(|shown| *shown = shown.map(|index| (index + by) % total.max(1)));
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowRight" => step(1),
        "ArrowLeft" => step(total.saturating_sub(1)),
        _ => {}
    };
    // A press on the dialog itself, and not on something in it, is a press on the dark around the picture.
    let on_ground = move |event: MouseEvent| {
        if event.target() == event.current_target() {
            close();
        }
    };
    let thumb = move |(index, photo): (usize, Photo)| {
        view! {
            <li>
                <button type="button" class="gallery__thumb" aria-haspopup="dialog" on:click=move |_| open(index)>
                    <img src=photo.thumb alt=describe(index) width="250" height="188" loading="lazy" />
                </button>
            </li>
        }
    };
    let large = move || {
        let index = shown.get()?;
        let photo = photos.with_value(|photos| photos.get(index).cloned())?;
        Some(view! {
            <figure class="gallery__figure">
                <img src=photo.full alt=describe(index) width=photo.width height=photo.height />
                <figcaption aria-live="polite">{describe(index)}</figcaption>
            </figure>
        })
    };
    view! {
        <ul class="gallery">
            {photos.get_value().into_iter().enumerate().map(thumb).collect_view()}
        </ul>
        <dialog
            class="gallery__dialog"
            aria-label=words.photo_dialog
            node_ref=dialog
            on:close=move |_| shown.set(None)
            on:keydown=on_key
            on:click=on_ground
        >
            <div class="gallery__bar">
                {(total > 1)
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary on_press=move |_| step(total - 1)>
                                {words.photo_previous}
                            </Button>
                            <Button kind=ButtonKind::Secondary on_press=move |_| step(1)>
                                {words.photo_next}
                            </Button>
                        }
                    })}
                <Button kind=ButtonKind::Secondary on_press=move |_| close()>
                    {words.photo_close}
                </Button>
            </div>
            {large}
        </dialog>
    }
}
