//! How the report was handed over, and sending it again where that failed.

use leptos::html::H2;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::desk::{DeliveryState, DeskReport, StaffDelivery};

use crate::api;
use crate::components::{Button, ButtonKind};
use crate::i18n::{date_time, error_text, plural, relative, t};

/// The deliveries, one per body.
#[component]
pub fn Deliveries(
    /// The report.
    now: Memo<DeskReport>,
    /// Slugs of the bodies this person may send again for.
    retry_for: Vec<String>,
    /// Loads the report again.
    reload: Callback<()>,
) -> impl IntoView {
    let words = t().desk;
    let deliveries = Memo::new(move |_| now.with(|now| now.deliveries.clone()));
    let id = now.with_untracked(|now| now.report.summary.id);
    let retry_for = StoredValue::new(retry_for);
    let busy = RwSignal::new(false);
    let says = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<String>);
    let heading = NodeRef::<H2>::new();
    let retry = move |slug: String, name: String| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::retry_delivery(id, &slug).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(()) => {
                    says.set((words.delivery_retried)(&name));
                    // The button goes away: the focus stays close to where it was.
                    if let Some(heading) = heading.get_untracked() {
                        let _focused = heading.focus();
                    }
                    reload.run(());
                }
                Err(error) => failed.set(Some(error_text(&error))),
            }
        });
    };
    let draw = move |delivery: StaffDelivery| {
        let (slug, name) = (delivery.body.slug.clone(), delivery.body.name.clone());
        let again = delivery.state == DeliveryState::Parked && retry_for.with_value(|slugs| slugs.contains(&slug));
        view! {
            <li class="delivery">
                <p class="delivery__body">
                    {match delivery.update_id {
                        None => name.clone(),
                        Some(_) => (words.delivery_of_update)(&name),
                    }}
                </p>
                {state(&delivery)}
                {again
                    .then(|| {
                        let label = (words.delivery_retry)(&name);
                        view! {
                            <Button
                                kind=ButtonKind::Secondary
                                busy=busy
                                on_press=move |_| retry(slug.clone(), name.clone())
                            >
                                {label}
                            </Button>
                        }
                    })}
            </li>
        }
    };
    view! {
        <section class="aside-box" aria-labelledby="deliveries-title">
            <h2 id="deliveries-title" tabindex="-1" node_ref=heading>
                {words.deliveries}
            </h2>
            <p class="aside-box__says" role="status">
                {says}
            </p>
            {move || failed.get().map(|why| view! { <p class="field__error" role="alert">{why}</p> })}
            {move || {
                let deliveries = deliveries.get();
                if deliveries.is_empty() {
                    view! { <p>{words.deliveries_none}</p> }.into_any()
                } else {
                    view! { <ul class="deliveries">{deliveries.into_iter().map(draw).collect_view()}</ul> }.into_any()
                }
            }}
        </section>
    }
}

/// Where it is, how often it was tried, what went wrong.
fn state(delivery: &StaffDelivery) -> impl IntoView + use<> {
    let words = t().desk;
    let (word, class) = match delivery.state {
        DeliveryState::Pending => (words.delivery_pending, "mark"),
        DeliveryState::Sent => (words.delivery_sent, ""),
        DeliveryState::Parked => (words.delivery_parked, "mark mark--overdue"),
        DeliveryState::Withheld => (words.delivery_withheld, "mark"),
    };
    let sent = delivery.sent_at.map(|at| (words.delivery_at)(&date_time(at)));
    let attempts = plural(delivery.attempts, words.delivery_attempt, words.delivery_attempts);
    let pending = delivery.state == DeliveryState::Pending;
    let next = delivery.next_attempt_at.filter(|_| pending).map(|at| (words.delivery_next)(&relative(at)));
    let error = delivery.last_error.clone().filter(|_| delivery.state != DeliveryState::Sent);
    view! {
        <p>
            <span class=class>{word}</span>
            {sent.map(|sent| format!(" {sent}"))}
        </p>
        <p class="quiet">{[Some(attempts), next].into_iter().flatten().collect::<Vec<_>>().join(". ")}</p>
        {error
            .map(|error| {
                view! {
                    <p class="quiet">
                        {words.delivery_error} ": " <span class="delivery__error">{error}</span>
                    </p>
                }
            })}
    }
}
