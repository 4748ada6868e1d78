//! Taking messages in.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError as _, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::limits::JSON_BODY_BYTES;
use sha2::{Digest as _, Sha256};

use super::{queries, rules};
use crate::app::App;
use crate::auth::tokens::same;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::read_body;
use crate::http::rate_limit::Door;

/// A message from whoever knows the secret; nobody else's is read. SNS sends it as plain text.
pub struct Message(String);

/// Whether the caller showed the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// None: SNS asks without it first.
    Nothing,
    /// Another one.
    Wrong,
    Right,
}

fn shown(request: &HttpRequest, secret: &str) -> Shown {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Shown::Nothing };
    let credentials = header.to_str().ok().and_then(|value| value.strip_prefix("Basic ")).unwrap_or_default();
    let decoded = STANDARD.decode(credentials.trim()).unwrap_or_default();
    // The user's name says nothing.
    let password = decoded.iter().position(|byte| *byte == b':').map_or(&[][..], |colon| &decoded[colon + 1..]);
    // Of the digests, so that not even the length can be found out by the clock.
    if same(&Sha256::digest(password), &Sha256::digest(secret)) { Shown::Right } else { Shown::Wrong }
}

impl FromRequest for Message {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let app = request.app_data::<web::Data<App>>().ok_or(ErrorCode::Internal)?;
            let secret = app.config.mail.feedback_secret.as_ref().ok_or(ErrorCode::NotFound)?;
            match shown(&request, secret.expose()) {
                Shown::Right => {}
                Shown::Nothing => return Err(ErrorCode::Unauthenticated.into()),
                Shown::Wrong => {
                    app.limits.check(Door::SignIn, ClientAddress::extract(&request).await?)?;
                    return Err(ErrorCode::Unauthenticated.into());
                }
            }
            let body = read_body(&request, &mut payload, JSON_BODY_BYTES).await?;
            let text = String::from_utf8(body.to_vec()).map_err(|_| ApiError::code(ErrorCode::InvalidRequest))?;
            if rules::is_message(&text) && !text.contains('\0') {
                Ok(Self(text))
            } else {
                Err(ErrorCode::InvalidRequest.into())
            }
        })
    }
}

/// Takes what the mail service tells about mails of ours: Amazon SES by SNS, with `MAIL_FEEDBACK_SECRET` as the password of
/// basic authentication. Without that setting, this is nowhere.
#[utoipa::path(operation_id = "take_mail_feedback", tag = "operations",
    request_body(content = String, content_type = "text/plain", description = "A message of SNS, as JSON"),
    responses((status = 204, description = "Kept, to be read"), (status = 400, description = "`invalid_request`: that is no message of SNS", body = ErrorEnvelope),
        (status = 401, description = "`unauthenticated`", body = ErrorEnvelope), (status = 404, description = "`not_found`: it is not set up", body = ErrorEnvelope),
        (status = 413, description = "`too_large`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`: too many wrong passwords", body = ErrorEnvelope)))]
#[post("/mail-feedback")]
pub async fn take_mail_feedback(app: web::Data<App>, message: Result<Message, ApiError>) -> ApiResult<HttpResponse> {
    let message = match message {
        Ok(Message(text)) => text,
        // SNS sends the password only to who asks for it.
        Err(error) if error.error_code() == ErrorCode::Unauthenticated => {
            let mut response = error.error_response();
            let asked = actix_web::http::header::HeaderValue::from_static("Basic realm=\"mail feedback\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, asked);
            return Ok(response);
        }
        Err(error) => return Err(error),
    };
    app.db.write(move |conn| Ok(queries::keep(conn, &message)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}
