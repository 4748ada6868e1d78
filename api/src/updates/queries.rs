//! Reading updates.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::updates::{Update, UpdateBy};
use mendmap_shared::workflow::Status;

use crate::db::Stored;
use crate::photos;
use crate::schema::{bodies, updates};

#[derive(Queryable)]
struct Row {
    id: i64,
    created_at: DateTime<Utc>,
    by_author: bool,
    public_name: Option<String>,
    text: Option<String>,
    status: Option<Stored<Status>>,
    duplicate_of: Option<i64>,
    body: Option<(String, String)>,
}

/// Published updates of a report after number `after`, oldest first, `size` at most.
///
/// # Errors
/// From the database.
pub fn list(
    conn: &mut PgConnection,
    report: i64,
    after: i64,
    size: i64,
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<Vec<Update>> {
    let rows: Vec<Row> = updates::table
        .left_join(bodies::table.on(updates::body_id.eq(bodies::id.nullable())))
        .filter(updates::report_id.eq(report))
        .filter(updates::visibility.eq("published"))
        .filter(updates::id.gt(after))
        .order(updates::id)
        .limit(size)
        .select((
            updates::id,
            updates::created_at,
            updates::by_author,
            updates::public_name,
            updates::text,
            updates::status,
            updates::duplicate_of,
            (bodies::slug, bodies::name).nullable(),
        ))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut photos = photos::queries::of_updates(conn, &ids, sign)?;
    let update = |row: Row| Update {
        id: row.id,
        created_at: row.created_at,
        by: match row.body {
            Some((slug, name)) => UpdateBy::Body { body: BodyRef { slug, name } },
            None if row.by_author => UpdateBy::Author { name: row.public_name },
            None => UpdateBy::Resident { name: row.public_name },
        },
        text: row.text,
        status: row.status.map(|stored| stored.0),
        duplicate_of: row.duplicate_of,
        photos: photos.remove(&row.id).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(update).collect())
}
