//! The standard's words and dates, and ours.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc};
use mendmap_shared::limits::OPEN311_DAYS;
use mendmap_shared::questions::Datatype;
use mendmap_shared::workflow::{Status, StatusGroup};

use super::fault::Fault;

/// Our statuses in the words of the extended standard (mySociety's "Open311 extended", in small letters).
const WORDS: [(Status, &str); 11] = [
    (Status::Open, "open"),
    (Status::Investigating, "investigating"),
    (Status::ActionScheduled, "action_scheduled"),
    (Status::InProgress, "in_progress"),
    (Status::Fixed, "fixed"),
    (Status::Closed, "closed"),
    (Status::NoFurtherAction, "no_further_action"),
    (Status::NotResponsible, "not_councils_responsibility"),
    (Status::Duplicate, "duplicate"),
    (Status::InternalReferral, "internal_referral"),
    (Status::Cancelled, "cancelled"),
];

/// Other words that others use, and what they mean here.
const OTHERS: [(&str, Status); 7] = [
    ("planned", Status::ActionScheduled),
    ("scheduled", Status::ActionScheduled),
    ("for_triage", Status::Investigating),
    ("reopen", Status::Open),
    ("reopened", Status::Open),
    ("not_responsible", Status::NotResponsible),
    ("in progress", Status::InProgress),
];

/// The status in the standard's two words.
#[must_use]
pub const fn plain(status: Status) -> &'static str {
    match status.group() {
        StatusGroup::Open => "open",
        StatusGroup::Fixed | StatusGroup::Closed => "closed",
    }
}

/// The status in the extended words.
#[must_use]
pub fn extended(status: Status) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == status).map_or("open", |(_, word)| word)
}

/// What a status somebody sends means: none of ours where it says that nothing changes.
///
/// # Errors
/// A word that is in no list.
pub fn status(word: &str) -> Result<Option<Status>, Fault> {
    let word = word.trim().to_lowercase();
    if word == "unchanged" {
        return Ok(None);
    }
    let ours = WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status);
    let other = || OTHERS.iter().find(|(known, _)| *known == word).map(|(_, status)| *status);
    let known = ours.or_else(other);
    known.map(Some).ok_or_else(|| {
        let words: Vec<&str> = WORDS.iter().map(|(_, word)| *word).collect();
        Fault::bad(format!("status is one of unchanged, {}.", words.join(", ")))
    })
}

/// How a question's answer is written, in the standard's word.
#[must_use]
pub const fn datatype(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::String => "string",
        Datatype::Number => "number",
        Datatype::Datetime => "datetime",
        Datatype::Text => "text",
        Datatype::SingleValueList => "singlevaluelist",
        Datatype::MultiValueList => "multivaluelist",
    }
}

/// A moment as clients write it: with its zone, or a date or a time without one, which are taken for UTC.
///
/// # Errors
/// Where it is none of these, or beyond the years that a database knows.
pub fn moment(name: &str, text: &str) -> Result<DateTime<Utc>, Fault> {
    // In an address, the plus of a zone that was not encoded has become a space.
    let text = text.trim();
    let zoned = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let bare = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc());
    let date = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc());
    let found = zoned(text).or_else(|| zoned(&text.replace(' ', "+"))).or_else(bare).or_else(date);
    let year = |at: &DateTime<Utc>| chrono::Datelike::year(at);
    found
        .filter(|at| (1..=9999).contains(&year(at)))
        .ok_or_else(|| Fault::bad(format!("{name} is a moment as in 2026-03-01T10:00:00Z.")))
}

/// The days a list covers: 90 at most, the last ones where nothing is said (GeoReport v2, GET Service Requests).
///
/// # Errors
/// Where the end is before the start, or more than 90 days after it.
pub fn window(
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Fault> {
    let most = Duration::days(OPEN311_DAYS);
    let beyond = || Fault::bad("This date is beyond the calendar.");
    let (start, end) = match (start, end) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, start.checked_add_signed(most).ok_or_else(beyond)?),
        (None, Some(end)) => (end.checked_sub_signed(most).ok_or_else(beyond)?, end),
        (None, None) => (now - most, now + Duration::minutes(5)),
    };
    if end < start {
        return Err(Fault::bad("end_date is before start_date."));
    }
    // Both ends of whole days may be meant.
    if end - start > most + Duration::days(1) {
        return Err(Fault::bad(format!("start_date and end_date lie more than {OPEN311_DAYS} days apart.")));
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_word_that_means_it() {
        for known in Status::ALL {
            assert_eq!(status(&extended(*known).to_uppercase()).expect("a word"), Some(*known));
        }
        assert_eq!(status("UNCHANGED").expect("a word"), None);
        assert_eq!(status("Reopen").expect("a word"), Some(Status::Open));
        assert!(status("mended").is_err());
    }

    #[test]
    fn a_moment_is_read_with_its_zone_and_with_a_plus_that_became_a_space() {
        let at = |text: &str| moment("start_date", text).map(|at| at.to_rfc3339()).ok();
        assert_eq!(at("2026-03-01T10:00:00Z").as_deref(), Some("2026-03-01T10:00:00+00:00"));
        assert_eq!(at("2026-03-01T10:00:00+02:00"), at("2026-03-01T10:00:00 02:00"));
        assert_eq!(at("2026-03-01").as_deref(), Some("2026-03-01T00:00:00+00:00"));
        for wrong in ["yesterday", "2026-02-30", "10000-01-01", "0000-01-01T00:00:00Z", "-1"] {
            assert!(at(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_window_is_ninety_days_at_most_and_the_last_ones_by_default() {
        let now = moment("", "2026-06-01T00:00:00Z").expect("a moment");
        let day = |text: &str| moment("", text).expect("a moment");
        let (start, end) = window(None, None, now).expect("a window");
        assert!(start == now - Duration::days(90) && end >= now);
        let (start, end) = window(Some(day("2025-01-01")), None, now).expect("a window");
        assert_eq!((end - start).num_days(), 90);
        let (start, end) = window(None, Some(day("2025-01-01")), now).expect("a window");
        assert_eq!((end - start).num_days(), 90);
        assert!(window(Some(day("2025-01-01")), Some(day("2025-05-01")), now).is_err());
        assert!(window(Some(day("2025-01-02")), Some(day("2025-01-01")), now).is_err());
    }
}
