//! Reading moments. chrono's own way takes more forms than RFC 3339 has, and with them brings a reader of any form of date
//! into the browser's download.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads a moment.
///
/// # Errors
/// When it is not in the form of RFC 3339.
pub fn read<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    parse(&Cow::<str>::deserialize(from)?)
}

/// Reads a moment that may be absent.
///
/// # Errors
/// When it is there, and not in the form of RFC 3339.
pub fn read_some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Option::<Cow<'_, str>>::deserialize(from)?.map(|text| parse(&text)).transpose()
}

fn parse<E: Error>(text: &str) -> Result<DateTime<Utc>, E> {
    DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).map_err(E::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "read")]
        at: DateTime<Utc>,
        #[serde(default, deserialize_with = "read_some")]
        until: Option<DateTime<Utc>>,
    }

    #[test]
    fn a_moment_is_read_as_it_was_written_and_may_be_absent() {
        let row: Row = serde_json::from_str(r#"{"at":"2026-03-03T14:05:06.789+01:00"}"#).expect("reads");
        assert_eq!(row.at.to_rfc3339(), "2026-03-03T13:05:06.789+00:00");
        assert_eq!(row.until, None);
        let row: Row =
            serde_json::from_str(r#"{"at":"2026-03-03T14:05:06Z","until":"2026-03-04T00:00:00Z"}"#).expect("reads");
        assert!(row.until.is_some_and(|until| until > row.at));
        assert!(serde_json::from_str::<Row>(r#"{"at":"yesterday"}"#).is_err());
    }
}
