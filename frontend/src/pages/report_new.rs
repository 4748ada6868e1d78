//! `/report/new`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn ReportNewPage() -> impl IntoView {
    view! {
        <Page title=t().form.title>
            <p></p>
        </Page>
    }
}
