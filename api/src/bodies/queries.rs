//! Bodies by name and by report.

use std::collections::HashMap;

use diesel::prelude::*;
use mendmap_shared::wire::categories::{BodyRef, CategoryRef};

use crate::schema::{bodies, categories, report_bodies};

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
    // PostgreSQL refuses a text with a NUL in it; there is no such slug.
    if slug.contains('\0') {
        return Err(diesel::result::Error::NotFound);
    }
    bodies::table.filter(bodies::slug.eq(slug)).select(bodies::id).first(conn)
}

/// The live categories of the body with this slug, in its order.
///
/// # Errors
/// `NotFound` when there is no such body.
pub fn categories_of(conn: &mut PgConnection, slug: &str) -> QueryResult<Vec<CategoryRef>> {
    let body = id_of(conn, slug)?;
    let rows: Vec<(String, String, String)> = categories::table
        .filter(categories::body_id.eq(body))
        .filter(categories::live)
        .order((categories::position, categories::name))
        .select((categories::code, categories::name, categories::group_name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(code, name, group)| CategoryRef { code, name, group }).collect())
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
