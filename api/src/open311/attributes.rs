//! Fields `attribute[…]` of a request: answers, and what other systems send beside them.

use mendmap_shared::questions::{Answer, Answers};

use super::call::Parameters;

/// Attributes that other systems send for themselves and nobody was asked for: they are no answers, and no mistakes.
const HIDDEN: [&str; 10] = [
    "title",
    "detail",
    "description",
    "easting",
    "northing",
    "report_url",
    "closest_address",
    "category",
    "group",
    "asset_resource_id",
];
/// Attributes in which other systems send their own number of a report.
const OWN_NUMBER: [&str; 3] = ["external_id", "mendmap_id", "fixmystreet_id"];

/// What is said in fields `attribute[…]`.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Answers by the code of their question.
    pub answers: Answers,
    /// The sender's own number of the report.
    pub own: Option<String>,
    hidden: Vec<(String, String)>,
}

impl Attributes {
    /// The first of what senders add for themselves that has one of these names.
    #[must_use]
    pub fn hidden(&self, names: &[&str]) -> Option<&str> {
        self.hidden.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }
}

/// Reads `attribute[code]=value`: once for one value, again for several, and with `[]` for several too.
#[must_use]
pub fn attributes(form: &Parameters) -> Attributes {
    let mut found = Attributes::default();
    for (name, value) in form.iter() {
        let Some(code) = name.strip_prefix("attribute[").and_then(|rest| rest.split_once(']')) else { continue };
        let (code, is_list) = (code.0, code.1 == "[]");
        if OWN_NUMBER.contains(&code) {
            found.own = Some(value.trim().to_owned());
        } else if HIDDEN.contains(&code) {
            found.hidden.push((code.to_owned(), value.trim().to_owned()));
        } else {
            let value = value.to_owned();
            let answer = match found.answers.remove(code) {
                None if is_list => Answer::Many(vec![value]),
                None => Answer::One(value),
                Some(Answer::One(before)) => Answer::Many(vec![before, value]),
                Some(Answer::Many(mut before)) => {
                    before.push(value);
                    Answer::Many(before)
                }
            };
            found.answers.insert(code.to_owned(), answer);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_once_again_and_with_brackets() {
        let form = Parameters::read(
            "attribute[one]=1&attribute[many][]=a&attribute[many][]=b&attribute[twice]=x&attribute[twice]=y\
             &attribute[single][]=z&attribute[easting]=1&attribute[fixmystreet_id]=77&attribute=no",
        )
        .expect("reads");
        let found = attributes(&form);
        let many = |keys: &[&str]| Answer::Many(keys.iter().map(ToString::to_string).collect());
        assert_eq!(found.answers["one"], Answer::One("1".into()));
        assert_eq!(found.answers["many"], many(&["a", "b"]));
        assert_eq!(found.answers["twice"], many(&["x", "y"]));
        assert_eq!(found.answers["single"], many(&["z"]));
        assert_eq!((found.answers.len(), found.own.as_deref()), (4, Some("77")));
    }
}
