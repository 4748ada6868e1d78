//! The body's keys: listed, made, revoked.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::limits::API_KEYS_PER_BODY;
use mendmap_shared::text::ApiKeyName;
use mendmap_shared::wire::integrations::{ApiKey, NewApiKey};

use super::once::{Once, Shown, refusal};
use super::sure::Sure;
use crate::api;
use crate::components::{Button, Check, EmptyState, ErrorSummary, Fetched, FormErrors, Outcome, OutcomeBox, TextField};
use crate::i18n::{relative, t};
use crate::state::device::random_uuid;
use crate::state::inquiry::Inquiry;

/// Id of the field, which is `name` to the API: the page has other forms.
const FIELD: &str = "key-name";

/// The section.
#[component]
pub fn Keys(
    /// Slug of the body.
    body: String,
) -> impl IntoView {
    let words = t().integrations;
    let body = StoredValue::new(body);
    let keys = Inquiry::new(move || body.with_value(|body| api::list_api_keys(body)));
    let errors = FormErrors::default();
    let outcome = Outcome::default();
    let busy = RwSignal::new(false);
    let shown = RwSignal::new(None::<Shown>);
    let revoke = move |key: ApiKey| {
        errors.clear();
        outcome.clear();
        shown.set(None);
        busy.set(true);
        let request = body.with_value(|body| api::revoke_api_key(body, &key.id));
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => outcome.say(&(words.key_revoked)(&key.name), ""),
                Err(error) => errors.set_error(&error),
            }
            keys.refetch();
        });
    };
    let row = move |key: ApiKey| {
        let used = key.last_used_at.map_or_else(|| words.key_unused.to_owned(), |at| (words.key_used)(&relative(at)));
        let made = (words.key_made)(&relative(key.created_at));
        let question = (words.key_revoke_sure)(&key.name);
        let trusted = key.trusted.then(|| view! { <p class="quiet">{words.key_trusted}</p> });
        view! {
            <li class="system">
                <h3 class="system__name">{key.name.clone()}</h3>
                <p class="quiet">{(words.key_starts)(&key.hint)} "…, " {made} ", " {used} "."</p>
                {trusted}
                <Sure
                    label=words.key_revoke
                    of=key.name.clone()
                    question=question
                    yes=words.key_revoke_yes
                    busy=busy
                    on_yes=move |()| revoke(key.clone())
                />
            </li>
        }
    };
    let draw = move |keys: Vec<ApiKey>| {
        if keys.is_empty() {
            view! { <EmptyState text=words.keys_none /> }.into_any()
        } else {
            view! { <ul class="systems">{keys.into_iter().map(row).collect_view()}</ul> }.into_any()
        }
    };
    view! {
        <section class="words-form" aria-labelledby="keys-title">
            <h2 id="keys-title">{words.keys}</h2>
            <p>{words.keys_about}</p>
            <OutcomeBox outcome=outcome />
            <Once id="made-key" shown=shown />
            <ErrorSummary errors=errors />
            <Fetched resource=keys view=draw />
            <NewKey body=body keys=keys errors=errors outcome=outcome shown=shown />
        </section>
    }
}

#[component]
fn NewKey(
    body: StoredValue<String>,
    keys: Inquiry<Result<Vec<ApiKey>, api::ApiError>>,
    errors: FormErrors,
    outcome: Outcome,
    shown: RwSignal<Option<Shown>>,
) -> impl IntoView {
    let words = t().integrations;
    let name = RwSignal::new(String::new());
    let trusted = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let idempotency_key = StoredValue::new(random_uuid());
    let is_full = move || {
        let held = keys.get_untracked().and_then(Result::ok).map_or(0, |keys| keys.len());
        (held as i64 >= API_KEYS_PER_BODY).then_some(API_KEYS_PER_BODY)
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        shown.set(None);
        let checked = match name.with_untracked(|name| name.parse::<ApiKeyName>()) {
            Ok(name) => NewApiKey { name, trusted: trusted.get_untracked() },
            Err(code) => return errors.set(vec![FormErrors::one(FIELD, code)]),
        };
        busy.set(true);
        let request = body.with_value(|body| api::create_api_key(body, &idempotency_key.get_value(), &checked));
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(made) => {
                    idempotency_key.set_value(random_uuid());
                    name.set(String::new());
                    trusted.set(false);
                    let secret = made.key;
                    shown.set(Some(Shown { title: words.key_created, label: words.key_is, secret }));
                }
                Err(error) => errors.set(match error.fields().get("name") {
                    Some(problem) => vec![FormErrors::one(FIELD, problem.code)],
                    None => vec![refusal(&error, is_full(), idempotency_key)],
                }),
            }
            keys.refetch();
        });
    };
    view! {
        <form novalidate on:submit=submit aria-labelledby="key-new-title">
            <h3 id="key-new-title">{words.key_new}</h3>
            <TextField
                id=FIELD
                label=words.key_name
                hint=words.key_name_hint
                value=name
                on_input=move |text| name.set(text)
                errors=errors
            />
            <Check id="key-trusted" label=words.key_trust value=trusted on_change=move |ticked| trusted.set(ticked) />
            <Button submit=true busy=busy>
                {words.key_create}
            </Button>
        </form>
    }
}
