//! The rows of many reports, and how they are copied into their tables.

use chrono::{DateTime, Utc};
use diesel::copy_from;
use diesel::prelude::*;
use postgis_diesel::types::Point;
use serde_json::Value;

use crate::schema::{report_areas, report_bodies, report_contacts, report_photos, reports, supporters, updates};

/// A row of `reports`.
#[derive(Debug, Insertable)]
#[diesel(table_name = reports, treat_none_as_default_value = false)]
pub struct ReportRow<'g> {
    pub id: i64,
    pub location: Point,
    pub title: String,
    pub detail: String,
    pub category_code: &'g str,
    pub category_name: &'g str,
    pub category_group: &'g str,
    pub status: &'static str,
    pub visibility: &'static str,
    pub fixed_by: Option<&'static str>,
    pub duplicate_of: Option<i64>,
    pub street: &'g str,
    pub area: Option<&'g str>,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub private: bool,
    pub supporter_count: i32,
    pub update_count: i32,
    pub body_ids: &'g [Option<i64>],
    pub answered_at: Option<DateTime<Utc>>,
    pub fixed_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// A row of `report_contacts`: everybody here is anonymous.
#[derive(Debug, Insertable)]
#[diesel(table_name = report_contacts, treat_none_as_default_value = false)]
pub struct ContactRow<'g> {
    pub report_id: i64,
    pub email: String,
    pub anonymous: bool,
    pub answers: Value,
    pub questions: &'g Value,
}

/// A row of `report_bodies`.
#[derive(Debug, Insertable)]
#[diesel(table_name = report_bodies, treat_none_as_default_value = false)]
pub struct BodyRow {
    pub report_id: i64,
    pub body_id: i64,
    pub category_id: i64,
}

/// A row of `report_areas`.
#[derive(Debug, Insertable)]
#[diesel(table_name = report_areas, treat_none_as_default_value = false)]
pub struct AreaRow {
    pub report_id: i64,
    pub area_id: i64,
}

/// A row of `updates`, published.
#[derive(Debug, Insertable)]
#[diesel(table_name = updates, treat_none_as_default_value = false)]
pub struct UpdateRow {
    pub id: i64,
    pub report_id: i64,
    pub body_id: Option<i64>,
    pub by_author: bool,
    pub text: String,
    pub status: &'static str,
    pub duplicate_of: Option<i64>,
    pub visibility: &'static str,
    pub created_at: DateTime<Utc>,
}

/// A row of `supporters`.
#[derive(Debug, Insertable)]
#[diesel(table_name = supporters, treat_none_as_default_value = false)]
pub struct SupporterRow {
    pub report_id: i64,
    pub supporter: String,
    pub created_at: DateTime<Utc>,
}

/// A row of `report_photos`.
#[derive(Debug, Insertable)]
#[diesel(table_name = report_photos, treat_none_as_default_value = false)]
pub struct PhotoRow<'g> {
    pub report_id: i64,
    pub position: i16,
    pub photo_id: &'g str,
}

/// Some reports with everything that belongs to them.
#[derive(Debug, Default)]
pub struct Batch<'g> {
    pub reports: Vec<ReportRow<'g>>,
    pub contacts: Vec<ContactRow<'g>>,
    pub bodies: Vec<BodyRow>,
    pub areas: Vec<AreaRow>,
    pub updates: Vec<UpdateRow>,
    pub supporters: Vec<SupporterRow>,
    pub photos: Vec<PhotoRow<'g>>,
}

/// The tables a batch goes into. Whoever writes one must know of all.
pub const TABLES: [&str; 7] =
    ["reports", "report_contacts", "report_bodies", "report_areas", "updates", "supporters", "report_photos"];

impl Batch<'_> {
    /// Copies everything into its tables; answers how many rows that was.
    ///
    /// # Errors
    /// From the database.
    pub fn write(&self, conn: &mut PgConnection) -> QueryResult<usize> {
        let mut rows = 0;
        macro_rules! copy {
            ($($table:ident from $part:ident),+) => {
                $(if !self.$part.is_empty() {
                    rows += copy_from($table::table).from_insertable(self.$part.as_slice()).execute(conn)?;
                })+
            };
        }
        copy!(
            reports from reports,
            report_contacts from contacts,
            report_bodies from bodies,
            report_areas from areas,
            updates from updates,
            supporters from supporters,
            report_photos from photos
        );
        Ok(rows)
    }
}
