//! What staff take out of their desk, with private columns. Only whoever asked for it gets it, and only while they may.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::exports::{Export, ExportState, NewDeskExport};
use serde_json::json;

use super::making;
use super::queries::{self, ExportRow, Wanted};
use super::serving::{format_named, kept_file, number, told};
use super::staff::StaffFilter;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::rules::Permission;
use crate::desk::queries::{audit, body_for};
use crate::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;

/// Nothing on the way, and no browser, keeps it.
const KEEP: &str = "private, no-store";

fn address(slug: &str, id: impl std::fmt::Display) -> String {
    format!("/api/v1/desk/bodies/{slug}/exports/{id}")
}

/// Has the reports that came to a body made into a file, as the desk shows them: also those that are not public, with the person who
/// reported and their answers. It takes a moment; the address in `Location` tells how far it is.
#[utoipa::path(operation_id = "create_desk_export", tag = "desk", request_body = NewDeskExport,
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("Idempotency-Key" = String, Header, description = "A random text made once per export")),
    responses((status = 202, description = "It is being made", body = Export), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/exports")]
pub async fn create_desk_export(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    key: IdempotencyKey,
    body: Json<NewDeskExport>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::MakeExport, &format!("user {user}"))?;
    let slug = slug.into_inner();
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_for(conn, user, &slug, Permission::ExportReports)?;
            let filter = StaffFilter::of(&body.value)?;
            let wanted = Wanted { format: body.value.format, query: filter.form()? };
            key.once(conn, &format!("create_desk_export {of_body} user {user}"), &body.raw, |conn| {
                let row = queries::begin(conn, &wanted, Some((of_body, user)))?;
                let detail = json!({ "export": row.id, "format": wanted.format, "filter": filter });
                audit(conn, Some(user), "reports.export", ("body", of_body), &detail)?;
                let at = address(&slug, row.id);
                Ok(told(row, &at))
            })
            .map(|answer| (slug, answer.into_body()))
        })
        .await?;
    let (slug, export) = answer;
    let id = export["id"].as_str().unwrap_or_default().to_owned();
    Ok(HttpResponse::Accepted()
        .insert_header(("Cache-Control", "no-store"))
        .insert_header((LOCATION, address(&slug, id)))
        .json(export))
}

/// How far an export of the desk is.
#[utoipa::path(operation_id = "get_desk_export", tag = "desk",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the export")),
    responses((status = 200, body = Export), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/exports/{id}")]
pub async fn get_desk_export(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (slug, id) = path.into_inner();
    let row = own(&app, user, &slug, &id).await?;
    let at = address(&slug, row.id);
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(told(row, &at)))
}

/// The file of an export of the desk, for whoever asked for it.
#[utoipa::path(operation_id = "get_desk_export_file", tag = "desk",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the export"), ("format" = String, Path, description = "Its format")),
    responses((status = 200, description = "The file", content_type = "text/csv", body = String), (status = 206, description = "The part that was asked for"),
        (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/exports/{id}/reports.{format}")]
pub async fn get_desk_export_file(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String, String)>,
) -> ApiResult<HttpResponse> {
    let (slug, id, format) = path.into_inner();
    let (format, row) = (format_named(&format)?, own(&app, user, &slug, &id).await?);
    if row.state() != ExportState::Ready || row.format.0 != format {
        return Err(ErrorCode::NotFound.into());
    }
    kept_file(&request, app.workshop.store.path(&making::name(row.id), format), format, KEEP).await
}

async fn own(app: &App, user: i64, slug: &str, id: &str) -> ApiResult<ExportRow> {
    let (slug, id) = (slug.to_owned(), number(id)?);
    app.db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ExportReports)?;
            queries::of_staff(conn, body, user, id)?.ok_or_else(|| ApiError::code(ErrorCode::NotFound))
        })
        .await
}
