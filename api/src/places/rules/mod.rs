//! What somebody who typed something into the search box can have meant: pure decisions, no database.

mod coordinates;
mod grid;
mod mistyped;
mod pluscode;
mod postcode;
mod text;

use mendmap_shared::geo::LonLat;

pub use coordinates::parse_coordinates;
pub use grid::parse_grid_reference;
pub use mistyped::mistakes;
pub use pluscode::{PlusCode, parse_plus_code, recover};
pub use postcode::{PostcodeSearch, leading_postcode, parse_postcode, postcode_label, read_postcode};
pub use text::TextSearch;

/// What a search is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// A point written out: numbers, a grid reference or a full plus code.
    Point {
        /// Where.
        location: LonLat,
        /// The text, tidied, to show as the place's name.
        label: String,
    },
    /// A plus code without its first digits.
    ShortPlusCode {
        /// The digits that were given, with the plus sign.
        code: String,
        /// The place it is counted from, when one was named.
        locality: Option<TextSearch>,
    },
    /// A whole postcode, alone or before other words, or the beginning of one. The beginning of a postcode may just as well
    /// be a name: `M4`.
    Postcode {
        /// The postcode.
        postcode: PostcodeSearch,
        /// The same characters as a name, where they can be one, or the words after it.
        name: Option<TextSearch>,
    },
    /// A name or an address.
    Text(TextSearch),
}

impl Wanted {
    /// Reads what was typed.
    ///
    /// `centre` is the middle of the map: it decides between latitude and longitude where the numbers alone do not.
    #[must_use]
    pub fn parse(typed: &str, centre: LonLat) -> Self {
        let label = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let label = without_country(&label);
        if let Some(location) = parse_coordinates(label, centre) {
            return Self::Point { location, label: format!("{:.6}, {:.6}", location.lat(), location.lon()) };
        }
        match parse_plus_code(label) {
            Some(PlusCode::Full { code, location }) => return Self::Point { location, label: code },
            Some(PlusCode::Short { code, locality }) => {
                return Self::ShortPlusCode { code, locality: locality.map(|text| TextSearch::parse(&text)) };
            }
            None => {}
        }
        if let Some((label, location)) = parse_grid_reference(label) {
            return Self::Point { location, label };
        }
        match read_postcode(label) {
            Some((postcode @ PostcodeSearch::Full(_), false)) => return Self::Postcode { postcode, name: None },
            Some((postcode, _)) => return Self::Postcode { postcode, name: Some(TextSearch::parse(label)) },
            None => {}
        }
        match leading_postcode(label) {
            Some((postcode, rest)) => Self::Postcode { postcode, name: Some(TextSearch::parse(rest)) },
            None => Self::Text(TextSearch::parse(label)),
        }
    }
}

/// An address without the country it ends with: nothing here lies in another.
fn without_country(typed: &str) -> &str {
    let ends = |ending: &str| {
        let at = typed.len().checked_sub(ending.len()).filter(|at| typed.is_char_boundary(*at))?;
        typed[at..].eq_ignore_ascii_case(ending).then(|| typed[..at].trim_end_matches([' ', ',']))
    };
    // "Prince of Wales" is no address: a country stands after a comma, but for the one that is nothing else.
    let endings = [" UK", ",UK", ", Wales", ",Wales", ", United Kingdom", ", Cymru"];
    endings.iter().find_map(|ending| ends(ending)).filter(|rest| !rest.is_empty()).unwrap_or(typed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn newport() -> LonLat {
        LonLat::new(-2.9977, 51.5842).expect("valid")
    }

    #[test]
    fn each_way_of_writing_a_place_is_told_from_the_others() {
        let kind = |typed: &str| match Wanted::parse(typed, newport()) {
            Wanted::Point { .. } => "point",
            Wanted::ShortPlusCode { .. } => "short plus code",
            Wanted::Postcode { .. } => "postcode",
            Wanted::Text(_) => "text",
        };
        for (typed, wanted) in [
            ("51.5842, -2.9977", "point"),
            ("9C3VH2M3+4R", "point"),
            ("H2M3+4R Newport", "short plus code"),
            ("ST 311 884", "point"),
            ("ST3118488412", "point"),
            ("np201aa", "postcode"),
            ("NP20 1AA, UK", "postcode"),
            ("NP20 1AA, Newport, Wales", "postcode"),
            ("NP2O 1AA", "postcode"),
            ("NP20 1", "postcode"),
            ("Commercial St", "text"),
            ("St Woolos", "text"),
            ("12 Commercial Street", "text"),
            ("12 Commercial Street, NP20 1AA", "text"),
            ("Prince of Wales", "text"),
            ("UK", "text"),
            ("", "text"),
        ] {
            assert_eq!(kind(typed), wanted, "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_as_something(typed in "\\PC{0,60}") {
            let unnamed = matches!(Wanted::parse(&typed, newport()), Wanted::Point { label, .. } if label.is_empty());
            prop_assert!(!unnamed);
        }

        #[test]
        fn whatever_looks_like_codes_and_numbers_is_read_as_something(
            typed in "[A-Za-z0-9+., °-]{0,24}",
        ) {
            let unnamed = matches!(Wanted::parse(&typed, newport()), Wanted::Point { label, .. } if label.is_empty());
            prop_assert!(!unnamed);
        }
    }
}
