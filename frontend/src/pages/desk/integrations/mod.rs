//! `/desk/:body/integrations`: the body's other systems, for its administrators.

mod form;
mod keys;
mod log;
mod once;
mod open311;
mod sure;
mod webhook;
mod webhooks;

use leptos::prelude::*;
use mendmap_shared::wire::auth::{StaffOf, StaffRole};
use mendmap_shared::wire::categories::BodyRef;

use self::keys::Keys;
use self::open311::Open311;
use self::webhooks::Webhooks;
use crate::components::{Page, SignedIn};
use crate::i18n::t;
use crate::pages::not_found::NotFoundPage;
use crate::router::use_param;
use crate::state::session::use_session;

/// The page. People who do not work for the body are told that there is nothing here, as the API tells them.
#[component]
pub fn IntegrationsPage() -> impl IntoView {
    let words = t().integrations;
    let session = use_session();
    let slug = use_param("body");
    // Nobody knows yet who asks; or whether they work there, and as what.
    let post = Memo::new(move |_| {
        let me = session.me()?;
        Some(me.staff.into_iter().find(|of| slug.with(|slug| *slug == of.body.slug)))
    });
    let stranger = Memo::new(move |_| post.get() == Some(None));
    let name = move || post.get().flatten().map(|of| of.body.name);
    let title = move || name().map_or_else(|| words.title.to_owned(), |name| (words.of)(&name));
    let draw = move |post: Option<StaffOf>| match post {
        Some(StaffOf { body, role: StaffRole::Administrator }) => view! { <Systems body=body /> }.into_any(),
        Some(_) => view! { <p>{words.forbidden}</p> }.into_any(),
        None => ().into_any(),
    };
    move || {
        if stranger.get() {
            view! { <NotFoundPage /> }.into_any()
        } else {
            view! {
                <Page title=Signal::derive(title) class="page--text">
                    <nav class="desk-way">
                        <a class="back-link" href=move || format!("/desk/{}", slug.get())>
                            {words.back}
                        </a>
                    </nav>
                    <SignedIn view=move |_| view! { {move || post.get().map(draw)} } />
                </Page>
            }
            .into_any()
        }
    }
}

#[component]
fn Systems(body: BodyRef) -> impl IntoView {
    view! {
        <Open311 body=body.slug.clone() />
        <Keys body=body.slug.clone() />
        <Webhooks body=body />
    }
}
