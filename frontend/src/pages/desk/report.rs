//! `/desk/reports/:id`: one report with everything its body's staff may see, and what they can do about it.

use leptos::html::Ol;
use leptos::prelude::*;
use mendmap_shared::wire::auth::{Me, StaffRole};
use mendmap_shared::wire::desk::DeskReport;

use super::address::way_back;
use super::answer::AnswerForm;
use super::contact::{Answers, Contact};
use super::deliveries::Deliveries;
use super::list::overdue_text;
use super::notes::Notes;
use crate::api::{self, ApiError};
use crate::components::{ErrorState, Loading, Page, PhotoGallery, SignedIn, StatusBadge, Story};
use crate::i18n::{date_time, relative, t};
use crate::map::SmallMap;
use crate::pages::not_found::NotFoundPage;
use crate::router::use_param;
use crate::state::inquiry::Inquiry;
use crate::state::session::use_session;

/// The page.
#[component]
pub fn DeskReportPage() -> impl IntoView {
    let number = use_param("id");
    let id = Memo::new(move |_| number.with(|number| number.parse::<i64>().ok()));
    move || match id.get() {
        Some(id) => view! { <OneReport id=id /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
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
    let answer = Inquiry::new(move || {
        let asked = session.is_signed_in().then(|| api::get_desk_report(id));
        async move { asked.ok_or(ApiError::Aborted)?.await }
    });
    // The last good answer stays while the next one is under way, and when it fails; not when the report is gone.
    let shown = Memo::new(move |before: Option<&Option<DeskReport>>| match answer.get() {
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
            .with(|shown| shown.as_ref().map(|shown| shown.report.summary.title.clone()))
            .unwrap_or_else(|| (words.number)(&id.to_string()))
    };
    let content = move |me: Me| {
        move || match stage.get() {
            Stage::Waiting | Stage::Missing => view! { <Loading /> }.into_any(),
            Stage::Failed(error) => view! { <ErrorState error=error retry=move |()| answer.refetch() /> }.into_any(),
            Stage::Ready => {
                let first = shown.get_untracked();
                let me = me.clone();
                first
                    .map(|first| view! { <Content me=me first=first shown=shown reload=move |()| answer.refetch() /> })
                    .into_any()
            }
        }
    };
    move || {
        if missing.get() {
            view! { <NotFoundPage /> }.into_any()
        } else {
            view! {
                <Page title=Signal::derive(title) class="page--desk">
                    <SignedIn view=content />
                </Page>
            }
            .into_any()
        }
    }
}

/// The content. It stands as long as the report does, so that nothing anybody types is ever taken from under them.
#[component]
fn Content(
    /// Who looks.
    me: Me,
    /// What there was first.
    first: DeskReport,
    /// What there is now; nothing only while the page is being taken away.
    shown: Memo<Option<DeskReport>>,
    /// Asks again.
    #[prop(into)]
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().report;
    let desk = t().desk;
    let now = Memo::new(move |before: Option<&DeskReport>| {
        shown.get().or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
    });
    let report = Memo::new(move |_| now.with(|now| now.report.clone()));
    let updates = Memo::new(move |_| now.with(|now| now.updates.clone()));
    let photos = Memo::new(move |_| now.with(|now| now.report.photos.clone()));
    let place = Memo::new(move |_| report.with(|report| (report.summary.location, report.summary.status_group)));
    let id = report.with_untracked(|report| report.summary.id);
    let bodies = report.with_untracked(|report| report.summary.bodies.clone());
    let own: Vec<_> = me.staff.iter().filter(|of| bodies.contains(&of.body)).cloned().collect();
    let back = way_back(own.iter().map(|of| of.body.slug.as_str()));
    let answers_for = own.iter().find(|of| of.role != StaffRole::Viewer).map(|of| of.body.name.clone());
    let sends_for: Vec<_> = own
        .iter()
        .filter(|of| matches!(of.role, StaffRole::Officer | StaffRole::Administrator))
        .map(|of| of.body.slug.clone())
        .collect();
    let user = me.id;
    let list = NodeRef::<Ol>::new();
    view! {
        <p class="desk-way">
            <a href=back>{desk.back}</a>
            <a href=format!("/reports/{id}")>{desk.public_page}</a>
        </p>
        {move || now.with(facts)}
        <div class="split">
            <div class="split__main">
                <section aria-labelledby="details-title">
                    <h2 id="details-title">{words.details}</h2>
                    <p class="typed">{move || report.with(|report| report.detail.clone())}</p>
                    {move || {
                        let photos = photos.get();
                        let title = report.with_untracked(|report| report.summary.title.clone());
                        (!photos.is_empty()).then(|| view! { <PhotoGallery photos=photos title=title /> })
                    }}
                </section>
                <Answers now=now />
                <section aria-labelledby="story-title">
                    <h2 id="story-title">{words.story}</h2>
                    <Story report=report updates=updates complete=true list=list />
                </section>
            </div>
            <div class="split__side">
                <Contact now=now />
                <section aria-labelledby="map-title">
                    <h2 id="map-title" class="visually-hidden">
                        {words.map}
                    </h2>
                    <div class="small-map">
                        {move || {
                            let (location, group) = place.get();
                            view! { <SmallMap location=location group=group label=words.map_label /> }
                        }}
                    </div>
                </section>
                <Deliveries now=now retry_for=sends_for reload=reload />
            </div>
            <div class="split__main">
                {match answers_for {
                    Some(body) => view! { <AnswerForm user=user says=(desk.answer_public)(&body) report=report reload=reload /> }.into_any(),
                    None => view! { <p>{desk.answer_not_allowed}</p> }.into_any(),
                }}
                <Notes user=user id=id now=now reload=reload />
            </div>
        </div>
    }
}

/// Status, number, category, place, dates.
fn facts(now: &DeskReport) -> impl IntoView + use<> {
    let words = t().report;
    let desk = t().desk;
    let summary = &now.report.summary;
    let place = [&summary.street, &summary.area].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    let created = summary.created_at;
    let open = summary.status.group().as_str() == "open";
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit easily")]
    let today = js_sys::Date::now() as i64;
    let due = now.due_at.filter(|_| open).map(|due| {
        if due.timestamp_millis() < today {
            view! { <strong class="mark mark--overdue">{overdue_text(due)}</strong> }.into_any()
        } else {
            view! { <span>{(desk.due)(&relative(due))}</span> }.into_any()
        }
    });
    view! {
        <p class="facts__status">
            <StatusBadge status=summary.status />
            {due}
            <span class="quiet">{(words.number)(&summary.id.to_string())}</span>
        </p>
        <dl class="facts">
            <div class="facts__row">
                <dt>{words.category}</dt>
                <dd>{format!("{}: {}", summary.category.group, summary.category.name)}</dd>
            </div>
            {(!place.is_empty())
                .then(|| {
                    view! {
                        <div class="facts__row">
                            <dt>{words.place}</dt>
                            <dd>{place}</dd>
                        </div>
                    }
                })}
            <div class="facts__row">
                <dt>{words.when}</dt>
                <dd>
                    <time datetime=created.to_rfc3339()>{date_time(created)}</time>
                </dd>
            </div>
        </dl>
    }
}
