//! `/about`: what this is, what it keeps about people, how accessible it is, and whose data it shows.

use leptos::prelude::*;
use mendmap_shared::wire::categories::BodyRef;

use crate::api;
use crate::components::Page;
use crate::i18n::t;
use crate::state::config::use_config;
use crate::state::inquiry::Inquiry;

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    let words = t().about;
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
        (words.what, words.what_text),
        (words.privacy, words.privacy_text),
        (words.storage, words.storage_text),
        (words.access, words.access_text),
    ];
    let credits = move || {
        config.get().map(|config| config.credits.join(", ")).filter(|credits| !credits.is_empty()).map(|credits| {
            view! {
                <section>
                    <h2>{words.data}</h2>
                    <p>{words.data_text} " " {credits}</p>
                </section>
            }
        })
    };
    let known = Inquiry::new(api::list_bodies);
    let bodies = move || {
        let all = known.get().and_then(Result::ok).filter(|all| !all.is_empty())?;
        let link = |body: BodyRef| {
            view! {
                <li>
                    <a href=format!("/bodies/{}", body.slug)>{body.name}</a>
                </li>
            }
        };
        Some(view! {
            <section>
                <h2>{words.bodies}</h2>
                <p>{words.bodies_text}</p>
                <details>
                    <summary>{words.bodies_list}</summary>
                    <ul>{all.into_iter().map(link).collect_view()}</ul>
                </details>
            </section>
        })
    };
    view! {
        <Page title=words.title class="page--text">
            {sections.map(section).collect_view()}
            {bodies}
            {credits}
            {section((words.source, words.source_text))}
        </Page>
    }
}
