//! A body's webhooks: listed, made, changed and deleted by its administrators.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::integrations::{NewWebhook, Webhook, WebhookSecret};
use rand::RngCore as _;
use serde_json::json;
use uuid::Uuid;

use super::{queries, rules};
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::rules::Permission;
use crate::auth::sealed;
use crate::bodies;
use crate::desk::queries::{audit, body_for};
use crate::error::{ApiError, ApiResult};
use crate::http::etag;
use crate::http::extract::Json;
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;

/// The number in an address; what is none names nothing.
pub(super) fn number(text: &str) -> ApiResult<Uuid> {
    text.parse().map_err(|_| ErrorCode::NotFound.into())
}

/// A new secret, in the form of the Standard Webhooks scheme.
fn new_secret() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// The webhooks of a body.
#[utoipa::path(operation_id = "list_webhooks", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = Vec<Webhook>), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/webhooks")]
pub async fn list_webhooks(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let slug = slug.into_inner();
    let found = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            Ok(queries::list(conn, body, None)?)
        })
        .await?;
    etag::json(&request, &found, etag::Keep::Private)
}

/// The areas a body's webhooks are usually for: those it covers, and those that lie in them.
#[utoipa::path(operation_id = "list_body_areas", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = Vec<AreaRef>), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/areas")]
pub async fn list_body_areas(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let slug = slug.into_inner();
    let found = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            Ok(bodies::queries::areas_of(conn, body)?)
        })
        .await?;
    etag::json(&request, &found, etag::Keep::Private)
}

/// One webhook.
#[utoipa::path(operation_id = "get_webhook", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook")),
    responses((status = 200, body = Webhook), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/webhooks/{id}")]
pub async fn get_webhook(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (slug, id) = path.into_inner();
    let found = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            queries::list(conn, body, Some(number(&id)?))?.pop().ok_or_else(|| ErrorCode::NotFound.into())
        })
        .await?;
    etag::json(&request, &found, etag::Keep::Private)
}

/// Makes a webhook. Its secret is in this answer and in no other: the same key again answers `conflict`.
#[utoipa::path(operation_id = "create_webhook", tag = "integrations", request_body = NewWebhook,
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("Idempotency-Key" = String, Header, description = "A random text made once per webhook")),
    responses((status = 201, body = WebhookSecret), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`conflict`", body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/webhooks")]
pub async fn create_webhook(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    key: IdempotencyKey,
    body: Json<NewWebhook>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let keys = app.keys.clone();
    let outbound = app.outbound.clone();
    let made = app
        .db
        .write(move |conn| {
            let body_id = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let url = rules::address(&outbound, &body.value.url)?;
            key.once_shown(conn, &format!("create_webhook {body_id} user {user}"), &body.raw, |conn| {
                let (id, secret) = (Uuid::now_v7(), new_secret());
                let sealed = sealed::seal(&keys, &rules::purpose(id), &secret).map_err(ApiError::internal)?;
                let wanted = queries::wanted(conn, &body.value, url.to_string())?;
                queries::create(conn, id, body_id, &wanted, sealed, user)?;
                let detail = json!({ "webhook": id, "server": url.host_str(), "events": body.value.events });
                audit(conn, Some(user), "webhook.create", ("body", body_id), &detail)?;
                Ok(WebhookSecret { id: id.to_string(), secret, old_secret_until: None })
            })
        })
        .await?;
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(made))
}

/// Makes a webhook what it is to be, and switches it on or off.
#[utoipa::path(operation_id = "change_webhook", tag = "integrations", request_body = NewWebhook,
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook")),
    responses((status = 200, body = Webhook), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[put("/desk/bodies/{body}/webhooks/{id}")]
pub async fn change_webhook(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
    body: Json<NewWebhook>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    let outbound = app.outbound.clone();
    let changed = app
        .db
        .write(move |conn| {
            let body_id = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let id = number(&id)?;
            let url = rules::address(&outbound, &body.value.url)?;
            let wanted = queries::wanted(conn, &body.value, url.to_string())?;
            queries::change(conn, body_id, id, &wanted)?;
            let detail = json!({ "webhook": id, "server": url.host_str(), "events": body.value.events, "enabled": body.value.enabled });
            audit(conn, Some(user), "webhook.change", ("body", body_id), &detail)?;
            queries::list(conn, body_id, Some(id))?.pop().ok_or_else(|| ErrorCode::NotFound.into())
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(changed))
}

/// Deletes a webhook.
#[utoipa::path(operation_id = "delete_webhook", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook")),
    responses((status = 204, description = "Gone"), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[delete("/desk/bodies/{body}/webhooks/{id}")]
pub async fn delete_webhook(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    app.db
        .write(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let id = number(&id)?;
            queries::delete(conn, body, id)?;
            Ok(audit(conn, Some(user), "webhook.delete", ("body", body), &json!({ "webhook": id }))?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook a new secret, in this answer and in no other. For a day calls are signed with the one before as well.
#[utoipa::path(operation_id = "change_webhook_secret", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the webhook"),
        ("Idempotency-Key" = String, Header, description = "A random text made once per new secret")),
    responses((status = 201, body = WebhookSecret), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`conflict`", body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/webhooks/{id}/secret")]
pub async fn change_webhook_secret(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
    key: IdempotencyKey,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    let keys = app.keys.clone();
    let made = app
        .db
        .write(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let id = number(&id)?;
            key.once_shown(conn, &format!("change_webhook_secret {id} user {user}"), &[], |conn| {
                let secret = new_secret();
                let sealed = sealed::seal(&keys, &rules::purpose(id), &secret).map_err(ApiError::internal)?;
                let until = queries::change_secret(conn, body, id, sealed)?;
                audit(conn, Some(user), "webhook.secret", ("body", body), &json!({ "webhook": id }))?;
                Ok(WebhookSecret { id: id.to_string(), secret, old_secret_until: Some(until) })
            })
        })
        .await?;
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(made))
}
