//! The card of the report selected on the map.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::Shared;
use crate::api;
use crate::components::{ErrorState, Loading, ReportCard};
use crate::i18n::t;
use crate::state::inquiry::Inquiry;

/// The selected report. It takes the focus, so that the keyboard is where something appeared, and when it is closed gives it
/// back to where it was opened; not the report that the page was opened with: there the focus belongs to the page.
pub fn selected(shared: Shared, opened_with: Option<i64>) -> AnyView {
    let words = t().map;
    let id = Memo::new(move |_| shared.address.with(|address| address.report));
    let report = Inquiry::new(move || {
        let request = id.get().map(api::get_report_summary);
        async move {
            match request {
                Some(request) => Some(request.await),
                None => None,
            }
        }
    });
    let card = NodeRef::<Div>::new();
    // By its id, because the list may be drawn anew meanwhile. A pin has none.
    let opener = StoredValue::new(None::<String>);
    Effect::new(move |_| {
        if let (Some(id), Some(card)) = (id.get(), card.get())
            && Some(id) != opened_with
        {
            opener.set_value(document().active_element().map(|element| element.id()).filter(|id| !id.is_empty()));
            let _focused = card.focus();
        }
    });
    let close = move || {
        let Some(closed) = id.get_untracked() else { return };
        shared.change(false, |address| address.report = None);
        // Once the pin is drawn as it then is: it may have gone back into a cluster.
        request_animation_frame(move || {
            let opener = opener.try_get_value().flatten().and_then(|id| document().get_element_by_id(&id));
            match opener.and_then(|opener| opener.dyn_into::<web_sys::HtmlElement>().ok()) {
                Some(opener) => {
                    let _focused = opener.focus();
                }
                None => shared.with_pins(|map, pins| {
                    if !pins.focus(closed) {
                        map.focus();
                    }
                }),
            }
        });
    };
    let content = move || match report.get().flatten() {
        Some(Ok(report)) if Some(report.id) == id.get() => view! {
            <ReportCard report=report level=2 />
        }
        .into_any(),
        Some(Err(error)) => view! { <ErrorState error=error /> }.into_any(),
        _ => view! { <Loading /> }.into_any(),
    };
    (move || {
        id.get().map(|id| {
            view! {
                <div
                    class="map-page__card"
                    role="region"
                    aria-label=words.selected
                    tabindex="-1"
                    node_ref=card
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            close();
                        }
                    }
                >
                    {content}
                    <div class="map-page__actions">
                        <a class="button" href=format!("/reports/{id}")>
                            {words.open_report}
                        </a>
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
