//! The nightly snapshot of the open data, at addresses that stay the same.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::exports::Snapshot;

use super::queries::{self, SnapshotRow, snapshot_name};
use super::serving::{format_named, kept_file};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::etag;

/// Another is made each night: asked for again after five minutes, which costs nothing while it has not changed.
const KEEP: &str = "public, max-age=300";
const KEEP_SECONDS: u32 = 300;

async fn newest(app: &App) -> ApiResult<SnapshotRow> {
    let none = || ApiError::code(ErrorCode::NotFound).with_message("The first snapshot has not been made yet.");
    app.db.read_as(Freshness::MayLag, move |conn| queries::newest_snapshot(conn)?.ok_or_else(none)).await
}

/// What the newest snapshot of the open data holds: its day, how many reports, the licence, and size and SHA-256 of each file.
#[utoipa::path(operation_id = "get_snapshot", tag = "reports",
    responses((status = 200, body = Snapshot), (status = 304, description = "As known"),
        (status = 404, description = "`not_found`: the first has not been made yet", body = ErrorEnvelope)))]
#[get("/exports/snapshot/snapshot.json")]
pub async fn get_snapshot(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let SnapshotRow { day, made_at, rows, files } = newest(&app).await?;
    let snapshot = Snapshot { date: day, made_at, rows, licence: app.config.site.data_licence.clone(), files };
    etag::json(&request, &snapshot, etag::Keep::Public(KEEP_SECONDS))
}

/// All published reports as they were last night, as a file (`csv`, `geojsonl`, `gpkg`, `fgb`) or a part of it (`Range`).
#[utoipa::path(operation_id = "get_snapshot_file", tag = "reports",
    params(("format" = String, Path, description = "`csv`, `geojsonl`, `gpkg` or `fgb`", example = "gpkg")),
    responses((status = 200, description = "The file", content_type = "application/geopackage+sqlite3", body = String),
        (status = 206, description = "The part that was asked for"), (status = 304, description = "As known"),
        (status = 404, description = "`not_found`: no such format, or the first has not been made yet", body = ErrorEnvelope)))]
#[get("/exports/snapshot/reports.{format}")]
pub async fn get_snapshot_file(
    request: HttpRequest,
    app: web::Data<App>,
    format: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let format = format_named(&format)?;
    let day = newest(&app).await?.day;
    kept_file(&request, app.workshop.store.path(&snapshot_name(day), format), format, KEEP).await
}
