//! Words of form fields.

use super::texts;

texts! {
    /// What fields say by themselves.
    Fields {
        optional(label: &str) = "{label} (optional)",
        characters_left(number: &str) = "You have {number} characters left",
        characters_left_one = "You have 1 character left",
        characters_over(number: &str) = "You have {number} characters too many",
        characters_over_one = "You have 1 character too many",
        required = "This is needed",
        too_short = "This is too short",
        too_long = "This is too long",
        too_many = "These are too many",
        invalid_email = "Enter an e-mail address like name@example.org",
        invalid_number = "Enter a number, like 12 or 3.5",
        invalid_datetime = "Enter a date and a time",
        invalid_choice = "Choose one of the answers shown",
        invalid = "This is not in the right form",
        unknown = "This does not exist any more. Please choose again",
    }
}
