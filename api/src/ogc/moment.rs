//! Moments as they are asked for: RFC 3339 instants, days, and intervals of them.
//!
//! What is kept to the microsecond is told to the second. It is asked for as it was told, so a whole second means all of it.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};

/// What one moment as it was written means: everything from `from`, and before `until`. Both are the same where nothing that is
/// told can be equal to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
}

/// Why a moment cannot be read.
const FORM: &str = "a moment is written 2026-01-31T08:00:00Z, a day 2026-01-31, in the years 1 to 9998";

impl Span {
    /// Reads `2026-01-31T08:00:00Z`, with fractions and offsets as RFC 3339 has them, or a day.
    ///
    /// # Errors
    /// Says how it has to be written.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        // GDAL up to 3.6 at least writes days so, and a plus sign in an address is a blank.
        let day = text.strip_suffix('T').unwrap_or(text);
        let span = match NaiveDate::parse_from_str(day, "%Y-%m-%d") {
            Ok(day) if text.len() <= "2026-01-31T".len() => {
                let from = day.and_time(NaiveTime::MIN).and_utc();
                Some(Self { from, until: from + TimeDelta::days(1) })
            }
            _ => DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok().and_then(|at| Self::instant(at.to_utc())),
        };
        span.filter(|span| (1..=9998).contains(&span.from.year())).ok_or(FORM)
    }

    fn instant(at: DateTime<Utc>) -> Option<Self> {
        // A leap second counts to the next one, as everywhere here.
        let whole = at.with_nanosecond(0)?;
        let next = whole + TimeDelta::seconds(1);
        Some(if at == whole { Self { from: whole, until: next } } else { Self { from: next, until: next } })
    }
}

/// An interval with ends that belong to it; one that is missing is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Where it begins.
    pub start: Option<Span>,
    /// Where it ends.
    pub end: Option<Span>,
}

impl Period {
    /// One moment.
    #[must_use]
    pub const fn at(span: Span) -> Self {
        Self { start: Some(span), end: Some(span) }
    }

    /// Reads the parameter `datetime` (Part 1, 7.15.4): a moment, `a/b`, `../b`, `/b`, `a/..`, `a/`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let Some((start, end)) = text.split_once('/') else { return Ok(Self::at(Span::read(text)?)) };
        Self::between(start, end)
    }

    /// From one to the other, `..` or nothing for an open end.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn between(start: &str, end: &str) -> Result<Self, &'static str> {
        let side = |text: &str| (!matches!(text, "" | "..")).then(|| Span::read(text)).transpose();
        let period = Self { start: side(start)?, end: side(end)? };
        match (period.start, period.end) {
            (None, None) => Err("an interval needs a beginning or an end"),
            (Some(start), Some(end)) if start.from > end.from => Err("an interval begins before it ends"),
            _ => Ok(period),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_second_is_all_of_it_and_a_part_of_one_is_nothing_that_is_told() {
        let span = Span::read("2026-01-31T08:00:00+01:00").expect("reads");
        assert_eq!((span.from, span.until), (at("2026-01-31T07:00:00Z"), at("2026-01-31T07:00:01Z")));
        assert_eq!(Span::read("2026-01-31T08:00:00 01:00"), Ok(span), "a plus that became a blank");
        let between = Span::read("2026-01-31T07:00:00.5Z").expect("reads");
        assert_eq!((between.from, between.until), (at("2026-01-31T07:00:01Z"), at("2026-01-31T07:00:01Z")));
    }

    #[test]
    fn a_day_is_all_of_it() {
        let span = Span::read("2026-01-31").expect("reads");
        assert_eq!((span.from, span.until), (at("2026-01-31T00:00:00Z"), at("2026-02-01T00:00:00Z")));
        assert_eq!(Span::read("2026-01-31T"), Ok(span));
    }

    #[test]
    fn open_ends_are_dots_or_nothing() {
        for text in ["2026-01-31/..", "2026-01-31/"] {
            let period = Period::read(text).expect("reads");
            assert!(period.start.is_some() && period.end.is_none());
        }
        for text in ["../2026-01-31", "/2026-01-31"] {
            let period = Period::read(text).expect("reads");
            assert!(period.start.is_none() && period.end.is_some());
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "..",
            "../..",
            "/",
            "yesterday",
            "2026-13-01",
            "2026-01-31T08:00:00",
            "2026-02-01/2026-01-31",
            "2026-01-31/x",
            "2026-01-31/2026-02-01/2026-03-01",
            "99999-01-01",
            "9999-12-31T23:59:59Z",
            "0000-01-01",
            "2026-01-31TT",
        ] {
            assert!(Period::read(text).is_err(), "{text}");
        }
    }
}
