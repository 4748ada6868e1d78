//! What a request can fail with, and how that is told: codes and plain sentences to the caller, the cause to the log.

use std::fmt;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use mendmap_shared::error::{ErrorBody, ErrorCode, ErrorEnvelope, FieldCode, FieldProblem, FieldProblems};
use mendmap_shared::geo::GeoError;
use uuid::Uuid;

/// The one error of handlers and of what they call.
///
/// The cause never reaches the caller; it is logged once, beside a reference that the caller gets too.
#[derive(Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: Option<String>,
    fields: FieldProblems,
    retry_after_seconds: Option<u64>,
    cause: Option<anyhow::Error>,
}

/// What handlers and what they call return.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error of this code.
    #[must_use]
    pub const fn code(code: ErrorCode) -> Self {
        Self { code, message: None, fields: FieldProblems::new(), retry_after_seconds: None, cause: None }
    }

    /// One field breaks its rule.
    #[must_use]
    pub fn field(name: impl Into<String>, problem: FieldCode) -> Self {
        Self::fields(FieldProblems::from([(name.into(), problem.into())]))
    }

    /// Several fields break their rules.
    #[must_use]
    pub fn fields(fields: FieldProblems) -> Self {
        Self { fields, ..Self::code(ErrorCode::ValidationFailed) }
    }

    /// A parameter of the address cannot be read.
    #[must_use]
    pub fn parameter(name: impl Into<String>, code: FieldCode, message: impl Into<String>) -> Self {
        let problem = FieldProblem { code, message: message.into() };
        Self { fields: FieldProblems::from([(name.into(), problem)]), ..Self::code(ErrorCode::InvalidRequest) }
    }

    /// Replaces the code's own sentence; for messages that a body wrote for residents.
    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// Our fault; `cause` goes to the log.
    #[must_use]
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: Some(cause.into()), ..Self::code(ErrorCode::Internal) }
    }

    /// Busy or not reachable; `cause` goes to the log.
    #[must_use]
    pub fn unavailable(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: Some(cause.into()), ..Self::code(ErrorCode::Unavailable) }.retry_after(2)
    }

    /// One error for each of many who waited for the same thing.
    #[must_use]
    pub fn shared(error: Arc<Self>) -> Self {
        Arc::try_unwrap(error).unwrap_or_else(|error| Self {
            code: error.code,
            message: error.message.clone(),
            fields: error.fields.clone(),
            retry_after_seconds: error.retry_after_seconds,
            cause: error.cause.as_ref().map(|cause| anyhow::anyhow!("{cause:#}")),
        })
    }

    /// What a caller is told, logged under the same reference, with the cause where it is our fault. Once for each error.
    #[must_use]
    pub fn told(&self) -> ErrorBody {
        let reference = Uuid::new_v4().simple().to_string().split_off(20);
        if self.status_code().is_server_error() {
            tracing::error!(error.code = %self.code, error.reference = %reference, error.cause = %self, "a request failed");
        } else {
            tracing::debug!(error.code = %self.code, error.reference = %reference, "a request was refused");
        }
        ErrorBody {
            code: self.code,
            message: self.message.clone().unwrap_or_else(|| self.code.message().to_owned()),
            fields: self.fields.clone(),
            reference,
        }
    }

    /// When to come back, if that helps.
    #[must_use]
    pub const fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    /// Whether it is our fault, or this moment's, and not the caller's.
    #[must_use]
    pub const fn is_server_error(&self) -> bool {
        self.code.http_status() >= 500
    }

    /// Its code.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        self.code
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {cause:#}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

impl std::error::Error for ApiError {}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::code(code)
    }
}

impl From<DieselError> for ApiError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::code(ErrorCode::NotFound),
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            ) => Self::unavailable(error),
            DieselError::DatabaseError(_, ref info) if info.message().contains("statement timeout") => {
                Self::unavailable(error)
            }
            error => Self::internal(error),
        }
    }
}

impl From<GeoError> for ApiError {
    fn from(error: GeoError) -> Self {
        let name = match error {
            GeoError::Longitude => "lon",
            GeoError::Latitude => "lat",
            GeoError::Bbox => "bbox",
            GeoError::Tile => "tile",
            GeoError::NotANumber => "coordinates",
        };
        Self::parameter(name, FieldCode::Invalid, error.to_string())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        // An error is about this moment: nothing on the way may keep it.
        response.insert_header(("Cache-Control", "no-store")).json(ErrorEnvelope { error: self.told() })
    }
}
