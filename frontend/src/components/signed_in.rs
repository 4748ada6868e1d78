//! Pages for people who are signed in.

use leptos::prelude::*;
use mendmap_shared::wire::auth::Me;

use super::{ButtonLink, Loading};
use crate::api::Query;
use crate::i18n::t;
use crate::router::use_address;
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
    let address = use_address();
    let person = Memo::new(move |_| match session.who() {
        Who::Unknown => None,
        Who::Nobody => Some(None),
        Who::Person(me) => Some(Some(me.id)),
    });
    let sign_in =
        move || format!("/sign-in{}", address.with(|here| Query::new().with("return_to", here)).into_string());
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
