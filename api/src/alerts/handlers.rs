//! Following a report, and stopping its mails with one click.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::wire::auth::LinkToken;
use mendmap_shared::wire::reports::{FollowRequest, Followed};
use serde::Deserialize;

use super::queries;
use crate::app::App;
use crate::auth::caller::{Caller, SignedIn};
use crate::auth::links::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::{Json, Query, read_body};
use crate::http::rate_limit::Door;
use crate::jobs::{self, Job};
use crate::reports;

/// Follows a report: a mail with every public change. With a session at once; without one a link is mailed first.
#[utoipa::path(operation_id = "follow_report", tag = "alerts", request_body = FollowRequest,
    params(("id" = i64, Path, description = "Number of the report")),
    responses((status = 200, body = Followed), (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[put("/reports/{id}/follow")]
pub async fn follow_report(
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    id: web::Path<i64>,
    body: Json<FollowRequest>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Support, address, caller.0)?;
    let email = match (caller.0, body.value.email) {
        (Some(_), _) => None,
        (None, Some(email)) => {
            app.limits.check_mail_to(address, email.as_str())?;
            Some(email)
        }
        (None, None) => return Err(ApiError::field("email", FieldCode::Required)),
    };
    let following = app
        .db
        .write(move |conn| {
            reports::queries::standing(conn, *id, caller.0)?;
            if let Some(user) = caller.0 {
                queries::follow(conn, user, *id)?;
            }
            if let Some(email) = email {
                let link =
                    links::create(conn, Purpose::ConfirmFollow, email.as_str(), Some(*id), &serde_json::json!({}))?;
                jobs::queries::enqueue(conn, &Job::ConfirmMail { link })?;
            }
            Ok(caller.0.is_some())
        })
        .await?;
    Ok(HttpResponse::Ok().json(Followed { following }))
}

/// Stops following a report.
#[utoipa::path(operation_id = "unfollow_report", tag = "alerts", params(("id" = i64, Path, description = "Number of the report")),
    responses((status = 200, body = Followed), (status = 401, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[delete("/reports/{id}/follow")]
pub async fn unfollow_report(
    app: web::Data<App>,
    SignedIn(user): SignedIn,
    address: ClientAddress,
    id: web::Path<i64>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Support, address, Some(user))?;
    app.db.write(move |conn| Ok(queries::unfollow(conn, user, *id)?)).await?;
    Ok(HttpResponse::Ok().json(Followed { following: false }))
}

/// Where mail programs put the token (RFC 8058): in the address, with a form of their own as the body.
#[derive(Debug, Deserialize)]
pub struct OneClick {
    token: Option<String>,
}

/// Ends the subscription a mail belongs to: one click, no sign-in, for ever. The token comes as JSON, or in the address as
/// mail programs send it.
#[utoipa::path(operation_id = "unsubscribe", tag = "alerts", request_body = LinkToken,
    params(("token" = Option<String>, Query, description = "The token, where the body is a mail program's")),
    responses((status = 204, description = "Ended, now or before"), (status = 410, description = "`link_invalid`", body = ErrorEnvelope)))]
#[post("/unsubscribe")]
pub async fn unsubscribe(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    query: Query<OneClick>,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    let token = match query.0.token {
        Some(token) => token,
        None => {
            let body = read_body(&request, &mut payload.into_inner(), 4096).await?;
            let token: LinkToken = serde_json::from_slice(&body).map_err(|_| ErrorCode::InvalidRequest)?;
            token.token
        }
    };
    // Only wrong tokens are counted: mail providers end their customers' subscriptions from a few addresses of their own.
    let Some(id) = app.keys.check_link_token(&["unsubscribe"], &token) else {
        app.limits.check(Door::SignIn, address)?;
        return Err(ErrorCode::LinkInvalid.into());
    };
    app.db.write(move |conn| Ok(queries::end(conn, id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Leads to the page that ends the subscription, for mail programs that open the address of `List-Unsubscribe` as if it were a
/// page (RFC 2369). Nothing ends by itself: programs also open links to look what is behind them.
#[utoipa::path(operation_id = "open_unsubscribe_page", tag = "alerts",
    params(("token" = String, Query, description = "The token")),
    responses((status = 303, description = "To the page; the token stands behind a #, where no log sees it")))]
#[get("/unsubscribe")]
pub async fn open_unsubscribe_page(query: Query<OneClick>) -> HttpResponse {
    let token = query.0.token.unwrap_or_default();
    // Whatever else came is no token of ours, and has no business in an address.
    let token: String = token.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    HttpResponse::SeeOther().insert_header((LOCATION, format!("/unsubscribe#{token}"))).finish()
}
