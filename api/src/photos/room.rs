//! How much memory photos may take at once, however many people upload.

use std::sync::Arc;

use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::PHOTO_PIXELS;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{ApiError, ApiResult};

/// Uploads held in memory at once, 15 MB each at most.
const UPLOADS: usize = 48;
/// Pixels a picture counts as at least, and in which room is given out.
const UNIT: u64 = 1_000_000;

/// The room of one process. A decoded picture takes up to about ten bytes for each pixel (a progressive JPEG: its
/// coefficients and its colours), so that all that are decoded at once stay below about 550 MB.
#[derive(Debug)]
pub struct Room {
    uploads: Arc<Semaphore>,
    pixels: Arc<Semaphore>,
}

/// Room that somebody has; given back when dropped.
pub type Place = OwnedSemaphorePermit;

impl Default for Room {
    fn default() -> Self {
        Self {
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            pixels: Arc::new(Semaphore::new(usize::try_from(PHOTO_PIXELS / UNIT).unwrap_or(1))),
        }
    }
}

impl Room {
    /// Room for one upload.
    ///
    /// # Errors
    /// `unavailable` when there is none: waiting would hold the connection, and the browser tries again by itself.
    pub fn for_upload(&self) -> ApiResult<Place> {
        let place = self.uploads.clone().try_acquire_owned();
        place.map_err(|_| ApiError::code(ErrorCode::Unavailable).retry_after(5))
    }

    /// Room to decode a picture of so many pixels; waits for its turn. The largest goes alone.
    ///
    /// # Errors
    /// When there can be none, which is our fault.
    pub async fn to_decode(&self, pixels: u64) -> ApiResult<Place> {
        let units = pixels.div_ceil(UNIT).clamp(1, PHOTO_PIXELS / UNIT);
        let units = u32::try_from(units).map_err(ApiError::internal)?;
        self.pixels.clone().acquire_many_owned(units).await.map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn one_upload_too_many_is_told_to_come_back() {
        let room = Room::default();
        let places: Vec<_> = (0..UPLOADS).map(|_| room.for_upload().expect("there is room")).collect();
        assert_eq!(room.for_upload().expect_err("full").error_code(), ErrorCode::Unavailable);
        drop(places);
        assert!(room.for_upload().is_ok());
    }

    #[actix_web::test]
    async fn the_largest_picture_is_decoded_alone() {
        let room = Room::default();
        let small = room.to_decode(1).await.expect("there is room");
        let largest = room.to_decode(PHOTO_PIXELS);
        let mut largest = std::pin::pin!(largest);
        assert!(largest.as_mut().now_or_never().is_none());
        drop(small);
        assert!(largest.await.is_ok());
    }
}
