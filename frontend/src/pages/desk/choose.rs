//! `/desk`: whose desk.

use leptos::prelude::*;
use mendmap_shared::wire::auth::Me;

use crate::components::{Loading, Page, SignedIn};
use crate::i18n::t;
use crate::router::{NavigateOptions, use_navigate};

/// For people who work for several bodies; whoever works for one goes straight to it.
#[component]
pub fn DeskPage() -> impl IntoView {
    view! {
        <Page title=t().desk.title class="page--text">
            <SignedIn view=|me| view! { <Choice me=me /> } />
        </Page>
    }
}

#[component]
fn Choice(me: Me) -> impl IntoView {
    let words = t().desk;
    let navigate = use_navigate();
    match me.staff.as_slice() {
        [] => view! {
            <h2>{words.none_title}</h2>
            <p>{words.none}</p>
        }
        .into_any(),
        [only] => {
            let address = format!("/desk/{}", only.body.slug);
            // After the page stands, or the router would take this for a change of page in the middle of one.
            request_animation_frame(move || {
                navigate(&address, NavigateOptions { replace: true, ..NavigateOptions::default() });
            });
            view! { <Loading /> }.into_any()
        }
        several => {
            let link = |(slug, name): (String, String)| view! { <li><a href=format!("/desk/{slug}")>{name}</a></li> };
            let links = several.iter().map(|staff| link((staff.body.slug.clone(), staff.body.name.clone())));
            view! {
                <p>{words.choose}</p>
                <ul class="links">{links.collect_view()}</ul>
            }
            .into_any()
        }
    }
}
