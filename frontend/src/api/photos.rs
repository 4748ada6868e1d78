//! Uploading photos. `fetch` cannot tell how much of a body has gone out, so this one request is an `XMLHttpRequest`.

use mendmap_shared::wire::photos::Photo;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

use super::ApiError;
use super::token;
use super::transport::{address, read_answer, read_error};

/// [upload_photo]: `progress` is told the part sent so far, 0 to 1. Dropping the future stops the upload.
pub async fn upload_photo(photo: Blob, progress: impl Fn(f64) + Clone + 'static) -> Result<Photo, ApiError> {
    let send = async |token: Option<&str>| send(&photo, token, progress.clone()).await;
    match token::send_signed(token::person(), send).await? {
        (200..=299, text) => read_answer(&text),
        (_, text) => Err(read_error(&text)),
    }
}

async fn send(photo: &Blob, token: Option<&str>, progress: impl Fn(f64) + 'static) -> Result<(u16, String), ApiError> {
    let broken = |_: JsValue| ApiError::Network;
    let request = XmlHttpRequest::new().map_err(broken)?;
    request.open("POST", &address("/photos")).map_err(broken)?;
    request.set_request_header("content-type", &photo.type_()).map_err(broken)?;
    request.set_request_header("accept", "application/json").map_err(broken)?;
    if let Some(token) = token {
        request.set_request_header("authorization", &format!("Bearer {token}")).map_err(broken)?;
    }
    let on_progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.length_computable() {
            progress(event.loaded() / event.total().max(1.0));
        }
    });
    request.upload().map_err(broken)?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
    let stop = StopOnDrop(request.clone());
    // `loadend` fires once whatever happened: answered, failed or stopped.
    let ended = js_sys::Promise::new(&mut |resolve, _reject| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_blob(Some(photo)).map_err(broken)?;
    JsFuture::from(ended).await.map_err(broken)?;
    drop(stop);
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status().unwrap_or(0) {
        0 => Err(ApiError::Network),
        status => Ok((status, text)),
    }
}

struct StopOnDrop(XmlHttpRequest);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        // Stopping a request that has ended does nothing but clear its answer, so only a running one is stopped.
        if self.0.ready_state() != XmlHttpRequest::DONE {
            let _stopped = self.0.abort();
        }
    }
}
