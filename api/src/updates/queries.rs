//! Reading updates.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz};
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::updates::{Update, UpdateBy};
use mendmap_shared::workflow::Status;

use crate::db::Stored;
use crate::photos;
use crate::schema::{bodies, reports, updates};

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

/// The place of an update in its report's story: when it became public, and its number.
pub type Place = (DateTime<Utc>, i64);

/// One published update of a report.
///
/// # Errors
/// From the database.
pub fn one(
    conn: &mut PgConnection,
    report: i64,
    id: i64,
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<Option<Update>> {
    let at: Option<DateTime<Utc>> = updates::table.find(id).select(updates::created_at).first(conn).optional()?;
    let Some(at) = at else { return Ok(None) };
    let found = list(conn, report, Some((at, id - 1)), 1, sign)?;
    Ok(found.into_iter().find(|update| update.id == id))
}

/// Published updates of a report after `after`, in the order they became public, `size` at most. The other report of a
/// duplicate is named only where everybody may see it.
///
/// # Errors
/// From the database.
pub fn list(
    conn: &mut PgConnection,
    report: i64,
    after: Option<Place>,
    size: i64,
    sign: &dyn Fn(&str) -> String,
) -> QueryResult<Vec<Update>> {
    let other = diesel::alias!(reports as other);
    let mut query = updates::table
        .left_join(bodies::table.on(updates::body_id.eq(bodies::id.nullable())))
        .left_join(
            other.on(updates::duplicate_of
                .eq(other.field(reports::id).nullable())
                .and(other.field(reports::visibility).eq("published"))),
        )
        .filter(updates::report_id.eq(report))
        .filter(updates::visibility.eq("published"))
        .order((updates::created_at, updates::id))
        .limit(size)
        .select((
            updates::id,
            updates::created_at,
            updates::by_author,
            updates::public_name,
            updates::text,
            updates::status,
            other.field(reports::id).nullable(),
            (bodies::slug, bodies::name).nullable(),
        ))
        .into_boxed();
    if let Some((moment, id)) = after {
        let later = sql::<Bool>("(updates.created_at, updates.id) > (")
            .bind::<Timestamptz, _>(moment)
            .sql(", ")
            .bind::<BigInt, _>(id)
            .sql(")");
        query = query.filter(later);
    }
    let rows: Vec<Row> = query.load(conn)?;
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
