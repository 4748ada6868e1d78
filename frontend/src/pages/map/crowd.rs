//! The card over the map that leads from reports too many for a map to the list.

use leptos::html::Div;
use leptos::prelude::*;

use super::{Pressed, Shared};
use crate::i18n::t;

/// Shown once a cluster was pressed that no zoom and no fan can part. It takes the focus, as what is to be read next.
pub fn crowd(shared: Shared) -> AnyView {
    let words = t().map;
    let card = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(card) = card.get() {
            let _focused = card.focus();
        }
    });
    let to_list = move |_| {
        shared.pressed.set(None);
        if let Some(heading) = shared.list_heading.get_untracked() {
            let _focused = heading.focus();
        }
    };
    let close = move || {
        shared.pressed.set(None);
        shared.with_pins(|map, _| map.focus());
    };
    (move || {
        (shared.pressed.get() == Some(Pressed::Crowd)).then(|| {
            view! {
                <div
                    class="map-page__card"
                    role="region"
                    aria-label=words.crowd_title
                    tabindex="-1"
                    node_ref=card
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            close();
                        }
                    }
                >
                    <p>{words.crowd}</p>
                    <div class="map-page__actions">
                        <button type="button" class="button" on:click=to_list>
                            {words.crowd_list}
                        </button>
                        <button type="button" class="button button--secondary" on:click=move |_| close()>
                            {words.close_selected}
                        </button>
                    </div>
                </div>
            }
        })
    })
    .into_any()
}
