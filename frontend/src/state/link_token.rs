//! The token of a mailed link, which stands in the address's fragment.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// Takes the token out of the address: it is for this moment only, and must not stay in the history or be shared with
/// the address. `None` where there is none.
pub fn take_link_token() -> Option<String> {
    let fragment = window().location().hash().unwrap_or_default();
    let token = fragment.trim_start_matches('#').to_owned();
    if token.is_empty() {
        return None;
    }
    let (path, navigate) = (use_location().pathname, use_navigate());
    // After the page stands, or the router would take this for a change of page in the middle of one.
    request_animation_frame(move || {
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&path.get_untracked(), options);
    });
    Some(token)
}
