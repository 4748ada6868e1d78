//! Summing up reports.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Timestamptz, Untyped};
use mendmap_shared::limits::ANSWER_DAYS;
use mendmap_shared::wire::categories::{BodyRef, CategoryRef};
use mendmap_shared::wire::stats::{ReportStats, Unanswered};
use mendmap_shared::workflow::Status;

use super::rules;
use crate::db::Stored;
use crate::reports::listing::Condition;
use crate::schema::{bodies, categories, report_bodies, reports};

/// One row of figures: of all reports, or of those of one period, one category or one status.
#[derive(Debug, Clone, QueryableByName)]
pub struct Row {
    /// How long a period is.
    #[diesel(sql_type = Text)]
    pub unit: String,
    /// When the period begins.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub period: Option<DateTime<Utc>>,
    /// The category.
    #[diesel(sql_type = Nullable<Text>)]
    pub category_code: Option<String>,
    /// The status.
    #[diesel(sql_type = Nullable<Text>)]
    pub status: Option<Stored<Status>>,
    /// How many there are.
    #[diesel(sql_type = BigInt)]
    pub reported: i64,
    /// How many are open.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
    /// How many are fixed.
    #[diesel(sql_type = BigInt)]
    pub fixed: i64,
    /// Of how many it is known how long that took.
    #[diesel(sql_type = BigInt)]
    pub fix_reports: i64,
    /// Median and 90th percentile of that, in hours.
    #[diesel(sql_type = Nullable<Array<Double>>)]
    pub fix_hours: Option<Vec<f64>>,
    /// How many were answered.
    #[diesel(sql_type = BigInt)]
    pub answer_reports: i64,
    /// Median and 90th percentile of how long that took, in hours.
    #[diesel(sql_type = Nullable<Array<Double>>)]
    pub answer_hours: Option<Vec<f64>>,
    /// How many are so old that they should be answered.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// Of these, how many were not by then.
    #[diesel(sql_type = BigInt)]
    pub late: i64,
    /// Of these, how many are open and not answered now.
    #[diesel(sql_type = BigInt)]
    pub still: i64,
}

/// The figures of the reports that a query chooses.
#[derive(QueryId)]
struct Figures<Q> {
    chosen: Q,
    days: i32,
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Figures<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("WITH chosen AS MATERIALIZED (");
        self.chosen.walk_ast(out.reborrow())?;
        out.push_sql(")");
        let (before, after) = include_str!("sql/figures.sql").split_once("$1").unwrap_or_default();
        out.push_sql(before);
        out.push_bind_param::<Integer, _>(&self.days)?;
        out.push_sql(after);
        Ok(())
    }
}

impl<Q> Query for Figures<Q> {
    type SqlType = Untyped;
}

impl<Q> RunQueryDsl<PgConnection> for Figures<Q> {}

/// The figures of the published reports that match all conditions, and how many of them waited too long for an answer.
///
/// # Errors
/// From the database.
pub fn summed(conn: &mut PgConnection, conditions: Vec<Condition>) -> QueryResult<(ReportStats, Unanswered)> {
    // What an index has (reports_stats_idx), so that of many reports nothing else is read.
    let mut chosen = reports::table
        .filter(reports::visibility.eq("published"))
        .select((
            reports::created_at,
            reports::confirmed_at,
            reports::answered_at,
            reports::fixed_at,
            reports::closed_at,
            reports::status,
            reports::category_code,
        ))
        .into_boxed();
    for condition in conditions {
        chosen = chosen.filter(condition);
    }
    let days = i32::try_from(ANSWER_DAYS).unwrap_or(i32::MAX);
    let rows: Vec<Row> = Figures { chosen, days }.load(conn)?;
    Ok(rules::stats(rows, &category_names(conn)?))
}

/// Categories by their codes; of several of one code, one that can be chosen.
fn category_names(conn: &mut PgConnection) -> QueryResult<HashMap<String, CategoryRef>> {
    let rows: Vec<(String, String, String)> = categories::table
        .distinct_on(categories::code)
        .order((categories::code, categories::live.desc(), categories::id))
        .select((categories::code, categories::name, categories::group_name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(code, name, group)| (code.clone(), CategoryRef { code, name, group })).collect())
}

/// A body and how many of its published reports are open.
///
/// # Errors
/// `NotFound` where there is no such body; from the database.
pub fn body_now(conn: &mut PgConnection, slug: &str) -> QueryResult<(BodyRef, i64)> {
    let (id, slug, name): (i64, String, String) =
        bodies::table.filter(bodies::slug.eq(slug)).select((bodies::id, bodies::slug, bodies::name)).first(conn)?;
    let open = report_bodies::table
        .inner_join(reports::table)
        .filter(report_bodies::body_id.eq(id))
        .filter(reports::visibility.eq("published"))
        .filter(reports::status_group.eq("open"))
        .count()
        .get_result(conn)?;
    Ok((BodyRef { slug, name }, open))
}
