//! `/reports/:id`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn ReportPage() -> impl IntoView {
    view! {
        <Page title=t().report.title>
            <p></p>
        </Page>
    }
}
