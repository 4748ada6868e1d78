//! Words about files of reports that are made by and by.

use super::texts;

texts! {
    /// Files that are made by and by.
    Exports {
        waiting = "Waiting for its turn…",
        making(rows: &str, total: &str) = "{rows} of {total} reports are written…",
        ready(rows: &str, until: &str) = "The file is ready: {rows} reports. It can be fetched until {until}.",
        save = "Save the file",
    }
}
