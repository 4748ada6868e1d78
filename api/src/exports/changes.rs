//! The order in which reports changed, for those who keep a copy.
//!
//! A place in it is the number of a transaction and of a report in it. Places are read only below the oldest transaction that is
//! still open (`pg_snapshot_xmin`), so that nothing can turn up before a place that was given out: numbers of transactions are
//! given in order, but they end in any. A clock promises neither. The other side of it is that a transaction that stays open
//! for long, in any database of the server, holds back what changed since it began to write.
//!
//! Numbers of transactions mean something in one server only, and only forwards. The epoch says which order a place belongs
//! to: `mendmap admin restart-changes` begins a new one where the data were copied into another server or taken back to an
//! earlier moment, and [`restart_if_foreign`] where that shows by itself.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};
use mendmap_shared::error::FieldCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::prepared;
use crate::error::{ApiError, ApiResult};
use crate::http::cursor;
use crate::reports::listing::in_range;

/// The parameter a place comes in.
pub const PARAMETER: &str = "updated_after";

/// A place in the order of changes: everything up to it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Which order it belongs to.
    #[serde(rename = "o")]
    pub epoch: Uuid,
    /// Number of the transaction that made the last change known.
    #[serde(rename = "t")]
    pub changed_in: i64,
    /// Number of its report: a transaction's changes are in order of those.
    #[serde(rename = "r")]
    pub report_id: i64,
}

/// How things stand at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What is known by those who read everything now.
    pub place: Place,
    /// Whether nobody is writing who began before the last change seen. Then everything up to [`Standing::place`] is all there
    /// is, and nothing of it can change without the place moving on.
    pub settled: bool,
    /// Changes with the names of bodies and areas.
    pub names: String,
}

/// The last change of a report.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Change {
    #[diesel(sql_type = BigInt)]
    changed_in: i64,
    /// The report.
    #[diesel(sql_type = BigInt)]
    pub report_id: i64,
    /// When the transaction began that made it.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
    /// Whether nobody sees the report any more.
    #[diesel(sql_type = Bool)]
    pub gone: bool,
}

/// From where changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After a place.
    Place(Place),
    /// After a moment: to begin with, where no place is known. At least what was begun to be changed after it is told.
    Moment(DateTime<Utc>),
}

impl Start {
    /// Reads a moment (RFC 3339), or a place as it was given out.
    ///
    /// # Errors
    /// Refuses anything else.
    pub fn read(text: &str) -> ApiResult<Self> {
        // A plus sign that somebody did not encode is a blank.
        let moment = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map(|moment| moment.to_utc());
        if let Some(moment) = moment.ok().filter(in_range) {
            return Ok(Self::Moment(moment));
        }
        Place::read(text).map(Self::Place).ok_or_else(|| {
            ApiError::parameter(
                PARAMETER,
                FieldCode::Invalid,
                "updated_after is a moment (RFC 3339), or a cursor as it came in X-Changes-Cursor",
            )
        })
    }
}

impl Place {
    /// Reads one as it was given out.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        cursor::decode(Some(text)).ok().flatten().filter(|place: &Self| place.changed_in >= 0 && place.report_id >= 0)
    }

    /// As it is given out.
    ///
    /// # Errors
    /// See [`cursor::encode`].
    pub fn encode(&self) -> ApiResult<String> {
        cursor::encode(self)
    }

    /// The place of a change in the same order.
    #[must_use]
    pub const fn of(self, change: &Change) -> Self {
        Self { epoch: self.epoch, changed_in: change.changed_in, report_id: change.report_id }
    }
}

#[derive(QueryableByName)]
struct StandingRow {
    #[diesel(sql_type = Text)]
    epoch: String,
    #[diesel(sql_type = BigInt)]
    changed_in: i64,
    #[diesel(sql_type = BigInt)]
    report_id: i64,
    #[diesel(sql_type = Bool)]
    settled: bool,
    #[diesel(sql_type = Text)]
    names: String,
}

/// How things stand on this connection.
///
/// # Errors
/// From the database.
pub fn standing(conn: &mut PgConnection) -> QueryResult<Standing> {
    let row: StandingRow = prepared(include_str!("sql/order.sql")).get_result(conn)?;
    let epoch = row.epoch.parse().map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
    let place = Place { epoch, changed_in: row.changed_in, report_id: row.report_id };
    Ok(Standing { place, settled: row.settled, names: row.names })
}

/// Whether this connection shows everything up to a place that another one gave out: copies lag.
///
/// # Errors
/// From the database.
pub fn shows(conn: &mut PgConnection, place: Place) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Shows {
        #[diesel(sql_type = Bool)]
        shows: bool,
    }
    prepared("SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8 AS shows")
        .bind::<Text, _>(place.changed_in.to_string())
        .get_result(conn)
        .map(|row: Shows| row.shows)
}

/// The place where this begins, which must be one of the order as it stands.
///
/// # Errors
/// `invalid_request` with [`FieldCode::Outdated`] where the place is of another order, or has not been reached in this one:
/// the data were taken back. From the database.
pub fn begin(conn: &mut PgConnection, start: Start) -> ApiResult<Place> {
    let epoch = standing(conn)?.place.epoch;
    match start {
        Start::Place(place) => {
            if place.epoch == epoch && shows(conn, place)? {
                Ok(place)
            } else {
                Err(ApiError::parameter(
                    PARAMETER,
                    FieldCode::Outdated,
                    "This cursor belongs to an order of changes that has ended. Put away what you have, and start again with everything.",
                ))
            }
        }
        Start::Moment(moment) => {
            #[derive(QueryableByName)]
            struct Found {
                #[diesel(sql_type = BigInt)]
                changed_in: i64,
                #[diesel(sql_type = BigInt)]
                report_id: i64,
            }
            let found: Found =
                prepared(include_str!("sql/place_of_moment.sql")).bind::<Timestamptz, _>(moment).get_result(conn)?;
            Ok(Place { epoch, changed_in: found.changed_in, report_id: found.report_id })
        }
    }
}

/// Changes after a place, in order: at most `limit`.
///
/// # Errors
/// From the database.
pub fn after(conn: &mut PgConnection, place: Place, limit: i64) -> QueryResult<Vec<Change>> {
    prepared(include_str!("sql/changes.sql"))
        .bind::<Text, _>(place.changed_in.to_string())
        .bind::<BigInt, _>(place.report_id)
        .bind::<BigInt, _>(limit)
        .load(conn)
}

/// Begins a new order: every place that was given out is refused from now on, and all reports have just changed.
///
/// # Errors
/// From the database.
pub fn restart(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(include_str!("sql/restart_changes.sql"))
}

/// Begins a new order where the one that is kept cannot be this server's: its numbers of transactions are yet to come here.
///
/// # Errors
/// From the database.
pub fn restart_if_foreign(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Foreign {
        #[diesel(sql_type = Bool)]
        is_foreign: bool,
    }
    let found: Foreign = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM report_changes WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot())) AS is_foreign",
    )
    .get_result(conn)?;
    if found.is_foreign {
        restart(conn)?;
    }
    Ok(found.is_foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_and_a_place_are_told_apart() {
        let place = Place { epoch: Uuid::nil(), changed_in: 700, report_id: 3 };
        assert_eq!(Start::read(&place.encode().expect("writes")).expect("reads"), Start::Place(place));
        let moment = DateTime::from_timestamp(1_785_000_000, 0).expect("a moment");
        assert_eq!(Start::read("2026-07-25T18:20:00 01:00").expect("reads"), Start::Moment(moment));
        for text in ["", "yesterday", "MTIz", "2026-07-25"] {
            assert!(format!("{:?}", Start::read(text).expect_err("refused")).contains("\"updated_after\""), "{text}");
        }
    }
}
