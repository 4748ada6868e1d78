//! What a map is narrowed down to, with one way to write each filter, so that equal views have equal addresses and share
//! one place in every cache.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::limits::{MAP_AGES, MAP_CATEGORY_CHARS};
use crate::wire::map::LivePin;
use crate::workflow::StatusGroup;

/// Everything but RFC 3986's unreserved characters (2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Characters of a body's slug.
const SLUG_CHARS: usize = 63;
/// The groups in their order.
const GROUPS: [StatusGroup; 3] = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];

/// Which reports a map shows.
///
/// ```
/// use mendmap_shared::map_filter::MapFilter;
/// let filter = MapFilter::read([("age", "3"), ("status", "closed,open"), ("category", "Roads & paths")]).unwrap();
/// assert_eq!(filter.to_string(), "status=open,closed&category=Roads%20%26%20paths&age=3");
/// assert_eq!(MapFilter::read([("sort", "newest")]).unwrap_err().parameter, "sort");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct MapFilter {
    /// Status groups in the order open, fixed, closed; none for all.
    statuses: Vec<StatusGroup>,
    category: Option<String>,
    body: Option<String>,
    age: Option<u16>,
}

/// A parameter that no map has, or a value it cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapFilterError {
    /// Name of the parameter.
    pub parameter: String,
}

impl fmt::Display for MapFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no filter of the map, or cannot have this value", self.parameter)
    }
}

impl std::error::Error for MapFilterError {}

impl MapFilter {
    /// Reads decoded pairs of a query, in any order: `status` (groups, with commas), `category` (code, or name of a group),
    /// `body` (slug), `age` (one of [`MAP_AGES`], in months). Empty values count as absent.
    ///
    /// # Errors
    /// Names the first parameter that is unknown, there twice, or has a value it cannot have.
    pub fn read<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, MapFilterError> {
        let mut filter = Self::default();
        let mut seen = Vec::new();
        for (name, value) in pairs {
            let (name, value) = (name.as_ref().to_owned(), value.as_ref().trim());
            let known = !seen.contains(&name) && filter.set(&name, value).is_some();
            if !known {
                return Err(MapFilterError { parameter: name });
            }
            seen.push(name);
        }
        Ok(filter)
    }

    /// Reads what can be read of such pairs, as a link from elsewhere may hold: the rest falls away.
    #[must_use]
    pub fn read_leniently<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut filter = Self::default();
        for (name, value) in pairs {
            let _unreadable = filter.set(name.as_ref(), value.as_ref().trim());
        }
        filter
    }

    /// The same with another value for one parameter, empty for any. A value it cannot have changes nothing.
    ///
    /// ```
    /// use mendmap_shared::map_filter::MapFilter;
    /// let filter = MapFilter::default().with("status", "open").with("age", "6").with("age", "7");
    /// assert_eq!(filter.to_string(), "status=open&age=6");
    /// ```
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let _unreadable = self.set(name, value.trim());
        self
    }

    /// Sets one parameter; `None` where it does not exist or cannot have this value.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let some = !value.is_empty();
        match name {
            "status" => {
                let wanted: Vec<StatusGroup> =
                    value.split(',').filter(|_| some).map(|word| word.parse().ok()).collect::<Option<_>>()?;
                // All of them is the same as no filter.
                let all = GROUPS.iter().all(|group| wanted.contains(group));
                self.statuses = GROUPS.into_iter().filter(|group| !all && wanted.contains(group)).collect();
            }
            "category" if value.chars().count() <= MAP_CATEGORY_CHARS && !value.contains('\0') => {
                self.category = some.then(|| value.to_owned());
            }
            "body" if value.len() <= SLUG_CHARS && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                self.body = some.then(|| value.to_ascii_lowercase());
            }
            "age" if some => self.age = Some(value.parse().ok().filter(|age| MAP_AGES.contains(age))?),
            "age" => self.age = None,
            _ => return None,
        }
        Some(())
    }

    /// Status groups in the order open, fixed, closed; none for all.
    #[must_use]
    pub fn statuses(&self) -> &[StatusGroup] {
        &self.statuses
    }

    /// Code of a category, or name of a group.
    #[must_use]
    pub fn category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    /// Slug of a body.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// The first month shown, in months since the year 0 (UTC): so many before the one that has begun.
    #[must_use]
    pub fn first_month(&self, now: DateTime<Utc>) -> Option<i32> {
        self.age.map(|age| month(now) - i32::from(age))
    }

    /// Months back of which reports are shown; the month that has begun comes on top.
    #[must_use]
    pub fn age(&self) -> Option<u16> {
        self.age
    }

    /// The first moment shown: when the first month begins, in UTC.
    #[must_use]
    pub fn since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.first_month(now)?;
        let day = NaiveDate::from_ymd_opt(first.div_euclid(12), first.rem_euclid(12).cast_unsigned() + 1, 1)?;
        Some(day.and_time(NaiveTime::MIN).and_utc())
    }

    /// Whether a report that a live map was told of belongs on it.
    #[must_use]
    pub fn matches(&self, report: &LivePin, now: DateTime<Utc>) -> bool {
        (self.statuses.is_empty() || self.statuses.contains(&report.pin.status_group))
            && self
                .category
                .as_ref()
                .is_none_or(|wanted| *wanted == report.category_code || *wanted == report.category_group)
            && self.body.as_ref().is_none_or(|wanted| report.bodies.contains(wanted))
            && self.first_month(now).is_none_or(|first| month(report.created_at) >= first)
    }
}

/// Months since the year 0, in UTC.
fn month(at: DateTime<Utc>) -> i32 {
    at.year() * 12 + at.month0().cast_signed()
}

/// The one way to write it: what follows the question mark of an address. Empty where nothing is filtered.
impl fmt::Display for MapFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written as it goes: a server does this for every tile it is asked for.
        let mut between = "";
        if !self.statuses.is_empty() {
            f.write_str("status=")?;
            for group in &self.statuses {
                write!(f, "{between}{}", group.as_str())?;
                between = ",";
            }
            between = "&";
        }
        for (name, text) in [("category", &self.category), ("body", &self.body)] {
            if let Some(text) = text {
                write!(f, "{between}{name}={}", utf8_percent_encode(text, RESERVED))?;
                between = "&";
            }
        }
        if let Some(age) = self.age {
            write!(f, "{between}age={age}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_no_map_has_is_named() {
        for (name, value) in [
            ("sort", "newest"),
            ("Status", "open"),
            ("status", "investigating"),
            ("status", "open,"),
            ("body", "new port"),
            ("age", "2"),
            ("age", "-1"),
            ("category", &"x".repeat(MAP_CATEGORY_CHARS + 1)),
        ] {
            assert_eq!(MapFilter::read([(name, value)]).expect_err(value).parameter, name);
        }
        assert!(MapFilter::read([("age", "3"), ("age", "6")]).is_err());
    }

    #[test]
    fn what_filters_nothing_is_not_written() {
        let filter =
            MapFilter::read([("status", "closed,fixed,open,open"), ("category", " "), ("body", ""), ("age", "")]);
        assert_eq!(filter, Ok(MapFilter::default()));
        assert_eq!(MapFilter::default().to_string(), "");
    }

    #[test]
    fn what_a_link_from_elsewhere_says_falls_away_where_it_cannot_be_read() {
        let pairs =
            [("status", "investigating"), ("age", "3"), ("lon", "1"), ("body", "new port"), ("category", "potholes")];
        assert_eq!(MapFilter::read_leniently(pairs).to_string(), "category=potholes&age=3");
    }

    #[test]
    fn three_months_of_age_are_three_whole_months_and_the_one_that_has_begun() {
        let filter = MapFilter::read([("age", "3")]).expect("a filter");
        let now = "2026-02-10T12:00:00Z".parse().expect("a moment");
        let first = filter.first_month(now).expect("a month");
        assert_eq!((first / 12, first % 12 + 1), (2025, 11));
        assert_eq!(filter.since(now).expect("a moment").to_rfc3339(), "2025-11-01T00:00:00+00:00");
    }

    proptest! {
        #[test]
        fn a_filter_is_read_back_from_what_it_is_written_as(
            open in any::<bool>(), closed in any::<bool>(), category in "\\PC{0,30}", body in "[a-z0-9-]{0,20}", age in 0_usize..=MAP_AGES.len(),
        ) {
            let status = [(open, "open"), (closed, "closed")].iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect::<Vec<_>>().join(",");
            let age = MAP_AGES.get(age).map(ToString::to_string).unwrap_or_default();
            let pairs = [("age", age.as_str()), ("body", body.as_str()), ("category", category.as_str()), ("status", status.as_str())];
            let filter = MapFilter::read(pairs).expect("all are known");
            let written = filter.to_string();
            let read = written.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
                let (name, value) = pair.split_once('=').expect("a pair");
                (name.to_owned(), percent_encoding::percent_decode_str(value).decode_utf8().expect("text").into_owned())
            });
            prop_assert_eq!(MapFilter::read(read), Ok(filter));
        }
    }
}
