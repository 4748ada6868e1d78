//! Kept answers, as they are sent.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse};

use super::{codings, etag};
use crate::cache::Kept;

/// Nobody is to see an answer that is more than five seconds old, whatever caches lie between. Browsers ask each time; a
/// shared cache in front gets what our own have left of it, but for the second in which it may give the old one away while it
/// asks for the new.
static BY_AGE: [HeaderValue; 3] = [
    HeaderValue::from_static("public, max-age=0, s-maxage=3, stale-while-revalidate=1"),
    HeaderValue::from_static("public, max-age=0, s-maxage=2, stale-while-revalidate=1"),
    HeaderValue::from_static("public, max-age=0, s-maxage=1, stale-while-revalidate=1"),
];

/// A kept answer for this request: 204 where there is nothing, 304 where the caller has it already, else the body, compressed
/// where the request takes that.
pub fn answer(request: &HttpRequest, kept: &Kept) -> HttpResponse {
    let [new, older, oldest] = &BY_AGE;
    let cache_control = match kept.seconds_old() {
        0 => new,
        1 => older,
        _ => oldest,
    }
    .clone();
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
