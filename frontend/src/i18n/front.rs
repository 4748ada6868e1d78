//! Words of the front page.

use super::texts;

texts! {
    /// The front page.
    Front {
        title = "Report a street problem",
        lead = "Potholes, broken lights, fly-tipping, graffiti and more. We send your report to the right council and show what happens next.",
        where_is_it = "Where is the problem?",
        search_hint = "For example a street name or a postcode",
        browse = "Look at the map",
        draft_waits = "You have begun a report that you have not sent yet.",
        draft_continue = "Continue with it",
        steps_title = "What happens next",
        step_place = "You show us the place",
        step_place_text = "Search for it, or point to it on the map. We find out who is responsible.",
        step_tell = "You tell us what is wrong",
        step_tell_text = "A few words and a photo are enough. We send them to the council and put the report on the map.",
        step_follow = "You see what happens",
        step_follow_text = "The council answers on the report’s page, and you get an e-mail when something changes.",
        latest = "Latest reports",
        latest_none = "Nothing has been reported yet. Be the first.",
        fixed = "Recently fixed",
        fixed_none = "Nothing has been fixed yet.",
        all_on_map = "See all reports on the map",
    }
}
