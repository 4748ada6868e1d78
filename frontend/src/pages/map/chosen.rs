//! The card of the place chosen by a press on the map.

use leptos::prelude::*;

use super::{Pressed, Shared, report_href};
use crate::i18n::t;

/// The place, and the way to report something there.
pub fn chosen(shared: Shared) -> AnyView {
    let words = t().map;
    let close = move |_| {
        shared.pressed.set(None);
        shared.with_pins(|map, _| map.focus());
    };
    (move || {
        shared.pressed.get().and_then(Pressed::place).map(|point| {
            view! {
                <div class="map-page__card" role="status">
                    <p>{words.point_chosen}</p>
                    <div class="map-page__actions">
                        <a class="button" href=report_href(point)>
                            {words.report_at_point}
                        </a>
                        <button type="button" class="button button--secondary" on:click=close>
                            {words.close_selected}
                        </button>
                    </div>
                </div>
            }
        })
    })
    .into_any()
}
