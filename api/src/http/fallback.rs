//! What answers an address that no handler took.

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use mendmap_shared::error::ErrorCode;
use utoipa::openapi::{OpenApi, PathItem};

use super::spa;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::moving_in::addresses;
use crate::open311::fault::Fault;
use crate::open311::format::Format;

/// First parts of addresses that are never a page of the app, so that a typing mistake there does not look like success.
const NOT_THE_APP: [&str; 8] = ["api", "basemap", "photos", "open311", "ogc", "feeds", "healthz", "readyz"];

/// What an address takes that only reads.
const READ_ONLY: &str = "GET, HEAD";

/// The methods of every path, as its `Allow` header names them.
#[derive(Debug)]
pub struct Methods(HashMap<String, String>);

impl Methods {
    /// As the descriptions of the APIs have them.
    #[must_use]
    pub fn of(documents: &[&OpenApi]) -> Self {
        let paths = documents.iter().flat_map(|document| &document.paths.paths);
        Self(paths.map(|(pattern, path)| (pattern.clone(), allow(path))).collect())
    }
}

fn allow(path: &PathItem) -> String {
    let operations = [
        (READ_ONLY, &path.get),
        ("POST", &path.post),
        ("PUT", &path.put),
        ("PATCH", &path.patch),
        ("DELETE", &path.delete),
    ];
    let names: Vec<_> = operations.iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| *name).collect();
    names.join(", ")
}

/// Says which methods the address takes, that there is nothing, where an old address leads, or shows the app.
///
/// # Errors
/// `not_found`, for addresses that are not the app's and for files it does not have; from the database.
pub async fn answer(request: HttpRequest, app: web::Data<App>, methods: web::Data<Methods>) -> ApiResult<HttpResponse> {
    // A pattern that matches, and still we are here: its handlers take other methods.
    let allowed = request.match_pattern().and_then(|pattern| methods.0.get(&described(&pattern)));
    if request.path().starts_with("/open311/") {
        return Ok(open311(&request, allowed));
    }
    if let Some(allowed) = allowed {
        return Ok(wrong_method(allowed));
    }
    // All that OGC API Features has is to be read.
    if request.match_pattern().is_some_and(|pattern| pattern.starts_with("/ogc")) {
        return Ok(wrong_method(READ_ONLY));
    }
    if request.path().split('/').nth(1).is_some_and(|first| NOT_THE_APP.contains(&first)) {
        return Err(ErrorCode::NotFound.into());
    }
    if request.method() != Method::GET {
        return Ok(wrong_method(READ_ONLY));
    }
    match addresses::lead_on(&app, request.path(), request.query_string()).await? {
        Some(elsewhere) => Ok(elsewhere),
        None => spa::file(&request, &app).await,
    }
}

/// A pattern as the descriptions have it: without what its parameters must look like.
#[must_use]
pub fn described(pattern: &str) -> String {
    // One pass, as it is done for every request.
    let mut plain = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (parameter, next) = after.split_once('}').unwrap_or((after, ""));
        plain.push_str(before);
        plain.push('{');
        plain.push_str(parameter.split_once(':').map_or(parameter, |(name, _)| name));
        plain.push('}');
        rest = next;
    }
    plain.push_str(rest);
    plain
}

/// The same, as Open311 clients are told.
fn open311(request: &HttpRequest, allowed: Option<&String>) -> HttpResponse {
    let error: ApiError = if allowed.is_some() { ErrorCode::MethodNotAllowed } else { ErrorCode::NotFound }.into();
    let ending = request.path().rsplit('.').next().and_then(Format::of);
    let mut response = Fault::from(error).told_in(ending.unwrap_or(Format::Json)).error_response();
    if let Some(Ok(allowed)) = allowed.map(|allowed| HeaderValue::from_str(allowed)) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn wrong_method(allowed: &str) -> HttpResponse {
    let mut response = ApiError::code(ErrorCode::MethodNotAllowed).error_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
