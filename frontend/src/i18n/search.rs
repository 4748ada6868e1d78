//! Words of searching for a place.

use super::texts;

texts! {
    /// What comes of a search, and of asking the browser where we are.
    Search {
        none = "Nothing found. Try a street name or a postcode.",
        found(number: &str) = "{number} found. Use the arrow keys to choose.",
        locate_denied = "Your browser did not tell us where you are. You can search for the street instead.",
        locate_failed = "We could not find where you are. You can search for the street instead.",
    }
}
