//! Errors that a library answers with in its own words, put into the envelope that all errors have.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _};
use mendmap_shared::error::ErrorCode;

use crate::error::ApiError;

/// Replaces the body of an error that is not ours; what else its headers say stays.
///
/// # Errors
/// What the handler returns.
pub async fn put_errors_in<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let response = next.call(request).await?;
    let status = response.status();
    // Open311 has a form of its own for errors.
    let is_open311 = response.request().path().starts_with("/open311/");
    let is_ours = is_open311 || response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let Some(error) = error_for(status, is_preflight).filter(|_| !is_ours) else {
        return Ok(response.map_into_left_body());
    };
    let (request, theirs) = response.into_parts();
    let mut ours = error.error_response();
    for (name, value) in theirs.headers() {
        if ![CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, CACHE_CONTROL].contains(name) {
            ours.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, ours).map_into_right_body())
}

/// Our error for a library's status; none where there is no error, or none of ours says the same.
fn error_for(status: StatusCode, is_preflight: bool) -> Option<ApiError> {
    if is_preflight && status.is_client_error() {
        let message = "Pages of other sites may read what is public, and nothing else.";
        return Some(ApiError::code(ErrorCode::Forbidden).with_message(message));
    }
    if status == StatusCode::NOT_ACCEPTABLE {
        let message = "This answer cannot be sent in any of the encodings that Accept-Encoding allows.";
        return Some(ApiError::code(ErrorCode::InvalidRequest).with_message(message));
    }
    ErrorCode::ALL.iter().find(|code| code.http_status() == status.as_u16()).map(|code| (*code).into())
}
