//! Which reports this device supports: the API counts devices and tells nobody which.

use std::collections::BTreeSet;

use gloo_storage::{LocalStorage, Storage as _};

const KEY: &str = "mendmap.supported";

fn all() -> BTreeSet<i64> {
    LocalStorage::get(KEY).unwrap_or_default()
}

/// Whether "I see this too" was pressed for the report on this device.
pub fn is_supported(report: i64) -> bool {
    all().contains(&report)
}

/// Remembers that it was pressed, or taken back.
pub fn remember(report: i64, supported: bool) {
    let mut reports = all();
    if supported {
        reports.insert(report);
    } else {
        reports.remove(&report);
    }
    // A browser that stores nothing forgets; the API still counts the device once.
    let _stored = LocalStorage::set(KEY, reports);
}
