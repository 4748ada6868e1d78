//! Several bodies may own the same category at one point: what a resident sees of that, and where a report goes.

use diesel::prelude::*;
use mendmap_shared::questions::Question;
use mendmap_shared::standard_categories::standard_categories;
use mendmap_shared::wire::categories::{BodyRef, CategoriesAt, CategoryGroup, CategoryOption};

use super::queries::Here;

/// A category of one body.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::categories, check_for_backend(diesel::pg::Pg))]
pub struct OwnedCategory {
    /// Number.
    pub id: i64,
    /// Whose.
    pub body_id: i64,
    /// Stable code, the same at every body that deals with the same thing.
    pub code: String,
    /// Name.
    pub name: String,
    /// Group it is listed under.
    pub group_name: String,
    /// A line of help.
    pub hint: Option<String>,
    /// Hours in which the body means to have finished.
    pub target_hours: Option<i32>,
    /// Whether it goes to this body alone, where several own it.
    pub preferred: bool,
    /// Whether its reports are for author and body only.
    pub private: bool,
    /// Why it cannot be reported here at all.
    pub blocking_message: Option<String>,
    /// Extra questions, as JSON.
    pub questions: serde_json::Value,
}

/// A category at a point, over all the bodies it would go to.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// As it is offered.
    pub option: CategoryOption,
    /// Group it is listed under.
    pub group: String,
    /// Body and its category.
    pub targets: Vec<(i64, i64)>,
    /// The shortest target time of those bodies, in hours.
    pub target_hours: Option<i32>,
}

/// The categories that can be chosen at a point, in order, each with where it goes.
///
/// A body marked preferred gets a shared category alone; otherwise all its owners get it. Where no body that covers
/// the point has any, the standard categories can be chosen and go nowhere.
#[must_use]
pub fn routes(here: &Here) -> Vec<Route> {
    if here.categories.is_empty() {
        return standard_routes();
    }
    let mut codes: Vec<&str> = Vec::new();
    for category in &here.categories {
        if !codes.contains(&category.code.as_str()) {
            codes.push(&category.code);
        }
    }
    codes.into_iter().filter_map(|code| route(here, code)).collect()
}

fn route(here: &Here, code: &str) -> Option<Route> {
    let mut owners: Vec<&OwnedCategory> = here.categories.iter().filter(|category| category.code == code).collect();
    if let Some(preferred) = owners.iter().position(|category| category.preferred) {
        owners = vec![owners.swap_remove(preferred)];
    }
    let first = *owners.first()?;
    let mut questions: Vec<Question> = Vec::new();
    for owner in &owners {
        // What cannot be read was edited by hand in the database; asking fewer questions beats refusing the report.
        let own: Vec<Question> = serde_json::from_value(owner.questions.clone()).unwrap_or_default();
        for question in own {
            if !questions.iter().any(|known| known.code == question.code) {
                questions.push(question);
            }
        }
    }
    let body = |category: &&OwnedCategory| {
        here.bodies.iter().find(|(id, _)| *id == category.body_id).map(|(_, body)| body.clone())
    };
    Some(Route {
        option: CategoryOption {
            code: first.code.clone(),
            name: first.name.clone(),
            hint: first.hint.clone(),
            bodies: owners.iter().filter_map(body).collect(),
            questions,
            blocking_message: owners.iter().find_map(|owner| owner.blocking_message.clone()),
            private: owners.iter().any(|owner| owner.private),
        },
        group: first.group_name.clone(),
        targets: owners.iter().map(|owner| (owner.body_id, owner.id)).collect(),
        target_hours: owners.iter().filter_map(|owner| owner.target_hours).min(),
    })
}

fn standard_routes() -> Vec<Route> {
    let route = |category: mendmap_shared::standard_categories::StandardCategory| Route {
        option: CategoryOption {
            code: category.code.into(),
            name: category.name.into(),
            hint: Some(category.hint.into()),
            bodies: Vec::new(),
            questions: Vec::new(),
            blocking_message: None,
            private: false,
        },
        group: category.group.into(),
        targets: Vec::new(),
        target_hours: None,
    };
    standard_categories().into_iter().map(route).collect()
}

/// The answer to "what can be reported here".
#[must_use]
pub fn answer(here: Here) -> CategoriesAt {
    let mut groups: Vec<CategoryGroup> = Vec::new();
    for route in routes(&here) {
        match groups.iter_mut().find(|group| group.name == route.group) {
            Some(group) => group.categories.push(route.option),
            None => groups.push(CategoryGroup { name: route.group, categories: vec![route.option] }),
        }
    }
    // A body without categories takes nothing: to whoever reports it is as if there were none.
    let covered = !here.categories.is_empty();
    let bodies: Vec<BodyRef> = here.bodies.into_iter().filter(|_| covered).map(|(_, body)| body).collect();
    CategoriesAt { covered, bodies, areas: here.areas, groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(body_id: i64, code: &str, preferred: bool) -> OwnedCategory {
        OwnedCategory {
            id: body_id * 100,
            body_id,
            code: code.into(),
            name: code.into(),
            group_name: "Roads".into(),
            hint: None,
            target_hours: Some(24 * i32::try_from(body_id).expect("small")),
            preferred,
            private: false,
            blocking_message: None,
            questions: serde_json::json!([]),
        }
    }

    fn here(categories: Vec<OwnedCategory>) -> Here {
        let body = |id: i64| (id, BodyRef { slug: format!("b{id}"), name: format!("Body {id}") });
        Here { areas: Vec::new(), bodies: vec![body(1), body(2)], categories }
    }

    #[test]
    fn a_category_of_two_bodies_goes_to_both() {
        let routes = routes(&here(vec![category(1, "drains", false), category(2, "drains", false)]));
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0].targets, [(1, 100), (2, 200)]);
        assert_eq!(routes[0].target_hours, Some(24));
    }

    #[test]
    fn the_preferred_body_gets_it_alone() {
        let routes = routes(&here(vec![category(1, "potholes", false), category(2, "potholes", true)]));
        assert_eq!(routes[0].targets, [(2, 200)]);
        assert_eq!(routes[0].option.bodies.len(), 1);
    }

    #[test]
    fn where_nobody_is_responsible_it_can_still_be_reported_and_goes_nowhere() {
        let nowhere = Here { areas: Vec::new(), bodies: Vec::new(), categories: Vec::new() };
        assert!(routes(&nowhere).iter().all(|route| route.targets.is_empty()));
        for here in [nowhere, here(Vec::new())] {
            let answer = answer(here);
            assert!(!answer.covered && answer.bodies.is_empty() && !answer.groups.is_empty());
        }
    }
}
