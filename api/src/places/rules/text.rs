//! Names and addresses.

use super::postcode::{PostcodeSearch, read_postcode};

/// A name or an address to look for, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSearch {
    /// A flat, unit or house that stands before a house number: `Flat 2` of `Flat 2, 12 Commercial Street`. Nobody knows
    /// these, so it is not looked for.
    pub unit: Option<String>,
    /// What stands before the first comma after that, house number included.
    pub name: String,
    /// The same without a house number.
    pub street: String,
    /// The house number, when the text begins with one.
    pub number: Option<String>,
    /// What stands after the first comma: the place it is in.
    pub within: Option<String>,
    /// The whole postcode at the end, as a code.
    pub postcode: Option<String>,
}

impl TextSearch {
    /// Takes `12 Commercial Street, Newport NP20 1LP` apart.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let (typed, postcode) = split_postcode(typed);
        let mut parts = typed.split(',').map(str::trim).filter(|part| !part.is_empty()).peekable();
        let numbered = |part: &str| part.split_once(' ').is_some_and(|(number, _)| is_house_number(number));
        let mut name = parts.next().unwrap_or_default().to_owned();
        let mut unit = None;
        if !numbered(&name)
            && !is_house_number(&name)
            && let Some(next) = parts.next_if(|next| numbered(next))
        {
            unit = Some(std::mem::replace(&mut name, next.to_owned()));
        }
        if is_house_number(&name)
            && let Some(next) = parts.next()
        {
            name = format!("{name} {next}");
        }
        let within = parts.collect::<Vec<_>>().join(" ");
        let (number, street) = match name.split_once(' ') {
            Some((number, street)) if is_house_number(number) => (Some(number.to_owned()), street.to_owned()),
            _ => (None, name.clone()),
        };
        Self { unit, name, street, number, within: (!within.is_empty()).then_some(within), postcode }
    }

    /// Whether there is nothing a name could be found by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.name.chars().any(char::is_alphanumeric)
    }
}

/// `12`, `12a`, `12-14`.
fn is_house_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 8
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '/'))
        // "1st", "2nd": the first word of a name.
        && text.chars().filter(char::is_ascii_alphabetic).count() <= 1
}

/// Parts a whole postcode from the end of an address.
fn split_postcode(typed: &str) -> (String, Option<String>) {
    let words: Vec<&str> = typed.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    for count in [2, 1] {
        let Some(at) = words.len().checked_sub(count).filter(|at| *at > 0) else { continue };
        if let Some((PostcodeSearch::Full(code), _)) = read_postcode(&words[at..].join(" ")) {
            // Cut where the postcode's first word begins, so that the commas before it stay.
            let mut rest = typed.trim_end_matches([' ', ',']);
            for word in words[at..].iter().rev() {
                rest = rest.strip_suffix(word).unwrap_or(rest).trim_end_matches([' ', ',']);
            }
            return (rest.to_owned(), Some(code));
        }
    }
    (typed.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_comes_apart_into_number_street_place_and_postcode() {
        for typed in [
            "12 Commercial Street, Newport, NP20 1LP",
            "12, Commercial Street, Newport NP20 1LP",
            "12 Commercial Street, Newport np201lp",
        ] {
            let search = TextSearch::parse(typed);
            assert_eq!(search.name, "12 Commercial Street", "{typed}");
            assert_eq!(search.street, "Commercial Street", "{typed}");
            assert_eq!(search.number.as_deref(), Some("12"), "{typed}");
            assert_eq!(search.within.as_deref(), Some("Newport"), "{typed}");
            assert_eq!(search.postcode.as_deref(), Some("NP201LP"), "{typed}");
        }
    }

    #[test]
    fn a_flat_or_a_house_before_a_house_number_is_not_what_is_looked_for() {
        let search = TextSearch::parse("Flat 2, 12 Commercial St, Newport");
        assert_eq!((search.unit.as_deref(), search.name.as_str()), (Some("Flat 2"), "12 Commercial St"));
        assert_eq!((search.number.as_deref(), search.within.as_deref()), (Some("12"), Some("Newport")));
        let search = TextSearch::parse("Friars Court, Abbots Mews");
        assert_eq!((search.unit, search.name.as_str()), (None, "Friars Court"));
        let search = TextSearch::parse("12, 14 High Street");
        assert_eq!((search.unit, search.name.as_str()), (None, "12 14 High Street"));
    }

    #[test]
    fn a_name_that_begins_with_a_number_word_keeps_it() {
        let search = TextSearch::parse("1st Avenue");
        assert_eq!((search.number, search.street.as_str()), (None, "1st Avenue"));
    }

    #[test]
    fn commas_and_marks_alone_are_nothing_to_look_for() {
        for typed in ["", " ", ",", "...", "?!"] {
            assert!(TextSearch::parse(typed).is_empty(), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_commas_and_spaces_is_lost(typed in "[a-z0-9 ,]{0,40}") {
            let search = TextSearch::parse(&typed);
            // A postcode's O and I are read as digits, and the other way round.
            let squeeze = |text: &str| text.replace([' ', ','], "").to_lowercase().replace('o', "0").replace('i', "1");
            let together = format!(
                "{}{}{}{}", search.unit.clone().unwrap_or_default(), search.name, search.within.clone().unwrap_or_default(), search.postcode.clone().unwrap_or_default()
            );
            prop_assert_eq!(squeeze(&together), squeeze(&typed));
        }
    }
}
