//! Opening a link.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::auth::LinkToken;
use mendmap_shared::wire::reports::{Confirmed, ConfirmedWhat};

use crate::app::App;
use crate::auth::handlers::{open_session, same_site, session_response};
use crate::auth::links::{self, Purpose};
use crate::auth::queries::user_for_email;
use crate::error::ApiResult;
use crate::http::client_address::ClientAddress;
use crate::http::extract::Json;
use crate::http::rate_limit::Door;
use crate::{alerts, reports, updates};

/// Opens a link that confirms a report, an update or following a report, and signs in: who opened it reads that mailbox.
#[utoipa::path(operation_id = "confirm_link", tag = "confirmations", request_body = LinkToken,
    responses((status = 200, description = "Done; the refresh token is in the cookie", body = Confirmed),
        (status = 409, description = "`transition_not_allowed`: the report has moved on meanwhile", body = ErrorEnvelope),
        (status = 410, description = "`link_invalid`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[post("/confirmations")]
pub async fn confirm_link(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    body: Json<LinkToken>,
) -> ApiResult<HttpResponse> {
    same_site(&request, &app)?;
    app.limits.check(Door::SignIn, address)?;
    let keys = app.keys.clone();
    let (confirmed, refresh_token) = app
        .db
        .write(move |conn| {
            let link = links::open(conn, &keys, &Purpose::CONFIRMATIONS, &body.value.token)?;
            let subject = link.subject_id.ok_or(ErrorCode::LinkInvalid)?;
            let user = user_for_email(conn, &link.email)?;
            let (what, report_id) = if link.purpose == Purpose::ConfirmReport.as_str() {
                reports::create::publish(conn, subject, Some(user))?;
                (ConfirmedWhat::Report, subject)
            } else if link.purpose == Purpose::ConfirmUpdate.as_str() {
                (ConfirmedWhat::Update, updates::create::publish(conn, subject, user)?)
            } else {
                reports::queries::standing(conn, subject, Some(user))?;
                alerts::queries::follow(conn, user, subject)?;
                (ConfirmedWhat::Follow, subject)
            };
            let (session, refresh_token) = open_session(conn, &keys, user)?;
            Ok((Confirmed { what, report_id, session }, refresh_token))
        })
        .await?;
    Ok(session_response(&app, StatusCode::OK, refresh_token, &confirmed))
}
