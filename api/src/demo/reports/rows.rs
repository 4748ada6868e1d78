//! The rows of the demo's reports, gathered in memory and written table by table.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::demo::queries::insert;

/// A row of `reports`, all published.
#[derive(Debug, Serialize)]
pub struct ReportRow {
    pub id: i64,
    pub lon: f64,
    pub lat: f64,
    pub title: String,
    pub detail: String,
    pub category_code: String,
    pub category_name: String,
    pub category_group: String,
    pub status: &'static str,
    pub fixed_by: Option<&'static str>,
    pub duplicate_of: Option<i64>,
    pub street: String,
    pub area: Option<String>,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub supporter_count: i32,
    pub update_count: i32,
}

/// A row of `report_contacts`: everybody here is anonymous.
#[derive(Debug, Serialize)]
pub struct ContactRow {
    pub report_id: i64,
    pub email: String,
    pub answers: Value,
    pub questions: Value,
}

/// A row of `report_bodies`.
#[derive(Debug, Serialize)]
pub struct ReportBodyRow {
    pub report_id: i64,
    pub body_id: i64,
    pub category_id: i64,
}

/// A row of `report_areas`.
#[derive(Debug, Serialize)]
pub struct ReportAreaRow {
    pub report_id: i64,
    pub area_id: i64,
}

/// A row of `updates`, all published. Its number is given out when it is written.
#[derive(Debug, Serialize)]
pub struct UpdateRow {
    pub id: i64,
    pub report_id: i64,
    pub body_id: Option<i64>,
    pub by_author: bool,
    pub text: Option<String>,
    pub status: Option<&'static str>,
    pub duplicate_of: Option<i64>,
    pub created_at: DateTime<Utc>,
    /// Photos that go with it.
    #[serde(skip)]
    pub photos: Vec<String>,
}

/// A row of `deliveries` that arrived.
#[derive(Debug, Serialize)]
pub struct DeliveryRow {
    pub id: Uuid,
    pub report_id: i64,
    pub body_id: i64,
    pub sent_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// A row of `supporters`.
#[derive(Debug, Serialize)]
pub struct SupporterRow {
    pub report_id: i64,
    pub supporter: String,
    pub created_at: DateTime<Utc>,
}

/// A row of `report_photos` or `update_photos`.
#[derive(Debug, Serialize)]
pub struct PhotoRow {
    pub owner: i64,
    pub position: i16,
    pub photo_id: String,
}

/// Rows of all tables a report touches.
#[derive(Debug, Default)]
pub struct Rows {
    pub reports: Vec<ReportRow>,
    pub contacts: Vec<ContactRow>,
    pub bodies: Vec<ReportBodyRow>,
    pub areas: Vec<ReportAreaRow>,
    pub updates: Vec<UpdateRow>,
    pub deliveries: Vec<DeliveryRow>,
    pub supporters: Vec<SupporterRow>,
    pub photos: Vec<PhotoRow>,
}

impl Rows {
    /// Writes everything: one statement a table.
    ///
    /// # Errors
    /// From the database.
    pub fn write(mut self, conn: &mut PgConnection) -> QueryResult<()> {
        // Numbered in the order of time, as if they had been written one after the other.
        self.updates.sort_by_key(|update| (update.created_at, update.report_id));
        let ids = crate::demo::queries::reserve(conn, "updates", self.updates.len())?;
        let mut update_photos = Vec::new();
        for (update, id) in self.updates.iter_mut().zip(ids) {
            update.id = id;
            update_photos.extend(photo_rows(id, &update.photos));
        }
        insert(conn, include_str!("../sql/insert_reports.sql"), &self.reports)?;
        insert(conn, include_str!("../sql/insert_contacts.sql"), &self.contacts)?;
        insert(conn, include_str!("../sql/insert_report_bodies.sql"), &self.bodies)?;
        insert(conn, include_str!("../sql/insert_report_areas.sql"), &self.areas)?;
        insert(conn, include_str!("../sql/insert_updates.sql"), &self.updates)?;
        insert(conn, include_str!("../sql/insert_deliveries.sql"), &self.deliveries)?;
        insert(conn, include_str!("../sql/insert_supporters.sql"), &self.supporters)?;
        insert(conn, include_str!("../sql/insert_report_photos.sql"), &self.photos)?;
        insert(conn, include_str!("../sql/insert_update_photos.sql"), &update_photos)?;
        Ok(())
    }

    /// How many reports there are of each status.
    pub fn by_status(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for report in &self.reports {
            *counts.entry(report.status).or_default() += 1;
        }
        counts
    }
}

/// Photos of one report or update, in order.
pub fn photo_rows(owner: i64, photos: &[String]) -> Vec<PhotoRow> {
    (0_i16..).zip(photos).map(|(position, photo)| PhotoRow { owner, position, photo_id: photo.clone() }).collect()
}
