//! Signing in, staying signed in, signing out.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::{HttpRequest, HttpResponse, delete, post, web};
use diesel::PgConnection;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::limits::{ACCESS_TOKEN_SECONDS, REFRESH_DAYS};
use mendmap_shared::return_to::safe_path;
use mendmap_shared::wire::auth::{Session, SignIn, SignInLinkRequest};

use super::links::{self, Purpose};
use super::queries::{self, Refreshed};
use super::{passwords, tokens::Keys};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::Json;
use crate::http::rate_limit::Door;
use crate::jobs::{self, Job};

/// Name of the cookie that carries the refresh token, and how it goes on for a site on a port of its own.
const REFRESH_COOKIE: &str = "mendmap_refresh";
const COOKIE_PATH: &str = "/api/v1";

/// Name of this site's refresh cookie. Browsers keep cookies by host alone: two sites on two ports of one host would sign each
/// other's visitors out.
fn cookie_name(app: &App) -> String {
    let port = url::Url::parse(&app.config.http.base_url()).ok().and_then(|url| url.port());
    port.map_or_else(|| REFRESH_COOKIE.to_owned(), |port| format!("{REFRESH_COOKIE}_{port}"))
}

/// The refresh token a request carries.
pub fn refresh_token(request: &HttpRequest, app: &App) -> Option<String> {
    request.cookie(&cookie_name(app)).map(|cookie| cookie.value().to_owned())
}

/// The cookie: out of reach of scripts, sent to our own pages only, and only over https where the site is.
fn cookie(app: &App, token: String, age: CookieDuration) -> Cookie<'static> {
    Cookie::build(cookie_name(app), token)
        .path(COOKIE_PATH)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(app.config.http.base_url().starts_with("https://"))
        .max_age(age)
        .finish()
}

/// An answer that opens or carries on a session.
pub fn session_response<T: serde::Serialize>(
    app: &App,
    status: actix_web::http::StatusCode,
    refresh_token: String,
    body: &T,
) -> HttpResponse {
    HttpResponse::build(status)
        .cookie(cookie(app, refresh_token, CookieDuration::days(REFRESH_DAYS)))
        .insert_header(("Cache-Control", "no-store"))
        .json(body)
}

/// The session of an account, with its refresh token.
///
/// # Errors
/// From the database or from signing.
pub fn open_session(conn: &mut PgConnection, keys: &Keys, user_id: i64) -> ApiResult<(Session, String)> {
    let refresh_token = queries::begin_session(conn, user_id)?;
    Ok((session_of(conn, keys, user_id)?, refresh_token))
}

fn session_of(conn: &mut PgConnection, keys: &Keys, user_id: i64) -> ApiResult<Session> {
    let user = queries::me(conn, user_id)?;
    Ok(Session { access_token: keys.access_token(user_id)?, expires_in: ACCESS_TOKEN_SECONDS, user, return_to: None })
}

/// Refuses a request that another site's page made: the cookie is ours, the wish may not be the person's.
///
/// # Errors
/// `forbidden` for another origin. Where the site is reached without https, by whichever name, its own name will do.
pub fn same_site(request: &HttpRequest, app: &App) -> ApiResult<()> {
    let Some(origin) = request.headers().get(ORIGIN).and_then(|value| value.to_str().ok()) else { return Ok(()) };
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let base_url = app.config.http.base_url();
    let ours = origin == base_url || (!base_url.starts_with("https://") && origin == format!("http://{host}"));
    if ours { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}

/// Asks for a mail with a link that signs in. The answer is the same whether the address has an account or not, and so
/// is the work done for it.
#[utoipa::path(
    operation_id = "request_sign_in_link", tag = "auth", request_body = SignInLinkRequest,
    responses((status = 202, description = "If mail reaches the address, the link is on its way"),
        (status = 422, description = "`validation_failed`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope))
)]
#[post("/auth/sign-in-links")]
pub async fn request_sign_in_link(
    app: web::Data<App>,
    address: ClientAddress,
    body: Json<SignInLinkRequest>,
) -> ApiResult<HttpResponse> {
    let request = body.value;
    app.limits.check(Door::Mail, address)?;
    app.limits.check_account(Door::Mail, request.email.as_str())?;
    let return_to = request.return_to.filter(|path| safe_path(path).is_some() && path.len() < 500);
    app.db
        .write(move |conn| {
            let data = serde_json::json!({ "return_to": return_to });
            let link = links::create(conn, Purpose::SignIn, request.email.as_str(), None, &data)?;
            jobs::queries::enqueue(conn, &Job::SignInMail { link })?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::Accepted().insert_header(("Cache-Control", "no-store")).finish())
}

/// Opens a session by a mailed link's token, or by e-mail address and password.
#[utoipa::path(
    operation_id = "create_session", tag = "auth", request_body = SignIn,
    responses((status = 201, description = "Signed in; the refresh token is in the cookie", body = Session),
        (status = 401, description = "`wrong_credentials`", body = ErrorEnvelope),
        (status = 410, description = "`link_invalid`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope))
)]
#[post("/auth/sessions")]
pub async fn create_session(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    body: Json<SignIn>,
) -> ApiResult<HttpResponse> {
    same_site(&request, &app)?;
    app.limits.check(Door::SignIn, address)?;
    let keys = app.keys.clone();
    let (session, refresh_token) = match body.value {
        SignIn::Link { token } => {
            app.db
                .write(move |conn| {
                    let link = links::open(conn, &keys, &[Purpose::SignIn], &token)?;
                    let user_id = queries::user_for_email(conn, &link.email)?;
                    let (mut session, refresh_token) = open_session(conn, &keys, user_id)?;
                    session.return_to = link.data["return_to"].as_str().map(str::to_owned);
                    Ok((session, refresh_token))
                })
                .await?
        }
        SignIn::Password { email, password } => {
            if password.is_empty() {
                return Err(ApiError::field("password", FieldCode::Required));
            }
            app.limits.check_account(Door::SignIn, email.as_str())?;
            let found = app.db.read(move |conn| Ok(queries::credentials(conn, email.as_str())?)).await?;
            let stored = found.as_ref().and_then(|(_, hash)| hash.clone());
            // Hashing is slow on purpose, and holds no connection while it runs.
            let checked = stored.clone();
            let fits = passwords::apart(move || passwords::verify(&password, checked.as_deref())).await?;
            let user_id = found.filter(|_| fits).map(|(id, _)| id).ok_or(ErrorCode::WrongCredentials)?;
            app.db
                .write(move |conn| {
                    // Changed meanwhile: the old one opens nothing any more.
                    if queries::lock_account(conn, user_id)? != stored {
                        return Err(ErrorCode::WrongCredentials.into());
                    }
                    open_session(conn, &keys, user_id)
                })
                .await?
        }
    };
    Ok(session_response(&app, actix_web::http::StatusCode::CREATED, refresh_token, &session))
}

/// Carries on a session: a new access token, and the next refresh cookie. A cookie that was used before ends the session
/// on every device that shares it, because somebody has a copy.
#[utoipa::path(
    operation_id = "refresh_session", tag = "auth",
    responses((status = 200, description = "Still signed in", body = Session),
        (status = 401, description = "`unauthenticated`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope))
)]
#[post("/auth/sessions/refresh")]
pub async fn refresh_session(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
) -> ApiResult<HttpResponse> {
    same_site(&request, &app)?;
    app.limits.check(Door::Refresh, address)?;
    let token = refresh_token(&request, &app).ok_or(ErrorCode::Unauthenticated)?;
    let keys = app.keys.clone();
    let refreshed = app
        .db
        .write(move |conn| {
            Ok(match queries::refresh(conn, &token)? {
                Refreshed::Next { user_id, token } => Some((session_of(conn, &keys, user_id)?, token)),
                Refreshed::Refused => None,
                Refreshed::Reused => {
                    tracing::warn!("a refresh token was used twice; its session was ended");
                    None
                }
            })
        })
        .await?;
    match refreshed {
        Some((session, token)) => Ok(session_response(&app, actix_web::http::StatusCode::OK, token, &session)),
        None => Err(ErrorCode::Unauthenticated.into()),
    }
}

/// Signs out: ends the session the cookie belongs to.
#[utoipa::path(operation_id = "delete_session", tag = "auth",
    responses((status = 204, description = "Signed out"), (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[delete("/auth/sessions")]
pub async fn delete_session(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
) -> ApiResult<HttpResponse> {
    same_site(&request, &app)?;
    app.limits.check(Door::Refresh, address)?;
    if let Some(token) = refresh_token(&request, &app) {
        app.db.write(move |conn| Ok(queries::end_session(conn, &token)?)).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie(&app, String::new(), CookieDuration::ZERO)).finish())
}
