//! Files as they are sent: whole, or the part that is asked for.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use actix_files::NamedFile;
use actix_web::body::SizedStream;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use mendmap_shared::error::{ErrorCode, FieldCode};
use mendmap_shared::wire::exports::{Export, ExportFormat};
use uuid::Uuid;

use super::queries::ExportRow;
use super::store::file_name;
use crate::error::{ApiError, ApiResult};
use crate::exports::formats::content_type;

/// Bytes that are read from the disk at once.
const CHUNK: usize = 64 * 1024;

/// Reads the name of a format as it stands in an address.
///
/// # Errors
/// `not_found`: there is no such file.
pub fn format_named(word: &str) -> ApiResult<ExportFormat> {
    word.parse().map_err(|_: FieldCode| ErrorCode::NotFound.into())
}

/// Reads the number of an export as it stands in an address.
///
/// # Errors
/// `not_found`: there is no such export.
pub fn number(word: &str) -> ApiResult<Uuid> {
    word.parse().map_err(|_| ErrorCode::NotFound.into())
}

/// How far an export is, for whoever may ask; `at` is its own address.
#[must_use]
pub fn told(row: ExportRow, at: &str) -> Export {
    let format = row.format.0;
    Export {
        id: row.id.to_string(),
        format,
        state: row.state(),
        rows: row.row_count,
        total: row.row_total,
        file: row.sha256.as_ref().map(|_| format!("{at}/{}", file_name(format))),
        bytes: row.bytes,
        sha256: row.sha256,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

/// What a browser calls the file that it saves.
#[must_use]
pub fn attachment(format: ExportFormat) -> HeaderValue {
    HeaderValue::from_static(match format {
        ExportFormat::Csv => "attachment; filename=\"reports.csv\"",
        ExportFormat::GeoJsonLines => "attachment; filename=\"reports.geojsonl\"",
        ExportFormat::GeoPackage => "attachment; filename=\"reports.gpkg\"",
        ExportFormat::FlatGeobuf => "attachment; filename=\"reports.fgb\"",
    })
}

/// A file that is kept, or the part of it that is asked for (`Range`, `If-Range`), or that it has not changed.
///
/// # Errors
/// `not_found` where it is gone.
pub async fn kept_file(
    request: &HttpRequest,
    path: PathBuf,
    format: ExportFormat,
    keep: &'static str,
) -> ApiResult<HttpResponse> {
    let opened = web::block(move || NamedFile::open(path)).await.map_err(ApiError::internal)?;
    let file = opened.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ErrorCode::NotFound.into(),
        _ => ApiError::unavailable(error),
    })?;
    let mut response = file.disable_content_disposition().into_response(request);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(format)));
    headers.insert(CONTENT_DISPOSITION, attachment(format));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    // Parts of a file that is compressed on its way are parts of another file.
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    Ok(response)
}

/// A file that was made for this answer alone, whole: parts of it would be parts of what nobody else can get.
///
/// # Errors
/// When its length cannot be told.
pub fn passing_file(file: File, format: ExportFormat) -> ApiResult<HttpResponse> {
    let length = file.metadata().map_err(ApiError::internal)?.len();
    let chunks = stream::unfold(Some(file), |file| async {
        let mut file = file?;
        let read = web::block(move || {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk)?;
            chunk.truncate(read);
            std::io::Result::Ok((chunk, file))
        });
        match read.await {
            Ok(Ok((chunk, _))) if chunk.is_empty() => None,
            Ok(Ok((chunk, file))) => Some((Ok(web::Bytes::from(chunk)), Some(file))),
            // The answer is cut off, which the reader sees: its length is not what was promised.
            Ok(Err(error)) => Some((Err(actix_web::Error::from(error)), None)),
            Err(error) => Some((Err(actix_web::Error::from(error)), None)),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type(format)))
        .insert_header((CONTENT_DISPOSITION, attachment(format)))
        .insert_header((CACHE_CONTROL, AT_ONCE))
        .body(SizedStream::new(length, chunks)))
}

/// How long an answer that was made at once may be kept on its way.
pub const AT_ONCE: &str = "public, max-age=5";
