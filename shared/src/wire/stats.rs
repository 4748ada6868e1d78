//! Figures about reports: how many, what became of them, and how long that took.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::categories::{BodyRef, CategoryRef};
use crate::workflow::Status;

/// How long a period is over which reports are counted. Periods begin at midnight, UTC; weeks on Mondays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// How long something took, over those reports where it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Times {
    /// Reports where it happened: the others count in none of these times.
    pub reports: i64,
    /// Half of them took so many hours or fewer. Where two are in the middle, between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_hours: Option<f64>,
    /// Nine of ten took so many hours or fewer. Where that falls between two, in proportion between the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_hours: Option<f64>,
}

/// What became of some reports, as it is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figures {
    /// All of them: those open, fixed and closed together.
    pub reported: i64,
    /// Nobody has finished with these.
    pub open: i64,
    /// These are fixed.
    pub fixed: i64,
    /// These were ended without being fixed.
    pub closed: i64,
    /// From when a report was confirmed and published to when it was fixed, where it is fixed now. Reports made lately and
    /// fixed already are the quick ones: of the last periods these times say less the fewer of the reports are fixed.
    pub to_fix: Times,
    /// From when a report was confirmed and published to the first public answer of any body it went to.
    pub to_first_answer: Times,
}

/// The reports made in one period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodFigures {
    /// When the period begins.
    #[serde(deserialize_with = "super::moment::read")]
    pub begins: DateTime<Utc>,
    /// What became of the reports made in it.
    pub figures: Figures,
}

/// The reports of one category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryFigures {
    /// The category.
    pub category: CategoryRef,
    /// What became of its reports.
    pub figures: Figures,
}

/// The reports that have one status now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// How many.
    pub reports: i64,
}

/// Figures about some published reports. Private and hidden reports are in none of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::report_stats))]
pub struct ReportStats {
    /// All of the reports.
    pub total: Figures,
    /// How long a period is: days for up to nine weeks, weeks for up to 13 months, months for up to 25 years, years beyond.
    pub interval: Interval,
    /// By when they were made, from the first to the last, those without any report included.
    pub periods: Vec<PeriodFigures>,
    /// By category, those with most reports first.
    pub categories: Vec<CategoryFigures>,
    /// By status, in the workflow's order; those without any report are left out.
    pub statuses: Vec<StatusCount>,
}

/// How a body does with what is reported to it. Private and hidden reports are in none of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::body_stats))]
pub struct BodyStats {
    /// The body.
    pub body: BodyRef,
    /// The reports counted were made at or after this moment.
    #[serde(deserialize_with = "super::moment::read")]
    pub since: DateTime<Utc>,
    /// The reports counted were made before this moment.
    #[serde(deserialize_with = "super::moment::read")]
    pub until: DateTime<Utc>,
    /// All reports sent to it that are open now, whenever they were made.
    pub open_now: i64,
    /// Those that had waited too long for an answer.
    pub unanswered: Unanswered,
    /// Of the reports made in that time: how many, what became of them by now, and how long it took.
    pub made: ReportStats,
}

/// Reports that waited for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unanswered {
    /// The days after which somebody may expect an answer.
    pub days: i64,
    /// Reports made in that time and confirmed at least so many days ago.
    pub reports: i64,
    /// Of these, those that no body had answered, and nobody had ended, when so many days were over; whether or not an answer
    /// came later.
    pub late: i64,
    /// Of those, the ones still open and without any answer now.
    pub still: i64,
}
