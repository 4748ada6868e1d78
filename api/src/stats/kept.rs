//! Figures kept for a minute: they take seconds to make of a million reports, and are asked for again and again.

use std::future::Future;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use anyhow::anyhow;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::cache::Local;
use crate::config::CacheConfig;
use crate::error::{ApiError, ApiResult};

/// How long figures are kept, in seconds: by us, and by whoever asked for them.
pub const SECONDS: u32 = 60;
/// How many bytes of them are kept at most.
const BYTES: u64 = 16 * 1024 * 1024;
/// How many are made at once: however many are asked for, most of the database is there for everybody else.
const AT_ONCE: usize = 2;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(8);

/// Figures kept in this process, as they are sent.
pub struct KeptStats {
    answers: Local<String, Bytes>,
    turns: Semaphore,
}

impl KeptStats {
    /// Nothing kept yet. Where nothing is to be kept in memory, nothing is; those who ask for the same at the same time share
    /// one answer all the same.
    #[must_use]
    pub fn new(config: &CacheConfig) -> Self {
        let kept = if config.megabytes == 0 { Duration::ZERO } else { Duration::from_secs(SECONDS.into()) };
        let answers = Local::new(BYTES, kept);
        Self { answers, turns: Semaphore::new(AT_ONCE) }
    }

    /// The answer kept under `key`, which names everything that decides it, or else what `make` makes, once for all who wait.
    ///
    /// # Errors
    /// What `make` returns; `unavailable` where too many others are being made.
    pub async fn get_or_make(&self, key: String, make: impl Future<Output = ApiResult<Vec<u8>>>) -> ApiResult<Bytes> {
        let in_turn = async {
            let turn = timeout(PATIENCE, self.turns.acquire()).await;
            let _turn = turn.map_err(|_| ApiError::unavailable(anyhow!("too many figures are asked for")))?;
            make.await.map(|body| (Bytes::from(body), None))
        };
        self.answers.get_or_make(&key, Instant::now(), in_turn).await
    }

    /// Makes room of what has grown old.
    pub fn forget_old(&self) {
        self.answers.forget_old();
    }
}
