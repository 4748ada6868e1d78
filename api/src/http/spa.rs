//! The built single-page app, where this process serves it (one machine); behind a CDN it comes from there.

use std::path::{Path, PathBuf};

use actix_files::NamedFile;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentEncoding, Encoding, Header as _,
    HeaderValue, Preference, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use mendmap_shared::error::ErrorCode;

use super::headers::app_policy;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Files whose name carries their content's hash never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The page itself is asked for each time: it names the hashed files.
const REVALIDATE: &str = "public, no-cache";

/// Answers every address that is no other service's: a file of the app, or the page that draws the address.
///
/// # Errors
/// `not_found` for addresses below the API and for missing files, so that a typing mistake there is no page.
pub async fn app_file(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let path = request.path().trim_start_matches('/');
    if ["api/", "open311/", "ogc/", "photos/", "feeds/"].iter().any(|prefix| path.starts_with(prefix)) {
        return Err(ErrorCode::NotFound.into());
    }
    if request.method() != actix_web::http::Method::GET && request.method() != actix_web::http::Method::HEAD {
        return Err(ErrorCode::MethodNotAllowed.into());
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let name = if is_file { path } else { "index.html" };
    let keep = if path.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
    let root = app.config.http.spa_dir.clone();
    let (file, encoding) = open(&request, &root, name).ok_or(ErrorCode::NotFound)?;
    let content_type = NamedFile::open(root.join(name))
        .map_or_else(|_| file.content_type().clone(), |plain| plain.content_type().clone());
    let mut response = file
        .disable_content_disposition()
        .set_content_type(content_type)
        .use_last_modified(false)
        .into_response(&request);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if name == "index.html" {
        let policy = app_policy(app.config.site.tiles_url.as_deref());
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).map_err(ApiError::internal)?);
    }
    Ok(response)
}

/// Opens the file, or the best pre-compressed copy beside it that the browser takes.
fn open(request: &HttpRequest, root: &Path, name: &str) -> Option<(NamedFile, Option<&'static str>)> {
    let safe = !name.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.contains('\\'));
    if !safe {
        return None;
    }
    let plain = root.join(name);
    let with_suffix = |suffix: &str| {
        let mut path = plain.clone().into_os_string();
        path.push(suffix);
        PathBuf::from(path)
    };
    let accepted = AcceptEncoding::parse(request).ok()?;
    let takes = |wanted: ContentEncoding| {
        accepted.iter().any(|item| {
            item.quality > actix_web::http::header::Quality::ZERO
                && matches!(&item.item, Preference::Specific(Encoding::Known(known)) if *known == wanted)
        })
    };
    for (wanted, suffix, word) in [(ContentEncoding::Brotli, ".br", "br"), (ContentEncoding::Gzip, ".gz", "gzip")] {
        if takes(wanted)
            && let Ok(file) = NamedFile::open(with_suffix(suffix))
        {
            return Some((file, Some(word)));
        }
    }
    NamedFile::open(&plain).ok().map(|file| (file, None))
}
