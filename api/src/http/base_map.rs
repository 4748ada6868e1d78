//! The base map's file, where one is configured: a static file of which browsers fetch the parts they show.

use actix_files::NamedFile;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use mendmap_shared::error::ErrorCode;

use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// Where it is.
pub const BASE_MAP: &str = "/basemap/map.pmtiles";

/// The file, or the part of it that is asked for (`Range`).
///
/// # Errors
/// `not_found` where none is configured.
pub async fn file(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let path = app.config.site.pmtiles.clone().ok_or(ErrorCode::NotFound)?;
    let file =
        web::block(move || NamedFile::open(path)).await.map_err(ApiError::internal)?.map_err(ApiError::unavailable)?;
    let mut response = file.disable_content_disposition().into_response(&request);
    let headers = response.headers_mut();
    // A day: whoever reads a file that changed meanwhile sees that by its ETag, and begins anew.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    // Its tiles are compressed; and parts of a file that is compressed on its way are parts of another file.
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(response)
}
