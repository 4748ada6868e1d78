//! One webhook: what it is told of, how it does, and what can be done with it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::integrations::{DisabledWhy, Webhook, WebhookTried};

use super::form::{WebhookForm, event_text};
use super::log::Log;
use super::once::{Shown, refusal};
use super::sure::Sure;
use super::webhooks::Section;
use crate::api;
use crate::components::{Button, ButtonKind, ErrorSummary, FormErrors};
use crate::i18n::{count, date_time, t};
use crate::state::device::random_uuid;

/// An entry of the list, or the form in its place while it is being changed.
#[component]
pub fn WebhookEntry(
    /// The webhook.
    webhook: Webhook,
    /// What all of the section's pieces use.
    section: Section,
) -> impl IntoView {
    let id = webhook.id.clone();
    let changing = Memo::new(move |_| section.open.with(|open| matches!(open, Some(Some(open)) if *open == id)));
    let webhook = StoredValue::new(webhook);
    view! {
        <li class="system">
            {move || {
                if changing.get() {
                    view! { <WebhookForm before=Some(webhook.get_value()) section=section /> }.into_any()
                } else {
                    view! { <Entry webhook=webhook.get_value() section=section /> }.into_any()
                }
            }}
        </li>
    }
}

#[component]
fn Entry(webhook: Webhook, section: Section) -> impl IntoView {
    let words = t().integrations;
    let url = webhook.url.clone();
    let log_open = RwSignal::new(false);
    let (id, enabled) = (webhook.id.clone(), webhook.enabled);
    view! {
        <h3 class="system__name">{url.clone()}</h3>
        <State webhook=webhook.clone() />
        <Deeds webhook=webhook section=section />
        <details class="system__log" on:toggle=move |_| log_open.set(true)>
            <summary>
                {words.hook_log}
                <span class="visually-hidden">{url}</span>
            </summary>
            {move || {
                let slug = section.slug();
                log_open.get().then(|| view! { <Log body=slug webhook=id.clone() enabled=enabled /> })
            }}
        </details>
    }
}

/// What it is told of, and how it does.
#[component]
fn State(webhook: Webhook) -> impl IntoView {
    let words = t().integrations;
    let (state, class) = match webhook.disabled_why {
        None if webhook.failing_since.is_none() => (words.hook_on, "mark mark--good"),
        None => (words.hook_on, "mark"),
        Some(DisabledWhy::Staff) => (words.hook_off, "mark"),
        Some(DisabledWhy::Failing) => (words.hook_off_failing, "mark mark--overdue"),
        Some(DisabledWhy::Gone) => (words.hook_off_gone, "mark mark--overdue"),
    };
    let events = webhook.events.iter().map(|kind| event_text(*kind).to_lowercase()).collect::<Vec<_>>().join("; ");
    let filters = [
        webhook.body.as_deref().map(words.hook_of_body),
        webhook.category.as_deref().map(words.hook_of_category),
        webhook.area.as_ref().map(|area| (words.hook_in_area)(&area.name)),
    ];
    let filters = filters.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let whose = if filters.is_empty() { words.hook_all.to_owned() } else { (words.hook_only)(&filters) };
    let failing = webhook.failing_since.filter(|_| webhook.enabled).map(|at| (words.hook_failing)(&date_time(at)));
    let signed = webhook.old_secret_until.map(|at| (words.hook_old_secret)(&date_time(at)));
    view! {
        <p>
            <span class=class>{state}</span>
        </p>
        <p class="quiet">{(words.hook_events)(&events)} ". " {whose} "."</p>
        {[failing, signed].into_iter().flatten().map(|line| view! { <p>{line} "."</p> }).collect_view()}
    }
}

/// What trying it came to, in words.
fn tried_text(tried: &WebhookTried) -> String {
    let words = t().integrations;
    let what = match tried.status {
        Some(status) if tried.taken => {
            (words.hook_taken)(&status.to_string(), &count(i64::try_from(tried.milliseconds).unwrap_or(i64::MAX)))
        }
        Some(status) => (words.hook_refused)(&status.to_string()),
        None => return (words.hook_silent)(&tried.words),
    };
    if tried.words.is_empty() { what } else { format!("{what} {}", (words.hook_said)(&tried.words)) }
}

#[component]
fn Deeds(webhook: Webhook, section: Section) -> impl IntoView {
    let words = t().integrations;
    let url = webhook.url;
    let id = StoredValue::new(webhook.id);
    let busy = RwSignal::new(false);
    let tried = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let idempotency_key = StoredValue::new(random_uuid());
    let begin = move || {
        errors.clear();
        section.clear();
        tried.set(String::new());
        busy.set(true);
    };
    let try_it = move |_| {
        begin();
        let request = api::try_webhook(&section.slug(), &id.get_value());
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => tried.set(tried_text(&answer)),
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let change = move |_| {
        section.clear();
        section.open.set(Some(Some(id.get_value())));
    };
    let new_secret = move |()| {
        begin();
        let request = api::change_webhook_secret(&section.slug(), &id.get_value(), &idempotency_key.get_value());
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(made) => {
                    let (title, label) = (words.hook_secret_made, words.hook_secret_is);
                    section.shown.set(Some(Shown { title, label, secret: made.secret }));
                    section.webhooks.refetch();
                }
                Err(error) => errors.set(vec![refusal(&error, None, idempotency_key)]),
            }
        });
    };
    let delete = move |()| {
        begin();
        let request = api::delete_webhook(&section.slug(), &id.get_value());
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    section.outcome.say(words.hook_deleted, "");
                    section.webhooks.refetch();
                }
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let hidden = || view! { <span class="visually-hidden">{url.clone()}</span> };
    let (for_try, for_change) = (hidden(), hidden());
    view! {
        <ErrorSummary errors=errors />
        <p class="system__says" role="status">
            {tried}
        </p>
        <div class="system__deeds">
            <Button kind=ButtonKind::Secondary busy=busy on_press=try_it>
                {move || if busy.get() { words.hook_trying } else { words.hook_try }}
                {for_try}
            </Button>
            <Button kind=ButtonKind::Secondary busy=busy on_press=change>
                {words.hook_change}
                {for_change}
            </Button>
            <Sure
                label=words.hook_secret
                of=url.clone()
                question=words.hook_secret_sure
                yes=words.hook_secret_yes
                busy=busy
                on_yes=new_secret
            />
            <Sure
                label=words.hook_delete
                of=url
                question=words.hook_delete_sure
                yes=words.hook_delete_yes
                busy=busy
                on_yes=delete
            />
        </div>
    }
}
