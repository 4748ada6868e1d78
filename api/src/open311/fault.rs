//! What an Open311 call fails with: the standard's statuses and its list of errors, in the format that was asked for.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::Error as DieselError;
use mendmap_shared::error::ErrorCode;

use super::format::Format;
use super::wire::ErrorItem;
use crate::error::ApiError;

/// Why a call failed. One of our errors: transactions roll back on it as on any other.
#[derive(Debug)]
pub struct Fault(ApiError);

impl Fault {
    /// A call that breaks a rule, in one sentence for whoever made it.
    #[must_use]
    pub fn bad(description: impl Into<String>) -> Self {
        Self(ApiError::code(ErrorCode::InvalidRequest).with_message(description))
    }

    /// The key is missing, wrong, revoked or another body's.
    #[must_use]
    pub fn key(description: impl Into<String>) -> Self {
        Self(ApiError::code(ErrorCode::Forbidden).with_message(description))
    }

    /// What was asked for does not exist.
    #[must_use]
    pub fn unknown(description: impl Into<String>) -> Self {
        Self(ApiError::code(ErrorCode::NotFound).with_message(description))
    }

    /// The fault, to be told in this format.
    #[must_use]
    pub fn told_in(self, format: Format) -> Refusal {
        Refusal { error: self.0, format }
    }
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

impl From<DieselError> for Fault {
    fn from(error: DieselError) -> Self {
        Self(error.into())
    }
}

/// A fault with the format it is told in.
#[derive(Debug)]
pub struct Refusal {
    error: ApiError,
    format: Format,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    /// The standard knows 404 for what does not exist, 403 for keys and 400 for everything else that is the caller's.
    fn status_code(&self) -> StatusCode {
        let status = match self.error.error_code() {
            ErrorCode::NotFound | ErrorCode::LinkInvalid => 404,
            ErrorCode::Unauthenticated | ErrorCode::Forbidden => 403,
            code @ (ErrorCode::RateLimited
            | ErrorCode::MethodNotAllowed
            | ErrorCode::Internal
            | ErrorCode::Unavailable) => code.http_status(),
            _ => 400,
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let (status, body) = (self.status_code(), self.error.told());
        let item = |description: String| ErrorItem { code: status.as_u16(), description };
        let errors: Vec<ErrorItem> = if body.fields.is_empty() {
            vec![item(body.message)]
        } else {
            body.fields.into_iter().map(|(name, problem)| item(format!("{name}: {}", problem.message))).collect()
        };
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.error.retry_after_seconds() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.insert_header(("Cache-Control", "no-store")).content_type(self.format.content_type());
        response.body(self.format.write("errors", &errors).unwrap_or_default())
    }
}
