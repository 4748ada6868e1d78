//! Moments as real servers write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// A moment as servers write it; without a zone it is taken for UTC.
#[must_use]
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Some(at) = with_zone(text) {
        return Some(at);
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Some(at.and_utc());
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc())
}

fn with_zone(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d %H:%M:%S %z"];
    formats.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()).map(|at| at.to_utc())
}

/// Whether a text says in which zone its moment is.
#[must_use]
pub fn is_zoned(text: &str) -> bool {
    with_zone(text.trim()).is_some()
}
