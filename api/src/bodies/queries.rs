//! Bodies by name and by report.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap_shared::wire::categories::{AreaRef, BodyRef, CategoryRef};

use crate::schema::{areas, bodies, categories, report_bodies};

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

/// The areas a body covers, and those that lie in them, the largest kind first.
///
/// # Errors
/// From the database.
pub fn areas_of(conn: &mut PgConnection, body: i64) -> QueryResult<Vec<AreaRef>> {
    #[derive(QueryableByName)]
    #[diesel(table_name = areas)]
    struct Row {
        id: i64,
        kind: String,
        name: String,
        name_alt: Option<String>,
    }
    // Neighbours share their edges: what counts is where an area's middle lies.
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT DISTINCT a.id, a.kind, a.name, a.name_alt
         FROM body_areas b JOIN areas c ON c.id = b.area_id
         JOIN areas a ON a.id = c.id OR (a.geom && c.geom AND ST_Covers(c.geom, ST_PointOnSurface(a.geom)))
         WHERE b.body_id = $1 ORDER BY a.kind, a.name, a.id",
    )
    .bind::<BigInt, _>(body)
    .load(conn)?;
    Ok(rows.into_iter().map(|Row { id, kind, name, name_alt }| AreaRef { id, kind, name, name_alt }).collect())
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
