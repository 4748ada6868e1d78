//! `/my/reports`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn MyReportsPage() -> impl IntoView {
    view! {
        <Page title=t().account.my_reports_title>
            <p></p>
        </Page>
    }
}
