//! The token of a mailed link, which stands in the address's fragment.

use leptos::prelude::*;

use crate::router::{NavigateOptions, use_navigate, use_path};

/// Takes the token out of the address: it is for this moment only, and must not stay in the history or be shared with
/// the address. `None` where there is none.
pub fn take_link_token() -> Option<String> {
    let fragment = window().location().hash().unwrap_or_default();
    let token = fragment.trim_start_matches('#').to_owned();
    if token.is_empty() {
        return None;
    }
    use_navigate()(&use_path().get_untracked(), NavigateOptions { replace: true, scroll: false });
    Some(token)
}
