//! Words of a report's page.

use super::texts;

texts! {
    /// A report's page.
    ReportPage {
        title = "Report",
        number(id: &str) = "Report {id}",
    }
}
