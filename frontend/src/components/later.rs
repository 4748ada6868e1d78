//! A page that does not come with the app, but is fetched when somebody goes there.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

use super::{Button, ButtonKind, ErrorState, Loading, Page};
use crate::api::ApiError;
use crate::i18n::t;
use crate::state::inquiry::keep_asking;

/// A page on its way. What draws it is fetched by the first poll that finds it missing; a failed fetch is forgotten, so
/// that the next one asks anew.
pub type Coming = LocalBoxFuture<'static, Result<AnyView, SplitLoaderError>>;

/// How far a page has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Loading,
    Failed,
    Here,
}

/// Draws a page once it has come, at once if it is here already; says so while it loads, and if it does not come.
#[component]
pub fn Later(
    /// Sets out for the page.
    page: fn() -> Coming,
) -> impl IntoView {
    let waiting = || view! { <div class="page"><Loading /></div> }.into_any();
    let failed = |failures, retry| view! { <Failed failures=failures retry=retry /> }.into_any();
    when_here(Box::new(page), waiting, failed)
}

/// Draws what is on its way once it has come, at once if it is here already; until then `waiting`, and if it does not come,
/// `failed`, which is given how often, and what tries again.
pub fn when_here(
    coming: Box<dyn Fn() -> Coming>,
    waiting: fn() -> AnyView,
    failed: fn(RwSignal<u32>, Callback<()>) -> AnyView,
) -> AnyView {
    // What is here already is drawn at once, without a moment in which the page is empty.
    if let Some(Ok(view)) = coming().now_or_never() {
        return view;
    }
    let moment = RwSignal::new(Moment::Loading);
    let failures = RwSignal::new(0_u32);
    let drawn = StoredValue::new_local(None::<AnyView>);
    let again = Trigger::new();
    // Whoever leaves meanwhile is not waiting any more: the page is not drawn then.
    keep_asking(
        again,
        Box::new(move || {
            let coming = coming();
            Box::pin(async move {
                match coming.await {
                    Ok(view) => {
                        drawn.set_value(Some(view));
                        moment.set(Moment::Here);
                    }
                    // The script that loads the parts has written to the console why.
                    Err(_) => {
                        failures.update(|failures| *failures += 1);
                        if moment.get_untracked() != Moment::Failed {
                            moment.set(Moment::Failed);
                        }
                    }
                }
            })
        }),
    );
    let retry = Callback::new(move |()| again.notify());
    (move || match moment.get() {
        Moment::Loading => waiting(),
        Moment::Failed => failed(failures, retry),
        Moment::Here => drawn.try_update_value(Option::take).flatten().into_any(),
    })
    .into_any()
}

/// A page that did not come.
#[component]
fn Failed(failures: RwSignal<u32>, retry: Callback<()>) -> impl IntoView {
    let words = t().errors;
    let reload = move |_| {
        // A browser that refuses to reload leaves the page as it is.
        let _reloading = window().location().reload();
    };
    view! {
        <Page title=words.loading_failed class="page--text">
            {move || {
                failures.track();
                view! { <ErrorState error=ApiError::Network title=words.page_failed retry=retry /> }
            }}
            <p>{words.page_renewed}</p>
            <Button kind=ButtonKind::Secondary on_press=reload>
                {words.page_reload}
            </Button>
        </Page>
    }
}
