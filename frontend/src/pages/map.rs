//! `/map`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn MapPage() -> impl IntoView {
    view! {
        <Page title=t().map.title>
            <p></p>
        </Page>
    }
}
