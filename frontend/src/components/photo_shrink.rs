//! Shrinking a picture in the browser before it is sent: most phone pictures are ten times larger than what is kept.

use mendmap_shared::limits::{PHOTO_BYTES, PHOTO_FULL_EDGE};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, ImageBitmap};

/// Quality of the JPEG that is sent, 0 to 1. The server makes its own sizes from it.
const QUALITY: f64 = 0.85;

/// A picture could not be made ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShrinkError {
    /// The browser cannot read it, and it is no type the API takes as it is.
    Unreadable,
    /// It stays too large.
    TooLarge,
}

/// The picture with its longest edge at most 2048 pixels, as JPEG. A picture that is small already, or that the browser
/// cannot draw, goes as it is if the API takes its type: the server decodes more than some browsers do.
pub async fn shrink(file: &Blob) -> Result<Blob, ShrinkError> {
    if let Some(shrunk) = redraw(file).await
        && (shrunk.size() < file.size() || !is_taken(file))
    {
        return Ok(shrunk);
    }
    if !is_taken(file) {
        return Err(ShrinkError::Unreadable);
    }
    #[expect(clippy::cast_precision_loss, reason = "15 MB fit a double")]
    let too_large = file.size() > PHOTO_BYTES as f64;
    if too_large { Err(ShrinkError::TooLarge) } else { Ok(file.clone()) }
}

fn is_taken(file: &Blob) -> bool {
    matches!(file.type_().as_str(), "image/jpeg" | "image/png" | "image/webp")
}

async fn redraw(file: &Blob) -> Option<Blob> {
    // Browsers turn the picture upright as its metadata say, which is their default for `createImageBitmap`.
    let bitmap = leptos::prelude::window().create_image_bitmap_with_blob(file).ok()?;
    let bitmap: ImageBitmap = JsFuture::from(bitmap).await.ok()?.dyn_into().ok()?;
    let longest = bitmap.width().max(bitmap.height()).max(1);
    let scale = (f64::from(PHOTO_FULL_EDGE) / f64::from(longest)).min(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 2048")]
    let scaled = |edge: u32| (f64::from(edge) * scale).round().max(1.0) as u32;
    let (width, height) = (scaled(bitmap.width()), scaled(bitmap.height()));
    let canvas: HtmlCanvasElement = leptos::prelude::document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    // JPEG knows no transparency: what is see-through becomes white, not black.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, width.into(), height.into());
    let drawn = context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width.into(), height.into());
    bitmap.close();
    drawn.ok()?;
    let made = js_sys::Promise::new(&mut |resolve, _reject| {
        let quality = JsValue::from_f64(QUALITY);
        if canvas.to_blob_with_type_and_encoder_options(&resolve, "image/jpeg", &quality).is_err() {
            // No blob: the caller sends the file as it is.
            let _called = resolve.call1(&JsValue::NULL, &JsValue::NULL);
        }
    });
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}
