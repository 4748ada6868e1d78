//! What a webhook was told, and telling it again.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::Page as ListPage;
use mendmap_shared::wire::desk::DeliveryState;
use mendmap_shared::wire::integrations::{Replay, Replayed, WebhookDelivery};

use super::form::event_text;
use crate::api;
use crate::components::{Button, ButtonKind, EmptyState, ErrorSummary, Fetched, FormErrors, Select, ShowMore};
use crate::i18n::{date_time, plural, relative, t};
use crate::state::device::random_uuid;
use crate::state::inquiry::Inquiry;

/// Hours back from which it can be told again: one request's choices.
const HOURS: [i64; 4] = [1, 24, 7 * 24, 30 * 24];

/// What is needed to tell it again. Copy it freely.
#[derive(Clone, Copy)]
struct Again {
    busy: RwSignal<bool>,
    run: Callback<Replay>,
    enabled: bool,
}

/// The log of one webhook.
#[component]
pub fn Log(
    /// Slug of the body.
    body: String,
    /// Number of the webhook.
    webhook: String,
    /// Whether it is switched on.
    enabled: bool,
) -> impl IntoView {
    let words = t().integrations;
    let place = StoredValue::new((body, webhook));
    let ask = move |cursor| place.with_value(|(body, id)| api::list_webhook_deliveries(body, id, cursor));
    let first = Inquiry::new(move || ask(None));
    let busy = RwSignal::new(false);
    let says = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let run = move |replay: Replay| {
        busy.set(true);
        says.set(String::new());
        errors.clear();
        let request = place.with_value(|(body, id)| api::replay_webhook(body, id, &random_uuid(), &replay));
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(replayed) => says.set(replayed_text(&replay, &replayed)),
                Err(error) => errors.set_error(&error),
            }
            first.refetch();
        });
    };
    let again = Again { busy, run: Callback::new(run), enabled };
    let draw = move |page: ListPage<WebhookDelivery>| {
        if page.items.is_empty() {
            return view! { <EmptyState text=words.log_none /> }.into_any();
        }
        let row = move |told: WebhookDelivery| row(told, again);
        view! {
            <ul class="cards">{page.items.into_iter().map(row).collect_view()}</ul>
            <ShowMore cursor=page.next_cursor next=move |cursor| ask(Some(cursor)) row=row />
        }
        .into_any()
    };
    let since = place.with_value(|(_, id)| format!("since-{id}"));
    let all = if enabled {
        view! { <Since id=since again=again /> }.into_any()
    } else {
        view! { <p>{words.log_off}</p> }.into_any()
    };
    view! {
        <ErrorSummary errors=errors />
        <p class="system__says" role="status">
            {says}
        </p>
        <Fetched resource=first view=draw />
        <Button kind=ButtonKind::Secondary on_press=move |_| first.refetch()>
            {words.log_refresh}
        </Button>
        {all}
    }
}

fn replayed_text(replay: &Replay, replayed: &Replayed) -> String {
    let words = t().integrations;
    if replay.event.is_some() {
        return words.log_queued.to_owned();
    }
    let queued = plural(replayed.events, words.log_queued_one, words.log_queued_many);
    match replayed.next_since {
        Some(at) => format!("{queued} {}", (words.log_queued_more)(&date_time(at))),
        None => queued,
    }
}

fn row(told: WebhookDelivery, again: Again) -> impl IntoView {
    let words = t().integrations;
    let desk = t().desk;
    let (state, class) = match told.state {
        DeliveryState::Pending => (desk.delivery_pending, "mark"),
        DeliveryState::Sent => (desk.delivery_sent, "mark mark--good"),
        DeliveryState::Parked => (desk.delivery_parked, "mark mark--overdue"),
        DeliveryState::Withheld => (desk.delivery_withheld, "mark"),
    };
    let event = event_text(told.kind);
    let number = told.report_id.to_string();
    let attempts = (told.attempts > 0).then(|| plural(told.attempts, desk.delivery_attempt, desk.delivery_attempts));
    let answered = told.status.map(|status| (words.log_answered)(&status.to_string()));
    let next = told.next_attempt_at.filter(|_| told.attempts > 0).map(|at| (desk.delivery_next)(&relative(at)));
    let facts = [attempts, answered, next].into_iter().flatten().collect::<Vec<_>>().join(". ");
    let words_said = told.words.filter(|said| !said.is_empty());
    let replay = Replay { event: Some(told.event), since: None };
    let named = (words.log_again_named)(event, &number);
    view! {
        <li class="told">
            <p class="told__what">
                {event} ": "
                <a href=format!("/reports/{number}")>{(words.log_report)(&number)}</a>
            </p>
            <p>
                <span class=class>{state}</span>
                " "
                <time datetime=told.at.to_rfc3339()>{date_time(told.at)}</time>
            </p>
            <p class="quiet">{facts}</p>
            {words_said.map(|said| view! { <p class="quiet delivery__error">{said}</p> })}
            {again
                .enabled
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Link
                            busy=again.busy
                            on_press=move |_| again.run.run(replay)
                        >
                            <span aria-hidden="true">{words.log_again}</span>
                            <span class="visually-hidden">{named}</span>
                        </Button>
                    }
                })}
        </li>
    }
}

/// Tells it again what happened in some time.
#[component]
fn Since(id: String, again: Again) -> impl IntoView {
    let words = t().integrations;
    let hours = RwSignal::new(HOURS[1].to_string());
    let names = [words.log_since_hour, words.log_since_day, words.log_since_week, words.log_since_month];
    let options: Vec<(String, String)> =
        HOURS.iter().zip(names).map(|(hours, name)| (hours.to_string(), name.to_owned())).collect();
    let press = move |_| {
        let chosen = hours.get_untracked().parse::<i64>().unwrap_or(HOURS[1]);
        again.run.run(Replay { event: None, since: hours_ago(chosen) });
    };
    view! {
        <div class="told__since">
            <Select
                id=id
                label=words.log_since
                options=Signal::stored(options)
                value=hours
                on_change=move |chosen: String| hours.set(chosen)
            />
            <Button kind=ButtonKind::Secondary busy=again.busy on_press=press>
                {words.log_since_go}
            </Button>
        </div>
    }
}

fn hours_ago(hours: i64) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit easily")]
    let now = (js_sys::Date::now() / 1000.0) as i64;
    DateTime::from_timestamp(now - hours * 3600, 0)
}
