//! Lists of reports: filters, orders, and where a page begins.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, sql};
use diesel::expression::BoxableExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Text, Timestamptz};
use mendmap_shared::error::FieldCode;
use mendmap_shared::geo::Bbox;
use mendmap_shared::text::SearchText;
use mendmap_shared::wire::reports::ReportSort;
use mendmap_shared::workflow::{Status, StatusGroup};
use serde::{Deserialize, Serialize};

use super::models::SummaryRow;
use crate::error::{ApiError, ApiResult};
use crate::schema::{bodies, report_areas, report_bodies, reports};

/// The parameters of every list of public reports.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// `west,south,east,north` in degrees, WGS 84.
    #[param(example = "-3.01,51.57,-2.98,51.59")]
    pub bbox: Option<String>,
    /// Number of an area.
    pub area: Option<i64>,
    /// Slug of a body.
    #[param(example = "newport")]
    pub body: Option<String>,
    /// Code of a category, or name of a group.
    #[param(example = "potholes")]
    pub category: Option<String>,
    /// Statuses or groups of them, separated by commas.
    #[param(example = "open,fixed")]
    pub status: Option<String>,
    /// Words in title, details or street; `"two words"` together, `-word` without.
    pub q: Option<String>,
    /// Only reports made at or after this moment, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    pub since: Option<DateTime<Utc>>,
    /// Order.
    #[param(inline)]
    pub sort: Option<ReportSort>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows of one page, 1 to 100.
    pub limit: Option<u32>,
}

/// The parameters, read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    bbox: Option<Bbox>,
    area: Option<i64>,
    body: Option<String>,
    category: Option<String>,
    statuses: Vec<Status>,
    text: Option<String>,
    since: Option<DateTime<Utc>>,
}

/// The rows beyond one row of an order by a moment and a number: a comparison of rows, which an index on both answers by
/// beginning in the right place. `comparison` is `(moment, number) <` or `>`.
#[must_use]
pub fn beyond_moment(comparison: &str, moment: DateTime<Utc>, id: i64) -> Condition {
    Box::new(
        sql::<Bool>(&format!("{comparison} (")).bind::<Timestamptz, _>(moment).sql(", ").bind::<BigInt, _>(id).sql(")"),
    )
}

/// Where a page begins: after the row with this value and number, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    sort: ReportSort,
    /// Microseconds of the Unix clock, or a count.
    value: i64,
    id: i64,
}

/// Reads statuses and groups of them.
///
/// # Errors
/// Refuses unknown words.
pub fn statuses(text: Option<&str>) -> ApiResult<Vec<Status>> {
    let mut found = Vec::new();
    for word in text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty()) {
        // "open" and "closed" are groups and statuses: the group is what people mean.
        if let Ok(group) = word.parse::<StatusGroup>() {
            found.extend(group.statuses());
        } else if let Ok(status) = word.parse::<Status>() {
            found.push(status);
        } else {
            return Err(ApiError::parameter(
                "status",
                FieldCode::InvalidChoice,
                "status takes statuses and groups, separated by commas",
            ));
        }
    }
    Ok(found)
}

impl ListParams {
    /// Checks the parameters.
    ///
    /// # Errors
    /// Names the first that cannot be read.
    pub fn filter(&self) -> ApiResult<Filter> {
        if !self.since.as_ref().is_none_or(in_range) {
            return Err(ApiError::parameter("since", FieldCode::Invalid, "since is a moment in the years 1 to 9999"));
        }
        let text = self.q.as_deref().map(str::parse::<SearchText>).transpose();
        Ok(Filter {
            bbox: self.bbox.as_deref().map(str::parse).transpose()?,
            area: self.area,
            body: self.body.clone(),
            category: self.category.clone(),
            statuses: statuses(self.status.as_deref())?,
            text: text.map_err(|code| ApiError::parameter("q", code, code.message()))?.map(String::from),
            since: self.since,
        })
    }
}

/// A condition on reports, to be put on any query of them.
pub type Condition = Box<dyn BoxableExpression<reports::table, Pg, SqlType = Bool>>;

/// A point lies in the box; by the index.
#[must_use]
pub fn inside(bbox: Bbox) -> Condition {
    let [west, south, east, north] = bbox.edges();
    Box::new(
        sql::<Bool>("reports.location && ST_MakeEnvelope(")
            .bind::<Double, _>(west)
            .sql(", ")
            .bind::<Double, _>(south)
            .sql(", ")
            .bind::<Double, _>(east)
            .sql(", ")
            .bind::<Double, _>(north)
            .sql(", 4326)"),
    )
}

/// Reports of these statuses; whole groups by their group, which is what the indexes know.
fn with_status(wanted: &[Status]) -> Condition {
    let whole = |group: &&StatusGroup| group.statuses().all(|status| wanted.contains(&status));
    let groups: Vec<StatusGroup> = StatusGroup::ALL.iter().filter(whole).copied().collect();
    if wanted.iter().all(|status| groups.contains(&status.group())) {
        let words: Vec<&'static str> = groups.iter().map(|group| group.as_str()).collect();
        return Box::new(reports::status_group.eq_any(words));
    }
    let words: Vec<&'static str> = wanted.iter().map(|status| status.as_str()).collect();
    Box::new(reports::status.eq_any(words))
}

/// Moments a database and a calendar both know.
#[must_use]
pub fn in_range(moment: &DateTime<Utc>) -> bool {
    use chrono::Datelike as _;
    (1..=9999).contains(&moment.year())
}

impl Filter {
    /// The conditions, to be put on any query of published reports.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        if let Some(bbox) = self.bbox {
            all.push(inside(bbox));
        }
        if let Some(area) = self.area {
            let in_area = report_areas::table
                .filter(report_areas::report_id.eq(reports::id))
                .filter(report_areas::area_id.eq(area));
            all.push(Box::new(exists(in_area)));
        }
        if let Some(slug) = &self.body {
            let of_body = report_bodies::table
                .inner_join(bodies::table)
                .filter(report_bodies::report_id.eq(reports::id))
                .filter(bodies::slug.eq(slug.clone()));
            all.push(Box::new(exists(of_body)));
        }
        if let Some(category) = &self.category {
            all.push(Box::new(
                reports::category_code.eq(category.clone()).or(reports::category_group.eq(category.clone())),
            ));
        }
        if !self.statuses.is_empty() {
            all.push(with_status(&self.statuses));
        }
        if let Some(text) = &self.text {
            all.push(Box::new(
                sql::<Bool>("reports.search @@ websearch_to_tsquery('english', ")
                    .bind::<Text, _>(text.clone())
                    .sql(")"),
            ));
        }
        if let Some(since) = self.since {
            all.push(Box::new(reports::created_at.ge(since)));
        }
        all
    }
}

impl Key {
    /// The place of a row in this order.
    #[must_use]
    pub fn of(sort: ReportSort, row: &SummaryRow) -> Self {
        let value = match sort {
            ReportSort::Newest | ReportSort::Oldest => row.created_at.timestamp_micros(),
            ReportSort::Updated => row.updated_at.timestamp_micros(),
            ReportSort::Supported => i64::from(row.supporter_count),
        };
        Self { sort, value, id: row.id }
    }

    fn moment(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.value).unwrap_or_default()
    }
}

/// Published reports that match, in order, after `after`; one row more than `size`, which only says that there is more.
///
/// # Errors
/// From the database; `invalid_request` when the cursor belongs to another order.
pub fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    sort: ReportSort,
    after: Option<Key>,
    size: i64,
) -> ApiResult<Vec<SummaryRow>> {
    if after.is_some_and(|key| key.sort != sort) {
        return Err(ApiError::parameter("cursor", FieldCode::Invalid, "this cursor belongs to another order"));
    }
    let mut query = reports::table
        .filter(reports::visibility.eq("published"))
        .select(SummaryRow::as_select())
        .limit(size + 1)
        .into_boxed();
    for condition in filter.conditions() {
        query = query.filter(condition);
    }
    query = match sort {
        ReportSort::Newest => query.order((reports::created_at.desc(), reports::id.desc())),
        ReportSort::Oldest => query.order((reports::created_at.asc(), reports::id.asc())),
        ReportSort::Updated => query.order((reports::updated_at.desc(), reports::id.desc())),
        ReportSort::Supported => query.order((reports::supporter_count.desc(), reports::id.desc())),
    };
    if let Some(key) = after {
        let moment = key.moment();
        query = match sort {
            ReportSort::Newest => query.filter(beyond_moment("(reports.created_at, reports.id) <", moment, key.id)),
            ReportSort::Oldest => query.filter(beyond_moment("(reports.created_at, reports.id) >", moment, key.id)),
            ReportSort::Updated => query.filter(beyond_moment("(reports.updated_at, reports.id) <", moment, key.id)),
            ReportSort::Supported => query.filter(
                sql::<Bool>("(reports.supporter_count, reports.id) < (")
                    .bind::<BigInt, _>(key.value)
                    .sql(", ")
                    .bind::<BigInt, _>(key.id)
                    .sql(")"),
            ),
        };
    }
    Ok(query.load(conn)?)
}
