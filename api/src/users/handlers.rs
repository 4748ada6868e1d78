//! One's own account and reports.

use actix_web::{HttpRequest, HttpResponse, get, patch, put, web};
use diesel::prelude::*;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::wire::Page;
use mendmap_shared::wire::auth::{Me, MeChange, PasswordChange};
use mendmap_shared::wire::reports::MyReport;

use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::handlers::refresh_token;
use crate::auth::{passwords, queries};
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::cursor::{self, Paging};
use crate::http::etag;
use crate::http::extract::{Json, Query};
use crate::http::rate_limit::Door;
use crate::reports;
use crate::schema::users;

/// The person signed in.
#[utoipa::path(operation_id = "get_me", tag = "me", responses((status = 200, body = Me), (status = 401, body = ErrorEnvelope)))]
#[get("/me")]
pub async fn get_me(request: HttpRequest, app: web::Data<App>, SignedIn(user): SignedIn) -> ApiResult<HttpResponse> {
    let me = app.db.read(move |conn| Ok(queries::me(conn, user)?)).await?;
    etag::json(&request, &me, etag::Keep::Private)
}

/// Changes one's own account.
#[utoipa::path(operation_id = "update_me", tag = "me", request_body = MeChange,
    responses((status = 200, body = Me), (status = 401, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope),
        (status = 429, body = ErrorEnvelope)))]
#[patch("/me")]
pub async fn update_me(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    address: ClientAddress,
    body: Json<MeChange>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Refresh, address, Some(user))?;
    let me = app
        .db
        .write(move |conn| {
            if let Some(name) = &body.value.name {
                diesel::update(users::table.find(user)).set(users::name.eq(name.as_str())).execute(conn)?;
            }
            Ok(queries::me(conn, user)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(me))
}

/// Sets one's own password. Every other session of the account ends.
#[utoipa::path(operation_id = "change_password", tag = "me", request_body = PasswordChange,
    responses((status = 204, description = "Changed"), (status = 401, body = ErrorEnvelope),
        (status = 422, description = "`validation_failed`: `current_password` is wrong, or `password` breaks a rule", body = ErrorEnvelope),
        (status = 409, description = "`conflict`: it was changed elsewhere meanwhile", body = ErrorEnvelope),
        (status = 429, body = ErrorEnvelope)))]
#[put("/me/password")]
pub async fn change_password(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    body: Json<PasswordChange>,
) -> ApiResult<HttpResponse> {
    app.limits.check_account(Door::SignIn, &format!("password of {user}"))?;
    let change = body.value;
    let kept = refresh_token(&request, &app);
    let stored = app
        .db
        .read(move |conn| Ok(users::table.find(user).select(users::password_hash).first::<Option<String>>(conn)?))
        .await?;
    let before = stored.clone();
    let hash = passwords::apart(move || {
        let known = stored.is_none()
            || passwords::verify(change.current_password.as_deref().unwrap_or_default(), stored.as_deref());
        if !known {
            return Err(ApiError::field("current_password", FieldCode::Invalid));
        }
        passwords::hash(change.password.expose()).map_err(ApiError::internal)
    })
    .await??;
    app.db
        .write(move |conn| {
            if queries::lock_account(conn, user)? != before {
                return Err(ErrorCode::Conflict.into());
            }
            diesel::update(users::table.find(user)).set(users::password_hash.eq(hash)).execute(conn)?;
            Ok(queries::end_other_sessions(conn, user, kept.as_deref())?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One's own reports, newest first, those not yet confirmed and private ones among them.
#[utoipa::path(operation_id = "list_my_reports", tag = "me", params(Paging),
    responses((status = 200, body = Page<MyReport>), (status = 401, body = ErrorEnvelope)))]
#[get("/me/reports")]
pub async fn list_my_reports(
    request: HttpRequest,
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    paging: Query<Paging>,
) -> ApiResult<HttpResponse> {
    let size = cursor::page_size(paging.limit)?;
    let after = cursor::decode(paging.cursor.as_deref())?;
    let keys = app.keys.clone();
    let page = app
        .db
        .read(move |conn| {
            let rows = reports::queries::list_of_author(conn, user, after, size)?;
            let page = cursor::page(rows, size, |row| (row.created_at, row.id))?;
            let visibilities: Vec<_> = page.items.iter().map(|row| row.visibility.0).collect();
            let summaries = reports::queries::summaries(conn, page.items, &|id| keys.photo_query(id))?;
            let mine = |(report, visibility)| MyReport { report, visibility };
            let items = summaries.into_iter().zip(visibilities).map(mine).collect();
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await?;
    etag::json(&request, &page, etag::Keep::Private)
}
