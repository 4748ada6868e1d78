//! Words of the map page and of maps elsewhere.

use super::texts;

texts! {
    /// The map page.
    Map {
        title = "Map of reports",
        title_at(place: &str) = "Reports near {place}",
        map_label = "Map. Use the arrow keys to move it, plus and minus to zoom. The reports shown are also in the list.",
        picker_label = "Map. Use the arrow keys to move the map under the cross, plus and minus to zoom.",
        zoom_in = "Zoom in",
        zoom_out = "Zoom out",
        filters = "Filter reports",
        status = "Status",
        any_status = "All",
        category = "Category",
        any_category = "All categories",
        list_title = "Reports on this map",
        list_none = "There are no reports here with these filters. Move the map, zoom out or change the filters.",
        list_moving = "Looking for reports…",
        list_found(number: &str) = "{number} reports listed",
        list_found_one = "1 report listed",
        list_found_more(number: &str) = "{number} reports listed; there are more",
        report_here = "Report a problem at the cross",
        report_at_point = "Report a problem here",
        point_chosen = "You chose a place on the map.",
        selected = "Selected report",
        close_selected = "Close",
        open_report = "Open this report",
        pin(status: &str, category: &str, title: &str) = "{status}: {title}, {category}",
        cluster(total: &str, open: &str, fixed: &str, closed: &str) = "{total} reports: {open} open, {fixed} fixed, {closed} closed. Press to zoom in.",
        search_title = "Go to a place",
        map_failed = "The map could not be started. Everything else works without it.",
        pins_failed = "Some reports could not be put on the map.",
        show_on_map = "Show on the map",
    }
}
