//! Exports as files: small ones answered at once, large ones made by the worker and kept for a day, staff's with private columns, and
//! the nightly snapshot of the open data.
//!
//! A request for a large one answers with the export's own address and puts [`crate::jobs::Job::MakeExport`] in, in one
//! transaction. The worker writes the file in batches beside its final place and moves it there when it is whole; only then does
//! the row say that it is ready. A worker that is killed leaves a folder with a beginning in it, which the one that takes the job
//! over throws away.

pub mod at_once;
pub mod desk_handlers;
pub mod handlers;
pub mod making;
pub mod queries;
pub mod serving;
pub mod snapshot_handlers;
pub mod staff;
pub mod store;

use std::sync::Arc;

use utoipa_actix_web::service_config::ServiceConfig;

use super::record::Source;
use store::ExportStore;

/// What exports are made with.
#[derive(Debug, Clone)]
pub struct Workshop {
    /// Where they are kept.
    pub store: Arc<ExportStore>,
    /// What all their rows have in common.
    pub source: Arc<Source>,
}

/// The addresses under `/api/v1`. Literal paths stand before those with a number.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::export_reports)
        .service(snapshot_handlers::get_snapshot)
        .service(snapshot_handlers::get_snapshot_file)
        .service(handlers::get_export)
        .service(handlers::get_export_file)
        .service(desk_handlers::create_desk_export)
        .service(desk_handlers::get_desk_export)
        .service(desk_handlers::get_desk_export_file);
}
