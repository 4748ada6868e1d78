//! A body's keys: listed, made and revoked by its administrators.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::integrations::{ApiKey, ApiKeyMade, NewApiKey};
use serde_json::json;
use uuid::Uuid;

use super::queries;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::rules::Permission;
use crate::desk::queries::{audit, body_for};
use crate::error::ApiResult;
use crate::http::etag;
use crate::http::extract::Json;
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;

/// The keys of a body that hold.
#[utoipa::path(operation_id = "list_api_keys", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = Vec<ApiKey>), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope)))]
#[get("/desk/bodies/{body}/api-keys")]
pub async fn list_api_keys(
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
            Ok(queries::list(conn, body)?)
        })
        .await?;
    etag::json(&request, &found, etag::Keep::Private)
}

/// Makes a key. It is in this answer and in no other: the same `Idempotency-Key` again answers `conflict`.
#[utoipa::path(operation_id = "create_api_key", tag = "integrations", request_body = NewApiKey,
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("Idempotency-Key" = String, Header, description = "A random text made once per key")),
    responses((status = 201, body = ApiKeyMade), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope),
        (status = 409, description = "`conflict`", body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{body}/api-keys")]
pub async fn create_api_key(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    key: IdempotencyKey,
    body: Json<NewApiKey>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let made = app
        .db
        .write(move |conn| {
            let body_id = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            key.once_shown(conn, &format!("create_api_key {body_id} user {user}"), &body.raw, |conn| {
                queries::make_room(conn, body_id)?;
                let name = body.value.name.as_str();
                let (id, key) = queries::create(conn, body_id, name, body.value.trusted, Some(user))?;
                let detail = json!({ "api_key": id, "name": name, "trusted": body.value.trusted });
                audit(conn, Some(user), "api_key.create", ("body", body_id), &detail)?;
                Ok(ApiKeyMade { id: id.to_string(), key })
            })
        })
        .await?;
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(made))
}

/// Revokes a key: it opens nothing any more.
#[utoipa::path(operation_id = "revoke_api_key", tag = "integrations",
    params(("body" = String, Path, description = "The body's slug", example = "newport"), ("id" = String, Path, description = "Number of the key")),
    responses((status = 204, description = "Revoked"), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope), (status = 404, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[delete("/desk/bodies/{body}/api-keys/{id}")]
pub async fn revoke_api_key(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    path: web::Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let (slug, id) = path.into_inner();
    app.db
        .write(move |conn| {
            let body = body_for(conn, user, &slug, Permission::ManageIntegrations)?;
            let id: Uuid = id.parse().map_err(|_| ErrorCode::NotFound)?;
            if !queries::revoke(conn, body, id)? {
                return Err(ErrorCode::NotFound.into());
            }
            Ok(audit(conn, Some(user), "api_key.revoke", ("body", body), &json!({ "api_key": id }))?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
