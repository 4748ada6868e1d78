//! What is wrong with the fields of a request.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FieldProblem;

/// Fields by name, each with what is wrong, in the order of their names; nested fields as `answers.depth`. In JSON, an object.
///
/// There are never many. The tree of a `BTreeMap` is a kilobyte of what everybody would download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldProblems(Vec<(String, FieldProblem)>);

impl FieldProblems {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&FieldProblem> {
        self.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem)
    }

    /// Says what is wrong with a field, in place of what was said of it before.
    pub fn insert(&mut self, field: String, problem: FieldProblem) {
        let place = self.0.iter().position(|(name, _)| *name >= field).unwrap_or(self.0.len());
        match self.0.get_mut(place) {
            Some((name, before)) if *name == field => *before = problem,
            _ => self.0.insert(place, (field, problem)),
        }
    }

    /// The fields and their problems.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldProblem)> {
        self.0.iter().map(|(name, problem)| (name.as_str(), problem))
    }
}

impl Extend<(String, FieldProblem)> for FieldProblems {
    fn extend<I: IntoIterator<Item = (String, FieldProblem)>>(&mut self, more: I) {
        more.into_iter().for_each(|(field, problem)| self.insert(field, problem));
    }
}

impl<const N: usize> From<[(String, FieldProblem); N]> for FieldProblems {
    fn from(list: [(String, FieldProblem); N]) -> Self {
        let mut problems = Self::new();
        problems.extend(list);
        problems
    }
}

impl IntoIterator for FieldProblems {
    type Item = (String, FieldProblem);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for FieldProblems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldProblems {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Problems;

        impl<'de> Visitor<'de> for Problems {
            type Value = FieldProblems;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldProblems, A::Error> {
                let mut problems = FieldProblems::new();
                while let Some((field, problem)) = map.next_entry()? {
                    problems.insert(field, problem);
                }
                Ok(problems)
            }
        }

        deserializer.deserialize_map(Problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldCode;

    #[test]
    fn the_fields_stand_in_the_order_of_their_names_and_the_last_word_on_each_counts() {
        let said = [("title", FieldCode::TooLong), ("detail", FieldCode::Required), ("title", FieldCode::Unknown)];
        let problems = FieldProblems::from(said.map(|(field, code)| (field.to_owned(), FieldProblem::from(code))));
        let read: Vec<_> = problems.iter().map(|(field, problem)| (field, problem.code)).collect();
        assert_eq!(read, [("detail", FieldCode::Required), ("title", FieldCode::Unknown)]);
        assert_eq!(problems.get("title").map(|problem| problem.code), Some(FieldCode::Unknown));
        assert_eq!(problems.get("email"), None);
    }

    #[test]
    fn they_are_an_object_in_json_and_read_back() {
        let problems = FieldProblems::from([("answers.depth".to_owned(), FieldCode::InvalidNumber.into())]);
        let json = serde_json::to_value(&problems).expect("serialises");
        let problem = serde_json::json!({ "code": "invalid_number", "message": "This is not a number." });
        assert_eq!(json, serde_json::json!({ "answers.depth": problem }));
        assert_eq!(serde_json::from_value::<FieldProblems>(json).expect("reads"), problems);
        assert!(serde_json::from_str::<FieldProblems>("[]").is_err());
    }
}
