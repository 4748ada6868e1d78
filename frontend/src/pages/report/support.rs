//! "I see this too": one press, no account.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::reports::Report;

use crate::api;
use crate::components::{Button, ButtonKind};
use crate::i18n::{error_text, plural, t};
use crate::state::session::use_session;
use crate::state::{device, supported};

/// The button and the number.
#[component]
pub fn Support(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    let session = use_session();
    let id = report.with_untracked(|report| report.summary.id);
    // What the last press brought counts more than what the page was loaded with.
    let pressed = RwSignal::new(None::<(bool, i32)>);
    let on_device = supported::is_supported(id);
    let signed_in = Memo::new(move |_| session.is_signed_in());
    let own = Memo::new(move |_| report.with(|report| report.viewer.as_ref().is_some_and(|viewer| viewer.author)));
    let now = move || {
        pressed.get().unwrap_or_else(|| {
            report.with(|report| {
                // Signed in, the person counts; without a session, the device.
                let person = report.viewer.as_ref().is_some_and(|viewer| viewer.supporting);
                (if signed_in.get() { person } else { on_device }, report.summary.supporters)
            })
        })
    };
    let supporting = Memo::new(move |_| now().0);
    let busy = RwSignal::new(false);
    let says = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<String>);
    let press = move |_| {
        let wanted = !supporting.get_untracked();
        let by_device = !signed_in.get_untracked();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let device = device::name();
            let answer =
                if wanted { api::support_report(id, device).await } else { api::withdraw_support(id, device).await };
            if answer.is_ok() && by_device {
                supported::remember(id, wanted);
            }
            if busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => {
                    pressed.set(Some((wanted, answer.supporters)));
                    says.set(if wanted { words.support_thanks } else { words.support_undone }.to_owned());
                }
                Err(error) => failed.set(Some(error_text(&error))),
            }
        });
    };
    let number = move || match now().1 {
        0 => words.support_none.to_owned(),
        number => plural(number, t().layout.one_supporter, t().layout.supporters),
    };
    view! {
        <section class="aside-box" aria-labelledby="support-title">
            <h2 id="support-title">{words.support_title}</h2>
            <p class="support__number">{number}</p>
            {move || {
                (!own.get())
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary busy=busy on_press=press>
                                {move || if supporting.get() { words.support_undo } else { words.support }}
                            </Button>
                        }
                    })
            }}
            <p class="aside-box__says" role="status">
                {says}
            </p>
            {move || failed.get().map(|why| view! { <p class="field__error" role="alert">{why}</p> })}
        </section>
    }
}
