//! What stands around every step: the way back, the count, the errors, the buttons.

use leptos::prelude::*;

use super::form::Form;
use super::step::Step;
use crate::components::{Button, ButtonKind, ErrorSummary, FormErrors, Page};
use crate::i18n::{count, t};
use crate::state::drafts::Draft;

/// A step's frame. `on_next` runs on "Continue", also by Enter in a field.
#[component]
pub fn Frame(
    form: Form,
    step: Step,
    /// Heading of the step.
    title: &'static str,
    /// Checks the step and goes on.
    on_next: Callback<()>,
    /// What the button says, if not "Continue".
    #[prop(default = Signal::stored(t().form.next), into)]
    button: Signal<&'static str>,
    /// Whether its work is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether there is a button at all: a step that blocks the report has none.
    #[prop(default = Signal::stored(true), into)]
    may_go_on: Signal<bool>,
    /// What is wrong with the step.
    errors: FormErrors,
    children: Children,
) -> impl IntoView {
    let words = t().form;
    let numbers = move || {
        let (number, of) = step.number(form.signed_in.get())?;
        Some((words.step_of)(&count(number), &count(of)))
    };
    let back = move || match step {
        Step::Similar => Some(form.similar_from.get_value().href()),
        step => step.back(form.signed_in.get()).map(Step::href),
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && may_go_on.get_untracked() {
            on_next.run(());
        }
    };
    let start_again = move |_| {
        // A question of the browser's own, which every screen reader and keyboard can answer.
        if window().confirm_with_message(words.start_again_sure).unwrap_or(false) {
            errors.clear();
            form.draft.set(Draft::default());
            form.leave_to(&Step::Where.href());
        }
    };
    view! {
        <div class="form-page">
            {move || {
                back()
                    .map(|href| {
                        view! {
                            <a class="back-link" href=href>
                                {words.back}
                            </a>
                        }
                    })
            }}
            <p class="form-page__step">{numbers}</p>
            <Page title=title>
                <ErrorSummary errors=errors />
                <form novalidate on:submit=submit>
                    {children()}
                    <div class="buttons">
                        {move || {
                            may_go_on
                                .get()
                                .then(|| {
                                    view! {
                                        <Button submit=true busy=busy>
                                            {button}
                                        </Button>
                                    }
                                })
                        }}
                        <Button kind=ButtonKind::Link on_press=start_again>
                            {words.start_again}
                        </Button>
                    </div>
                </form>
                <p class="form-page__kept">{words.kept}</p>
            </Page>
        </div>
    }
}
