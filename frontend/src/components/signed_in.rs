//! Pages for people who are signed in.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use mendmap_shared::wire::auth::Me;

use super::{ButtonLink, Loading};
use crate::api::Query;
use crate::i18n::t;
use crate::state::session::{Who, use_session};

/// The content for the person signed in, or the way to sign in and come back. The content stays while the person's own
/// details change.
#[component]
pub fn SignedIn<V, F>(
    /// Draws the content.
    view: F,
) -> impl IntoView
where
    V: IntoView + 'static,
    F: Fn(Me) -> V + Send + 'static,
{
    let words = t().account;
    let session = use_session();
    let location = use_location();
    let person = Memo::new(move |_| match session.who() {
        Who::Unknown => None,
        Who::Nobody => Some(None),
        Who::Person(me) => Some(Some(me.id)),
    });
    let sign_in = move || {
        let here = format!("{}{}", location.pathname.get(), location.search.with(|search| with_mark(search)));
        format!("/sign-in{}", Query::new().with("return_to", &here).into_string())
    };
    let nobody = move || {
        view! {
            <p>{words.sign_in_needed}</p>
            <ButtonLink href=Signal::derive(sign_in)>{words.sign_in_title}</ButtonLink>
        }
    };
    move || match person.get() {
        None => view! { <Loading /> }.into_any(),
        Some(None) => nobody().into_any(),
        Some(Some(_)) => untrack(|| session.me()).map(&view).into_any(),
    }
}

fn with_mark(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}
