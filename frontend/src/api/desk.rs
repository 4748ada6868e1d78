//! The desk of a body.

use std::future::Future;

use mendmap_shared::wire::Page;
use mendmap_shared::wire::categories::CategoryRef;
use mendmap_shared::wire::desk::{DeskCounts, DeskReport, DeskRow, DeskSort, NewNote, Note};
use mendmap_shared::wire::exports::{Export, NewDeskExport};
use mendmap_shared::wire::updates::{NewUpdate, UpdateTaken};

use super::transport::Call;
use super::{ApiError, Query};

/// What the desk's list is narrowed down to. Empty texts mean "any".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFilter {
    /// Order.
    pub sort: DeskSort,
    /// Statuses or groups, with commas.
    pub status: String,
    /// Code of a category, or name of a group.
    pub category: String,
    /// Words to look for.
    pub q: String,
    /// Where the next page begins.
    pub cursor: Option<String>,
}

/// [get_desk_counts]
pub fn get_desk_counts(body: &str) -> impl Future<Output = Result<DeskCounts, ApiError>> + use<> {
    Call::get(format!("/desk/{body}/counts")).fetch()
}

/// [list_body_categories]
pub fn list_body_categories(body: &str) -> impl Future<Output = Result<Vec<CategoryRef>, ApiError>> + use<> {
    Call::get(format!("/bodies/{body}/categories")).public().fetch()
}

/// [list_desk_reports]
pub fn list_desk_reports(
    body: &str,
    filter: DeskFilter,
) -> impl Future<Output = Result<Page<DeskRow>, ApiError>> + use<> {
    let sort = match filter.sort {
        DeskSort::Newest => "newest",
        DeskSort::Unread => "unread",
        DeskSort::Overdue => "overdue",
        DeskSort::Parked => "parked",
    };
    let query = Query::new()
        .with("sort", sort)
        .with("status", &filter.status)
        .with("category", &filter.category)
        .with("q", &filter.q)
        .with_some("cursor", filter.cursor);
    Call::get(format!("/desk/{body}/reports{}", query.into_string())).fetch()
}

/// [get_desk_report]: reading it marks it as read.
pub fn get_desk_report(id: i64) -> impl Future<Output = Result<DeskReport, ApiError>> {
    Call::get(format!("/desk/reports/{id}")).fetch()
}

/// [create_desk_update]
pub fn create_desk_update(
    id: i64,
    key: &str,
    update: &NewUpdate,
) -> impl Future<Output = Result<UpdateTaken, ApiError>> + use<> {
    Call::post(format!("/desk/reports/{id}/updates")).idempotent(key).json(update).fetch()
}

/// [create_note]
pub fn create_note(id: i64, key: &str, note: &NewNote) -> impl Future<Output = Result<Note, ApiError>> + use<> {
    Call::post(format!("/desk/reports/{id}/notes")).idempotent(key).json(note).fetch()
}

/// [retry_delivery]
pub fn retry_delivery(report: i64, body: &str) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::post(format!("/desk/deliveries/{report}/{body}/retry")).done()
}

/// [create_desk_export]
pub fn create_desk_export(
    body: &str,
    key: &str,
    wanted: &NewDeskExport,
) -> impl Future<Output = Result<Export, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/exports")).idempotent(key).json(wanted).fetch()
}

/// [get_desk_export]
pub fn get_desk_export(body: &str, id: &str) -> impl Future<Output = Result<Export, ApiError>> + use<> {
    Call::get(format!("/desk/bodies/{body}/exports/{id}")).anew().fetch()
}

/// [get_desk_export_file]: the address under which this browser has the file now.
pub fn fetch_desk_export(body: &str, export: &Export) -> impl Future<Output = Result<String, ApiError>> + use<> {
    let Export { id, format, .. } = export;
    Call::get(format!("/desk/bodies/{body}/exports/{id}/reports.{format}")).file()
}
