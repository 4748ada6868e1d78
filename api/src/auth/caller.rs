//! Who is asking.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use mendmap_shared::error::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// The account of a caller who is signed in; anybody else is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn(pub i64);

/// The account of the caller, or nobody's. A token that does not hold is refused, so that a browser renews it instead
/// of showing the public's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub Option<i64>);

fn caller(request: &HttpRequest) -> ApiResult<Caller> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(Caller(None)) };
    let app = request.app_data::<web::Data<App>>().ok_or(ErrorCode::Internal)?;
    let token =
        header.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")).ok_or(ErrorCode::Unauthenticated)?;
    app.keys.check_access_token(token.trim()).map(|id| Caller(Some(id)))
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request))
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request).and_then(|Caller(id)| id.map(Self).ok_or_else(|| ErrorCode::Unauthenticated.into())))
    }
}

impl Caller {
    /// Who is asking, as part of an idempotency key's scope.
    #[must_use]
    pub fn scope(self, operation: &str) -> String {
        match self.0 {
            Some(id) => format!("{operation} user {id}"),
            None => format!("{operation} anybody"),
        }
    }
}
