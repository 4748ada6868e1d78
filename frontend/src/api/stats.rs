//! Figures, areas, and what they are chosen by.

use std::future::Future;

use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::stats::{BodyStats, ReportStats};

use super::ApiError;
use super::transport::Call;

/// [list_areas]
pub fn list_areas() -> impl Future<Output = Result<Vec<AreaRef>, ApiError>> {
    Call::get("/areas").public().fetch()
}

/// [get_report_stats]: `query` with its question mark, or empty.
pub fn get_report_stats(query: &str) -> impl Future<Output = Result<ReportStats, ApiError>> + use<> {
    Call::get(format!("/stats/reports{query}")).public().fetch()
}

/// [get_body_stats]: `query` with its question mark, or empty.
pub fn get_body_stats(slug: &str, query: &str) -> impl Future<Output = Result<BodyStats, ApiError>> + use<> {
    Call::get(format!("/stats/bodies/{slug}{query}")).public().fetch()
}
