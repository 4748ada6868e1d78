//! Updates, for everybody.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use mendmap_shared::error::ErrorEnvelope;
use mendmap_shared::wire::Page;
use mendmap_shared::wire::updates::{NewUpdate, Update, UpdateTaken};
use mendmap_shared::workflow::Visibility;

use super::create::{self, Writer};
use super::queries;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::db::Freshness;
use crate::error::ApiResult;
use crate::http::client_address::ClientAddress;
use crate::http::cursor::{self, Paging};
use crate::http::etag;
use crate::http::extract::{Json, Query};
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;
use crate::reports;

/// The public updates of a report, oldest first.
#[utoipa::path(operation_id = "list_updates", tag = "updates", params(("id" = i64, Path, description = "Number of the report"), Paging),
    responses((status = 200, body = Page<Update>), (status = 404, description = "`not_found`", body = ErrorEnvelope)))]
#[get("/reports/{id}/updates")]
pub async fn list_updates(
    request: HttpRequest,
    app: web::Data<App>,
    caller: Caller,
    freshness: Freshness,
    id: web::Path<i64>,
    paging: Query<Paging>,
) -> ApiResult<HttpResponse> {
    let size = cursor::page_size(paging.limit)?;
    let after: Option<queries::Place> = cursor::decode(paging.cursor.as_deref())?;
    let (keys, id) = (app.keys.clone(), id.into_inner());
    let page = app
        .db
        .read_as(freshness, move |conn| {
            let (_, visibility) = reports::queries::standing(conn, id, caller.0)?;
            let sign = |photo: &str| {
                if visibility == Visibility::Published { String::new() } else { keys.photo_query(photo) }
            };
            let rows = queries::list(conn, id, after, size + 1, &sign)?;
            cursor::page(rows, size, |update: &Update| (update.created_at, update.id))
        })
        .await?;
    etag::json(&request, &page, if caller.0.is_some() { etag::Keep::Private } else { etag::Keep::Public(2) })
}

/// Writes an update: words, a change of status the workflow allows, or both. Without a session it waits until the mailed
/// link is opened. Bodies get what residents write.
#[utoipa::path(operation_id = "create_update", tag = "updates", request_body = NewUpdate,
    params(("id" = i64, Path, description = "Number of the report"),
        ("Idempotency-Key" = String, Header, description = "A random text made once per update")),
    responses((status = 201, body = UpdateTaken), (status = 404, description = "`not_found`", body = ErrorEnvelope),
        (status = 409, description = "`transition_not_allowed`", body = ErrorEnvelope),
        (status = 422, description = "`validation_failed`, `idempotency_mismatch`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[post("/reports/{id}/updates")]
pub async fn create_update(
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    id: web::Path<i64>,
    key: IdempotencyKey,
    body: Json<NewUpdate>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Update, address, caller.0)?;
    if let (None, Some(email)) = (caller.0, body.value.author.as_ref().and_then(|author| author.email.as_ref())) {
        app.limits.check_mail_to(address, email.as_str())?;
    }
    let scope = caller.scope(&format!("create_update {id}"));
    let writer = caller.0.map_or(Writer::Unknown, |user| Writer::Resident { user });
    let answer = app
        .db
        .write(move |conn| {
            reports::queries::standing(conn, *id, caller.0)?;
            key.once(conn, &scope, &body.raw, |conn| create::create(conn, *id, writer, &body.value))
        })
        .await?;
    Ok(answer.into())
}
