//! Bodies by name and by report.

use std::collections::HashMap;

use diesel::prelude::*;
use mendmap_shared::wire::categories::BodyRef;

use crate::schema::{bodies, report_bodies};

/// All bodies, by name.
///
/// # Errors
/// From the database.
pub fn all(conn: &mut PgConnection) -> QueryResult<Vec<BodyRef>> {
    let rows: Vec<(String, String)> =
        bodies::table.order(bodies::name).select((bodies::slug, bodies::name)).load(conn)?;
    Ok(rows.into_iter().map(|(slug, name)| BodyRef { slug, name }).collect())
}

/// The number of the body with this slug.
///
/// # Errors
/// `NotFound` when there is none.
pub fn id_of(conn: &mut PgConnection, slug: &str) -> QueryResult<i64> {
    bodies::table.filter(bodies::slug.eq(slug)).select(bodies::id).first(conn)
}

/// The bodies each of these reports went to.
///
/// # Errors
/// From the database.
pub fn of_reports(conn: &mut PgConnection, reports: &[i64]) -> QueryResult<HashMap<i64, Vec<BodyRef>>> {
    let rows: Vec<(i64, String, String)> = report_bodies::table
        .inner_join(bodies::table)
        .filter(report_bodies::report_id.eq_any(reports))
        .order(bodies::name)
        .select((report_bodies::report_id, bodies::slug, bodies::name))
        .load(conn)?;
    let mut found: HashMap<i64, Vec<BodyRef>> = HashMap::new();
    for (report, slug, name) in rows {
        found.entry(report).or_default().push(BodyRef { slug, name });
    }
    Ok(found)
}
