//! Step "similar": reports of others nearby that may be the same, to support or follow instead.

use leptos::prelude::*;
use mendmap_shared::text::Email;
use mendmap_shared::wire::reports::ReportSummary;
use wasm_bindgen_futures::spawn_local;

use super::Form;
use super::frame::Frame;
use super::step::Step;
use crate::api;
use crate::components::{Button, ButtonKind, Fetched, FormErrors, ReportCard, TextField};
use crate::i18n::{error_text, field_text, t};
use crate::state::device;

/// The step.
#[component]
pub fn SimilarStep(form: Form) -> impl IntoView {
    let words = &t().form;
    let similar = LocalResource::new(move || {
        let (place, category, title) =
            form.draft.with_untracked(|draft| (draft.location, draft.category.clone(), draft.title.clone()));
        async move {
            match place {
                Some(place) => api::list_similar_reports(place, &category, &title).await,
                None => Ok(Vec::new()),
            }
        }
    });
    let next = move |()| {
        form.draft.update(|draft| draft.none_similar = true);
        form.next(Step::Similar);
    };
    let draw = move |reports: Vec<ReportSummary>| {
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
        view! { <ul class="cards">{rows.collect_view()}</ul> }
    };
    view! {
        <Frame
            form=form
            step=Step::Similar
            title=words.similar_title
            on_next=Callback::new(next)
            button=words.similar_none
        >
            <p>{words.similar_text}</p>
            <Fetched resource=similar view=draw />
        </Frame>
    }
}

/// Support or follow, in one press each. Without a session, following needs an address first.
#[component]
fn Instead(form: Form, id: i64) -> impl IntoView {
    let words = &t().form;
    let busy = RwSignal::new(false);
    let supported = RwSignal::new(false);
    let followed = RwSignal::new(false);
    let asks = RwSignal::new(false);
    let says = RwSignal::new(String::new());
    let errors = FormErrors::default();
    let support = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::support_report(id, device::name()).await;
            if busy.try_set(false).is_some() {
                return;
            }
            supported.set(answer.is_ok());
            says.set(match answer {
                Ok(_) => format!("{} {}", words.similar_supported, words.similar_done),
                Err(error) => error_text(&error),
            });
        });
    };
    let send = move |email: Option<Email>| {
        busy.set(true);
        spawn_local(async move {
            let answer = api::follow_report(id, email).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    asks.set(false);
                    followed.set(true);
                    let text = if answer.following { words.similar_following } else { words.similar_follow_sent };
                    says.set(text.to_owned());
                }
                Err(error) => says.set(error_text(&error)),
            }
        });
    };
    let field = format!("follow-{id}");
    let follow = {
        let field = field.clone();
        move |_| {
            if form.signed_in.get_untracked() {
                send(None);
            } else if !asks.get_untracked() {
                asks.set(true);
            } else {
                match form.draft.with_untracked(|draft| draft.email.parse::<Email>()) {
                    Ok(email) => {
                        errors.clear();
                        send(Some(email));
                    }
                    Err(code) => {
                        errors.set(vec![FormErrors::one(&field, code)]);
                        says.set(field_text(code).to_owned());
                    }
                }
            }
        }
    };
    view! {
        <div class="instead">
            {move || {
                let field = field.clone();
                asks.get()
                    .then(|| {
                        view! {
                            <TextField
                                id=field
                                label=words.similar_email
                                kind="email"
                                autocomplete="email"
                                value=Signal::derive(move || form.draft.with(|draft| draft.email.clone()))
                                on_input=move |email| form.draft.update(|draft| draft.email = email)
                                errors=errors
                            />
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
                    <Button kind=ButtonKind::Secondary busy=busy on_press=follow>
                        {words.similar_follow}
                    </Button>
                </span>
            </div>
            <p class="instead__says" role="status">
                {says}
            </p>
        </div>
    }
}
