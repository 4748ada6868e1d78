//! The story of a report, as a timeline.

use chrono::{DateTime, Utc};
use leptos::html::Ol;
use leptos::prelude::*;
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::reports::Report;
use mendmap_shared::wire::updates::{Update, UpdateBy};
use mendmap_shared::workflow::Status;
use wasm_bindgen::JsCast;

use super::status::group_class;
use super::{PhotoGallery, StatusBadge};
use crate::i18n::{date_time, t};

/// Something that happened, or is about to.
enum Event {
    Reported(Option<String>),
    Sent(BodyRef),
    OnItsWay(BodyRef),
    Update(Update),
    Now(Status),
}

/// The events in order. While more updates are to come, nothing is told that may lie after them.
fn events(report: &Report, updates: &[Update], complete: bool) -> Vec<(Option<DateTime<Utc>>, Event)> {
    let last = updates.last().map(|update| update.created_at);
    let told = |time: DateTime<Utc>| complete || last.is_some_and(|last| time <= last);
    let mut events = vec![(Some(report.summary.created_at), Event::Reported(report.author_name.clone()))];
    for delivery in &report.deliveries {
        if let Some(sent) = delivery.sent_at.filter(|sent| told(*sent)) {
            events.push((Some(sent), Event::Sent(delivery.body.clone())));
        }
    }
    events.extend(updates.iter().map(|update| (Some(update.created_at), Event::Update(update.clone()))));
    // Stable: of two at the same moment, the one sent comes before the one answered.
    events.sort_by_key(|(time, _)| *time);
    if complete {
        let waiting = report.deliveries.iter().filter(|delivery| delivery.sent_at.is_none());
        events.extend(waiting.map(|delivery| (None, Event::OnItsWay(delivery.body.clone()))));
        let set_last = updates.iter().rev().find_map(|update| update.status).unwrap_or(Status::Open);
        if set_last != report.summary.status {
            events.push((None, Event::Now(report.summary.status)));
        }
    }
    events
}

/// The story: reported, sent, every update, and where it stands.
#[component]
pub fn Story(
    /// The report.
    #[prop(into)]
    report: Signal<Report>,
    /// Its updates, oldest first.
    #[prop(into)]
    updates: Signal<Vec<Update>>,
    /// Whether these are all updates.
    #[prop(into)]
    complete: Signal<bool>,
    /// The list, for moving the focus to what was added.
    list: NodeRef<Ol>,
) -> impl IntoView {
    let title = Memo::new(move |_| report.with(|report| report.summary.title.clone()));
    let drawn = move || {
        let events = report.with(|report| updates.with(|updates| events(report, updates, complete.get())));
        events.into_iter().map(|(time, event)| draw(time, event, &title.get())).collect_view()
    };
    view! {
        <ol class="story" node_ref=list>
            {drawn}
        </ol>
    }
}

fn draw(time: Option<DateTime<Utc>>, event: Event, title: &str) -> impl IntoView + use<> {
    let words = t().report;
    let time = time.map(|time| {
        view! {
            <p class="story__time">
                <time datetime=time.to_rfc3339()>{date_time(time)}</time>
            </p>
        }
    });
    let (class, content) = match event {
        Event::Reported(name) => {
            let text = name.map_or_else(|| words.story_reported.to_owned(), |name| (words.story_reported_by)(&name));
            ("", view! { <p class="story__head">{text}</p> }.into_any())
        }
        Event::Sent(body) => ("", view! { <p class="story__head">{(words.story_sent)(&body.name)}</p> }.into_any()),
        Event::OnItsWay(body) => (
            "story__item--open-end",
            view! { <p class="story__head">{(words.story_on_its_way)(&body.name)}</p> }.into_any(),
        ),
        Event::Now(status) => {
            let class = group_class(status.group());
            (class, view! { <p class="story__head">{words.story_now} " " <StatusBadge status=status /></p> }.into_any())
        }
        Event::Update(update) => {
            let class = update.status.map_or("", |status| group_class(status.group()));
            (class, told_by(update, title).into_any())
        }
    };
    view! {
        <li class=format!("story__item {class}") tabindex="-1">
            {content}
            {time}
        </li>
    }
}

fn told_by(update: Update, title: &str) -> impl IntoView + use<> {
    let words = t().report;
    let who = match update.by {
        UpdateBy::Body { body } => body.name,
        UpdateBy::Author { name: Some(name) } => (words.story_author)(&name),
        UpdateBy::Author { name: None } => words.story_author_unnamed.to_owned(),
        UpdateBy::Resident { name } => name.unwrap_or_else(|| words.story_resident.to_owned()),
    };
    let title = title.to_owned();
    view! {
        <p class="story__head">{who}</p>
        {update
            .status
            .map(|status| {
                view! {
                    <p class="story__status">
                        <StatusBadge status=status />
                    </p>
                }
            })}
        {update.duplicate_of.map(|other| view! { <p>{duplicate_link(other)}</p> })}
        {update.text.map(|text| view! { <p class="typed">{text}</p> })}
        {(!update.photos.is_empty()).then(|| view! { <PhotoGallery photos=update.photos title=title /> })}
    }
}

/// The link to the report another one repeats.
pub fn duplicate_link(other: i64) -> impl IntoView {
    view! { <a href=format!("/reports/{other}")>{(t().report.duplicate_link)(&other.to_string())}</a> }
}

/// Moves the focus to an entry of the story.
pub fn focus_entry(list: NodeRef<Ol>, index: u32) {
    let entry = list.get_untracked().and_then(|list| list.children().item(index));
    if let Some(entry) = entry.and_then(|entry| entry.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = entry.focus();
    }
}
