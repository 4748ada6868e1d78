//! The desk: what staff see of the reports that came to their body. Never part of a public answer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::categories::BodyRef;
use super::reports::{Report, ReportSummary};
use super::updates::Update;
use crate::text::NoteText;

/// The order of the desk's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeskSort {
    /// Newest first.
    #[default]
    Newest,
    /// Those this person has not opened since they changed, first.
    Unread,
    /// Those past their target time first, longest overdue first.
    Overdue,
    /// Those that could not be handed over first.
    Parked,
}

/// A report in the desk's list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::desk_row))]
pub struct DeskRow {
    /// What everybody sees.
    pub report: ReportSummary,
    /// Whether this person has not opened it since it changed.
    pub unread: bool,
    /// When the body means to have finished.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that has passed while the report is open.
    pub overdue: bool,
}

/// How many reports wait, for the desk's heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::desk_counts))]
pub struct DeskCounts {
    /// Open reports.
    pub open: i64,
    /// Reports this person has not opened since they changed.
    pub unread: i64,
    /// Open reports past their target time.
    pub overdue: i64,
    /// Reports that could not be handed over and wait for a person.
    pub parked: i64,
}

/// A report as staff of its body see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::desk_report))]
pub struct DeskReport {
    /// What everybody sees.
    pub report: Report,
    /// The person who reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AuthorContact>,
    /// Extra questions and their answers, in words.
    pub answers: Vec<AnswerShown>,
    /// Public updates.
    pub updates: Vec<Update>,
    /// Private notes of the caller's bodies.
    pub notes: Vec<Note>,
    /// How it was handed over, with what went wrong.
    pub deliveries: Vec<StaffDelivery>,
    /// When the body means to have finished.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
}

/// How to reach the person who reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthorContact {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Whether the name stays off the public page.
    pub anonymous: bool,
}

/// An answer in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerShown {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A private note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::note))]
pub struct Note {
    /// Number of the note.
    pub id: i64,
    /// When.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
    /// Who wrote it.
    pub author: String,
    /// The words.
    pub text: String,
}

/// A new private note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_note))]
pub struct NewNote {
    /// The words.
    pub text: NoteText,
}

/// How a report was handed over to a body, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffDelivery {
    /// The body.
    pub body: BodyRef,
    /// The update that was handed over; absent for the report itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_id: Option<i64>,
    /// Where it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was handed over.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it is tried next.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// On its way.
    Pending,
    /// Handed over.
    Sent,
    /// Given up; waits for a person.
    Parked,
    /// Not handed over, because it was not to be seen (any more) when its turn came.
    Withheld,
}
