//! Step "similar": reports of others nearby that may be the same, to support or follow instead.

use leptos::ev::KeyboardEvent;
use leptos::html::P;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::error::FieldCode;
use mendmap_shared::text::Email;
use mendmap_shared::wire::reports::ReportSummary;

use super::form::Form;
use super::frame::Frame;
use super::step::Step;
use crate::api::{self, ApiError};
use crate::components::{Button, ButtonKind, EmptyState, Fetched, FormErrors, ReportCard, TextField, focus_field};
use crate::i18n::{error_text, t};
use crate::state::inquiry::Inquiry;
use crate::state::{device, supported};

/// The step.
#[component]
pub fn SimilarStep(form: Form) -> impl IntoView {
    let words = t().form;
    let errors = form.errors_of(Step::Similar);
    let from = form.similar_from.get_value();
    let (place, category, title, before) = form.draft.with_untracked(|draft| {
        (draft.location, draft.category.clone(), draft.title.trim().to_owned(), draft.similar.clone())
    });
    // Inquiry for a second time, for the title, it shows what the first time did not.
    let seen = before.filter(|_| from == Step::Details).unwrap_or_default().seen;
    let asked_title = title.clone();
    let similar = Inquiry::new(move || {
        let (category, title, seen) = (category.clone(), title.clone(), seen.clone());
        async move {
            let Some(place) = place else { return Ok(Vec::new()) };
            let mut found = api::list_similar_reports(place, &category, &title).await?;
            found.retain(|report| !seen.contains(&report.id));
            Ok(found)
        }
    });
    let none = move || matches!(similar.get(), Some(Ok(found)) if found.is_empty());
    let next = move |()| {
        let shown = similar.get_untracked().and_then(Result::ok).unwrap_or_default();
        form.draft.update(|draft| {
            let search = draft.similar.get_or_insert_default();
            search.title.clone_from(&asked_title);
            search.seen.extend(shown.iter().map(|report| report.id));
        });
        form.next(from);
    };
    let draw = move |reports: Vec<ReportSummary>| {
        if reports.is_empty() {
            return view! { <EmptyState text=words.similar_empty /> }.into_any();
        }
        let rows = reports.into_iter().map(|report| {
            let id = report.id;
            view! {
                <li>
                    <ReportCard report=report level=2>
                        <Instead form=form id=id />
                    </ReportCard>
                </li>
            }
        });
        view! {
            <p>{words.similar_text}</p>
            <ul class="cards">{rows.collect_view()}</ul>
        }
        .into_any()
    };
    view! {
        <Frame
            form=form
            step=Step::Similar
            title=words.similar_title
            on_next=Callback::new(next)
            button=Signal::derive(move || if none() { words.next } else { words.similar_none })
            errors=errors
        >
            <Fetched resource=similar view=draw />
        </Frame>
    }
}

/// Support or follow, in one press each. Without a session, following needs an address first.
#[component]
fn Instead(form: Form, id: i64) -> impl IntoView {
    let words = t().form;
    let busy = RwSignal::new(false);
    // Without a session it is the device that counts, and the device knows.
    let before = !form.signed_in.get_untracked() && supported::is_supported(id);
    let supported = RwSignal::new(before);
    let followed = RwSignal::new(false);
    let asks = RwSignal::new(false);
    let says = RwSignal::new(if before { words.similar_supported_before.to_owned() } else { String::new() });
    let errors = FormErrors::default();
    let outcome = NodeRef::<P>::new();
    // A button that has done its work goes away: the focus goes to what it brought.
    let say = move |text: String| {
        says.set(text);
        if let Some(outcome) = outcome.get_untracked() {
            let _focused = outcome.focus();
        }
    };
    let field = format!("follow-{id}");
    let wrong = {
        let field = field.clone();
        move |code: FieldCode| {
            says.set(String::new());
            errors.set(vec![FormErrors::one(&field, code)]);
            focus_field(&field);
        }
    };
    let support = move |_| {
        let by_device = !form.signed_in.get_untracked();
        busy.set(true);
        spawn_local(async move {
            let answer = api::support_report(id, device::name()).await;
            if answer.is_ok() && by_device {
                supported::remember(id, true);
            }
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(_) => {
                    supported.set(true);
                    say(format!("{} {}", words.similar_supported, words.similar_done));
                }
                Err(error) => says.set(error_text(&error)),
            }
        });
    };
    let refused = wrong.clone();
    let send = move |email: Option<Email>| {
        let refused = refused.clone();
        busy.set(true);
        spawn_local(async move {
            let answer = api::follow_report(id, email).await;
            if busy.try_set(false).is_some() {
                return;
            }
            let of_field = |error: &ApiError| error.fields().get("email").map(|problem| problem.code);
            match answer {
                Ok(answer) => {
                    asks.set(false);
                    followed.set(true);
                    let text = if answer.following { words.similar_following } else { words.similar_follow_sent };
                    say(text.to_owned());
                }
                Err(error) => match of_field(&error) {
                    Some(code) => refused(code),
                    None => says.set(error_text(&error)),
                },
            }
        });
    };
    let follow = {
        let field = field.clone();
        Callback::new(move |()| {
            if busy.get_untracked() {
                return;
            }
            if form.signed_in.get_untracked() {
                send(None);
            } else if !asks.get_untracked() {
                asks.set(true);
                let field = field.clone();
                request_animation_frame(move || focus_field(&field));
            } else {
                match form.draft.with_untracked(|draft| draft.email.parse::<Email>()) {
                    Ok(email) => {
                        errors.clear();
                        send(Some(email));
                    }
                    Err(code) => wrong(code),
                }
            }
        })
    };
    // Enter in the field belongs to its button, and not to the form's, which would say that this is another problem.
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            follow.run(());
        }
    };
    view! {
        <div class="instead">
            {move || {
                let field = field.clone();
                asks.get()
                    .then(|| {
                        view! {
                            <div on:keydown=on_key>
                                <TextField
                                    id=field
                                    label=words.similar_email
                                    kind="email"
                                    autocomplete="email"
                                    value=Signal::derive(move || form.draft.with(|draft| draft.email.clone()))
                                    on_input=move |email| form.draft.update(|draft| draft.email = email)
                                    errors=errors
                                />
                            </div>
                        }
                    })
            }}
            <div class="buttons">
                <span hidden=move || supported.get()>
                    <Button kind=ButtonKind::Secondary busy=busy on_press=support>
                        {words.similar_support}
                    </Button>
                </span>
                <span hidden=move || followed.get()>
                    <Button kind=ButtonKind::Secondary busy=busy on_press=move |_| follow.run(())>
                        {words.similar_follow}
                    </Button>
                </span>
            </div>
            <p class="instead__says" role="status" tabindex="-1" node_ref=outcome>
                {says}
            </p>
        </div>
    }
}
