//! A button for what cannot be taken back: it asks once more.

use leptos::html::Div;
use leptos::prelude::*;

use crate::components::{Button, ButtonKind};
use crate::i18n::t;

/// The button, and once it is pressed the question in its place, which takes the focus.
#[component]
pub fn Sure(
    /// What the button says.
    label: &'static str,
    /// What it is about, for those who do not see what it stands beside.
    #[prop(into)]
    of: String,
    /// What will happen.
    #[prop(into)]
    question: String,
    /// What the button says that does it.
    yes: &'static str,
    /// Whether it is being done.
    #[prop(into)]
    busy: Signal<bool>,
    /// Does it.
    #[prop(into)]
    on_yes: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let place = NodeRef::<Div>::new();
    let named = (t().integrations.action_on)(label, &of);
    let of = StoredValue::new(of);
    let question = StoredValue::new(question);
    Effect::new(move |before: Option<bool>| {
        let asks = asking.get();
        if (asks || before == Some(true))
            && let Some(place) = place.get_untracked()
        {
            // The button pressed is gone: the focus stays where it was.
            let _focused = place.focus();
        }
        asks
    });
    let draw = move || {
        if asking.get() {
            view! {
                <p>{question.get_value()}</p>
                <div class="sure__buttons">
                    <Button
                        busy=busy
                        on_press=move |_| {
                            asking.set(false);
                            on_yes.run(());
                        }
                    >
                        {yes}
                    </Button>
                    <Button kind=ButtonKind::Secondary on_press=move |_| asking.set(false)>
                        {t().integrations.cancel}
                    </Button>
                </div>
            }
            .into_any()
        } else {
            view! {
                <Button kind=ButtonKind::Secondary busy=busy on_press=move |_| asking.set(true)>
                    {label}
                    <span class="visually-hidden">{of.get_value()}</span>
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <div class="sure" class:sure--asking=asking role="group" tabindex="-1" aria-label=named node_ref=place>
            {draw}
        </div>
    }
}
