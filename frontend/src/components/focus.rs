//! Where the focus goes when the control that had it is taken away. Browsers drop it to the page as a whole, and whoever
//! works with the keyboard or a screen reader would have to start from the top again.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The page's heading, which every page has and which can take the focus.
const HEADING: &str = "main h1";

/// Gives the focus to the page's heading once the page is drawn anew.
pub fn focus_heading() {
    request_animation_frame(|| focus(HEADING));
}

/// Once the page is drawn anew: if nothing has the focus any more, the first element that fits gets it, else the heading.
pub fn catch_focus(selector: &'static str) {
    request_animation_frame(move || {
        let active = document().active_element();
        if active.is_none_or(|active| active.tag_name() == "BODY") {
            focus(selector);
            if document().active_element().is_none_or(|active| active.tag_name() == "BODY") {
                focus(HEADING);
            }
        }
    });
}

fn focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        let _focused = element.focus();
    }
}
