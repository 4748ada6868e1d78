//! A list that grows page by page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::Page;

use super::{Button, ButtonKind, ErrorState};
use crate::api::ApiError;
use crate::i18n::t;

/// The pages after the first one, under a button "Show more". The first new row gets the focus, so that the keyboard
/// stays where reading goes on: `row` must draw a list item with a link or a button in it.
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
    let cursor = RwSignal::new(cursor);
    let rows = RwSignal::new(Vec::<T>::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let list = NodeRef::<leptos::html::Ul>::new();
    let load = move || {
        let Some(from) = cursor.get_untracked() else { return };
        busy.set(true);
        failed.set(None);
        let answer = next(from);
        spawn_local(async move {
            let answer = answer.await;
            // The page may have been left meanwhile.
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(page) => {
                    let shown = list.get_untracked().map_or(0, |list| list.children().length());
                    rows.update(|rows| rows.extend(page.items));
                    cursor.set(page.next_cursor);
                    request_animation_frame(move || focus_row(list, shown));
                }
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    let draw = move |index: usize| rows.with_untracked(|rows| rows.get(index).cloned()).map(&row);
    view! {
        <ul class="cards" node_ref=list>
            <For each=move || 0..rows.with(Vec::len) key=|index| *index let:index>
                {draw(index)}
            </For>
        </ul>
        {move || failed.get().map(|error| view! { <ErrorState error=error /> })}
        {move || {
            let load = load.clone();
            cursor
                .get()
                .map(|_| {
                    view! {
                        <Button kind=ButtonKind::Secondary busy=busy on_press=move |_| load()>
                            {t().layout.more}
                        </Button>
                    }
                })
        }}
    }
}

fn focus_row(list: NodeRef<leptos::html::Ul>, index: u32) {
    use wasm_bindgen::JsCast;
    let row = list.get_untracked().and_then(|list| list.children().item(index));
    let inside = row.and_then(|row| row.query_selector("a, button").ok().flatten());
    if let Some(element) = inside.and_then(|inside| inside.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = element.focus();
    }
}
