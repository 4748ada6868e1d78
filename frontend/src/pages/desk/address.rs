//! What the desk's list shows, which lives in the address: a reload, a link and the back button all show the same list.

use std::cell::RefCell;

use mendmap_shared::wire::desk::DeskSort;

use crate::api::{DeskFilter, Query};
use crate::browser::SearchParams;

thread_local! {
    /// The list last looked at, for the way back from a report.
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// The name of an order in the address, which is the API's.
pub const fn sort_name(sort: DeskSort) -> &'static str {
    match sort {
        DeskSort::Newest => "newest",
        DeskSort::Unread => "unread",
        DeskSort::Overdue => "overdue",
        DeskSort::Parked => "parked",
    }
}

/// The order of a name; newest first for every other word.
pub fn sort_named(name: &str) -> DeskSort {
    match name {
        "unread" => DeskSort::Unread,
        "overdue" => DeskSort::Overdue,
        "parked" => DeskSort::Parked,
        _ => DeskSort::Newest,
    }
}

/// Reads the query of an address.
pub fn read(query: &SearchParams) -> DeskFilter {
    let text = |key| query.get(key).unwrap_or_default();
    DeskFilter {
        sort: sort_named(&text("sort")),
        status: text("status"),
        category: text("category"),
        q: text("q"),
        cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
    }
}

/// The address of a body's list.
pub fn href(body: &str, filter: &DeskFilter) -> String {
    let sort = if filter.sort == DeskSort::Newest { "" } else { sort_name(filter.sort) };
    let query = Query::new()
        .with("sort", sort)
        .with("status", &filter.status)
        .with("category", &filter.category)
        .with("q", filter.q.trim())
        .with_some("cursor", filter.cursor.as_ref());
    format!("/desk/{body}{}", query.into_string())
}

/// Remembers the list that is looked at.
pub fn remember(body: &str, address: String) {
    LAST.with_borrow_mut(|last| *last = Some((body.to_owned(), address)));
}

/// The way back to the list of one of these bodies: as it was last looked at, or all of it.
pub fn way_back<'a>(mut bodies: impl Iterator<Item = &'a str> + Clone) -> String {
    let last = LAST.with_borrow(Clone::clone).filter(|(body, _)| bodies.clone().any(|other| other == body));
    match (last, bodies.next()) {
        (Some((_, address)), _) => address,
        (None, Some(body)) => format!("/desk/{body}"),
        (None, None) => "/desk".to_owned(),
    }
}
