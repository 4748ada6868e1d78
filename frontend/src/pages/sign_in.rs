//! `/sign-in`

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    view! {
        <Page title=t().account.sign_in_title>
            <p></p>
        </Page>
    }
}
