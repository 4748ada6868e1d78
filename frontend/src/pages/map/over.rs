//! The cards over the map.

use leptos::prelude::*;

use super::Shared;
use super::chosen::chosen;
use super::crowd::crowd;
use super::selected::selected;
use crate::api::ApiError;
use crate::components::{Coming, ErrorState, Loading, when_here};
use crate::parts;

/// Where the cards are shown. What shows them is fetched for the first one.
#[component]
pub fn Over(shared: Shared) -> impl IntoView {
    let opened_with = shared.address.with_untracked(|address| address.report);
    let wanted = Memo::new(move |before: Option<&bool>| {
        before == Some(&true)
            || shared.address.with(|address| address.report.is_some())
            || shared.pressed.get().is_some()
    });
    move || {
        wanted.get().then(|| {
            let coming = move || -> Coming { Box::pin(parts::cards(Cards { shared, opened_with })) };
            when_here(Box::new(coming), waiting, failed)
        })
    }
}

/// What there is to know for the cards.
#[derive(Clone, Copy)]
pub struct Cards {
    shared: Shared,
    /// The report that the page was opened with.
    opened_with: Option<i64>,
}

/// Each as long as there is something to say.
pub fn cards(Cards { shared, opened_with }: Cards) -> AnyView {
    (selected(shared, opened_with), chosen(shared), crowd(shared)).into_any()
}

fn waiting() -> AnyView {
    view! {
        <div class="map-page__card">
            <Loading />
        </div>
    }
    .into_any()
}

fn failed(failures: RwSignal<u32>, retry: Callback<()>) -> AnyView {
    view! {
        <div class="map-page__card">
            {move || {
                failures.track();
                view! { <ErrorState error=ApiError::Network retry=retry /> }
            }}
        </div>
    }
    .into_any()
}
