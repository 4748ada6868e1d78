//! Trying a webhook, and what it was told: the log, and telling it again.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{Duration, Utc};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::limits::EVENT_LOG_DAYS;
use mendmap_shared::wire::Page;
use mendmap_shared::wire::integrations::{Event, Replay, Replayed, TestEvent, WebhookDelivery, WebhookTried, What};
use serde_json::json;
use uuid::Uuid;

use super::handlers::number;
use super::{calls, deliveries, queries, rules};
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::rules::Permission;
use crate::desk::queries::{audit, body_for};
use crate::error::{ApiError, ApiResult};
use crate::http::cursor::{self, Paging};
use crate::http::etag;
use crate::http::extract::{Json, Query};
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;

/// Tells a webhook, switched on or not, that somebody tries it, and answers what its server said.
#[utoipa::path(operation_id = "try_webhook", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook")),
    responses((status = 200, body = WebhookTried), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`conflict`: its secret cannot be opened, as `SECRET_KEY` has changed", body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/webhooks/{id}/test")]
pub async fn try_webhook(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Call, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    let target = app
        .db
        .write(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let target = queries::target(conn, body, number(&id)?)?;
            audit(conn, Some(user), "webhook.test", ("body", body), &json!({ "webhook": target.id }))?;
            Ok(target)
        })
        .await?;
    let now = Utc::now();
    let secrets = calls::secrets(&app.keys, &target, now).map_err(|_| {
        ApiError::code(ErrorCode::Conflict).with_message("Its secret cannot be opened any more. Make a new one.")
    })?;
    let event = Event { timestamp: now, what: What::Test(TestEvent { webhook: target.id.to_string() }) };
    let message = format!("msg_{}", Uuid::now_v7().simple());
    let request = calls::request(&target.url, &secrets, &message, &event, now).map_err(ApiError::internal)?;
    // No connection to the database is held meanwhile, and no async thread waits.
    let outbound = app.outbound.clone();
    let begun = Instant::now();
    let answer = web::block(move || outbound.tell(request, calls::BOUNDS)).await.map_err(ApiError::internal)?;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let tried = match answer {
        Ok(answer) => WebhookTried {
            taken: answer.is_success(),
            status: Some(answer.status),
            words: rules::words(&answer.body),
            milliseconds,
        },
        Err(error) => WebhookTried { taken: false, status: None, words: error.to_string(), milliseconds },
    };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(tried))
}

/// What a webhook was told in the last 30 days, the newest first.
#[utoipa::path(operation_id = "list_webhook_deliveries", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook"), Paging),
    responses((status = 200, body = Page<WebhookDelivery>), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/webhooks/{id}/deliveries")]
pub async fn list_webhook_deliveries(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
    paging: Query<Paging>,
) -> ApiResult<HttpResponse> {
    let (slug, id) = path.into_inner();
    let size = cursor::page_size(paging.limit)?;
    let before: Option<i64> = cursor::decode(paging.cursor.as_deref())?;
    let page = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let target = queries::target(conn, body, number(&id)?)?;
            let rows = deliveries::log(conn, target.id, before, size)?;
            cursor::page(rows, size, |row: &WebhookDelivery| row.event)
        })
        .await?;
    etag::json(&request, &page, etag::Keep::Private)
}

/// Tells a webhook again: one event of the log, or all it is for since a moment. Each carries the `webhook-id` it had, and says
/// what everybody may read now.
#[utoipa::path(operation_id = "replay_webhook", tag = "integrations", request_body = Replay,
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook"),
        ("Idempotency-Key" = String, Header, description = "A random text made once per wish")),
    responses((status = 201, body = Replayed), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`conflict`: it is switched off", body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/webhooks/{id}/replay")]
pub async fn replay_webhook(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
    key: IdempotencyKey,
    body: Json<Replay>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Call, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let target = queries::target(conn, of_body, number(&id)?)?;
            let Replay { event, since } = body.value;
            match (event, since) {
                (None, None) => return Err(ApiError::field("since", FieldCode::Required)),
                (Some(_), Some(_)) => return Err(ApiError::field("event", FieldCode::Invalid)),
                // A minute's grace for clocks, and for whoever sends exactly 30 days.
                (_, Some(since)) if since < Utc::now() - Duration::days(EVENT_LOG_DAYS) - Duration::minutes(1) => {
                    return Err(ApiError::field("since", FieldCode::Invalid));
                }
                _ => {}
            }
            if !target.enabled {
                let message = "It is switched off. Switch it on first.";
                return Err(ApiError::code(ErrorCode::Conflict).with_message(message));
            }
            key.once(conn, &format!("replay_webhook {} user {user}", target.id), &body.raw, |conn| {
                let replayed = deliveries::replay(conn, target.id, event, since)?;
                if event.is_some() && replayed.events == 0 {
                    return Err(ApiError::field("event", FieldCode::Unknown));
                }
                let detail = json!({ "webhook": target.id, "event": event, "since": since, "events": replayed.events });
                audit(conn, Some(user), "webhook.replay", ("body", of_body), &detail)?;
                Ok(replayed)
            })
        })
        .await?;
    Ok(answer.into())
}
