//! The words for a report's status.

use mendmap_shared::workflow::{Status, StatusGroup};

use super::{t, texts};

texts! {
    /// Statuses and their groups.
    StatusWords {
        open = "Open",
        investigating = "Investigating",
        action_scheduled = "Action scheduled",
        in_progress = "In progress",
        fixed = "Fixed",
        closed = "Closed",
        no_further_action = "No further action",
        not_responsible = "Not our responsibility",
        duplicate = "Reported before",
        internal_referral = "Passed to another team",
        cancelled = "Withdrawn",
    }
}

/// The words for a status.
pub const fn status_text(status: Status) -> &'static str {
    let words = t().status;
    match status {
        Status::Open => words.open,
        Status::Investigating => words.investigating,
        Status::ActionScheduled => words.action_scheduled,
        Status::InProgress => words.in_progress,
        Status::Fixed => words.fixed,
        Status::Closed => words.closed,
        Status::NoFurtherAction => words.no_further_action,
        Status::NotResponsible => words.not_responsible,
        Status::Duplicate => words.duplicate,
        Status::InternalReferral => words.internal_referral,
        Status::Cancelled => words.cancelled,
    }
}

/// The word for a group of statuses.
pub const fn status_group_text(group: StatusGroup) -> &'static str {
    let words = t().status;
    match group {
        StatusGroup::Open => words.open,
        StatusGroup::Fixed => words.fixed,
        StatusGroup::Closed => words.closed,
    }
}
