//! `/about`: what this is, what it keeps about people, how accessible it is, and whose data it shows.

use leptos::prelude::*;

use crate::components::Page;
use crate::i18n::t;
use crate::state::config::use_config;

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    let words = t().layout;
    let config = use_config();
    let section = |(title, text): (&'static str, &'static str)| {
        view! {
            <section>
                <h2>{title}</h2>
                <p>{text}</p>
            </section>
        }
    };
    let sections = [
        (words.about_what, words.about_what_text),
        (words.about_privacy, words.about_privacy_text),
        (words.about_storage, words.about_storage_text),
        (words.about_access, words.about_access_text),
    ];
    let credits = move || {
        config.get().map(|config| config.credits.join(", ")).filter(|credits| !credits.is_empty()).map(|credits| {
            view! {
                <section>
                    <h2>{words.about_data}</h2>
                    <p>{words.about_data_text} " " {credits}</p>
                </section>
            }
        })
    };
    view! {
        <Page title=words.about_title class="page--text">
            {sections.map(section).collect_view()}
            {credits}
            {section((words.about_source, words.about_source_text))}
        </Page>
    }
}
