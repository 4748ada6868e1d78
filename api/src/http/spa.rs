//! The built single-page app, where this process serves it (one machine); behind a CDN it comes from there.

use std::path::Path;

use actix_files::{NamedFile, file_extension_to_mime};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderValue, LINK, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use mendmap_shared::error::ErrorCode;

use super::codings;
use super::headers::{app_policy, embed_policy};
use crate::app::App;
use crate::cache::Coding;
use crate::embeds::rules::{EMBED_PAGE, discovery};
use crate::error::{ApiError, ApiResult};

/// Files whose name carries their content's hash never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The page itself is asked for each time: it names the hashed files.
const REVALIDATE: &str = "public, no-cache";

/// Answers with the file of the app at this address, or with the page that draws the address.
///
/// # Errors
/// `not_found` for a file that is not there.
pub async fn file(request: &HttpRequest, app: &App) -> ApiResult<HttpResponse> {
    let path = request.path().trim_start_matches('/');
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let name = if is_file { path } else { "index.html" };
    let safe = !name.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.contains('\\'));
    if !safe {
        return Err(ErrorCode::NotFound.into());
    }
    let (plain, accepted) = (app.config.http.spa_dir.join(name), codings::accepted(request));
    // The disk may be slow: others are served meanwhile.
    let (file, coding) = web::block(move || open(&plain, accepted))
        .await
        .map_err(ApiError::internal)?
        .map_err(|_| ErrorCode::NotFound)?;
    let mut response = file
        .disable_content_disposition()
        .set_content_type(file_extension_to_mime(name.rsplit('.').next().unwrap_or_default()))
        .use_last_modified(false)
        .into_response(request);
    let headers = response.headers_mut();
    let keep = if path.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(codings::name(coding)));
    }
    if name == "index.html" {
        let policy = if request.path() == EMBED_PAGE { embed_policy } else { app_policy };
        let policy = policy(app.config.site.tiles_url.as_deref());
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).map_err(ApiError::internal)?);
        let base_url = app.config.http.base_url();
        if let Some(link) = discovery(&base_url, &format!("{base_url}{}", request.uri())) {
            headers.insert(LINK, HeaderValue::from_str(&link).map_err(ApiError::internal)?);
        }
    }
    Ok(response)
}

/// What the name of a file's compressed copy ends with.
const fn suffix(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => ".br",
        Coding::Gzip => ".gz",
    }
}

/// Opens the best copy that is there, or the file itself. Looked up each time: in development the files change.
fn open(plain: &Path, codings: impl Iterator<Item = Coding>) -> std::io::Result<(NamedFile, Option<Coding>)> {
    for coding in codings {
        let mut path = plain.to_owned().into_os_string();
        path.push(suffix(coding));
        if let Ok(file) = NamedFile::open(path) {
            return Ok((file, Some(coding)));
        }
    }
    Ok((NamedFile::open(plain)?, None))
}
