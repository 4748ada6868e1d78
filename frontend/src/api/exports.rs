//! Files of reports that are open to everybody.

use std::future::Future;

use mendmap_shared::wire::exports::{Export, ExportFormat};

use super::ApiError;
use super::transport::{Call, Filed, address, base};

fn path(format: ExportFormat, query: &str) -> String {
    format!("/exports/reports.{format}{query}")
}

/// The full address of [export_reports]: `query` with its question mark, or empty.
pub fn export_address(format: ExportFormat, query: &str) -> String {
    address(&path(format, query))
}

/// The full address of the file of an export, once it is ready.
pub fn export_file(export: &Export) -> Option<String> {
    export.file.as_ref().map(|path| format!("{}{path}", base()))
}

/// [export_reports]: `query` with its question mark, or empty.
pub fn export_reports(
    format: ExportFormat,
    query: &str,
) -> impl Future<Output = Result<Filed<Export>, ApiError>> + use<> {
    Call::get(path(format, query)).public().filed()
}

/// [get_export]
pub fn get_export(id: &str) -> impl Future<Output = Result<Export, ApiError>> + use<> {
    Call::get(format!("/exports/{id}")).public().anew().fetch()
}
