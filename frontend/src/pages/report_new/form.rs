//! What the steps share, and the ways between them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::{BodyRef, CategoriesAt, CategoryOption};
use mendmap_shared::wire::places::PlaceAt;

use super::step::Step;
use crate::api::{self, ApiError};
use crate::components::{ErrorState, FieldError, FormErrors, Loading};
use crate::i18n::{coordinates, t};
use crate::state::drafts::Draft;
use crate::state::inquiry::Inquiry;

/// What every step shares. Copy it freely.
#[derive(Clone, Copy)]
pub struct Form {
    /// What is filled in.
    pub draft: RwSignal<Draft>,
    /// The place chosen.
    pub location: Memo<Option<LonLat>>,
    /// What can be reported at a place.
    pub categories: Inquiry<Answered<CategoriesAt>>,
    /// What lies at a place.
    pub place: Inquiry<Answered<PlaceAt>>,
    /// The report that was just sent.
    pub sent: RwSignal<Option<Sent>>,
    /// Whether somebody is signed in.
    pub signed_in: Memo<bool>,
    /// The step that led to the similar reports.
    pub similar_from: StoredValue<Step>,
    /// Errors that another step has to show, until it does.
    pub landed: StoredValue<Option<(Step, Vec<FieldError>)>>,
    /// Goes to an address, in place of this one or as the next.
    pub go: StoredValue<Go>,
}

/// Goes to an address; `true` to take this one's place in the history.
pub type Go = Box<dyn Fn(&str, bool) + Send + Sync>;

/// What the API said about a place, with the place: an answer about the one before is none. `None` without a place.
pub type Answered<T> = Option<(LonLat, Result<T, ApiError>)>;

/// What is known of something the API was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked<T> {
    /// Nothing yet.
    Loading,
    /// That it did not come.
    Failed(ApiError),
    /// All.
    Known(T),
}

impl<T> Asked<T> {
    /// The thing, where it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(it) => Some(it),
            Self::Loading | Self::Failed(_) => None,
        }
    }
}

/// A report that waits for its author to open the link in our mail.
#[derive(Clone)]
pub struct Sent {
    /// Where the mail went.
    pub email: String,
    /// Where the report will go.
    pub bodies: Vec<BodyRef>,
}

impl Form {
    /// Goes to a step; a step for the back button unless `replace`.
    pub fn go_to(self, step: Step, replace: bool) {
        self.go.with_value(|go| go(&step.href(), replace));
    }

    /// Goes to another page, which takes this one's place in the history.
    pub fn leave_to(self, href: &str) {
        self.go.with_value(|go| go(href, true));
    }

    /// Goes on from a step that is complete.
    pub fn next(self, from: Step) {
        self.go_to(from.next(self.signed_in.get_untracked()), false);
    }

    /// Goes on from a step that is complete, past reports of others that may be the same problem: where there are some
    /// that were not looked at yet, they come first. A title brings up others than the place alone.
    pub fn next_past_similar(self, from: Step, busy: RwSignal<bool>) {
        let (place, category, title, before) = self.draft.with_untracked(|draft| {
            (draft.location, draft.category.clone(), draft.title.trim().to_owned(), draft.similar.clone())
        });
        let done = before.as_ref().is_some_and(|before| from == Step::What || before.title == title);
        let Some(place) = place.filter(|_| !done) else { return self.next(from) };
        busy.set(true);
        spawn_local(async move {
            let found = api::list_similar_reports(place, &category, &title).await;
            if busy.try_set(false).is_some() {
                return;
            }
            // Without an answer the form goes on: a report too many is better than none.
            let Ok(found) = found else { return self.next(from) };
            let mut search = before.unwrap_or_default();
            if found.iter().any(|report| !search.seen.contains(&report.id)) {
                self.similar_from.set_value(from);
                self.go_to(Step::Similar, false);
            } else {
                search.title = title;
                self.draft.update(|draft| draft.similar = Some(search));
                self.next(from);
            }
        });
    }

    /// Goes to the step that has to show these errors.
    pub fn land(self, step: Step, errors: Vec<FieldError>, replace: bool) {
        self.landed.set_value(Some((step, errors)));
        self.go_to(step, replace);
    }

    /// The errors of a step that has just been opened: they end with it, so that none shows up at another.
    pub fn errors_of(self, step: Step) -> FormErrors {
        let errors = FormErrors::default();
        let landed = self.landed.try_update_value(Option::take).flatten();
        if let Some((_, landed)) = landed.filter(|(at, _)| *at == step) {
            errors.set(landed);
        }
        errors
    }

    /// What can be reported at the place. Tracks.
    pub fn categories(self) -> Asked<CategoriesAt> {
        asked(self.categories.get().flatten(), self.location.get())
    }

    /// The category chosen; `None` where the place has no such category. Tracks.
    pub fn category(self) -> Asked<Option<CategoryOption>> {
        let code = self.draft.with(|draft| draft.category.clone());
        match self.categories() {
            Asked::Loading => Asked::Loading,
            Asked::Failed(error) => Asked::Failed(error),
            Asked::Known(at) => {
                let mut all = at.groups.into_iter().flat_map(|group| group.categories);
                Asked::Known(all.find(|category| category.code == code))
            }
        }
    }

    /// What the chosen place is called; its coordinates where nobody can say. `None` without a place, and until it is
    /// known. Tracks.
    pub fn place_name(self) -> Option<String> {
        let words = t().form;
        let location = self.location.get()?;
        let at = match asked(self.place.get().flatten(), Some(location)) {
            Asked::Loading => return None,
            Asked::Failed(_) => return Some((words.where_at)(&coordinates(location))),
            Asked::Known(at) => at,
        };
        let area = at.areas.last().map(|area| area.name.clone());
        let street = at.street.map(|street| (words.where_near)(&street.name));
        let parts = [street, area].into_iter().flatten().collect::<Vec<_>>();
        Some(if parts.is_empty() { words.where_unnamed.to_owned() } else { parts.join(", ") })
    }
}

fn asked<T>(answer: Answered<T>, about: Option<LonLat>) -> Asked<T> {
    match answer {
        Some((place, answer)) if Some(place) == about => match answer {
            Ok(it) => Asked::Known(it),
            Err(ApiError::Aborted) => Asked::Loading,
            Err(error) => Asked::Failed(error),
        },
        _ => Asked::Loading,
    }
}

/// Stands in a step that cannot do without the categories, as long as they are not there.
#[component]
pub fn CategoriesMissing(form: Form) -> impl IntoView {
    move || match form.categories() {
        Asked::Loading => view! { <Loading /> }.into_any(),
        Asked::Failed(error) => {
            view! { <ErrorState error=error retry=move |()| form.categories.refetch() /> }.into_any()
        }
        Asked::Known(_) => ().into_any(),
    }
}

/// Leads back to the choice of the category where the chosen one cannot be reported at the place.
pub fn leave_if_category_is_gone(form: Form) {
    Effect::new(move |_| {
        if form.category() == Asked::Known(None) {
            let message = t().form.what_gone.to_owned();
            form.land(Step::What, vec![FieldError { field: "category".to_owned(), message }], true);
        }
    });
}
