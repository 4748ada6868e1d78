//! What a body's administrators set about its server. Whoever does not work for the body gets the answer of something that
//! does not exist.

use actix_web::{HttpResponse, delete, get, post, put, web};
use diesel::PgConnection;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::wire::integrations_open311::{NewOpen311Server, NewOpen311Service, Open311Server};
use serde_json::json;

use super::settings;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::queries::bodies_where;
use crate::auth::rules::Permission;
use crate::bodies;
use crate::desk::queries::audit;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::Json;
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;
use crate::serve;

/// The body, for somebody who may set up its integrations.
fn body_for(conn: &mut PgConnection, user: i64, slug: &str) -> ApiResult<i64> {
    let body = bodies::queries::id_of(conn, slug)?;
    if bodies_where(conn, user, Permission::ManageIntegrations)?.contains(&body) {
        return Ok(body);
    }
    let views = bodies_where(conn, user, Permission::ViewDesk)?.contains(&body);
    Err(if views { ErrorCode::Forbidden } else { ErrorCode::NotFound }.into())
}

/// How a body is reached by Open311, and how far it is in step. Its key is never shown.
#[utoipa::path(operation_id = "get_open311_server", tag = "desk",
    params(("slug" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 200, body = Open311Server), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, description = "`not_found`", body = ErrorEnvelope)))]
#[get("/desk/bodies/{slug}/open311")]
pub async fn get_open311_server(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    let slug = slug.into_inner();
    let shown = app
        .db
        .read(move |conn| {
            let body = body_for(conn, user, &slug)?;
            settings::show(conn, body)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(shown))
}

/// Says how a body is reached by Open311. Its service list and its updates are looked at at once, and again and again. What was
/// sent before is known by its numbers there: another system at another address is set after the old one was taken away.
#[utoipa::path(operation_id = "put_open311_server", tag = "desk", request_body = NewOpen311Server,
    params(("slug" = String, Path, description = "The body's slug", example = "newport"),
        ("Idempotency-Key" = String, Header, description = "A random text made once per change")),
    responses((status = 201, body = Open311Server), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[put("/desk/bodies/{slug}/open311")]
pub async fn put_open311_server(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    key: IdempotencyKey,
    body: Json<NewOpen311Server>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    serve::outbound(&app.config)
        .check(body.value.endpoint.trim())
        .map_err(|_| ApiError::field("endpoint", FieldCode::Invalid))?;
    let keys = app.keys.clone();
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_for(conn, user, &slug)?;
            key.once(conn, &format!("put_open311_server {of_body} user {user}"), &body.raw, |conn| {
                settings::set(conn, &keys, of_body, &body.value)?;
                let detail = json!({ "endpoint": body.value.endpoint, "key_changed": body.value.key.is_some() });
                audit(conn, Some(user), "open311.set", ("body", of_body), &detail)?;
                settings::show(conn, of_body)
            })
        })
        .await?;
    Ok(answer.into())
}

/// Takes a body's server away: from now on everything goes by mail.
#[utoipa::path(operation_id = "remove_open311_server", tag = "desk",
    params(("slug" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 204, description = "Taken away"), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, description = "`not_found`", body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[delete("/desk/bodies/{slug}/open311")]
pub async fn remove_open311_server(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    app.db
        .write(move |conn| {
            let body = body_for(conn, user, &slug)?;
            settings::remove(conn, body)?;
            Ok(audit(conn, Some(user), "open311.remove", ("body", body), &json!({}))?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Looks at a body's service list now.
#[utoipa::path(operation_id = "sync_open311_services", tag = "desk",
    params(("slug" = String, Path, description = "The body's slug", example = "newport")),
    responses((status = 202, description = "It will be looked at in a moment"), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, description = "`not_found`", body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[post("/desk/bodies/{slug}/open311/sync")]
pub async fn sync_open311_services(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    app.db
        .write(move |conn| {
            let body = body_for(conn, user, &slug)?;
            settings::sync(conn, body)?;
            Ok(audit(conn, Some(user), "open311.sync-now", ("body", body), &json!({}))?)
        })
        .await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Says which category a service of the body's server is, and which of its fields stay whatever the server says; or, without a
/// category, that it is none.
#[utoipa::path(operation_id = "put_open311_service", tag = "desk", request_body = NewOpen311Service,
    params(("slug" = String, Path, description = "The body's slug", example = "newport"),
        ("Idempotency-Key" = String, Header, description = "A random text made once per change")),
    responses((status = 201, body = Open311Server), (status = 401, body = ErrorEnvelope), (status = 403, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[put("/desk/bodies/{slug}/open311/services")]
pub async fn put_open311_service(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    slug: web::Path<String>,
    key: IdempotencyKey,
    body: Json<NewOpen311Service>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::Update, &format!("user {user}"))?;
    let answer = app
        .db
        .write(move |conn| {
            let of_body = body_for(conn, user, &slug)?;
            key.once(conn, &format!("put_open311_service {of_body} user {user}"), &body.raw, |conn| {
                settings::bind(conn, of_body, &body.value)?;
                audit(conn, Some(user), "open311.bind", ("body", of_body), &json!(body.value))?;
                settings::show(conn, of_body)
            })
        })
        .await?;
    Ok(answer.into())
}
