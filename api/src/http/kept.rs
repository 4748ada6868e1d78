//! Kept answers, as they are sent.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse};

use super::{codings, etag};
use crate::cache::Kept;

/// A kept answer for this request: 204 where there is nothing, 304 where the caller has it already, else the body, compressed
/// where the request takes that.
pub fn answer(request: &HttpRequest, kept: &Kept, cache_control: HeaderValue) -> HttpResponse {
    if kept.body().is_empty() {
        return HttpResponse::NoContent().insert_header((CACHE_CONTROL, cache_control)).finish();
    }
    let known = etag::is_known(request, kept.tag());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((CACHE_CONTROL, cache_control))
        .insert_header((ETAG, kept.tag().clone()))
        .insert_header((VARY, HeaderValue::from_static("Accept-Encoding")));
    if known {
        return response.finish();
    }
    response.content_type(HeaderValue::from_static(kept.kind().content_type()));
    match codings::accepted(request).next() {
        Some(coding) => {
            response.insert_header((CONTENT_ENCODING, HeaderValue::from_static(codings::name(coding))));
            response.body(kept.coded(coding).clone())
        }
        None => response.body(kept.body().clone()),
    }
}
