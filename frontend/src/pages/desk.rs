//! `/desk`, `/desk/:body`, `/desk/reports/:id`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// Which desk: for people who work for several bodies.
#[component]
pub fn DeskPage() -> impl IntoView {
    view! {
        <Page title=t().desk.title>
            <p></p>
        </Page>
    }
}

/// The list of one body.
#[component]
pub fn DeskListPage() -> impl IntoView {
    view! {
        <Page title=t().desk.title>
            <p></p>
        </Page>
    }
}

/// One report as staff see it.
#[component]
pub fn DeskReportPage() -> impl IntoView {
    view! {
        <Page title=t().desk.title>
            <p></p>
        </Page>
    }
}
