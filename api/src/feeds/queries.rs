//! What stands in a feed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::FEED_ENTRIES;
use mendmap_shared::workflow::Status;
use postgis_diesel::types::Point;

use crate::db::Stored;
use crate::exports::params::FilterParams;
use crate::reports::listing::Condition;
use crate::reports::models::lon_lat;
use crate::schema::{areas, bodies, categories, reports};

/// A published report, as a feed tells it. No field of it is private.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Number.
    pub id: i64,
    /// Where.
    pub location: LonLat,
    /// Title.
    pub title: String,
    /// The details, which are public.
    pub detail: String,
    /// Category's code.
    pub category: String,
    /// Category's name.
    pub category_name: String,
    /// Status.
    pub status: Status,
    /// Nearest street.
    pub street: Option<String>,
    /// Ward or council.
    pub area: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When anything public last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: i64,
    location: Point,
    title: String,
    detail: String,
    category_code: String,
    category_name: String,
    status: Stored<Status>,
    street: Option<String>,
    area: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The newest published reports that match all conditions.
///
/// # Errors
/// From the database.
pub fn newest(conn: &mut PgConnection, conditions: Vec<Condition>) -> QueryResult<Vec<Entry>> {
    let mut query = reports::table
        .filter(reports::visibility.eq("published"))
        .order((reports::created_at.desc(), reports::id.desc()))
        .limit(FEED_ENTRIES)
        .select(Row::as_select())
        .into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    let entry = |row: Row| {
        Ok(Entry {
            location: lon_lat(&row.location)?,
            id: row.id,
            title: row.title,
            detail: row.detail,
            category: row.category_code,
            category_name: row.category_name,
            status: row.status.0,
            street: row.street,
            area: row.area,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    };
    query.load::<Row>(conn)?.into_iter().map(entry).collect()
}

/// What a feed of this selection is about, in names.
///
/// # Errors
/// `NotFound` where there is no such area or body; from the database.
pub fn subject(conn: &mut PgConnection, chosen: &FilterParams) -> QueryResult<Vec<String>> {
    let mut names = Vec::new();
    if let Some(code) = &chosen.category {
        let known: Option<String> =
            categories::table.filter(categories::code.eq(code)).select(categories::name).first(conn).optional()?;
        names.push(known.unwrap_or_else(|| code.clone()));
    }
    if let Some(area) = chosen.area {
        names.push(areas::table.find(area).select(areas::name).first(conn)?);
    }
    if let Some(slug) = &chosen.body {
        names.push(bodies::table.filter(bodies::slug.eq(slug)).select(bodies::name).first(conn)?);
    }
    names.extend(chosen.q.clone());
    Ok(names)
}
