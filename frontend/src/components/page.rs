//! The heading of a page, which also names the document and takes the focus when somebody comes from another page.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::html::H1;
use leptos::prelude::*;

use crate::router::has_moved;
use crate::state::config::use_config;

/// Whether this is the page the app was opened with: its focus is left where the browser put it.
static FIRST: AtomicBool = AtomicBool::new(true);

/// A page: its `<h1>`, and what is on it. A changed title changes the document's title, and moves no focus.
#[component]
pub fn Page(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// Class of the page's outermost element, beside `page`.
    #[prop(optional)]
    class: &'static str,
    /// Leaves the heading to screen readers: the map page needs the room.
    #[prop(optional)]
    hide_title: bool,
    children: Children,
) -> impl IntoView {
    let config = use_config();
    let heading = NodeRef::<H1>::new();
    Effect::new(move |_| {
        let title = title.get();
        document().set_title(&config.name().map_or_else(|| title.clone(), |name| format!("{title} – {name}")));
    });
    let first = FIRST.swap(false, Ordering::Relaxed) && !has_moved();
    Effect::new(move |_| {
        if let Some(heading) = heading.get().filter(|_| !first) {
            // A heading that cannot take the focus leaves it where it is.
            let _focused = heading.focus();
        }
    });
    view! {
        <div class=format!("page {class}")>
            <h1 node_ref=heading tabindex="-1" class:visually-hidden=hide_title>
                {title}
            </h1>
            {children()}
        </div>
    }
}
