//! After sending without a session: the mail has to be opened.

use leptos::prelude::*;

use super::form::Form;
use super::step::Step;
use super::what::names;
use crate::components::{ButtonKind, ButtonLink, Notice, Page};
use crate::i18n::t;

/// The page. After a reload it knows no address any more, and says the same without it.
#[component]
pub fn SentStep(form: Form) -> impl IntoView {
    let words = t().form;
    let sent = form.sent.get_untracked();
    let text = match &sent {
        Some(sent) => (words.mail_text)(&sent.email),
        None => words.mail_text_plain.to_owned(),
    };
    let bodies = sent.map(|sent| sent.bodies).filter(|bodies| !bodies.is_empty());
    view! {
        <div class="form-page">
            <Page title=words.mail_title>
                <Notice>
                    <p>{text}</p>
                    {bodies.map(|bodies| view! { <p>{(words.mail_sent_to)(&names(&bodies))}</p> })}
                </Notice>
                <p>{words.mail_spam}</p>
                <div class="buttons">
                    <ButtonLink href="/map">{words.mail_map}</ButtonLink>
                    <ButtonLink href=Step::Where.href() kind=ButtonKind::Secondary>
                        {words.mail_again}
                    </ButtonLink>
                </div>
            </Page>
        </div>
    }
}
