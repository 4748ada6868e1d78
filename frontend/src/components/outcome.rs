//! What came of the last thing somebody sent: read out, and focused, so that nobody has to look for it.

use leptos::html::Div;
use leptos::prelude::*;

/// The outcome of a form. Copy it freely.
#[derive(Clone, Copy, Default)]
pub struct Outcome(RwSignal<Option<(String, String)>>);

impl Outcome {
    /// Says it went well: a title, and a sentence, which may be empty. Does nothing when the page was left.
    pub fn say(self, title: &str, text: &str) {
        let _gone = self.0.try_set(Some((title.to_owned(), text.to_owned())));
    }

    /// Forgets it, before the next try.
    pub fn clear(self) {
        self.0.set(None);
    }
}

/// Where the outcome is shown. The box is always there, because screen readers only watch boxes they know.
#[component]
pub fn OutcomeBox(
    /// The outcome.
    outcome: Outcome,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if outcome.0.with(Option::is_some)
            && let Some(place) = place.get()
        {
            // A box that cannot take the focus is read out all the same.
            let _focused = place.focus();
        }
    });
    view! {
        <div class="outcome" role="status" tabindex="-1" node_ref=place>
            {move || {
                outcome
                    .0
                    .get()
                    .map(|(title, text)| {
                        view! {
                            <div class="notice notice--success">
                                <p class="notice__title">{title}</p>
                                {(!text.is_empty()).then(|| view! { <p>{text}</p> })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}
