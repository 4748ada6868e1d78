//! `/about`: what this is, what it keeps about people, and how accessible it is.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    let words = &t().layout;
    let sections = [
        (words.about_what, words.about_what_text),
        (words.about_privacy, words.about_privacy_text),
        (words.about_storage, words.about_storage_text),
        (words.about_access, words.about_access_text),
        (words.about_source, words.about_source_text),
    ];
    view! {
        <Page title=words.about_title class="page--text">
            {sections
                .map(|(title, text)| {
                    view! {
                        <section>
                            <h2>{title}</h2>
                            <p>{text}</p>
                        </section>
                    }
                })
                .collect_view()}
        </Page>
    }
}
