//! What is posted: url-encoded, or multipart with pictures in it.

use std::io::{Read as _, Seek as _, Write as _};
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::{JSON_BODY_BYTES, PHOTO_BYTES, PHOTOS_PER_REPORT};
use sha2::{Digest as _, Sha256};

use super::call::{Call, Parameters};
use super::fault::{Fault, Refusal};
use crate::error::ApiError;
use crate::http::extract::read_body;

/// How long the whole of it may take to arrive.
const UPLOAD_TIME: Duration = Duration::from_secs(180);
/// Fields of one form.
const FIELDS: usize = 500;

/// A call with what was posted.
pub struct Posted {
    /// The call; its parameters are those of address and form together.
    pub call: Call,
    /// Pictures, each in a file of its own that goes when this does: nothing is decoded before the key was checked.
    pub pictures: Vec<std::fs::File>,
    /// SHA-256 of all that was posted: the same key with other content is another request.
    pub digest: Vec<u8>,
}

impl FromRequest for Posted {
    type Error = Refusal;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let mut call = Call::extract(&request).await?;
            let format = call.format;
            let reading = read(&request, &mut payload);
            let form = match tokio::time::timeout(UPLOAD_TIME, reading).await {
                Ok(form) => form.map_err(|fault| fault.told_in(format))?,
                Err(_) => return Err(Fault::bad("The request took too long to arrive.").told_in(format)),
            };
            let all =
                call.parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(form.fields);
            call.parameters =
                Parameters::of(all.collect::<Vec<_>>().into_iter()).map_err(|fault| fault.told_in(format))?;
            Ok(Self { call, pictures: form.pictures, digest: form.digest.finalize().to_vec() })
        })
    }
}

#[derive(Default)]
struct Form {
    fields: Vec<(String, String)>,
    pictures: Vec<std::fs::File>,
    digest: Sha256,
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Form, Fault> {
    match request.content_type() {
        "application/x-www-form-urlencoded" => {
            let body = read_body(request, payload, JSON_BODY_BYTES).await?;
            let fields = url::form_urlencoded::parse(&body).into_owned().collect();
            Ok(Form { fields, digest: Sha256::new_with_prefix(&body), ..Form::default() })
        }
        "multipart/form-data" => read_parts(Multipart::new(request.headers(), payload.take())).await,
        _ => Err(Fault::bad("Post application/x-www-form-urlencoded or multipart/form-data.")),
    }
}

async fn read_parts(mut parts: Multipart) -> Result<Form, Fault> {
    let broken = |_| Fault::bad("This is not multipart/form-data.");
    let mut form = Form::default();
    let mut text_bytes = 0;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(broken)?;
        let name = part.name().unwrap_or_default().to_owned();
        let has_file_name = part.content_disposition().is_some_and(|how| how.get_filename().is_some());
        form.digest.update(name.as_bytes());
        if is_picture(&name) && has_file_name {
            let mut file = tempfile::tempfile().map_err(ApiError::internal)?;
            let mut size = 0;
            while let Some(chunk) = part.next().await {
                let chunk: Bytes = chunk.map_err(broken)?;
                size += chunk.len();
                if size > PHOTO_BYTES {
                    return Err(ApiError::code(ErrorCode::TooLarge).into());
                }
                form.digest.update(&chunk);
                file = written(file, chunk).await?;
            }
            if form.pictures.len() == PHOTOS_PER_REPORT && size > 0 {
                return Err(Fault::bad(format!("{PHOTOS_PER_REPORT} pictures at most.")));
            }
            // A file field in which nothing was chosen.
            if size > 0 {
                form.pictures.push(file);
            }
            continue;
        }
        let mut text = Vec::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(broken)?;
            text_bytes += chunk.len();
            if text_bytes > JSON_BODY_BYTES || form.fields.len() > FIELDS {
                return Err(ApiError::code(ErrorCode::TooLarge).into());
            }
            form.digest.update(&chunk);
            text.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(text).map_err(|_| Fault::bad(format!("{name} is not UTF-8.")))?;
        form.fields.push((name, text));
    }
    Ok(form)
}

/// Whether a part of this name is a picture: `media` (the draft of version 2.1, and clients seen), `media[]`, `photo`,
/// `photo1` and so on (FixMyStreet).
fn is_picture(name: &str) -> bool {
    let name = name.trim_end_matches("[]");
    name == "media" || name.strip_prefix("photo").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

async fn written(mut file: std::fs::File, chunk: Bytes) -> Result<std::fs::File, ApiError> {
    let written = actix_web::web::block(move || file.write_all(&chunk).map(|()| file));
    written.await.map_err(ApiError::internal)?.map_err(ApiError::internal)
}

/// All of a picture's file.
///
/// # Errors
/// When it cannot be read back, which is our fault.
pub fn content(mut file: &std::fs::File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::is_picture;

    #[test]
    fn pictures_are_known_by_the_names_that_clients_use() {
        for name in ["media", "media[]", "photo", "photo1", "photo12"] {
            assert!(is_picture(name), "{name}");
        }
        for name in ["media_url", "photos", "photo_url", "description", "medial"] {
            assert!(!is_picture(name), "{name}");
        }
    }
}
