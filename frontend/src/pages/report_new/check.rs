//! Step "check": the summary, and sending.

use leptos::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::questions::{Answer, Question, check};
use mendmap_shared::text::{Email, PersonName, Phone};
use mendmap_shared::wire::categories::CategoryOption;
use mendmap_shared::wire::reports::{NewAuthor, NewReport, ReportTaken};
use mendmap_shared::workflow::Visibility;
use wasm_bindgen_futures::spawn_local;

use super::frame::Frame;
use super::step::Step;
use super::what::names;
use super::who::{Anonymous, Name};
use super::{Form, Sent};
use crate::api::{self, ApiError};
use crate::components::{FieldError, FormErrors};
use crate::i18n::{count, error_text, t};
use crate::state::drafts::Draft;
use crate::state::session::use_session;

/// The step.
#[component]
pub fn CheckStep(form: Form) -> impl IntoView {
    let words = &t().form;
    let session = use_session();
    let busy = RwSignal::new(false);
    let send = move |()| {
        let Some(category) = untrack(move || form.category()) else {
            form.errors.set(vec![FieldError { field: String::new(), message: words.check_incomplete.to_owned() }]);
            return;
        };
        let draft = form.draft.get_untracked();
        let who = match untrack(|| session.me()) {
            None => Author::Typed,
            Some(me) if me.name.is_none() => Author::Nameless,
            Some(_) => Author::Known,
        };
        let report = match compose(&draft, &category, who) {
            Ok(report) => report,
            Err(errors) => {
                land(form, errors);
                return;
            }
        };
        form.errors.clear();
        busy.set(true);
        spawn_local(async move {
            let answer = api::create_report(&draft.idempotency_key, &report).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(taken) => taken_over(form, &draft, taken),
                Err(error) => refused(form, &error),
            }
        });
    };
    let signed_in = move || {
        session.me().map(|me| {
            view! {
                <p>{(words.who_signed_in)(&me.email)}</p>
                {me.name.is_none().then(|| view! { <Name form=form /> })}
                <Anonymous form=form />
            }
        })
    };
    view! {
        <Frame
            form=form
            step=Step::Check
            title=words.check_title
            on_next=Callback::new(send)
            button=words.check_send
            busy=busy
        >
            <Summary form=form />
            {signed_in}
            <p>
                {move || {
                    form.category()
                        .filter(|category| !category.bodies.is_empty())
                        .map(|category| (words.what_sent_to)(&names(&category.bodies)))
                }}
                " "
                {move || {
                    let private = form.category().is_some_and(|category| category.private);
                    if private { words.what_private } else { words.check_public }
                }}
            </p>
            <p role="status" class="visually-hidden">
                {move || if busy.get() { words.check_sending } else { "" }}
            </p>
        </Frame>
    }
}

/// What was filled in, each with the way back to it.
#[component]
fn Summary(form: Form) -> impl IntoView {
    let words = &t().form;
    let or_none = |text: String| if text.trim().is_empty() { words.check_not_given.to_owned() } else { text };
    let row = |label: &'static str, step: Step, text: Signal<String>| {
        view! {
            <div class="summary__row">
                <dt>{label}</dt>
                <dd class="summary__value">{text}</dd>
                <dd class="summary__change">
                    <a href=step.href() aria-label=(words.check_change_what)(label)>
                        {words.check_change}
                    </a>
                </dd>
            </div>
        }
    };
    let text = move |read: fn(&Draft) -> String| Signal::derive(move || or_none(form.draft.with(read)));
    let place = Signal::derive(move || form.place_name().unwrap_or_default());
    let what = Signal::derive(move || form.category().map(|category| category.name).unwrap_or_default());
    let answers = move || {
        let questions = form.category().map(|category| category.questions).unwrap_or_default();
        let shown = questions.into_iter().filter_map(|question| {
            let answer = form.draft.with(|draft| draft.answers.get(&question.code).cloned())?;
            let text = in_words(&question, &answer);
            Some(view! {
                <div class="summary__row">
                    <dt>{question.label.clone()}</dt>
                    <dd class="summary__value">{text}</dd>
                    <dd class="summary__change">
                        <a href=Step::Details.href() aria-label=(words.check_change_what)(&question.label)>
                            {words.check_change}
                        </a>
                    </dd>
                </div>
            })
        });
        shown.collect_view()
    };
    let photos = move || {
        let photos = form.draft.with(|draft| draft.photos.clone());
        if photos.is_empty() {
            return view! { {words.check_no_photos} }.into_any();
        }
        let number = |n: usize| count(i64::try_from(n + 1).unwrap_or(i64::MAX));
        let each = photos.into_iter().enumerate().map(|(index, photo)| {
            view! {
                <img class="summary__photo" src=photo.thumb alt=(t().layout.photos_alt)(&number(index)) width="80" height="80" />
            }
        });
        each.collect_view().into_any()
    };
    let who = move || {
        let shown = Signal::derive(move || {
            let hidden = form.draft.with(|draft| draft.anonymous);
            if hidden { words.check_hidden.to_owned() } else { words.check_shown.to_owned() }
        });
        (!form.signed_in.get()).then(|| {
            view! {
                {row(words.check_who, Step::Who, text(|draft| draft.name.clone()))}
                {row(words.check_anonymous, Step::Who, shown)}
                {row(words.check_email, Step::Who, text(|draft| draft.email.clone()))}
                {row(words.check_phone, Step::Who, text(|draft| draft.phone.clone()))}
            }
        })
    };
    view! {
        <dl class="summary">
            {row(words.check_where, Step::Where, place)} {row(words.check_what, Step::What, what)}
            {row(words.check_title_row, Step::Details, text(|draft| draft.title.clone()))}
            {row(words.check_detail, Step::Details, text(|draft| draft.detail.clone()))} {answers}
            <div class="summary__row">
                <dt>{words.check_photos}</dt>
                <dd class="summary__value">{photos}</dd>
                <dd class="summary__change">
                    <a href=Step::Photos.href() aria-label=(words.check_change_what)(words.check_photos)>
                        {words.check_change}
                    </a>
                </dd>
            </div>
            {who}
        </dl>
    }
}

/// An answer in words instead of keys.
fn in_words(question: &Question, answer: &Answer) -> String {
    use chrono::{DateTime, Utc};
    use mendmap_shared::questions::Datatype;
    let name = |key: &String| {
        let choice = question.choices.iter().find(|choice| choice.key == *key);
        choice.map_or_else(|| key.clone(), |choice| choice.name.clone())
    };
    match answer {
        Answer::One(text) if question.datatype == Datatype::Datetime => {
            text.parse::<DateTime<Utc>>().map_or_else(|_| text.clone(), crate::i18n::date_time)
        }
        Answer::One(text) => name(text),
        Answer::Many(keys) => keys.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// What of its author a report has to say.
#[derive(Clone, Copy)]
enum Author {
    /// Everything: nobody is signed in.
    Typed,
    /// The name: somebody is signed in who has not given one yet.
    Nameless,
    /// Nothing: the account says it.
    Known,
}

/// The report from the draft, by the same rules as the API's; else what is wrong, by field.
fn compose(draft: &Draft, category: &CategoryOption, who: Author) -> Result<NewReport, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, code: FieldCode| errors.push(FormErrors::one(field, code));
    let title = draft.title.parse().map_err(|code| wrong("title", code)).ok();
    let detail = draft.detail.parse().map_err(|code| wrong("detail", code)).ok();
    let checked = check(&category.questions, &draft.answers);
    for (field, problem) in &checked.problems {
        wrong(field, problem.code);
    }
    let author = match who {
        Author::Known => None,
        Author::Nameless | Author::Typed => {
            let name = draft.name.parse::<PersonName>().map_err(|code| wrong("author.name", code)).ok();
            let mut author = NewAuthor { name, email: None, phone: None };
            if matches!(who, Author::Typed) {
                author.email = draft.email.parse::<Email>().map_err(|code| wrong("author.email", code)).ok();
                let phone = (!draft.phone.trim().is_empty()).then(|| draft.phone.parse::<Phone>());
                author.phone = phone.and_then(|phone| phone.map_err(|code| wrong("author.phone", code)).ok());
            }
            Some(author)
        }
    };
    if draft.location.is_none() {
        wrong("location", FieldCode::Required);
    }
    errors.extend(checked.blocked.map(|message| FieldError { field: "answers".to_owned(), message }));
    match (draft.location, title, detail) {
        (Some(location), Some(title), Some(detail)) if errors.is_empty() => Ok(NewReport {
            location,
            category: category.code.clone(),
            title,
            detail,
            answers: checked.answers,
            photos: draft.photos.iter().map(|photo| photo.id.clone()).collect(),
            anonymous: draft.anonymous,
            author,
        }),
        _ => Err(errors),
    }
}

/// Shows errors at the step and field they belong to: first those of the earliest step.
fn land(form: Form, errors: Vec<FieldError>) {
    let signed_in = form.signed_in.get_untracked();
    let step_of = |error: &FieldError| match Step::of_field(&error.field) {
        // Somebody signed in is asked here for what their account does not say.
        Step::Who if signed_in => Step::Check,
        step => step,
    };
    let Some(step) = errors.iter().map(step_of).min() else { return };
    let here: Vec<_> = errors.into_iter().filter(|error| step_of(error) == step).collect();
    form.errors.set(here);
    if step != Step::Check {
        form.go_to(step, false);
    }
}

/// The API has the report: the draft is done with.
fn taken_over(form: Form, draft: &Draft, taken: ReportTaken) {
    form.errors.clear();
    form.draft.set(Draft { name: draft.name.clone(), email: draft.email.clone(), ..Draft::default() });
    if taken.visibility == Visibility::Unconfirmed {
        form.sent.set(Some(Sent { email: draft.email.clone(), bodies: taken.bodies }));
        form.go_to(Step::Sent, true);
    } else {
        form.leave_to(&format!("/reports/{}", taken.id));
    }
}

/// The API did not take it: everything stays, and the errors land where they belong.
fn refused(form: Form, error: &ApiError) {
    let fields = error.fields();
    if fields.is_empty() {
        form.errors.set(vec![FieldError { field: String::new(), message: error_text(error) }]);
    } else {
        let known = |field: &str| match field {
            "name" | "email" | "phone" => format!("author.{field}"),
            _ => field.to_owned(),
        };
        land(form, fields.iter().map(|(field, problem)| FormErrors::one(&known(field), problem.code)).collect());
    }
}
