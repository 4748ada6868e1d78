//! The summary of a report that is about to be sent.

use chrono::DateTime;
use leptos::prelude::*;
use mendmap_shared::questions::{Answer, Datatype, Question};

use super::answers::of_questions;
use super::form::Form;
use super::step::Step;
use crate::i18n::{count, date_time, t};
use crate::state::drafts::Draft;

/// What was filled in, each with the way back to it.
#[component]
pub fn Summary(form: Form) -> impl IntoView {
    let words = t().form;
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
    let category = Memo::new(move |_| form.category().known().flatten());
    let what = Signal::derive(move || category.get().map(|category| category.name).unwrap_or_default());
    let answers = move || {
        let questions = category.get().map(|category| category.questions).unwrap_or_default();
        let own = form.draft.with(|draft| of_questions(&questions, &draft.answers));
        let shown = questions.into_iter().filter_map(|question| {
            let answer = own.get(&question.code).cloned()?;
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
        let photos = form.draft.with(|draft| draft.photos.list.clone());
        if photos.is_empty() {
            return view! { {words.check_no_photos} }.into_any();
        }
        let each = photos.into_iter().enumerate().map(|(index, kept)| {
            let alt = (t().photos.alt)(&count(index + 1));
            view! { <img class="summary__photo" src=kept.photo.thumb alt=alt width="80" height="80" /> }
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
    let name = |key: &String| {
        let choice = question.choices.iter().find(|choice| choice.key == *key);
        choice.map_or_else(|| key.clone(), |choice| choice.name.clone())
    };
    match answer {
        Answer::One(text) if question.datatype == Datatype::Datetime => {
            DateTime::parse_from_rfc3339(text).map_or_else(|_| text.clone(), |time| date_time(time.to_utc()))
        }
        Answer::One(text) => name(text),
        Answer::Many(keys) => keys.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}
