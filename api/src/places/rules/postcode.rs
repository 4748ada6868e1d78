//! United Kingdom postcodes, whole or begun.

/// A postcode to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostcodeSearch {
    /// A whole one, in capitals without the space: `NP201AA`.
    Full(String),
    /// Its beginning.
    Begun {
        /// In capitals, without the space.
        code: String,
        /// With the space where it was typed, so that `NP2 0` is not taken for `NP20`.
        spaced: Option<String>,
    },
}

/// How the first half is written: one or two letters, a digit, perhaps one more letter or digit.
fn is_outward(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = &text.as_bytes()[letters..];
    (1..=2).contains(&letters)
        && match rest {
            [digit] => digit.is_ascii_digit(),
            [digit, last] => digit.is_ascii_digit() && last.is_ascii_alphanumeric(),
            _ => false,
        }
}

/// How the second half begins: a digit, then up to two letters.
fn is_inward_start(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        [digit, letters @ ..] => {
            digit.is_ascii_digit() && letters.len() <= 2 && letters.iter().all(u8::is_ascii_uppercase)
        }
    }
}

/// Reads `NP20 1AA`, `np201aa`, `NP20 1` or `NP20`. One or two letters alone are no postcode.
#[must_use]
pub fn parse_postcode(typed: &str) -> Option<PostcodeSearch> {
    if !typed.is_ascii() {
        return None;
    }
    let typed = typed.trim().to_ascii_uppercase();
    let halves: Vec<&str> = typed.split_whitespace().collect();
    match halves.as_slice() {
        [both] => {
            let splits_well = |inward: usize| {
                both.len().checked_sub(inward).is_some_and(|at| is_outward(&both[..at]) && is_inward_start(&both[at..]))
            };
            if both.len() >= 5 && splits_well(3) {
                Some(PostcodeSearch::Full((*both).to_owned()))
            } else {
                (0..=2).any(splits_well).then(|| PostcodeSearch::Begun { code: (*both).to_owned(), spaced: None })
            }
        }
        [outward, inward] if is_outward(outward) && is_inward_start(inward) => {
            let code = format!("{outward}{inward}");
            Some(if inward.len() == 3 {
                PostcodeSearch::Full(code)
            } else {
                PostcodeSearch::Begun { code, spaced: Some(typed) }
            })
        }
        _ => None,
    }
}

/// A postcode as it is written: the last three characters stand apart. Anything else stays as it is.
#[must_use]
pub fn postcode_label(code: &str) -> String {
    match parse_postcode(code) {
        Some(PostcodeSearch::Full(code)) => {
            let (outward, inward) = code.split_at(code.len() - 3);
            format!("{outward} {inward}")
        }
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_whole_postcode_is_read_with_or_without_its_space() {
        for typed in ["NP20 1AA", "np201aa", " Np20  1aA "] {
            assert_eq!(parse_postcode(typed), Some(PostcodeSearch::Full("NP201AA".to_owned())), "{typed}");
        }
        for typed in ["M1 1AE", "CR2 6XH", "DN55 1PT", "W1A 1HQ", "EC1A 1BB"] {
            assert!(matches!(parse_postcode(typed), Some(PostcodeSearch::Full(_))), "{typed}");
        }
    }

    #[test]
    fn the_beginning_of_a_postcode_is_one_too() {
        for typed in ["NP20", "NP20 1", "NP20 1A", "np201", "NP201A", "M1", "W1A 1"] {
            assert!(matches!(parse_postcode(typed), Some(PostcodeSearch::Begun { .. })), "{typed}");
        }
    }

    #[test]
    fn other_texts_are_no_postcodes() {
        for typed in
            ["", "NP", "Newport", "20 1AA", "NP20 1AAA", "NP20 AA", "12 High Street", "NP200 1AA", "NP２０ 1AA"]
        {
            assert_eq!(parse_postcode(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_label_reads_back_as_its_code(code in "[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}") {
            prop_assert_eq!(parse_postcode(&postcode_label(&code)), Some(PostcodeSearch::Full(code)));
        }
    }
}
