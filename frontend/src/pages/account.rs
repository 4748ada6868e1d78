//! `/account`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    view! {
        <Page title=t().account.account_title>
            <p></p>
        </Page>
    }
}
