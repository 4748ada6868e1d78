//! Rows of webhooks and of the log of events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::wire::integrations::EventKind;
use mendmap_shared::workflow::Status;
use uuid::Uuid;

use crate::db::Stored;
use crate::schema::{report_events, webhooks};

/// What a call of a webhook needs of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = webhooks, check_for_backend(diesel::pg::Pg))]
pub struct Target {
    /// Its number.
    pub id: Uuid,
    /// The address.
    pub url: String,
    /// What calls are signed with, sealed.
    pub secret: Vec<u8>,
    /// The secret before, sealed.
    pub old_secret: Option<Vec<u8>>,
    /// Until when the secret before is good.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// An event of the log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = report_events, check_for_backend(diesel::pg::Pg))]
pub struct EventRow {
    /// Its number.
    pub id: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: Stored<EventKind>,
    /// To which report.
    pub report_id: i64,
    /// To which of its updates.
    pub update_id: Option<i64>,
    /// The report's status after it.
    pub status: Option<Stored<Status>>,
    /// What of the report changed.
    pub changed: Vec<Option<String>>,
}
