//! Exports of what is public.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::limits::EXPORT_AT_ONCE;
use mendmap_shared::wire::exports::{Export, ExportState};

use super::queries::{self, ExportRow, Wanted};
use super::serving::{format_named, kept_file, number, told};
use super::{at_once, making};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::params::FilterParams;
use crate::exports::rules::same_form;
use crate::http::client_address::ClientAddress;
use crate::http::extract::Query;
use crate::http::rate_limit::Door;

/// A file that was made stays as it is; whoever asks for another gets another address.
const KEEP: &str = "public, max-age=3600";

/// Published reports that match, as a file: CSV (`csv`), GeoJSON with one feature a line (`geojsonl`), GeoPackage (`gpkg`) or
/// FlatGeobuf (`fgb`). Up to 5,000 reports are sent at once. More are made by and by: 202 tells the address at which to see how
/// far that is, and asking here again leads to the file (303) once it is there.
#[utoipa::path(operation_id = "export_reports", tag = "reports", params(("format" = String, Path, description = "`csv`, `geojsonl`, `gpkg` or `fgb`", example = "csv"), FilterParams),
    responses((status = 200, description = "The file", content_type = "text/csv", body = String),
        (status = 202, description = "It is being made", body = Export),
        (status = 303, description = "It was made, and lies there"),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 404, description = "`not_found`: no such format", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/exports/reports.{format}")]
pub async fn export_reports(
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    format: web::Path<String>,
    params: Query<FilterParams>,
) -> ApiResult<HttpResponse> {
    let format = format_named(&format)?;
    app.limits.check(Door::Export, address)?;
    let filter = params.filter()?;
    let chosen = filter.clone();
    let read = move |conn: &mut _| {
        chosen.check(conn)?;
        Ok(queries::are_more_than(conn, chosen.conditions(), EXPORT_AT_ONCE)?)
    };
    if !app.db.read_as(freshness, read).await? {
        return at_once::answer(app, filter, format, freshness).await;
    }
    let wanted = Wanted { format, query: same_form(&params)? };
    let known = wanted.clone();
    let row = match app.db.read(move |conn| Ok(queries::same(conn, &known)?)).await? {
        Some(row) => row,
        None => {
            app.limits.check(Door::MakeExport, address)?;
            app.db.write(move |conn| queries::begin_public(conn, &wanted)).await?
        }
    };
    Ok(begun(row))
}

/// How far an export is that the worker makes.
#[utoipa::path(operation_id = "get_export", tag = "reports", params(("id" = String, Path, description = "Number of the export")),
    responses((status = 200, body = Export), (status = 404, description = "`not_found`: there is none, or no more", body = ErrorEnvelope)))]
#[get("/exports/{id}")]
pub async fn get_export(app: web::Data<App>, id: web::Path<String>) -> ApiResult<HttpResponse> {
    let row = public(&app, &id).await?;
    let at = address(&row);
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(told(row, &at)))
}

/// The file of an export that is ready, or a part of it (`Range`). It never changes, and is gone a day after it was made.
#[utoipa::path(operation_id = "get_export_file", tag = "reports",
    params(("id" = String, Path, description = "Number of the export"), ("format" = String, Path, description = "Its format")),
    responses((status = 200, description = "The file", content_type = "application/geopackage+sqlite3", body = String),
        (status = 206, description = "The part that was asked for"), (status = 304, description = "As known"),
        (status = 404, description = "`not_found`: there is none, not yet, or no more", body = ErrorEnvelope)))]
#[get("/exports/{id}/reports.{format}")]
pub async fn get_export_file(
    request: HttpRequest,
    app: web::Data<App>,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (id, format) = path.into_inner();
    let (format, row) = (format_named(&format)?, public(&app, &id).await?);
    if row.state() != ExportState::Ready || row.format.0 != format {
        return Err(ErrorCode::NotFound.into());
    }
    let path = app.workshop.store.path(&making::name(row.id), format);
    kept_file(&request, path, format, KEEP).await
}

async fn public(app: &App, id: &str) -> ApiResult<ExportRow> {
    let id = number(id)?;
    app.db.read(move |conn| queries::public(conn, id)?.ok_or_else(|| ApiError::code(ErrorCode::NotFound))).await
}

/// The address of a public export.
fn address(row: &ExportRow) -> String {
    format!("/api/v1/exports/{}", row.id)
}

/// Leads to the file, or to where one sees how far it is.
fn begun(row: ExportRow) -> HttpResponse {
    let at = address(&row);
    let export = told(row, &at);
    let (mut answer, at) = match &export.file {
        Some(file) => (HttpResponse::SeeOther(), file.clone()),
        None => (HttpResponse::Accepted(), at),
    };
    answer.insert_header(("Cache-Control", "no-store")).insert_header((LOCATION, at));
    if export.file.is_some() {
        return answer.finish();
    }
    answer.insert_header(("Retry-After", "2")).json(export)
}
