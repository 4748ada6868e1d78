//! The desk's addresses. Whoever does not work for the body gets the answer of something that does not exist.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use diesel::PgConnection;
use diesel::prelude::*;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::text::SearchText;
use mendmap_shared::wire::Page;
use mendmap_shared::wire::desk::{DeskCounts, DeskReport, DeskRow, DeskSort, NewNote, Note};
use mendmap_shared::wire::updates::{NewUpdate, UpdateTaken};
use serde::Deserialize;
use serde_json::json;

use super::listing::{self, DeskFilter, DeskKey};
use super::queries::{self, body_for};
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::queries::report_bodies_where;
use crate::auth::rules::Permission;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::{Json, Query};
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;
use crate::http::{cursor, etag};
use crate::schema::reports as report_rows;
use crate::updates::create::{Writer, create};
use crate::{reports, updates};

/// Updates shown on the desk's page of one report; more are on the report's own.
const UPDATES_SHOWN: i64 = 500;

/// Of the bodies a report went to, one at which this person may do this.
fn body_of_report_for(conn: &mut PgConnection, user: i64, report: i64, permission: Permission) -> ApiResult<i64> {
    reports::queries::standing(conn, report, Some(user))?;
    if let Some(body) = report_bodies_where(conn, user, report, permission)?.first() {
        return Ok(*body);
    }
    let views = !report_bodies_where(conn, user, report, Permission::ViewDesk)?.is_empty();
    Err(if views { ErrorCode::Forbidden } else { ErrorCode::NotFound }.into())
}

/// How many reports wait at a body.
#[utoipa::path(operation_id = "get_desk_counts", tag = "desk", params(("body" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = DeskCounts), (status = 401, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/{body}/counts")]
pub async fn get_desk_counts(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let slug = slug.into_inner();
    let counts = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ViewDesk)?;
            Ok(listing::counts(conn, body, user)?)
        })
        .await?;
    etag::json(&request, &counts, etag::Keep::Private)
}

/// The desk's list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeskParams {
    /// Order.
    #[param(inline)]
    sort: Option<DeskSort>,
    /// Statuses or groups of them, separated by commas.
    status: Option<String>,
    /// Code of a category, or name of a group.
    category: Option<String>,
    /// Words, or the number of a report.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows of one page, 1 to 100.
    limit: Option<u32>,
}

/// What came to a body.
#[utoipa::path(operation_id = "list_desk_reports", tag = "desk", params(("body" = String, Path, description = "The body's slug", example = "newport"), DeskParams),
    responses((status = 200, body = Page<DeskRow>), (status = 400, body = ErrorEnvelope), (status = 401, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/{body}/reports")]
pub async fn list_desk_reports(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    params: Query<DeskParams>,
) -> ApiResult<HttpResponse> {
    let text = params.q.as_deref().map(str::parse::<SearchText>).transpose();
    let filter = DeskFilter {
        statuses: reports::listing::statuses(params.status.as_deref())?,
        category: params.category.clone(),
        text: text.map_err(|code| ApiError::parameter("q", code, code.message()))?.map(String::from),
    };
    let sort = params.sort.unwrap_or_default();
    let size = cursor::page_size(params.limit)?;
    let after: Option<DeskKey> = cursor::decode(params.cursor.as_deref())?;
    let keys = app.keys.clone();
    let slug = slug.into_inner();
    let page = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ViewDesk)?;
            let rows = listing::list(conn, body, user, &filter, sort, after, size)?;
            let page = cursor::page(rows, size, |row| row.key(sort))?;
            Ok(Page { items: queries::with_summaries(conn, &keys, page.items)?, next_cursor: page.next_cursor })
        })
        .await?;
    etag::json(&request, &page, etag::Keep::Private)
}

/// A report as staff of its body see it. Looking at it marks it read.
#[utoipa::path(operation_id = "get_desk_report", tag = "desk", params(("id" = i64, Path, description = "Number of the report")),
    responses((status = 200, body = DeskReport), (status = 401, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[get("/desk/reports/{id}")]
pub async fn get_desk_report(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    id: web::Path<i64>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Place, &format!("user {user}"))?;
    let keys = app.keys.clone();
    let id = *id;
    let shown = app
        .db
        .write(move |conn| {
            let mine = report_bodies_where(conn, user, id, Permission::ViewDesk)?;
            if mine.is_empty() {
                return Err(ErrorCode::NotFound.into());
            }
            let report = reports::queries::report(conn, &keys, id, Some(user))?;
            let (author, answers) = queries::contact(conn, id)?;
            let shown = DeskReport {
                report,
                author,
                answers,
                updates: updates::queries::list(conn, id, None, UPDATES_SHOWN, &|photo| keys.photo_query(photo))?,
                notes: queries::notes(conn, id, &mine)?,
                deliveries: queries::deliveries(conn, id)?,
                due_at: report_rows::table.find(id).select(report_rows::due_at).first(conn)?,
            };
            queries::mark_read(conn, user, id)?;
            Ok(shown)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(shown))
}

/// Answers in public, in the body's name: words, a status, or both.
#[utoipa::path(operation_id = "create_desk_update", tag = "desk", request_body = NewUpdate,
    params(("id" = i64, Path, description = "Number of the report"), ("Idempotency-Key" = String, Header, description = "A random text made once per answer")),
    responses((status = 201, body = UpdateTaken), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`transition_not_allowed`", body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/reports/{id}/updates")]
pub async fn create_desk_update(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    id: web::Path<i64>,
    key: IdempotencyKey,
    body: Json<NewUpdate>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let id = *id;
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_of_report_for(conn, user, id, Permission::AnswerReports)?;
            key.once(conn, &format!("create_desk_update {id} user {user}"), &body.raw, |conn| {
                let taken = create(conn, id, Writer::Body { user, body: of_body }, &body.value)?;
                let detail = json!({ "update": taken.id, "body": of_body, "status": body.value.status });
                queries::audit(conn, Some(user), "report.answer", ("report", id), &detail)?;
                queries::mark_read(conn, user, id)?;
                Ok(taken)
            })
        })
        .await?;
    Ok(answer.into())
}

/// Writes a private note for the staff of the body.
#[utoipa::path(operation_id = "create_note", tag = "desk", request_body = NewNote,
    params(("id" = i64, Path, description = "Number of the report"), ("Idempotency-Key" = String, Header, description = "A random text made once per note")),
    responses((status = 201, body = Note), (status = 401, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/reports/{id}/notes")]
pub async fn create_note(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    id: web::Path<i64>,
    key: IdempotencyKey,
    body: Json<NewNote>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let id = *id;
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_of_report_for(conn, user, id, Permission::WriteNotes)?;
            key.once(conn, &format!("create_note {id} user {user}"), &body.raw, |conn| {
                let note = queries::add_note(conn, id, of_body, user, body.value.text.as_str())?;
                queries::audit(conn, Some(user), "report.note", ("report", id), &json!({ "note": note.id }))?;
                Ok(note)
            })
        })
        .await?;
    Ok(answer.into())
}

/// Sends again what could not be handed over to a body.
#[utoipa::path(operation_id = "retry_delivery", tag = "desk",
    params(("id" = i64, Path, description = "Number of the report"), ("body" = String, Path, description = "The body's slug")),
    responses((status = 204, description = "On its way again"), (status = 429, body = ErrorEnvelope), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[post("/desk/deliveries/{id}/{body}/retry")]
pub async fn retry_delivery(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(i64, String)>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let (id, slug) = path.into_inner();
    app.db
        .write(move |conn| {
            let body = body_for(conn, user, &slug, Permission::RetryDeliveries)?;
            if !queries::retry(conn, id, body)? {
                return Err(ErrorCode::NotFound.into());
            }
            Ok(queries::audit(conn, Some(user), "delivery.retry", ("report", id), &json!({ "body": body }))?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
