//! Writing an update.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::UPDATE_CHARS;
use mendmap_shared::questions::Choice;
use mendmap_shared::wire::reports::{NewAuthor, Report};
use mendmap_shared::wire::updates::NewUpdate;
use mendmap_shared::workflow::{Status, StatusGroup, Visibility};

use crate::api::{self, Query};
use crate::components::{
    Button, Check, ErrorSummary, FieldError, FormErrors, Outcome, OutcomeBox, PhotoPicker, Radios, TextArea, TextField,
    show_refusal,
};
use crate::i18n::{field_text, t};
use crate::router::use_path;
use crate::state::session::use_session;
use crate::state::update_drafts::{UpdateDraft, use_update_draft};

/// The statuses somebody may set from this page. Staff who did not report it themselves change it on the desk, in the
/// name of their body. Without a session nobody knows who writes: what only the author may do is offered in words that
/// say so, and the mailed link tells whether it was them.
fn choices(report: &Report, signed_in: bool) -> Vec<Status> {
    let open = report.summary.status.group() == StatusGroup::Open;
    let Some(viewer) = &report.viewer else { return Vec::new() };
    if !signed_in {
        let fixed = viewer.allowed.iter().copied().filter(|status| *status == Status::Fixed);
        return fixed.chain([if open { Status::Cancelled } else { Status::Open }]).collect();
    }
    let offered = |status: &Status| match status {
        Status::Fixed => viewer.author || !viewer.staff,
        Status::Open => viewer.author && !open,
        Status::Cancelled => viewer.author && open,
        _ => false,
    };
    viewer.allowed.iter().copied().filter(offered).collect()
}

fn choice(status: Status, known: bool) -> Choice {
    let words = t().report;
    let name = match status {
        Status::Open if known => words.update_status_reopen,
        Status::Open => words.update_status_reopen_author,
        Status::Cancelled if known => words.update_status_cancelled,
        Status::Cancelled => words.update_status_cancelled_author,
        _ => words.update_status_fixed,
    };
    Choice { key: status.as_str().to_owned(), name: name.to_owned(), blocks: None }
}

/// What is known of the person who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// Nothing: nobody is signed in.
    Unknown,
    /// All but the name: somebody is signed in who has not given one yet, and may do so here.
    Nameless,
    /// All. What was typed before signing in does not change it.
    Known,
}

/// The draft as the API takes it, or what is wrong with it.
fn checked(draft: &UpdateDraft, statuses: &[Status], writer: Writer) -> Result<NewUpdate, Vec<FieldError>> {
    let words = t().report;
    let mut errors = Vec::new();
    // A status that is no longer on offer is not sent: the report has moved on meanwhile.
    let status = draft.status.parse::<Status>().ok().filter(|status| statuses.contains(status));
    let text = match draft.text.parse() {
        Ok(text) => Some(text),
        Err(FieldCode::Required) if status.is_some_and(|status| status != Status::Open) => None,
        Err(code) => {
            let message = match code {
                FieldCode::Required if status == Some(Status::Open) => words.update_reason_missing,
                FieldCode::Required => words.update_text_missing,
                code => field_text(code),
            };
            errors.push(FieldError { field: "text".to_owned(), message: message.to_owned() });
            None
        }
    };
    let mut problem = |field: &str, code| errors.push(FormErrors::one(field, code));
    let mut name = || draft.name.parse().map_err(|code| problem("author.name", code)).ok();
    let author = match writer {
        Writer::Known => None,
        Writer::Nameless if draft.name.trim().is_empty() => None,
        Writer::Nameless => Some(NewAuthor { name: name(), email: None, phone: None }),
        Writer::Unknown => {
            let name = name();
            let email = draft.email.parse().map_err(|code| problem("author.email", code)).ok();
            Some(NewAuthor { name, email, phone: None })
        }
    };
    if errors.is_empty() {
        let photos = draft.photos.list.iter().map(|kept| kept.photo.id.clone()).collect();
        Ok(NewUpdate { text, status, duplicate_of: None, photos, anonymous: draft.anonymous, author })
    } else {
        Err(errors)
    }
}

/// The form. What is typed is kept in this browser until it has been sent.
#[component]
pub fn UpdateForm(
    /// The report.
    report: Memo<Report>,
    /// Called when an update was taken.
    #[prop(into)]
    sent: Callback<()>,
    /// Loads the report again.
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().report;
    let session = use_session();
    let id = report.with_untracked(|report| report.summary.id);
    let draft = use_update_draft(id);
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let uploading = RwSignal::new(false);
    let outcome = Outcome::default();
    let signed_in = Memo::new(move |_| session.is_signed_in());
    let writer = Memo::new(move |_| match session.me() {
        None => Writer::Unknown,
        Some(me) if me.name.is_none() => Writer::Nameless,
        Some(_) => Writer::Known,
    });
    let statuses = Memo::new(move |_| report.with(|report| choices(report, signed_in.get())));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        outcome.clear();
        if uploading.get_untracked() {
            let message = words.update_photos_wait.to_owned();
            return errors.set(vec![FieldError { field: "photos".to_owned(), message }]);
        }
        let now = draft.get_untracked();
        let checked = |statuses: &Vec<Status>| checked(&now, statuses, writer.get_untracked());
        let update = match statuses.with_untracked(checked) {
            Ok(update) => update,
            Err(wrong) => return errors.set(wrong),
        };
        busy.set(true);
        let request = api::create_update(id, &now.idempotency_key, &update);
        spawn_local(async move {
            let answer = request.await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(taken) => {
                    draft.set(UpdateDraft::default());
                    if taken.visibility == Visibility::Unconfirmed {
                        outcome.say(words.update_mailed, &(words.update_mailed_text)(now.email.trim()));
                    } else {
                        outcome.say(words.update_done, words.update_done_text);
                        sent.run(());
                    }
                }
                Err(error) => show_refusal(&error, draft, errors, reload),
            }
        });
    };
    let text_hint = move || {
        let reopens = draft.with(|draft| draft.status == Status::Open.as_str());
        if reopens { words.update_status_reopen_hint } else { "" }
    };
    let status_field = move || {
        let statuses = statuses.get();
        (!statuses.is_empty()).then(|| {
            let same = Choice { key: String::new(), name: words.update_status_same.to_owned(), blocks: None };
            let known = signed_in.get();
            let offered = statuses.into_iter().map(|status| choice(status, known));
            let choices: Vec<_> = [same].into_iter().chain(offered).collect();
            view! {
                <Radios
                    id="status"
                    label=words.update_status
                    choices=choices
                    value=Signal::derive(move || draft.with(|draft| draft.status.clone()))
                    on_change=move |key: String| draft.update(|draft| draft.status = key)
                    errors=errors
                />
                <p class="field__hint" role="status">
                    {text_hint}
                </p>
            }
        })
    };
    view! {
        <section aria-labelledby="update-title" class="words-form">
            <h2 id="update-title">{words.update_title}</h2>
            <p>{words.update_public}</p>
            <OutcomeBox outcome=outcome />
            <ErrorSummary errors=errors />
            <form novalidate on:submit=submit>
                {status_field}
                <TextArea
                    id="text"
                    label=words.update_text
                    hint=words.update_text_hint
                    rows=4
                    max_chars=UPDATE_CHARS
                    value=Signal::derive(move || draft.with(|draft| draft.text.clone()))
                    on_input=move |text: String| draft.update(|draft| draft.text = text)
                    errors=errors
                />
                <PhotoPicker
                    hint=words.update_photos_hint
                    photos=Signal::derive(move || draft.with(|draft| draft.photos.clone()))
                    on_change=move |photos| draft.update(|draft| draft.photos = photos)
                    uploading=uploading
                    errors=errors
                />
                {move || match writer.get() {
                    Writer::Unknown => view! { <WhoWrites draft=draft errors=errors /> }.into_any(),
                    Writer::Nameless => view! { <Name draft=draft errors=errors optional=true /> }.into_any(),
                    Writer::Known => ().into_any(),
                }}
                <Check
                    id="anonymous"
                    label=words.update_anonymous
                    value=Signal::derive(move || draft.with(|draft| draft.anonymous))
                    on_change=move |anonymous: bool| draft.update(|draft| draft.anonymous = anonymous)
                />
                <Button submit=true busy=busy>
                    {move || if busy.get() { words.update_sending } else { words.update_send }}
                </Button>
            </form>
        </section>
    }
}

#[component]
fn Name(draft: RwSignal<UpdateDraft>, errors: FormErrors, optional: bool) -> impl IntoView {
    view! {
        <TextField
            id="author.name"
            label=t().report.update_name
            optional=optional
            autocomplete="name"
            value=Signal::derive(move || draft.with(|draft| draft.name.clone()))
            on_input=move |name: String| draft.update(|draft| draft.name = name)
            errors=errors
        />
    }
}

/// Name and address of somebody who is not signed in, and the way to sign in instead.
#[component]
fn WhoWrites(draft: RwSignal<UpdateDraft>, errors: FormErrors) -> impl IntoView {
    let words = t().report;
    let path = use_path();
    let sign_in = move || format!("/sign-in{}", path.with(|path| Query::new().with("return_to", path)).into_string());
    view! {
        <p>
            <a href=sign_in>{words.update_sign_in}</a>
            " "
            {words.update_sign_in_text}
        </p>
        <Name draft=draft errors=errors optional=false />
        <TextField
            id="author.email"
            label=words.update_email
            hint=words.update_email_hint
            kind="email"
            autocomplete="email"
            value=Signal::derive(move || draft.with(|draft| draft.email.clone()))
            on_input=move |email: String| draft.update(|draft| draft.email = email)
            errors=errors
        />
    }
}
