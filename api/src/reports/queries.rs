//! Reading and changing reports.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::categories::{AreaRef, BodyRef};
use mendmap_shared::wire::reports::{PublicDelivery, Report, ReportSummary, Viewer};
use mendmap_shared::workflow::{Actor, Status, Visibility};

use super::listing;
use super::models::{DetailRow, SummaryRow};
use super::rules::{Standing, may_see};
use crate::auth::queries::report_bodies_where;
use crate::auth::rules::Permission;
use crate::auth::tokens::Keys;
use crate::error::ApiResult;
use crate::schema::{alerts, areas, bodies, deliveries, report_areas, report_bodies, reports, supporters};
use crate::{bodies as body_feature, photos};

/// Rows as everybody sees them, with bodies and first photo: two more statements for the whole list.
///
/// # Errors
/// From the database.
pub fn summaries(
    conn: &mut PgConnection,
    rows: Vec<SummaryRow>,
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<Vec<ReportSummary>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut bodies = body_feature::queries::of_reports(conn, &ids)?;
    // What is published needs no key, so that its address is the same for everybody.
    let (public, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.visibility.0 == Visibility::Published);
    let numbers = |rows: Vec<&SummaryRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let mut photos = photos::queries::of_reports(conn, &numbers(public), &|_| String::new())?;
    let rest = numbers(rest);
    if !rest.is_empty() {
        photos.extend(photos::queries::of_reports(conn, &rest, sign)?);
    }
    rows.into_iter()
        .map(|row| {
            let bodies = bodies.remove(&row.id).unwrap_or_default();
            let photo = photos.remove(&row.id).and_then(|photos| photos.into_iter().next());
            row.into_wire(bodies, photo)
        })
        .collect()
}

/// Published reports by number, in the order of the numbers.
///
/// # Errors
/// From the database.
pub fn published(conn: &mut PgConnection, ids: &[i64]) -> QueryResult<Vec<ReportSummary>> {
    let rows: Vec<SummaryRow> = reports::table
        .filter(reports::id.eq_any(ids))
        .filter(reports::visibility.eq("published"))
        .select(SummaryRow::as_select())
        .load(conn)?;
    let mut found: HashMap<i64, ReportSummary> =
        summaries(conn, rows, &|_| String::new())?.into_iter().map(|report| (report.id, report)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Reports of one author, newest first, whatever their visibility but hidden; one row more than `size`.
///
/// # Errors
/// From the database.
pub fn list_of_author(
    conn: &mut PgConnection,
    author: i64,
    after: Option<(DateTime<Utc>, i64)>,
    size: i64,
) -> QueryResult<Vec<SummaryRow>> {
    let mut query = reports::table
        .filter(reports::author_id.eq(author))
        .filter(reports::visibility.ne("hidden"))
        .select(SummaryRow::as_select())
        .order((reports::created_at.desc(), reports::id.desc()))
        .limit(size + 1)
        .into_boxed();
    if let Some((moment, id)) = after {
        query = query.filter(listing::beyond_moment("(reports.created_at, reports.id) <", moment, id));
    }
    query.load(conn)
}

/// What the caller is to a report they may see.
///
/// # Errors
/// `not_found` for what does not exist and for what they may not see, exactly alike.
pub fn standing(conn: &mut PgConnection, id: i64, caller: Option<i64>) -> ApiResult<(Standing, Visibility)> {
    let (visibility, author): (crate::db::Stored<Visibility>, Option<i64>) =
        reports::table.find(id).select((reports::visibility, reports::author_id)).first(conn)?;
    let staff = match caller {
        Some(user) => !report_bodies_where(conn, user, id, Permission::ViewDesk)?.is_empty(),
        None => false,
    };
    let standing = Standing { author: author.is_some() && author == caller, staff };
    if may_see(visibility.0, standing) { Ok((standing, visibility.0)) } else { Err(ErrorCode::NotFound.into()) }
}

/// Whether residents other than the author may mark the report as fixed: every body it went to must let them.
///
/// # Errors
/// From the database.
pub fn residents_may_fix(conn: &mut PgConnection, id: i64) -> QueryResult<bool> {
    let forbid = report_bodies::table
        .inner_join(bodies::table)
        .filter(report_bodies::report_id.eq(id))
        .filter(bodies::residents_may_fix.eq(false));
    diesel::select(diesel::dsl::not(diesel::dsl::exists(forbid))).get_result(conn)
}

/// A report's own page, for this caller.
///
/// # Errors
/// `not_found` for what does not exist and for what they may not see, exactly alike.
pub fn report(conn: &mut PgConnection, keys: &Keys, id: i64, caller: Option<i64>) -> ApiResult<Report> {
    let (standing, visibility) = standing(conn, id, caller)?;
    let (row, detail): (SummaryRow, DetailRow) =
        reports::table.find(id).select((SummaryRow::as_select(), DetailRow::as_select())).first(conn)?;
    let sign = |photo: &str| if visibility == Visibility::Published { String::new() } else { keys.photo_query(photo) };
    let photos = photos::queries::of_reports(conn, &[id], &sign)?.remove(&id).unwrap_or_default();
    let bodies = body_feature::queries::of_reports(conn, &[id])?.remove(&id).unwrap_or_default();
    let status = row.status.0;
    // Named only where everybody may see it.
    let duplicate_of = match detail.duplicate_of {
        Some(other) => published(conn, &[other])?.first().map(|other| other.id),
        None => None,
    };
    Ok(Report {
        summary: row.into_wire(bodies, photos.first().cloned())?,
        detail: detail.detail,
        author_name: detail.public_name,
        visibility,
        photos,
        areas: areas_of(conn, id)?,
        deliveries: deliveries_of(conn, id)?,
        fixed_by: detail.fixed_by.map(|stored| stored.0),
        duplicate_of,
        viewer: Some(viewer(conn, id, status, standing, caller)?),
    })
}

fn viewer(
    conn: &mut PgConnection,
    id: i64,
    status: Status,
    standing: Standing,
    caller: Option<i64>,
) -> ApiResult<Viewer> {
    let mut actors = Vec::new();
    let (mut following, mut supporting) = (false, false);
    if let Some(user) = caller {
        following = diesel::select(diesel::dsl::exists(
            alerts::table.filter(alerts::report_id.eq(id)).filter(alerts::user_id.eq(user)),
        ))
        .get_result(conn)?;
        supporting = diesel::select(diesel::dsl::exists(supporters::table.find((id, supporter_of_user(user)))))
            .get_result(conn)?;
        if standing.staff && !report_bodies_where(conn, user, id, Permission::AnswerReports)?.is_empty() {
            actors.push(Actor::Staff);
        }
    }
    actors.push(if standing.author {
        Actor::Author
    } else {
        Actor::Resident { may_fix: residents_may_fix(conn, id)? }
    });
    let may = |wanted: &Status| actors.iter().any(|actor| actor.allowed_from(status).contains(wanted));
    let allowed = Status::ALL.iter().copied().filter(may).collect();
    Ok(Viewer { author: standing.author, following, supporting, staff: standing.staff, allowed })
}

fn areas_of(conn: &mut PgConnection, id: i64) -> QueryResult<Vec<AreaRef>> {
    let rows: Vec<(i64, String, String, Option<String>)> = report_areas::table
        .inner_join(areas::table)
        .filter(report_areas::report_id.eq(id))
        .order((areas::kind, areas::name))
        .select((areas::id, areas::kind, areas::name, areas::name_alt))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, kind, name, name_alt)| AreaRef { id, kind, name, name_alt }).collect())
}

fn deliveries_of(conn: &mut PgConnection, id: i64) -> QueryResult<Vec<PublicDelivery>> {
    let rows: Vec<(String, String, Option<DateTime<Utc>>)> = deliveries::table
        .inner_join(bodies::table)
        .filter(deliveries::report_id.eq(id))
        .filter(deliveries::update_id.is_null())
        .order(bodies::name)
        .select((bodies::slug, bodies::name, deliveries::sent_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(slug, name, sent_at)| PublicDelivery { body: BodyRef { slug, name }, sent_at }).collect())
}

/// The name an account supports under.
#[must_use]
pub fn supporter_of_user(user: i64) -> String {
    format!("user:{user}")
}

/// Adds a supporter and returns how many there are; once is enough.
///
/// # Errors
/// From the database.
pub fn support(conn: &mut PgConnection, id: i64, supporter: &str) -> QueryResult<i32> {
    let added = diesel::insert_into(supporters::table)
        .values((supporters::report_id.eq(id), supporters::supporter.eq(supporter)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    count_supporters(conn, id, i32::from(added > 0))
}

/// Takes a supporter back and returns how many there are.
///
/// # Errors
/// From the database.
pub fn withdraw_support(conn: &mut PgConnection, id: i64, supporter: &str) -> QueryResult<i32> {
    let removed = diesel::delete(supporters::table.find((id, supporter))).execute(conn)?;
    count_supporters(conn, id, -i32::from(removed > 0))
}

fn count_supporters(conn: &mut PgConnection, id: i64, change: i32) -> QueryResult<i32> {
    diesel::update(reports::table.find(id))
        .set(reports::supporter_count.eq(reports::supporter_count + change))
        .returning(reports::supporter_count)
        .get_result(conn)
}
