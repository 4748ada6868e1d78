//! Rows of reports. None of them has a private column.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::{BodyRef, CategoryRef};
use mendmap_shared::wire::photos::Photo;
use mendmap_shared::wire::reports::ReportSummary;
use mendmap_shared::workflow::{FixedBy, Status, Visibility};
use postgis_diesel::types::Point;

use crate::db::Stored;
use crate::schema::reports;

/// What a list shows of a report.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
pub struct SummaryRow {
    /// Number.
    pub id: i64,
    /// Where; x is the longitude.
    pub location: Point,
    /// Title.
    pub title: String,
    /// Category's code.
    pub category_code: String,
    /// Category's name.
    pub category_name: String,
    /// Category's group.
    pub category_group: String,
    /// Status.
    pub status: Stored<Status>,
    /// Who may see it.
    pub visibility: Stored<Visibility>,
    /// Nearest street.
    pub street: Option<String>,
    /// Ward or council.
    pub area: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When anything public last changed.
    pub updated_at: DateTime<Utc>,
    /// How many support it.
    pub supporter_count: i32,
    /// How many public updates.
    pub update_count: i32,
}

/// What a report's own page shows beyond [`SummaryRow`].
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
pub struct DetailRow {
    /// The details.
    pub detail: String,
    /// The author's name, where they let it be shown.
    pub public_name: Option<String>,
    /// Who says it is fixed.
    pub fixed_by: Option<Stored<FixedBy>>,
    /// The report it repeats.
    pub duplicate_of: Option<i64>,
    /// The author's account: compared with the caller's, never sent.
    pub author_id: Option<i64>,
    /// When its bodies mean to have finished; for the desk.
    pub due_at: Option<DateTime<Utc>>,
}

/// A stored point as a checked one.
///
/// # Errors
/// When the database holds what no report can have, which is our fault.
pub fn lon_lat(point: &Point) -> QueryResult<LonLat> {
    LonLat::new(point.x, point.y).map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))
}

/// A point as it is stored.
#[must_use]
pub const fn stored_point(point: LonLat) -> Point {
    Point { x: point.lon(), y: point.lat(), srid: Some(4326) }
}

impl SummaryRow {
    /// The row as everybody sees it.
    ///
    /// # Errors
    /// See [`lon_lat`].
    pub fn into_wire(self, bodies: Vec<BodyRef>, photo: Option<Photo>) -> QueryResult<ReportSummary> {
        Ok(ReportSummary {
            id: self.id,
            title: self.title,
            location: lon_lat(&self.location)?,
            category: CategoryRef { code: self.category_code, name: self.category_name, group: self.category_group },
            status: self.status.0,
            status_group: self.status.0.group(),
            street: self.street,
            area: self.area,
            bodies,
            created_at: self.created_at,
            updated_at: self.updated_at,
            photo,
            supporters: self.supporter_count,
            updates: self.update_count,
            distance_m: None,
        })
    }
}
