//! Loading, empty, failed: what stands where content will be.

use leptos::prelude::*;

use super::focus::catch_focus;
use super::{Button, ButtonKind};
use crate::api::ApiError;
use crate::i18n::{error_text, t};
use crate::state::inquiry::Inquiry;

/// Says that something is on its way, also to screen readers.
#[component]
pub fn Loading() -> impl IntoView {
    view! {
        <p class="loading" role="status">
            <span class="loading__dots" aria-hidden="true"></span>
            {t().layout.loading}
        </p>
    }
}

/// Says that there is nothing, and what to do about it.
#[component]
pub fn EmptyState(
    /// One sentence.
    #[prop(into)]
    text: String,
    /// A link or a button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p>{text}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// Says what went wrong, and offers to try again where that can help.
#[component]
pub fn ErrorState(
    /// What went wrong.
    error: ApiError,
    /// What could not be done, if not loading.
    #[prop(default = t().errors.loading_failed)]
    title: &'static str,
    /// Tries again. This box must be drawn anew when the answer is there, also when it is the same error.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let text = error_text(&error);
    let again = retry.filter(|_| error.may_pass()).map(|retry| view! { <Retry retry=retry /> });
    if let ApiError::Unreadable(why) = error {
        leptos::logging::error!("the API's answer could not be read: {why}");
    }
    view! {
        <div class="notice notice--error" role="alert">
            <p class="notice__title">{title}</p>
            <p>{text}</p>
            {again}
        </div>
    }
}

/// The button of an error that may pass. It shows that it is at work, and does not take the focus away with it.
#[component]
fn Retry(retry: Callback<()>) -> impl IntoView {
    let running = RwSignal::new(false);
    let pressed = StoredValue::new(false);
    let press = move |_| {
        running.set(true);
        pressed.set_value(true);
        retry.run(());
    };
    on_cleanup(move || {
        // A try that failed has the next one's button; one that succeeded leads to what was asked for.
        if pressed.try_get_value().unwrap_or(false) {
            catch_focus("main .notice--error .button");
        }
    });
    view! {
        <Button kind=ButtonKind::Secondary busy=running on_press=press>
            {move || if running.get() { t().errors.retrying } else { t().errors.retry }}
        </Button>
    }
}

/// A box that stands out: `class` is one of `notice--info`, `notice--success`, `notice--warning`, `notice--error`.
#[component]
pub fn Notice(
    /// Which kind.
    #[prop(default = "notice--info")]
    class: &'static str,
    /// Whether it appears as the answer to what somebody did, and is read out then.
    #[prop(optional)]
    live: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("notice {class}") role=live.then_some("status")>
            {children()}
        </div>
    }
}

/// What a resource brings: loading, an error with "try again", or the content. While it loads again the old content stays.
#[component]
pub fn Fetched<T, V, F>(
    /// The resource.
    resource: Inquiry<Result<T, ApiError>>,
    /// Draws the content.
    view: F,
) -> impl IntoView
where
    T: Clone + 'static,
    V: IntoView + 'static,
    F: Fn(T) -> V + Send + 'static,
{
    move || match resource.get() {
        None | Some(Err(ApiError::Aborted)) => view! { <Loading /> }.into_any(),
        Some(Ok(content)) => view(content).into_any(),
        Some(Err(error)) => view! { <ErrorState error=error retry=move |()| resource.refetch() /> }.into_any(),
    }
}
