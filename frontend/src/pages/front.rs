//! `/`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn FrontPage() -> impl IntoView {
    view! {
        <Page title=t().front.title>
            <p></p>
        </Page>
    }
}
