//! Every address that is not in the route table.

use leptos::prelude::*;

use crate::components::{ButtonLink, Page};
use crate::i18n::t;

/// The page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let words = t().about;
    view! {
        <Page title=words.not_found_title class="page--text">
            <p>{words.not_found_text}</p>
            <ButtonLink href="/">{words.not_found_home}</ButtonLink>
        </Page>
    }
}
