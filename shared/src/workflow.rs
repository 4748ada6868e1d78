//! The status of a report: which there are, which group each belongs to, and who may change what into what.
//!
//! One table, [`TRANSITIONS`], is the whole truth; the API, the desk and Open311 ask [`check`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// All of them, in the order people are shown.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in the API and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownWord) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// A word that is not in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown word")
    }
}

impl std::error::Error for UnknownWord {}

words!(
    /// What a resident sees at a glance: colour and shape of the pin.
    StatusGroup {
        /// Nobody has finished with it.
        Open = "open",
        /// It is mended.
        Fixed = "fixed",
        /// It will not be worked on, for a reason that is told.
        Closed = "closed",
    }
);

words!(
    /// How far a report has come.
    Status {
        /// Reported; nobody has looked yet.
        Open = "open",
        /// Somebody is finding out.
        Investigating = "investigating",
        /// A date is set.
        ActionScheduled = "action_scheduled",
        /// Work has begun.
        InProgress = "in_progress",
        /// Mended.
        Fixed = "fixed",
        /// Finished with, without being mended.
        Closed = "closed",
        /// Looked at; nothing will be done.
        NoFurtherAction = "no_further_action",
        /// Another organisation's.
        NotResponsible = "not_responsible",
        /// Reported before; the other report is named.
        Duplicate = "duplicate",
        /// Passed to another team of the same body.
        InternalReferral = "internal_referral",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
);

words!(
    /// Who may see a report.
    Visibility {
        /// The author has not confirmed it; nobody else sees it.
        Unconfirmed = "unconfirmed",
        /// Everybody.
        Published = "published",
        /// Author, body and staff.
        Private = "private",
        /// Staff only.
        Hidden = "hidden",
    }
);

words!(
    /// Who says a report is fixed.
    FixedBy {
        /// The person who reported it.
        Author = "author",
        /// Another resident.
        Resident = "resident",
        /// The body it was sent to.
        Body = "body",
    }
);

impl Status {
    /// The group the status belongs to.
    #[must_use]
    pub const fn group(self) -> StatusGroup {
        match self {
            Self::Open | Self::Investigating | Self::ActionScheduled | Self::InProgress => StatusGroup::Open,
            Self::Fixed => StatusGroup::Fixed,
            Self::Closed
            | Self::NoFurtherAction
            | Self::NotResponsible
            | Self::Duplicate
            | Self::InternalReferral
            | Self::Cancelled => StatusGroup::Closed,
        }
    }
}

impl StatusGroup {
    /// The statuses of the group.
    pub fn statuses(self) -> impl Iterator<Item = Status> {
        Status::ALL.iter().copied().filter(move |status| status.group() == self)
    }
}

/// In which role somebody changes a status. A person may be several; the API asks for each in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Staff of a body the report was sent to, with the permission.
    Staff,
    /// A body's back office through the API.
    Integrator,
    /// The person who reported it.
    Author,
    /// Any other resident. `may_fix` is the body's setting.
    Resident {
        /// Whether the body lets other residents mark reports as fixed.
        may_fix: bool,
    },
}

/// One row of the workflow.
#[derive(Debug)]
pub struct Transition {
    /// From any status of these groups.
    pub from: &'static [StatusGroup],
    /// To one of these.
    pub to: &'static [Status],
    /// By these.
    pub by: &'static [Role],
    /// Whether words are needed with it.
    pub needs_text: bool,
}

/// A column of the table: [`Actor`] without its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Staff or a back office.
    Body,
    /// The person who reported it.
    Author,
    /// Any other resident, where the body lets them.
    Resident,
}

use Status as S;
use StatusGroup as G;

/// The workflow. A step that stands in no row does not exist; staying in the same status is no step.
pub const TRANSITIONS: &[Transition] = &[
    Transition {
        from: &[G::Open, G::Fixed, G::Closed],
        to: &[
            S::Open,
            S::Investigating,
            S::ActionScheduled,
            S::InProgress,
            S::Fixed,
            S::Closed,
            S::NoFurtherAction,
            S::NotResponsible,
            S::Duplicate,
            S::InternalReferral,
            S::Cancelled,
        ],
        by: &[Role::Body],
        needs_text: false,
    },
    Transition { from: &[G::Open], to: &[S::Fixed], by: &[Role::Author, Role::Resident], needs_text: false },
    Transition { from: &[G::Open], to: &[S::Cancelled], by: &[Role::Author], needs_text: false },
    Transition { from: &[G::Fixed, G::Closed], to: &[S::Open], by: &[Role::Author], needs_text: true },
];

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The table has no such step for this actor.
    NoSuchStep,
    /// The step needs words (a reason).
    TextNeeded,
    /// `duplicate` must name the other report, and only `duplicate` may.
    DuplicateOf,
}

/// A step somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The status now.
    pub from: Status,
    /// The status wanted.
    pub to: Status,
    /// Whether words come with it.
    pub has_text: bool,
    /// Whether another report is named.
    pub names_other: bool,
}

impl Actor {
    fn role(self) -> Option<Role> {
        match self {
            Self::Staff | Self::Integrator => Some(Role::Body),
            Self::Author => Some(Role::Author),
            Self::Resident { may_fix: true } => Some(Role::Resident),
            Self::Resident { may_fix: false } => None,
        }
    }

    /// Who a `fixed` set by this actor is remembered as.
    #[must_use]
    pub const fn fixed_by(self) -> FixedBy {
        match self {
            Self::Staff | Self::Integrator => FixedBy::Body,
            Self::Author => FixedBy::Author,
            Self::Resident { .. } => FixedBy::Resident,
        }
    }

    /// The statuses this actor may set from `from`, in the order of [`Status::ALL`].
    #[must_use]
    pub fn allowed_from(self, from: Status) -> Vec<Status> {
        Status::ALL.iter().copied().filter(|to| row(self, from, *to).is_some()).collect()
    }
}

fn row(actor: Actor, from: Status, to: Status) -> Option<&'static Transition> {
    let role = actor.role()?;
    TRANSITIONS
        .iter()
        .find(|row| from != to && row.from.contains(&from.group()) && row.to.contains(&to) && row.by.contains(&role))
}

/// Whether the workflow has this step for this actor.
///
/// ```
/// use mendmap_shared::workflow::{Actor, Refusal, Status, Step, check};
/// let step = Step { from: Status::Fixed, to: Status::Open, has_text: false, names_other: false };
/// assert_eq!(check(Actor::Author, step), Err(Refusal::TextNeeded));
/// ```
///
/// # Errors
/// A [`Refusal`] that says why not.
pub fn check(actor: Actor, step: Step) -> Result<(), Refusal> {
    let row = row(actor, step.from, step.to).ok_or(Refusal::NoSuchStep)?;
    if row.needs_text && !step.has_text {
        return Err(Refusal::TextNeeded);
    }
    if (step.to == Status::Duplicate) != step.names_other {
        return Err(Refusal::DuplicateOf);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(from: Status, to: Status) -> Step {
        Step { from, to, has_text: false, names_other: false }
    }

    #[test]
    fn staff_walk_a_report_from_open_to_fixed() {
        for (from, to) in [
            (S::Open, S::Investigating),
            (S::Investigating, S::ActionScheduled),
            (S::ActionScheduled, S::InProgress),
            (S::InProgress, S::Fixed),
        ] {
            assert_eq!(check(Actor::Staff, step(from, to)), Ok(()));
            assert_eq!(check(Actor::Integrator, step(from, to)), Ok(()));
        }
    }

    #[test]
    fn a_duplicate_names_the_other_report_and_nothing_else_does() {
        assert_eq!(check(Actor::Staff, step(S::Open, S::Duplicate)), Err(Refusal::DuplicateOf));
        assert_eq!(check(Actor::Staff, Step { names_other: true, ..step(S::Open, S::Duplicate) }), Ok(()));
        assert_eq!(
            check(Actor::Staff, Step { names_other: true, ..step(S::Open, S::Fixed) }),
            Err(Refusal::DuplicateOf)
        );
    }

    #[test]
    fn an_author_fixes_withdraws_and_reopens_with_a_reason_but_does_no_more() {
        assert_eq!(check(Actor::Author, step(S::InProgress, S::Fixed)), Ok(()));
        assert_eq!(check(Actor::Author, step(S::Open, S::Cancelled)), Ok(()));
        assert_eq!(check(Actor::Author, step(S::Fixed, S::Open)), Err(Refusal::TextNeeded));
        assert_eq!(check(Actor::Author, Step { has_text: true, ..step(S::Closed, S::Open) }), Ok(()));
        assert_eq!(check(Actor::Author, step(S::Open, S::InProgress)), Err(Refusal::NoSuchStep));
        assert_eq!(check(Actor::Author, step(S::Closed, S::Fixed)), Err(Refusal::NoSuchStep));
    }

    #[test]
    fn other_residents_say_fixed_unless_the_body_forbids_it() {
        assert_eq!(Actor::Resident { may_fix: true }.allowed_from(S::Open), vec![S::Fixed]);
        assert!(Actor::Resident { may_fix: false }.allowed_from(S::Open).is_empty());
        assert!(Actor::Resident { may_fix: true }.allowed_from(S::Fixed).is_empty());
    }

    #[test]
    fn staying_in_the_same_status_is_no_step() {
        for status in Status::ALL {
            assert_eq!(check(Actor::Staff, step(*status, *status)), Err(Refusal::NoSuchStep));
        }
    }

    #[test]
    fn every_word_reads_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
            assert!(status.group().statuses().any(|other| other == *status));
        }
        for visibility in Visibility::ALL {
            assert_eq!(visibility.as_str().parse(), Ok(*visibility));
        }
    }
}
