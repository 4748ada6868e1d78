//! The body's own Open311 server: how reports reach it, and how far it is in step.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::{ErrorCode, FieldCode};
use mendmap_shared::questions::Choice;
use mendmap_shared::wire::integrations_open311::{
    NewOpen311Server, Open311Format, Open311Photos, Open311Run, Open311Server, Open311Service,
};

use super::sure::Sure;
use crate::api::{self, ApiError};
use crate::components::{
    Button, ButtonKind, Check, ErrorSummary, Fetched, FieldError, FormErrors, Outcome, OutcomeBox, Radios, TextField,
};
use crate::i18n::{date_time, error_text, plural, t};
use crate::state::device::random_uuid;
use crate::state::inquiry::Inquiry;

/// What all of the section's pieces use. Copy it freely.
#[derive(Clone, Copy)]
struct Section {
    body: StoredValue<String>,
    server: Inquiry<Result<Option<Open311Server>, ApiError>>,
    errors: FormErrors,
    outcome: Outcome,
    busy: RwSignal<bool>,
}

impl Section {
    /// Does something, and says what came of it.
    fn go<F: Future<Output = Result<(), ApiError>> + 'static>(self, request: F, done: &'static str) {
        self.errors.clear();
        self.outcome.clear();
        self.busy.set(true);
        spawn_local(async move {
            let answer = request.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.outcome.say(done, "");
                    self.server.refetch();
                }
                Err(error) => self.errors.set(shown(&error)),
            }
        });
    }
}

/// What the API refused, by the form's fields.
fn shown(error: &ApiError) -> Vec<FieldError> {
    let words = t().integrations;
    let fields = error.fields();
    if fields.is_empty() {
        return vec![FieldError { field: String::new(), message: error_text(error) }];
    }
    let one = |(field, problem): (&str, &mendmap_shared::error::FieldProblem)| {
        let mut error = FormErrors::one(field, problem.code);
        if field == "endpoint" && problem.code == FieldCode::Invalid {
            error.message = words.field_url_invalid.to_owned();
        }
        error
    };
    fields.iter().map(one).collect()
}

/// The section.
#[component]
pub fn Open311(
    /// Slug of the body.
    body: String,
) -> impl IntoView {
    let words = t().integrations;
    let body = StoredValue::new(body);
    let server = Inquiry::new(move || {
        let request = body.with_value(|body| api::get_open311_server(body));
        async move {
            match request.await {
                // The page is for administrators only: there is none yet.
                Err(error) if error.code() == Some(ErrorCode::NotFound) => Ok(None),
                answer => answer.map(Some),
            }
        }
    });
    let (errors, outcome, busy) = (FormErrors::default(), Outcome::default(), RwSignal::new(false));
    let section = Section { body, server, errors, outcome, busy };
    let draw = move |server: Option<Open311Server>| {
        view! {
            {server.as_ref().map(|server| view! { <Standing server=server.clone() section=section /> })}
            <ServerForm server=server section=section />
        }
    };
    view! {
        <section class="words-form" aria-labelledby="open311-title">
            <h2 id="open311-title">{words.open311}</h2>
            <p>{words.open311_about}</p>
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <Fetched resource=server view=draw />
        </section>
    }
}

/// How far it is in step, and what can be done about it.
#[component]
fn Standing(server: Open311Server, section: Section) -> impl IntoView {
    let words = t().integrations;
    let live = server.services.iter().filter(|service| service.live && !service.gone).count();
    let look = move |_| {
        let request = section.body.with_value(|body| api::sync_open311_services(body));
        section.go(request, words.open311_looking);
    };
    let remove = move |()| {
        let request = section.body.with_value(|body| api::remove_open311_server(body));
        section.go(request, words.open311_removed);
    };
    let service = |service: Open311Service| {
        let gone = service.gone.then(|| view! { <span class="mark">{words.open311_gone}</span> });
        view! {
            <li>
                {service.name} " (" {service.service} ") " {gone}
            </li>
        }
    };
    view! {
        <dl class="facts">
            <div class="facts__row">
                <dt>{words.open311_services}</dt>
                <dd>{run(server.sync)}</dd>
            </div>
            <div class="facts__row">
                <dt>{words.open311_updates}</dt>
                <dd>{run(server.updates)}</dd>
            </div>
        </dl>
        <details class="system__log">
            <summary>{plural(live, words.open311_live_one, words.open311_live)}</summary>
            <ul>{server.services.into_iter().map(service).collect_view()}</ul>
        </details>
        <div class="system__deeds">
            <Button kind=ButtonKind::Secondary busy=section.busy on_press=look>
                {words.open311_look}
            </Button>
            <Sure
                label=words.open311_remove
                of=server.endpoint
                question=words.open311_remove_sure
                yes=words.open311_remove_yes
                busy=section.busy
                on_yes=remove
            />
        </div>
    }
}

/// What the last run came to, in words.
fn run(run: Open311Run) -> impl IntoView {
    let words = t().integrations;
    let when = run.at.map_or_else(|| words.open311_never.to_owned(), date_time);
    let failing = (run.failures > 0).then(|| {
        let failures = plural(run.failures, words.open311_failed_one, words.open311_failed);
        view! { <span class="mark mark--overdue">{failures}</span> }
    });
    view! {
        {when}
        " "
        {failing}
        {run.words.map(|said| view! { <span class="quiet delivery__error">" " {said}</span> })}
    }
}

/// How it is to be reached.
#[component]
fn ServerForm(server: Option<Open311Server>, section: Section) -> impl IntoView {
    let words = t().integrations;
    let has_key = server.as_ref().is_some_and(|server| server.has_key);
    let is_new = server.is_none();
    let typed = RwSignal::new(server.map_or_else(
        || NewOpen311Server {
            endpoint: String::new(),
            jurisdiction: None,
            key: None,
            format: Open311Format::Xml,
            extended_statuses: false,
            photos: Open311Photos::Links,
        },
        |server| NewOpen311Server {
            endpoint: server.endpoint,
            jurisdiction: server.jurisdiction,
            key: None,
            format: server.format,
            extended_statuses: server.extended_statuses,
            photos: server.photos,
        },
    ));
    let key = RwSignal::new(String::new());
    let forget_key = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if section.busy.get_untracked() {
            return;
        }
        let mut new = typed.get_untracked();
        if new.endpoint.trim().is_empty() {
            section.outcome.clear();
            return section.errors.set(vec![FormErrors::one("endpoint", FieldCode::Required)]);
        }
        let text = key.with_untracked(|key| key.trim().to_owned());
        // Nothing typed keeps the key there is.
        new.key =
            if forget_key.get_untracked() { Some(String::new()) } else { Some(text).filter(|key| !key.is_empty()) };
        let request = section.body.with_value(|body| api::put_open311_server(body, &random_uuid(), &new));
        section.go(async move { request.await.map(drop) }, words.open311_saved);
    };
    let choice = |key: &str, name: &str| Choice { key: key.to_owned(), name: name.to_owned(), blocks: None };
    let photos = vec![
        choice(Open311Photos::Links.as_str(), words.open311_photos_links),
        choice(Open311Photos::Uploads.as_str(), words.open311_photos_uploads),
    ];
    let formats = vec![choice(Open311Format::Xml.as_str(), "XML"), choice(Open311Format::Json.as_str(), "JSON")];
    let forget = has_key.then(|| {
        view! {
            <Check
                id="forget_key"
                label=words.open311_key_forget
                value=forget_key
                on_change=move |forget| forget_key.set(forget)
            />
        }
    });
    view! {
        <form novalidate on:submit=submit aria-labelledby="open311-form-title">
            <h3 id="open311-form-title">
                {if is_new { words.open311_new } else { words.open311_change }}
            </h3>
            <TextField
                id="endpoint"
                label=words.field_url
                hint=words.open311_endpoint_hint
                inputmode="url"
                autocomplete="off"
                value=Signal::derive(move || typed.with(|typed| typed.endpoint.clone()))
                on_input=move |text| typed.update(|typed| typed.endpoint = text)
                errors=section.errors
            />
            <TextField
                id="jurisdiction"
                label=words.open311_jurisdiction
                hint=words.open311_jurisdiction_hint
                optional=true
                autocomplete="off"
                value=Signal::derive(move || typed.with(|typed| typed.jurisdiction.clone().unwrap_or_default()))
                on_input=move |text: String| {
                    typed.update(|typed| typed.jurisdiction = Some(text).filter(|text| !text.trim().is_empty()));
                }
                errors=section.errors
            />
            <TextField
                id="key"
                label=words.open311_key
                hint=if has_key { words.open311_key_kept } else { words.open311_key_hint }
                optional=true
                autocomplete="off"
                value=key
                on_input=move |text| key.set(text)
                errors=section.errors
            />
            {forget}
            <Radios
                id="format"
                label=words.open311_format
                choices=formats
                value=Signal::derive(move || typed.with(|typed| typed.format.as_str().to_owned()))
                on_change=move |key: String| {
                    let json = key == Open311Format::Json.as_str();
                    typed.update(|typed| typed.format = if json { Open311Format::Json } else { Open311Format::Xml });
                }
                errors=section.errors
            />
            <Radios
                id="photos"
                label=words.open311_photos
                choices=photos
                value=Signal::derive(move || typed.with(|typed| typed.photos.as_str().to_owned()))
                on_change=move |key: String| {
                    let files = key == Open311Photos::Uploads.as_str();
                    typed
                        .update(|typed| {
                            typed.photos = if files { Open311Photos::Uploads } else { Open311Photos::Links };
                        });
                }
                errors=section.errors
            />
            <Check
                id="extended_statuses"
                label=words.open311_extended
                hint=words.open311_extended_hint
                value=Signal::derive(move || typed.with(|typed| typed.extended_statuses))
                on_change=move |on| typed.update(|typed| typed.extended_statuses = on)
            />
            <Button submit=true busy=section.busy>
                {words.open311_save}
            </Button>
        </form>
    }
}
