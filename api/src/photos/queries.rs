//! Rows of photos, and who may see one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::wire::photos::{Photo, PhotoId};

use super::rules::Processed;
use crate::error::{ApiError, ApiResult};
use crate::schema::{photos, report_photos, reports, update_photos, updates};

/// Days after which a photo that no report and no update names is thrown away.
const UNUSED_DAYS: i64 = 2;

/// Records a stored picture. One that is there already counts as uploaded now, so that nobody throws it away under the
/// person who has just sent it again.
///
/// # Errors
/// From the database.
pub fn record(conn: &mut PgConnection, picture: &Processed) -> QueryResult<()> {
    diesel::insert_into(photos::table)
        .values((
            photos::id.eq(&picture.id),
            photos::width.eq(picture.width.cast_signed()),
            photos::height.eq(picture.height.cast_signed()),
        ))
        .on_conflict(photos::id)
        .do_update()
        .set(photos::created_at.eq(diesel::dsl::now))
        .execute(conn)?;
    Ok(())
}

/// Forgets photos that were uploaded more than two days ago and never used, at most `limit`, and names them.
///
/// # Errors
/// From the database.
pub fn forget_unused(conn: &mut PgConnection, limit: i64) -> QueryResult<Vec<PhotoId>> {
    let unused = photos::table
        .filter(not(photos::used))
        .filter(photos::created_at.lt(Utc::now() - chrono::Duration::days(UNUSED_DAYS)))
        .filter(not(exists(report_photos::table.filter(report_photos::photo_id.eq(photos::id)))))
        .filter(not(exists(update_photos::table.filter(update_photos::photo_id.eq(photos::id)))))
        .limit(limit)
        .select(photos::id)
        .load::<String>(conn)?;
    let forgotten: Vec<String> =
        diesel::delete(photos::table.filter(photos::id.eq_any(unused))).returning(photos::id).get_results(conn)?;
    Ok(forgotten.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Whether everybody may see the photo: it belongs to something published.
///
/// # Errors
/// From the database.
pub fn is_public(conn: &mut PgConnection, id: &PhotoId) -> QueryResult<bool> {
    let on_report = report_photos::table
        .inner_join(reports::table)
        .filter(report_photos::photo_id.eq(id.as_str()))
        .filter(reports::visibility.eq("published"));
    let on_update = update_photos::table
        .inner_join(updates::table.inner_join(reports::table.on(reports::id.eq(updates::report_id))))
        .filter(update_photos::photo_id.eq(id.as_str()))
        .filter(updates::visibility.eq("published"))
        .filter(reports::visibility.eq("published"));
    diesel::select(exists(on_report).or(exists(on_update))).get_result(conn)
}

/// Takes uploaded photos for a report or an update. Refuses a list of too many, and photos named twice or not uploaded.
///
/// # Errors
/// `validation_failed` on the field `photos`.
pub fn take_uploaded(conn: &mut PgConnection, ids: &[PhotoId]) -> ApiResult<()> {
    if ids.len() > mendmap_shared::limits::PHOTOS_PER_REPORT {
        return Err(ApiError::field("photos", FieldCode::TooMany));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = ids.iter().map(PhotoId::as_str).collect();
    let known =
        diesel::update(photos::table.filter(photos::id.eq_any(&names))).set(photos::used.eq(true)).execute(conn)?;
    if known == ids.len() { Ok(()) } else { Err(ApiError::field("photos", FieldCode::Unknown)) }
}

/// Frees the photos of reports and updates that nobody confirmed since `before`: what names them is about to go.
///
/// # Errors
/// From the database.
pub fn free_unconfirmed(conn: &mut PgConnection, before: DateTime<Utc>) -> QueryResult<()> {
    let of_reports = report_photos::table
        .inner_join(reports::table)
        .filter(reports::visibility.eq("unconfirmed"))
        .filter(reports::created_at.lt(before))
        .select(report_photos::photo_id);
    let of_updates = update_photos::table
        .inner_join(updates::table)
        .filter(updates::visibility.eq("unconfirmed"))
        .filter(updates::created_at.lt(before))
        .select(update_photos::photo_id);
    let freed = photos::table.filter(photos::id.eq_any(of_reports).or(photos::id.eq_any(of_updates)));
    diesel::update(freed).set(photos::used.eq(false)).execute(conn).map(drop)
}

type PhotoRow = (i64, String, i32, i32);

fn by_owner(rows: Vec<PhotoRow>, sign: &dyn Fn(&str) -> String) -> HashMap<i64, Vec<Photo>> {
    let mut found: HashMap<i64, Vec<Photo>> = HashMap::new();
    for (owner, id, width, height) in rows {
        let Ok(name) = id.parse::<PhotoId>() else { continue };
        let query = sign(&id);
        found.entry(owner).or_default().push(Photo {
            full: format!("/photos/{id}/full.jpg{query}"),
            page: format!("/photos/{id}/page.jpg{query}"),
            thumb: format!("/photos/{id}/thumb.jpg{query}"),
            id: name,
            width,
            height,
        });
    }
    found
}

/// The photos of these reports, in order. `sign` makes the query that lets a caller see what is not public, or nothing.
///
/// # Errors
/// From the database.
pub fn of_reports(
    conn: &mut PgConnection,
    reports: &[i64],
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<HashMap<i64, Vec<Photo>>> {
    let rows = report_photos::table
        .inner_join(photos::table)
        .filter(report_photos::report_id.eq_any(reports))
        .order((report_photos::report_id, report_photos::position))
        .select((report_photos::report_id, photos::id, photos::width, photos::height))
        .load(conn)?;
    Ok(by_owner(rows, sign))
}

/// The photos of these updates, in order; see [`of_reports`].
///
/// # Errors
/// From the database.
pub fn of_updates(
    conn: &mut PgConnection,
    updates: &[i64],
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<HashMap<i64, Vec<Photo>>> {
    let rows = update_photos::table
        .inner_join(photos::table)
        .filter(update_photos::update_id.eq_any(updates))
        .order((update_photos::update_id, update_photos::position))
        .select((update_photos::update_id, photos::id, photos::width, photos::height))
        .load(conn)?;
    Ok(by_owner(rows, sign))
}
