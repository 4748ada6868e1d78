//! Who reported it, and what they answered.

use leptos::prelude::*;
use mendmap_shared::wire::desk::{AuthorContact, DeskReport};

use crate::i18n::t;

fn row(name: &'static str, value: AnyView) -> impl IntoView {
    view! {
        <div class="facts__row">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
}

/// How to reach the person, with what to be careful about.
#[component]
pub fn Contact(now: Memo<DeskReport>) -> impl IntoView {
    let words = t().desk;
    let author = Memo::new(move |_| now.with(|now| now.author.clone()));
    let subject = move || now.with(|now| format!("{} (#{})", now.report.summary.title, now.report.summary.id));
    let known = move |author: AuthorContact| {
        let email = author.email.map(|email| {
            let href = format!("mailto:{email}?subject={}", String::from(js_sys::encode_uri_component(&subject())));
            row(words.reporter_email, view! { <a href=href>{email}</a> }.into_any())
        });
        let phone = author.phone.map(|phone| {
            let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
            row(words.reporter_phone, view! { <a href=format!("tel:{digits}")>{phone}</a> }.into_any())
        });
        view! {
            <dl class="facts facts--stacked">
                {author.name.map(|name| row(words.reporter_name, name.into_any()))} {email} {phone}
            </dl>
            {author.anonymous.then(|| view! { <p class="mark">{words.reporter_anonymous}</p> })}
            <p class="quiet">{words.reporter_private}</p>
        }
    };
    view! {
        <section class="aside-box" aria-labelledby="contact-title">
            <h2 id="contact-title">{words.reporter}</h2>
            {move || match author.get() {
                Some(author) => known(author).into_any(),
                None => view! { <p>{words.reporter_none}</p> }.into_any(),
            }}
        </section>
    }
}

/// The extra questions and their answers, where there are any.
#[component]
pub fn Answers(now: Memo<DeskReport>) -> impl IntoView {
    let words = t().desk;
    let answers = Memo::new(move |_| now.with(|now| now.answers.clone()));
    move || {
        let answers = answers.get();
        (!answers.is_empty()).then(|| {
            let one = |answer: mendmap_shared::wire::desk::AnswerShown| {
                view! {
                    <div>
                        <dt>{answer.question}</dt>
                        <dd>{answer.answer}</dd>
                    </div>
                }
            };
            view! {
                <section aria-labelledby="answers-title">
                    <h2 id="answers-title">{words.answers}</h2>
                    <dl class="answers">{answers.into_iter().map(one).collect_view()}</dl>
                </section>
            }
        })
    }
}
