//! Reports and their updates.

use std::future::Future;

use mendmap_shared::geo::LonLat;
use mendmap_shared::text::Email;
use mendmap_shared::wire::Page;
use mendmap_shared::wire::reports::{
    FollowRequest, Followed, NewReport, Report, ReportSummary, ReportTaken, SupportRequest, Supported,
};
use mendmap_shared::wire::updates::{NewUpdate, Update, UpdateTaken};

use super::transport::Call;
use super::{ApiError, Query, ReportFilter};

/// [create_report]: `key` stays the same for every try of the same submission.
pub fn create_report(key: &str, report: &NewReport) -> impl Future<Output = Result<ReportTaken, ApiError>> + use<> {
    Call::post("/reports").idempotent(key).json(report).fetch()
}

/// [list_reports]
pub fn list_reports(filter: ReportFilter) -> impl Future<Output = Result<Page<ReportSummary>, ApiError>> {
    Call::get(format!("/reports{}", filter.into_query().into_string())).fetch()
}

/// [list_reports], past the browser's own cache where `anew`.
pub fn list_reports_anew(
    filter: ReportFilter,
    anew: bool,
) -> impl Future<Output = Result<Page<ReportSummary>, ApiError>> {
    let call = Call::get(format!("/reports{}", filter.into_query().into_string()));
    if anew { call.anew() } else { call }.fetch()
}

/// [list_similar_reports]
pub fn list_similar_reports(
    point: LonLat,
    category: &str,
    title: &str,
) -> impl Future<Output = Result<Vec<ReportSummary>, ApiError>> + use<> {
    let query = Query::new().at(point).with("category", category).with("title", title);
    Call::get(format!("/reports/similar{}", query.into_string())).fetch()
}

/// [get_report]
pub fn get_report(id: i64) -> impl Future<Output = Result<Report, ApiError>> {
    Call::get(format!("/reports/{id}")).fetch()
}

/// [get_report], without what only the report's own page shows.
pub fn get_report_summary(id: i64) -> impl Future<Output = Result<ReportSummary, ApiError>> {
    Call::get(format!("/reports/{id}")).fetch()
}

/// [list_updates], oldest first.
pub fn list_updates(id: i64, cursor: Option<String>) -> impl Future<Output = Result<Page<Update>, ApiError>> {
    let query = Query::new().with_some("cursor", cursor).into_string();
    Call::get(format!("/reports/{id}/updates{query}")).fetch()
}

/// [create_update]
pub fn create_update(
    id: i64,
    key: &str,
    update: &NewUpdate,
) -> impl Future<Output = Result<UpdateTaken, ApiError>> + use<> {
    Call::post(format!("/reports/{id}/updates")).idempotent(key).json(update).fetch()
}

/// [support_report]: `device` from [`crate::state::device::name`].
pub fn support_report(id: i64, device: String) -> impl Future<Output = Result<Supported, ApiError>> {
    Call::put(format!("/reports/{id}/support")).json(&SupportRequest { device: Some(device) }).fetch()
}

/// [withdraw_support]
pub fn withdraw_support(id: i64, device: String) -> impl Future<Output = Result<Supported, ApiError>> {
    Call::delete(format!("/reports/{id}/support")).json(&SupportRequest { device: Some(device) }).fetch()
}

/// [follow_report]: `email` is needed without a session.
pub fn follow_report(id: i64, email: Option<Email>) -> impl Future<Output = Result<Followed, ApiError>> {
    Call::put(format!("/reports/{id}/follow")).json(&FollowRequest { email }).fetch()
}

/// [unfollow_report]
pub fn unfollow_report(id: i64) -> impl Future<Output = Result<Followed, ApiError>> {
    Call::delete(format!("/reports/{id}/follow")).fetch()
}
