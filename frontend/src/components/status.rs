//! The status of a report: a word, a colour and a shape, so that none of them is needed alone.

use leptos::prelude::*;
use mendmap_shared::workflow::{Status, StatusGroup};

use crate::i18n::status_text;

/// The class that colours by status group.
pub const fn group_class(group: StatusGroup) -> &'static str {
    match group {
        StatusGroup::Open => "is-open",
        StatusGroup::Fixed => "is-fixed",
        StatusGroup::Closed => "is-closed",
    }
}

/// The shape of a status group: a drop with "!", a disc with a tick, a square with a dash. Decoration: say it in words too.
#[component]
pub fn StatusShape(
    /// The group.
    group: StatusGroup,
) -> impl IntoView {
    let path = match group {
        StatusGroup::Open => "M10 1a7 7 0 0 0-7 7c0 4.6 7 11 7 11s7-6.4 7-11a7 7 0 0 0-7-7z",
        StatusGroup::Fixed => "M10 1a9 9 0 1 0 0 18a9 9 0 1 0 0-18z",
        StatusGroup::Closed => "M3 2h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-14a1 1 0 0 1-1-1v-14a1 1 0 0 1 1-1z",
    };
    let mark = match group {
        StatusGroup::Open => "M10 4.5v4.5M10 11.5v.6",
        StatusGroup::Fixed => "M5.8 10.4l2.9 2.9l5.6-6.2",
        StatusGroup::Closed => "M6 10h8",
    };
    view! {
        <svg
            class=format!("status-shape {}", group_class(group))
            viewBox="0 0 20 20"
            width="20"
            height="20"
            aria-hidden="true"
            focusable="false"
        >
            <path class="status-shape__body" d=path></path>
            <path class="status-shape__mark" d=mark></path>
        </svg>
    }
}

/// A status with its shape.
#[component]
pub fn StatusBadge(
    /// The status.
    status: Status,
) -> impl IntoView {
    let group = status.group();
    view! {
        <span class=format!("status-badge {}", group_class(group))>
            <StatusShape group=group />
            <span>{status_text(status)}</span>
        </span>
    }
}
