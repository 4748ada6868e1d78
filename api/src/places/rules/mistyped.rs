//! How far what somebody typed is from a name.

use strsim::osa_distance;

/// Letters of a typed text for each mistake that may be in it.
const LETTERS_PER_MISTAKE: usize = 4;

/// The mistakes that lead from a name to what was typed: letters left out, added, changed, or swapped with the next one.
/// A name that was not typed to its end is none the further away. Nothing when they are too many to mean this name.
#[must_use]
pub fn mistakes(typed: &str, name: &str) -> Option<usize> {
    let length = typed.chars().count();
    let beginning: String = name.chars().take(length).collect();
    let mistakes = osa_distance(typed, name).min(osa_distance(typed, &beginning));
    (mistakes <= (length / LETTERS_PER_MISTAKE).max(1)).then_some(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_one_mistake_and_an_unfinished_name_none() {
        for (typed, name, wanted) in [
            ("hoel las", "heol las", Some(1)),
            ("whtie ave", "white ave", Some(1)),
            ("campoin", "campion cl", Some(1)),
            ("comercail st", "commercial st", Some(2)),
            ("commercial st", "commercial st", Some(0)),
            ("st", "rd", None),
            ("zzyzx st", "church st", None),
        ] {
            assert_eq!(mistakes(typed, name), wanted, "{typed} for {name}");
        }
    }
}
