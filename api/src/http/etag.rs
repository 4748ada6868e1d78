//! Answers with an ETag: the same content is not sent twice.

use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, Header as _, IfNoneMatch, VARY};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, ApiResult};

/// How long an answer may be kept, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// By everybody, for so many seconds.
    Public(u32),
    /// By this browser only, asking each time whether it still holds.
    Private,
}

impl Keep {
    fn header(self) -> String {
        match self {
            Self::Public(seconds) => format!("public, max-age={seconds}, stale-while-revalidate={}", seconds * 4),
            Self::Private => "private, no-cache".to_owned(),
        }
    }
}

/// JSON with an ETag; 304 where the caller has it already.
///
/// # Errors
/// When the value cannot be written as JSON, which is our fault.
pub fn json<T: Serialize>(request: &HttpRequest, value: &T, keep: Keep) -> ApiResult<HttpResponse> {
    bytes(request, serde_json::to_vec(value).map_err(ApiError::internal)?, "application/json", keep)
}

/// Bytes with an ETag; 304 where the caller has them already.
///
/// # Errors
/// Never now; the signature leaves room for streams.
pub fn bytes(request: &HttpRequest, body: Vec<u8>, content_type: &str, keep: Keep) -> ApiResult<HttpResponse> {
    let tag = of(&body);
    let known = is_known(request, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, keep.header()));
    // A signed-in caller may be told more: the same address is another answer then.
    response.insert_header((VARY, "Authorization"));
    Ok(if known { response.finish() } else { response.content_type(content_type).body(body) })
}

/// The ETag of a body. Weak, because compression on the way changes the bytes but not what they say.
#[must_use]
pub fn of(body: &[u8]) -> EntityTag {
    let digest: String = Sha256::digest(body).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    EntityTag::new_weak(digest)
}

/// Whether the caller says that it has the answer of this ETag already.
#[must_use]
pub fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    matches!(IfNoneMatch::parse(request), Ok(IfNoneMatch::Items(known)) if known.iter().any(|known| known.weak_eq(tag)))
}
