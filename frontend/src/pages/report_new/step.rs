//! The steps of the form and their order.

use std::str::FromStr;

use mendmap_shared::text::{ReportDetailText, ReportTitle};

use crate::state::drafts::Draft;

/// A step. The order of the variants is the order of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The place.
    Where,
    /// The category.
    What,
    /// Reports of others that may be the same; skipped where there are none.
    Similar,
    /// Title, details, extra questions.
    Details,
    /// Photos.
    Photos,
    /// Name and addresses; skipped with a session.
    Who,
    /// Summary and sending.
    Check,
    /// "Check your e-mail".
    Sent,
}

/// Steps people count: the two that come and go are part of the one before.
const COUNTED: [Step; 6] = [Step::Where, Step::What, Step::Details, Step::Photos, Step::Who, Step::Check];

impl Step {
    const fn word(self) -> &'static str {
        match self {
            Self::Where => "where",
            Self::What => "what",
            Self::Similar => "similar",
            Self::Details => "details",
            Self::Photos => "photos",
            Self::Who => "who",
            Self::Check => "check",
            Self::Sent => "sent",
        }
    }

    /// The step's address.
    pub fn href(self) -> String {
        format!("/report/new?step={}", self.word())
    }

    /// The step after this one. Similar reports are looked for by the step before them, which knows whether there are any.
    pub const fn next(self, signed_in: bool) -> Self {
        match self {
            Self::Where => Self::What,
            Self::What | Self::Similar => Self::Details,
            Self::Details => Self::Photos,
            Self::Photos if signed_in => Self::Check,
            Self::Photos => Self::Who,
            Self::Who => Self::Check,
            Self::Check | Self::Sent => Self::Sent,
        }
    }

    /// The step before this one.
    pub const fn back(self, signed_in: bool) -> Option<Self> {
        match self {
            Self::Where | Self::Sent => None,
            Self::What => Some(Self::Where),
            Self::Similar | Self::Details => Some(Self::What),
            Self::Photos => Some(Self::Details),
            Self::Who => Some(Self::Photos),
            Self::Check if signed_in => Some(Self::Photos),
            Self::Check => Some(Self::Who),
        }
    }

    /// Which step of how many; nothing for those that are not counted.
    pub fn number(self, signed_in: bool) -> Option<(usize, usize)> {
        let counted = || COUNTED.into_iter().filter(move |step| !(signed_in && *step == Self::Who));
        Some((counted().position(|step| step == self)? + 1, counted().count()))
    }

    /// This step, or an earlier one that has no answer yet.
    pub fn at_most(self, draft: &Draft) -> Self {
        let first_open = if draft.location.is_none() {
            Self::Where
        } else if draft.category.is_empty() {
            Self::What
        } else if draft.title.parse::<ReportTitle>().is_err() || draft.detail.parse::<ReportDetailText>().is_err() {
            Self::Details
        } else {
            Self::Check
        };
        // Nothing is left to fill in once a report is sent.
        if self == Self::Sent { self } else { self.min(first_open) }
    }

    /// The step a field of the API belongs to.
    pub fn of_field(field: &str) -> Self {
        match field.split('.').next().unwrap_or_default() {
            "location" => Self::Where,
            "category" => Self::What,
            "title" | "detail" | "answers" => Self::Details,
            "photos" => Self::Photos,
            "author" | "name" | "email" | "phone" | "anonymous" => Self::Who,
            _ => Self::Check,
        }
    }
}

impl FromStr for Step {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all =
            [Self::Where, Self::What, Self::Similar, Self::Details, Self::Photos, Self::Who, Self::Check, Self::Sent];
        all.into_iter().find(|step| step.word() == text).ok_or(())
    }
}
