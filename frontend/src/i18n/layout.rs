//! Words on every page.

use super::texts;

texts! {
    /// The frame around every page, and what components say by themselves.
    Layout {
        skip = "Skip to main content",
        home = "Front page",
        nav_label = "Main",
        nav_report = "Report a problem",
        nav_map = "Map",
        nav_mine = "My reports",
        nav_desk = "Desk",
        nav_account = "Account",
        nav_sign_in = "Sign in",
        nav_sign_out = "Sign out",
        demo_label = "Demonstration",
        demo = "This is a demonstration. The places and reports are invented, and nothing is sent to any council.",
        demo_real_places = "This is a demonstration. The places are real, the reports are invented, and nothing is sent to any council.",
        demo_no_mail = "Its e-mails are not sent either: they are written to files on the server.",
        footer_about = "About, privacy and accessibility",
        footer_analysis = "Analyse reports",
        footer_api = "API for developers",
        footer_credits = "Map data",
        loading = "Loading…",
        just_now = "just now",
        more = "Show more",
        distance_away(distance: &str) = "{distance} away",
        reported(when: &str) = "Reported {when}",
        supporters(number: &str) = "{number} people see this too",
        one_supporter = "1 person sees this too",
        updates(number: &str) = "{number} updates",
        one_update = "1 update",
        search_label = "Street, postcode or place",
        search_button = "Search",
        locate = "Use my location",
        locating = "Finding where you are…",
    }
}
