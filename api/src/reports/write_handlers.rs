//! Making and supporting.

use actix_web::{HttpResponse, delete, post, put, web};
use mendmap_shared::error::{ErrorEnvelope, FieldCode};
use mendmap_shared::wire::reports::{NewReport, ReportTaken, SupportRequest, Supported};

use super::create::{self, Sender};
use super::queries;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::Json;
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;

/// Sends a report. With a session it is published at once; without one it waits until the mailed link is opened.
#[utoipa::path(operation_id = "create_report", tag = "reports", request_body = NewReport,
    params(("Idempotency-Key" = String, Header, description = "A random text made once per report; sending again with it does nothing twice")),
    responses((status = 201, body = ReportTaken),
        (status = 400, description = "`invalid_request`, `idempotency_key_required`", body = ErrorEnvelope),
        (status = 401, description = "`unauthenticated`: the session has run out", body = ErrorEnvelope),
        (status = 422, description = "`validation_failed`, `blocked_by_answer`, `idempotency_mismatch`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[post("/reports")]
pub async fn create_report(
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    key: IdempotencyKey,
    body: Json<NewReport>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Report, address, caller.0)?;
    if let (None, Some(email)) = (caller.0, body.value.author.as_ref().and_then(|author| author.email.as_ref())) {
        // Each one mails that address: nobody's mailbox is filled through us.
        app.limits.check_mail_to(address, email.as_str())?;
    }
    let scope = caller.scope("create_report");
    let answer = app
        .db
        .write(move |conn| {
            key.once(conn, &scope, &body.raw, |conn| create::create(conn, &body.value, Sender::Resident(caller.0), &[]))
        })
        .await?;
    Ok(answer.into())
}

fn supporter(app: &App, caller: Caller, request: &SupportRequest) -> ApiResult<String> {
    match (caller.0, request.device.as_deref().map(str::trim)) {
        (Some(user), _) => Ok(queries::supporter_of_user(user)),
        (None, Some(device)) if (16..=128).contains(&device.len()) => {
            Ok(format!("device:{}", app.keys.device_name(device)))
        }
        (None, Some(_)) => Err(ApiError::field("device", FieldCode::Invalid)),
        (None, None) => Err(ApiError::field("device", FieldCode::Required)),
    }
}

/// "I see this too." Pressing twice counts once.
#[utoipa::path(operation_id = "support_report", tag = "reports", request_body = SupportRequest,
    params(("id" = i64, Path, description = "Number of the report")),
    responses((status = 200, body = Supported), (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[put("/reports/{id}/support")]
pub async fn support_report(
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    id: web::Path<i64>,
    body: Json<SupportRequest>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Support, address, caller.0)?;
    let supporter = supporter(&app, caller, &body.value)?;
    let supporters = app
        .db
        .write(move |conn| {
            queries::standing(conn, *id, caller.0)?;
            Ok(queries::support(conn, *id, &supporter)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Supported { supporters }))
}

/// Takes "I see this too" back.
#[utoipa::path(operation_id = "withdraw_support", tag = "reports", request_body = SupportRequest,
    params(("id" = i64, Path, description = "Number of the report")),
    responses((status = 200, body = Supported), (status = 404, body = ErrorEnvelope), (status = 422, body = ErrorEnvelope), (status = 429, body = ErrorEnvelope)))]
#[delete("/reports/{id}/support")]
pub async fn withdraw_support(
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    id: web::Path<i64>,
    body: Json<SupportRequest>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Support, address, caller.0)?;
    let supporter = supporter(&app, caller, &body.value)?;
    let supporters = app
        .db
        .write(move |conn| {
            queries::standing(conn, *id, caller.0)?;
            Ok(queries::withdraw_support(conn, *id, &supporter)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Supported { supporters }))
}
