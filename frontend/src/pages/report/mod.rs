//! `/reports/:id`: one report, for everybody.

mod about;
mod follow;
mod share;
mod support;
mod update;

use futures_util::future::try_join;
use leptos::html::Ol;
use leptos::prelude::*;
use mendmap_shared::wire::Page as ListPage;
use mendmap_shared::wire::reports::Report;
use mendmap_shared::wire::updates::Update as Told;

use self::about::{Details, Facts, Notices, Whereabouts};
use self::follow::Follow;
use self::share::Share;
use self::support::Support;
use self::update::UpdateForm;
use super::not_found::NotFoundPage;
use crate::api::{self, ApiError};
use crate::components::{Button, ButtonKind, ErrorState, Loading, Page, Story, focus_entry};
use crate::i18n::t;
use crate::router::use_param;
use crate::state::inquiry::Inquiry;
use crate::state::session::{Who, use_session};

/// Pages of updates the story begins with, and grows by.
const STORY_STEP: usize = 4;

/// The page. Going from one report to another is a page of its own, with its own heading and focus.
#[component]
pub fn ReportPage() -> impl IntoView {
    let number = use_param("id");
    let id = Memo::new(move |_| number.with(|number| number.parse::<i64>().ok()));
    move || match id.get() {
        Some(id) => view! { <OneReport id=id /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

/// What the page shows: the report, its updates so far, and whether there are more.
type Shown = (Report, Vec<Told>, bool);

/// Up to `pages` pages of updates, oldest first, and whether there are more.
async fn updates(
    id: i64,
    first: impl Future<Output = Result<ListPage<Told>, ApiError>>,
    pages: usize,
) -> Result<(Vec<Told>, bool), ApiError> {
    let mut page = first.await?;
    let mut all = page.items;
    for _ in 1..pages {
        let Some(cursor) = page.next_cursor else { break };
        page = api::list_updates(id, Some(cursor)).await?;
        all.append(&mut page.items);
    }
    Ok((all, page.next_cursor.is_some()))
}

/// What stands on the page.
#[derive(Clone, PartialEq)]
enum Stage {
    Waiting,
    Missing,
    Failed(ApiError),
    Ready,
}

#[component]
fn OneReport(id: i64) -> impl IntoView {
    let words = t().report;
    let session = use_session();
    let pages = RwSignal::new(STORY_STEP);
    let answer = Inquiry::new(move || {
        let pages = pages.get();
        // What is shown depends on who looks. The signal itself is read, and no memo of it: a memo that changes before
        // the resource's first poll goes unseen.
        let known = session.who() != Who::Unknown;
        let asked = known.then(|| try_join(api::get_report(id), updates(id, api::list_updates(id, None), pages)));
        async move {
            let (report, (updates, more)) = asked.ok_or(ApiError::Aborted)?.await?;
            Ok::<Shown, ApiError>((report, updates, more))
        }
    });
    // The last good answer stays while the next one is under way, and when it fails; not when the report is gone.
    let shown = Memo::new(move |before: Option<&Option<Shown>>| match answer.get() {
        Some(Ok(shown)) => Some(shown),
        Some(Err(error)) if error.is_not_found() => None,
        _ => before.cloned().flatten(),
    });
    let now = move |_: Option<&Stage>| match answer.get() {
        Some(Err(error)) if error.is_not_found() => Stage::Missing,
        _ if shown.with(Option::is_some) => Stage::Ready,
        None | Some(Ok(_) | Err(ApiError::Aborted)) => Stage::Waiting,
        Some(Err(error)) => Stage::Failed(error),
    };
    // A try that fails like the one before is news all the same: its button has to stop saying that it is at work.
    let is_news = |before: Option<&Stage>, now: Option<&Stage>| before != now || matches!(now, Some(Stage::Failed(_)));
    let stage = Memo::new_with_compare(now, is_news);
    let missing = Memo::new(move |_| stage.get() == Stage::Missing);
    let title = move || {
        shown
            .with(|shown| shown.as_ref().map(|(report, ..)| report.summary.title.clone()))
            .unwrap_or_else(|| (words.number)(&id.to_string()))
    };
    let content = move || match stage.get() {
        Stage::Waiting | Stage::Missing => view! { <Loading /> }.into_any(),
        Stage::Failed(error) => view! { <ErrorState error=error retry=move |()| answer.refetch() /> }.into_any(),
        Stage::Ready => shown
            .get_untracked()
            .map(|first| view! { <Content first=first shown=shown pages=pages reload=move |()| answer.refetch() /> })
            .into_any(),
    };
    move || {
        if missing.get() {
            view! { <NotFoundPage /> }.into_any()
        } else {
            view! { <Page title=Signal::derive(title) class="page--report">{content}</Page> }.into_any()
        }
    }
}

/// The content. It stands as long as the report does, so that nothing anybody types is ever taken from under them.
#[component]
fn Content(
    /// What there was first.
    first: Shown,
    /// What there is now; nothing only while the page is being taken away.
    shown: Memo<Option<Shown>>,
    /// Pages of updates to ask for.
    pages: RwSignal<usize>,
    /// Asks again.
    #[prop(into)]
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().report;
    let now = Memo::new(move |before: Option<&Shown>| {
        shown.get().or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let report = Memo::new(move |_| now.with(|(report, ..)| report.clone()));
    let updates = Memo::new(move |_| now.with(|(_, updates, _)| updates.clone()));
    let more = Memo::new(move |_| now.with(|(.., more)| *more));
    let list = NodeRef::<Ol>::new();
    let from = StoredValue::new(None::<u32>);
    let show_more = move |_| {
        from.set_value(list.get_untracked().map(|list| list.children().length()));
        pages.update(|pages| *pages += STORY_STEP);
    };
    Effect::new(move |_| {
        updates.track();
        if let Some(index) = from.get_value() {
            from.set_value(None);
            request_animation_frame(move || focus_entry(list, index));
        }
    });
    let sent = move |()| {
        // What was sent stands at the end of the story: all of it is asked for.
        if more.get_untracked() {
            pages.set(usize::MAX);
        } else {
            reload.run(());
        }
    };
    view! {
        <Facts report=report />
        <Notices report=report />
        <div class="split">
            <div class="split__main">
                <Details report=report />
                <section aria-labelledby="story-title">
                    <h2 id="story-title">{words.story}</h2>
                    <Story report=report updates=updates complete=Signal::derive(move || !more.get()) list=list />
                    {move || {
                        more.get()
                            .then(|| {
                                view! {
                                    <Button kind=ButtonKind::Secondary on_press=show_more>
                                        {t().layout.more}
                                    </Button>
                                }
                            })
                    }}
                </section>
            </div>
            <div class="split__side">
                <Whereabouts report=report />
                <Support report=report />
                <Follow report=report reload=reload />
                <Share />
            </div>
            <div class="split__main">
                <UpdateForm report=report sent=sent reload=reload />
            </div>
        </div>
    }
}
