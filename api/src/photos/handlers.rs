//! Uploading and serving photos.

use std::time::Duration;

use actix_files::NamedFile;
use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::limits::PHOTO_BYTES;
use mendmap_shared::wire::photos::{Photo, PhotoId};
use serde::Deserialize;

use super::queries;
use super::room::Place;
use super::rules::{self, Size};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::{Query, read_body};
use crate::http::rate_limit::Door;

/// What is said while the store is full or cannot be written. The row of the photo goes with the transaction.
const NO_ROOM: &str = "Photos cannot be kept just now. Try again later, or go on without.";

/// How long an upload may take: 15 MB at a megabit a second, and some.
const UPLOAD_TIME: Duration = Duration::from_secs(180);

/// The raw body of an upload, limited before it is read, and the room it takes.
pub struct PhotoBody {
    bytes: web::Bytes,
    place: Place,
}

impl FromRequest for PhotoBody {
    type Error = ApiError;
    type Future = std::pin::Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let app = request.app_data::<web::Data<App>>().ok_or(ErrorCode::Internal)?;
            // Counted before the body is read: the reading is part of the cost.
            let address = ClientAddress::extract(&request).await?;
            let Caller(account) = Caller::extract(&request).await?;
            app.limits.check_caller(Door::Photo, address, account)?;
            let place = app.photo_room.for_upload()?;
            let reading = read_body(&request, &mut payload, PHOTO_BYTES);
            // Whoever dribbles must not keep others out.
            let read = tokio::time::timeout(UPLOAD_TIME, reading).await;
            Ok(Self { bytes: read.map_err(|_| ApiError::code(ErrorCode::InvalidRequest))??, place })
        })
    }
}

/// Uploads one photo: the bytes are the body. It is decoded, turned upright, stripped of everything but its pixels, and
/// kept in three sizes. Name it in a report or an update within a day.
#[utoipa::path(
    operation_id = "upload_photo", tag = "photos",
    request_body(content = Vec<u8>, content_type = "image/jpeg", description = "A JPEG, PNG or WebP file of at most 15 MB and 52 megapixels"),
    responses(
        (status = 201, description = "Kept", body = Photo),
        (status = 413, description = "`too_large` or `image_too_many_pixels`", body = ErrorEnvelope),
        (status = 422, description = "`image_undecodable`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope),
        (status = 503, description = "`unavailable`", body = ErrorEnvelope),
    )
)]
#[post("/photos")]
pub async fn upload_photo(app: web::Data<App>, body: PhotoBody) -> ApiResult<HttpResponse> {
    let photo = keep(&app, body.bytes, body.place).await?;
    Ok(HttpResponse::Created().insert_header(("Cache-Control", "no-store")).json(photo))
}

/// Decodes a picture that somebody sent, and keeps it for a report or an update that will name it.
///
/// # Errors
/// `image_undecodable`, `image_too_many_pixels`, or that the store or the database cannot take it now.
pub async fn keep(app: &App, bytes: web::Bytes, place: Place) -> ApiResult<Photo> {
    let room = app.photo_room.to_decode(rules::pixels(&bytes)?).await?;
    // Decoding takes its time; no connection waits for it.
    let picture = web::block(move || {
        let picture = rules::process(&bytes);
        drop((room, place));
        picture
    })
    .await
    .map_err(ApiError::internal)??;
    let store = app.photos.clone();
    let keys = app.keys.clone();
    app.db
        .write(move |conn| {
            // The row first: it waits for whoever is just throwing the same picture away, so that the files are there after.
            queries::record(conn, &picture)?;
            store.put(&picture).map_err(|error| ApiError::unavailable(error).with_message(NO_ROOM))?;
            let query = keys.photo_query(&picture.id);
            Ok(Photo {
                full: format!("/photos/{}/full.jpg{query}", picture.id),
                page: format!("/photos/{}/page.jpg{query}", picture.id),
                thumb: format!("/photos/{}/thumb.jpg{query}", picture.id),
                width: picture.width.cast_signed(),
                height: picture.height.cast_signed(),
                id: picture.id.parse().map_err(|_| ErrorCode::Internal)?,
            })
        })
        .await
}

/// Lets a caller see a photo that is not public, for a while; made by the API for those who may.
#[derive(Debug, Deserialize)]
pub struct PhotoKey {
    key: Option<String>,
}

/// One size of a photo, as JPEG. It never changes.
#[utoipa::path(
    operation_id = "get_photo_file", tag = "photos",
    params(("id" = String, Path, description = "The photo's name"), ("size" = String, Path, description = "full, page or thumb"),
        ("key" = Option<String>, Query, description = "As it stands in the addresses the API gives out")),
    responses((status = 200, description = "The picture", content_type = "image/jpeg", body = Vec<u8>),
        (status = 404, description = "`not_found`", body = ErrorEnvelope))
)]
#[get("/{id}/{size}.jpg")]
pub async fn get_photo_file(
    request: HttpRequest,
    app: web::Data<App>,
    path: web::Path<(String, String)>,
    query: Query<PhotoKey>,
) -> ApiResult<HttpResponse> {
    let (id, size) = path.into_inner();
    let id: PhotoId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let size = Size::ALL.into_iter().find(|known| known.as_str() == size).ok_or(ErrorCode::NotFound)?;
    let allowed = query.key.as_deref().is_some_and(|key| app.keys.check_photo_key(id.as_str(), key));
    let path = app.photos.path(&id, size);
    // Browsers keep it for a year: nobody is told so by a reader that lags.
    let public = app.db.read(move |conn| Ok(queries::is_public(conn, &id)?)).await?;
    if !public && !allowed {
        return Err(ErrorCode::NotFound.into());
    }
    let file = web::block(move || NamedFile::open(path))
        .await
        .map_err(ApiError::internal)?
        .map_err(|_| ErrorCode::NotFound)?;
    let mut response = file.disable_content_disposition().into_response(&request);
    let keep = if public { "public, max-age=31536000, immutable" } else { "private, max-age=3600" };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}
