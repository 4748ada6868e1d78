//! The form for a new webhook, and for what an existing one is to be.

use leptos::ev::SubmitEvent;
use leptos::html::H3;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::{FieldCode, FieldProblems};
use mendmap_shared::limits::WEBHOOKS_PER_BODY;
use mendmap_shared::questions::Choice;
use mendmap_shared::text::WebhookUrl;
use mendmap_shared::wire::integrations::{EventKind, NewWebhook, Webhook};

use super::once::{Shown, refusal};
use super::webhooks::Section;
use crate::api;
use crate::api::ApiError;
use crate::components::{
    Button, ButtonKind, Check, CheckList, ErrorSummary, FieldError, FormErrors, Select, TextField,
};
use crate::i18n::{field_text, t};
use crate::state::device::random_uuid;

/// The words for a kind of event.
pub const fn event_text(kind: EventKind) -> &'static str {
    let words = t().integrations;
    match kind {
        EventKind::ReportPublished => words.event_report_published,
        EventKind::ReportChanged => words.event_report_changed,
        EventKind::UpdatePublished => words.event_update_published,
        EventKind::ReportHidden => words.event_report_hidden,
    }
}

/// What is typed and chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Typed {
    url: String,
    events: Vec<String>,
    body: String,
    category: String,
    area: String,
    enabled: bool,
}

impl Typed {
    fn of(before: Option<&Webhook>, own: &str) -> Self {
        let Some(webhook) = before else {
            let events = EventKind::ALL.map(|kind| kind.to_string()).to_vec();
            let (url, category, area) = Default::default();
            return Self { url, events, body: own.to_owned(), category, area, enabled: true };
        };
        Self {
            url: webhook.url.clone(),
            events: webhook.events.iter().map(EventKind::to_string).collect(),
            body: webhook.body.clone().unwrap_or_default(),
            category: webhook.category.clone().unwrap_or_default(),
            area: webhook.area.as_ref().map(|area| area.id.to_string()).unwrap_or_default(),
            enabled: webhook.enabled,
        }
    }

    /// As the API takes it, or what is wrong with it.
    fn checked(&self) -> Result<NewWebhook, Vec<FieldError>> {
        let mut errors = Vec::new();
        let url = self.url.parse::<WebhookUrl>().map_err(|code| errors.push(error("url", code))).ok();
        let events: Vec<EventKind> = self.events.iter().filter_map(|word| word.parse().ok()).collect();
        if events.is_empty() {
            errors.push(error("events", FieldCode::Required));
        }
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        match url.filter(|_| errors.is_empty()) {
            Some(url) => Ok(NewWebhook {
                url,
                events,
                body: some(&self.body),
                category: some(&self.category),
                area: self.area.parse().ok(),
                enabled: self.enabled,
            }),
            None => Err(errors),
        }
    }
}

/// What is wrong with a field, in words that say what to do.
fn error(field: &str, code: FieldCode) -> FieldError {
    let words = t().integrations;
    let message = match (field, code) {
        ("url", FieldCode::Invalid) => words.field_url_invalid,
        ("events", FieldCode::Required) => words.field_events_missing,
        _ => field_text(code),
    };
    FieldError { field: field.to_owned(), message: message.to_owned() }
}

fn shown_problems(problems: &FieldProblems) -> Vec<FieldError> {
    problems.iter().map(|(field, problem)| error(field.split('[').next().unwrap_or_default(), problem.code)).collect()
}

/// The form. It takes the focus when it opens.
#[component]
pub fn WebhookForm(
    /// The webhook that is changed; none for a new one.
    before: Option<Webhook>,
    /// What all of the section's pieces use.
    section: Section,
) -> impl IntoView {
    let words = t().integrations;
    let own = section.body.get_value();
    let typed = RwSignal::new(Typed::of(before.as_ref(), &own.slug));
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let idempotency_key = StoredValue::new(random_uuid());
    let heading = NodeRef::<H3>::new();
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            let _focused = heading.focus();
        }
    });
    let id = before.as_ref().map(|webhook| webhook.id.clone());
    let change = StoredValue::new(id);
    let refused = move |answer: &ApiError| {
        let fields = answer.fields();
        if !fields.is_empty() {
            return errors.set(shown_problems(&fields));
        }
        let there = section.webhooks.get_untracked().and_then(Result::ok).map_or(0, |all| all.len());
        let full = (there as i64 >= WEBHOOKS_PER_BODY).then_some(WEBHOOKS_PER_BODY);
        errors.set(vec![refusal(answer, full, idempotency_key)]);
        section.webhooks.refetch();
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        section.clear();
        let new = match typed.with_untracked(Typed::checked) {
            Ok(new) => new,
            Err(wrong) => return errors.set(wrong),
        };
        busy.set(true);
        let slug = section.slug();
        spawn_local(async move {
            let answer = match change.get_value() {
                Some(id) => api::change_webhook(&slug, &id, &new).await.map(|_| None),
                None => api::create_webhook(&slug, &idempotency_key.get_value(), &new).await.map(Some),
            };
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(made) => {
                    section.open.set(None);
                    match made.map(|made| made.secret) {
                        Some(secret) => {
                            let (title, label) = (words.hook_created, words.hook_secret_is);
                            section.shown.set(Some(Shown { title, label, secret }));
                        }
                        None => section.outcome.say(words.hook_saved, ""),
                    }
                    section.webhooks.refetch();
                }
                Err(answer) => refused(&answer),
            }
        });
    };
    let title = before.as_ref().map_or_else(|| words.hook_new.to_owned(), |before| (words.hook_edit)(&before.url));
    let events =
        EventKind::ALL.map(|kind| Choice { key: kind.to_string(), name: event_text(kind).to_owned(), blocks: None });
    let bodies = {
        let kept = before.as_ref().and_then(|before| before.body.clone()).filter(|slug| *slug != own.slug);
        let mut all =
            vec![(own.slug, (words.field_body_own)(&own.name)), (String::new(), words.field_body_all.to_owned())];
        all.extend(kept.map(|slug| (slug.clone(), (words.field_body_own)(&slug))));
        all
    };
    let kept_category = before.as_ref().and_then(|before| before.category.clone());
    let categories = move || {
        let known = section.categories.get().and_then(Result::ok).unwrap_or_default();
        let known = known.into_iter().map(|category| (category.code, category.name));
        with_kept(words.field_category_any, known, kept_category.clone().map(|code| (code.clone(), code)))
    };
    let save = if before.is_some() { words.hook_save } else { words.hook_create };
    let kept_area = before.and_then(|before| before.area);
    let areas = move || {
        let known = section.areas.get().and_then(Result::ok).unwrap_or_default();
        let known = known.into_iter().map(|area| (area.id.to_string(), area.name));
        with_kept(words.field_area_any, known, kept_area.clone().map(|area| (area.id.to_string(), area.name)))
    };
    let value = move |read: fn(&Typed) -> &String| Signal::derive(move || typed.with(|typed| read(typed).clone()));
    view! {
        <form class="system__form" novalidate on:submit=submit aria-labelledby="webhook-form-title">
            <h3 id="webhook-form-title" tabindex="-1" node_ref=heading>
                {title}
            </h3>
            <ErrorSummary errors=errors />
            <TextField
                id="url"
                label=words.field_url
                hint=words.field_url_hint
                inputmode="url"
                autocomplete="off"
                value=value(|typed| &typed.url)
                on_input=move |text| typed.update(|typed| typed.url = text)
                errors=errors
            />
            <CheckList
                id="events"
                label=words.field_events
                choices=events.to_vec()
                value=Signal::derive(move || typed.with(|typed| typed.events.clone()))
                on_change=move |events| typed.update(|typed| typed.events = events)
                errors=errors
            />
            <Select
                id="body"
                label=words.field_body
                options=Signal::stored(bodies)
                value=value(|typed| &typed.body)
                on_change=move |slug| typed.update(|typed| typed.body = slug)
                errors=errors
            />
            <Select
                id="category"
                label=words.field_category
                options=Signal::derive(categories)
                value=value(|typed| &typed.category)
                on_change=move |code| typed.update(|typed| typed.category = code)
                errors=errors
            />
            <Select
                id="area"
                label=words.field_area
                options=Signal::derive(areas)
                value=value(|typed| &typed.area)
                on_change=move |id| typed.update(|typed| typed.area = id)
                errors=errors
            />
            <Check
                id="enabled"
                label=words.field_enabled
                value=Signal::derive(move || typed.with(|typed| typed.enabled))
                on_change=move |enabled| typed.update(|typed| typed.enabled = enabled)
            />
            <div class="buttons">
                <Button submit=true busy=busy>
                    {save}
                </Button>
                <Button kind=ButtonKind::Secondary on_press=move |_| section.open.set(None)>
                    {words.cancel}
                </Button>
            </div>
        </form>
    }
}

/// The choices, with "all" first; what was chosen before stays on offer, even where the list does not know it (yet).
fn with_kept(
    any: &str,
    known: impl Iterator<Item = (String, String)>,
    kept: Option<(String, String)>,
) -> Vec<(String, String)> {
    let mut all = vec![(String::new(), any.to_owned())];
    all.extend(known);
    let missing = kept.filter(|(key, _)| !all.iter().any(|(known, _)| known == key));
    all.extend(missing);
    all
}
