//! The desk's list in its three orders.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz};
use mendmap_shared::error::FieldCode;
use mendmap_shared::wire::desk::{DeskCounts, DeskSort};
use mendmap_shared::workflow::Status;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, ApiResult};

/// What the desk's list may show less of.
#[derive(Debug, Clone, Default)]
pub struct DeskFilter {
    /// Statuses; empty means all.
    pub statuses: Vec<Status>,
    /// Code of a category, or name of a group.
    pub category: Option<String>,
    /// Words, or the number of a report.
    pub text: Option<String>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskKey {
    sort: DeskSort,
    rank: i32,
    value: i64,
    id: i64,
}

/// A row of the desk's list, without what [`crate::reports::queries::summaries`] adds.
#[derive(Debug, QueryableByName)]
pub struct DeskListRow {
    /// Number of the report.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whether this person has not opened it since it changed.
    #[diesel(sql_type = Bool)]
    pub unread: bool,
    /// When the body means to have finished.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that has passed while the report is open.
    #[diesel(sql_type = Bool)]
    pub overdue: bool,
    #[diesel(sql_type = Integer)]
    rank: i32,
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl DeskListRow {
    /// The place of the row in this order.
    #[must_use]
    pub const fn key(&self, sort: DeskSort) -> DeskKey {
        DeskKey { sort, rank: self.rank, value: self.value, id: self.id }
    }
}

/// Rank and value of a row; rows go by rank, then value, then number, all largest first.
const fn order(sort: DeskSort) -> &'static str {
    match sort {
        DeskSort::Newest => "0 AS rank, r.id AS value",
        DeskSort::Unread => {
            "(d.read_at IS NULL OR d.read_at < r.updated_at)::int AS rank,
             (extract(epoch FROM r.updated_at) * 1000000)::bigint AS value"
        }
        // The longest overdue first: the earlier the date, the larger the value.
        DeskSort::Overdue => {
            "(r.status_group = 'open' AND coalesce(r.due_at < now(), false))::int AS rank,
             coalesce(-(extract(epoch FROM r.due_at) * 1000000)::bigint, -9000000000000000000) AS value"
        }
        DeskSort::Parked => {
            "EXISTS (SELECT FROM deliveries p WHERE p.report_id = r.id AND p.body_id = $1 AND p.state = 'parked')::int AS rank,
             r.id AS value"
        }
    }
}

/// Reports that came to a body, in order; one row more than `size`.
///
/// # Errors
/// From the database; `invalid_request` when the cursor belongs to another order.
pub fn list(
    conn: &mut PgConnection,
    body: i64,
    user: i64,
    filter: &DeskFilter,
    sort: DeskSort,
    after: Option<DeskKey>,
    size: i64,
) -> ApiResult<Vec<DeskListRow>> {
    if after.is_some_and(|key| key.sort != sort) {
        return Err(ApiError::parameter("cursor", FieldCode::Invalid, "this cursor belongs to another order"));
    }
    let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
    let number: Option<i64> = filter.text.as_deref().and_then(|text| text.trim_start_matches('#').parse().ok());
    // In newest order rank and value say no more than the number, and the number's own index does it all.
    let (beyond, ordered) = match sort {
        DeskSort::Newest => ("rb.report_id < $9", "rb.report_id DESC"),
        _ => ("true", "rank DESC, value DESC, id DESC"),
    };
    let statement = format!(
        "SELECT * FROM (
             SELECT r.id, r.due_at,
                    (d.read_at IS NULL OR d.read_at < r.updated_at) AS unread,
                    (r.status_group = 'open' AND coalesce(r.due_at < now(), false)) AS overdue,
                    {}
             FROM report_bodies rb
             JOIN reports r ON r.id = rb.report_id AND r.visibility IN ('published', 'private')
             LEFT JOIN desk_reads d ON d.report_id = r.id AND d.user_id = $2
             WHERE rb.body_id = $1
               AND ($3::text[] IS NULL OR r.status = ANY ($3))
               AND ($4::text IS NULL OR r.category_code = $4 OR r.category_group = $4)
               AND ($5::text IS NULL OR r.id = $6 OR r.search @@ websearch_to_tsquery('english', $5))
               AND {beyond}
             {}
         ) rows
         WHERE (rank, value, id) < ($7, $8, $9)
         ORDER BY rank DESC, value DESC, id DESC
         LIMIT $10",
        order(sort),
        if sort == DeskSort::Newest { format!("ORDER BY {ordered} LIMIT $10") } else { String::new() },
    );
    let start = after.unwrap_or(DeskKey { sort, rank: i32::MAX, value: i64::MAX, id: i64::MAX });
    Ok(diesel::sql_query(statement)
        .bind::<BigInt, _>(body)
        .bind::<BigInt, _>(user)
        .bind::<Nullable<Array<Text>>, _>((!statuses.is_empty()).then_some(statuses))
        .bind::<Nullable<Text>, _>(filter.category.as_deref())
        .bind::<Nullable<Text>, _>(filter.text.as_deref())
        .bind::<Nullable<BigInt>, _>(number)
        .bind::<Integer, _>(start.rank)
        .bind::<BigInt, _>(start.value)
        .bind::<BigInt, _>(start.id)
        .bind::<BigInt, _>(size + 1)
        .load(conn)?)
}

/// How many reports wait at a body.
///
/// # Errors
/// From the database.
pub fn counts(conn: &mut PgConnection, body: i64, user: i64) -> QueryResult<DeskCounts> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        open: i64,
        #[diesel(sql_type = BigInt)]
        unread: i64,
        #[diesel(sql_type = BigInt)]
        overdue: i64,
        #[diesel(sql_type = BigInt)]
        parked: i64,
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE r.status_group = 'open') AS open,
                count(*) FILTER (WHERE d.read_at IS NULL OR d.read_at < r.updated_at) AS unread,
                count(*) FILTER (WHERE r.status_group = 'open' AND r.due_at < now()) AS overdue,
                count(*) FILTER (WHERE EXISTS (SELECT FROM deliveries p WHERE p.report_id = r.id AND p.body_id = $1 AND p.state = 'parked')) AS parked
         FROM report_bodies rb
         JOIN reports r ON r.id = rb.report_id AND r.visibility IN ('published', 'private')
         LEFT JOIN desk_reads d ON d.report_id = r.id AND d.user_id = $2
         WHERE rb.body_id = $1",
    )
    .bind::<BigInt, _>(body)
    .bind::<BigInt, _>(user)
    .get_result(conn)?;
    Ok(DeskCounts { open: row.open, unread: row.unread, overdue: row.overdue, parked: row.parked })
}
