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

/// Reads a postcode as people type it: like [`parse_postcode`], and with the letters O and I where only the digits 0 and 1
/// can stand, and the other way round. Answers too whether anything had to be read differently.
#[must_use]
pub fn read_postcode(typed: &str) -> Option<(PostcodeSearch, bool)> {
    let typed = typed.trim().to_ascii_uppercase();
    let meant = with_letters_and_digits_in_their_places(&typed);
    let differs = meant != typed;
    match parse_postcode(&meant) {
        Some(postcode) => Some((postcode, differs)),
        None => parse_postcode(&typed).map(|postcode| (postcode, false)),
    }
}

fn digit(letter: char) -> char {
    match letter {
        'O' => '0',
        'I' => '1',
        other => other,
    }
}

fn letter(digit: char) -> char {
    match digit {
        '0' => 'O',
        '1' => 'I',
        other => other,
    }
}

/// A first half that has a digit anyway begins with a letter, and has neither O nor I from its third character on. A second
/// half is a digit and two letters.
fn with_letters_and_digits_in_their_places(typed: &str) -> String {
    let squeezed: String = typed.split_whitespace().collect();
    let split = match typed.split_once(char::is_whitespace) {
        Some((outward, _)) => outward.len(),
        // Without a space only a whole one shows where its second half begins.
        None if (5..=7).contains(&squeezed.len()) => squeezed.len() - 3,
        None => return typed.to_owned(),
    };
    let Some((outward, inward)) = squeezed.split_at_checked(split) else { return typed.to_owned() };
    if !outward.contains(|c: char| c.is_ascii_digit()) || !squeezed.is_ascii() {
        return typed.to_owned();
    }
    let outward = outward.char_indices().map(|(at, c)| match at {
        0 => letter(c),
        1 => c,
        _ => digit(c),
    });
    let inward = inward.char_indices().map(|(at, c)| if at == 0 { digit(c) } else { letter(c) });
    let space = if squeezed.len() == typed.len() { "" } else { " " };
    outward.chain(space.chars()).chain(inward).collect()
}

/// Parts a whole postcode from the beginning of a text with more behind it.
#[must_use]
pub fn leading_postcode(typed: &str) -> Option<(PostcodeSearch, &str)> {
    let mut ends = typed.match_indices([' ', ',']).map(|(at, _)| at);
    let first = ends.next()?;
    let second = ends.find(|at| !typed[first..*at].trim_matches([' ', ',']).is_empty());
    [second, Some(first)].into_iter().flatten().find_map(|at| {
        let (code, rest) = typed.split_at(at);
        match read_postcode(&code.replace(',', " ")) {
            Some((postcode @ PostcodeSearch::Full(_), _)) => Some((postcode, rest.trim_matches([' ', ',']))),
            _ => None,
        }
    })
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

    #[test]
    fn letters_and_digits_that_look_alike_are_read_by_where_they_stand() {
        for typed in ["NP2O 1AA", "np20 iaa", "NP2O1AA", "NP20 1AA"] {
            let read = read_postcode(typed).map(|(postcode, _)| postcode);
            assert_eq!(read, Some(PostcodeSearch::Full("NP201AA".to_owned())), "{typed}");
        }
        assert_eq!(read_postcode("0X1 1AA").map(|(code, _)| code), Some(PostcodeSearch::Full("OX11AA".to_owned())));
        assert_eq!(read_postcode("EC1A 1BB"), Some((PostcodeSearch::Full("EC1A1BB".to_owned()), false)));
        for typed in ["Rio", "Oil 1st", "Inn", "12 High Street", "NPOO 1AA", "MIO", "ŵ1 1aa"] {
            assert_eq!(read_postcode(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_whole_postcode_is_found_before_other_words() {
        for (typed, rest) in [
            ("NP20 1AA, Newport", "Newport"),
            ("NP20 1AA Newport", "Newport"),
            ("np201aa, Newport", "Newport"),
            ("NP2O 1AA,12 High Street", "12 High Street"),
        ] {
            let found = leading_postcode(typed);
            assert_eq!(found, Some((PostcodeSearch::Full("NP201AA".to_owned()), rest)), "{typed}");
        }
        for typed in ["NP20 1AA", "12 High Street", "M4 Junction 24", "", ",", "ŵ ŵ ŵ"] {
            assert!(leading_postcode(typed).is_none_or(|(_, rest)| rest.is_empty()), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_taken_apart(typed in "\\PC{0,30}") {
            let _ = leading_postcode(&typed);
            let _ = read_postcode(&typed);
        }

        #[test]
        fn a_label_reads_back_as_its_code(code in "[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}") {
            prop_assert_eq!(parse_postcode(&postcode_label(&code)), Some(PostcodeSearch::Full(code)));
        }
    }
}
