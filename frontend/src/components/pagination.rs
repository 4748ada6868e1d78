//! A list that grows page by page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::Page;

use super::{Button, ButtonKind, ErrorState};
use crate::api::ApiError;
use crate::i18n::t;

/// The pages after the first one, each under a button "Show more" until somebody presses it. The first new row gets the focus,
/// so that the keyboard stays where reading goes on: `row` must draw a list item with a link or a button in it.
#[component]
pub fn ShowMore<T, V, R, N, Fut>(
    /// Where the second page begins; nothing is shown when there is none.
    cursor: Option<String>,
    /// Asks for the page at a cursor.
    next: N,
    /// Draws a row.
    row: R,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
    R: Fn(T) -> V + Send + Clone + 'static,
    N: Fn(String) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<Page<T>, ApiError>> + 'static,
{
    rest(cursor, next, row)
}

/// What follows a page: the next one, and what follows that.
fn rest<T, V, R, N, Fut>(cursor: Option<String>, next: N, row: R) -> AnyView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
    R: Fn(T) -> V + Send + Clone + 'static,
    N: Fn(String) -> Fut + Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<Page<T>, ApiError>> + 'static,
{
    let Some(cursor) = cursor else { return ().into_any() };
    let page = RwSignal::new(None::<Page<T>>);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let list = NodeRef::<leptos::html::Ul>::new();
    let ask = next.clone();
    let load = Callback::new(move |_| {
        busy.set(true);
        failed.set(None);
        let answer = ask(cursor.clone());
        spawn_local(async move {
            let answer = answer.await;
            // The page may have been left meanwhile.
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    page.set(Some(answer));
                    request_animation_frame(move || focus_first(list));
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    });
    let draw = move || match page.get() {
        Some(page) => view! {
            <ul class="cards" node_ref=list>
                {page.items.into_iter().map(&row).collect_view()}
            </ul>
            {rest(page.next_cursor, next.clone(), row.clone())}
        }
        .into_any(),
        None => view! {
            {move || failed.get().map(|error| view! { <ErrorState error=error /> }.into_any())}
            <Button kind=ButtonKind::Secondary busy=busy on_press=load>
                {t().layout.more}
            </Button>
        }
        .into_any(),
    };
    draw.into_any()
}

fn focus_first(list: NodeRef<leptos::html::Ul>) {
    use wasm_bindgen::JsCast;
    let inside = list.get_untracked().and_then(|list| list.query_selector("li a, li button").ok().flatten());
    if let Some(element) = inside.and_then(|inside| inside.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = element.focus();
    }
}
