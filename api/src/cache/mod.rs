//! What is kept for a moment of what was made before: first in this process, then in memcached, which all processes share.
//!
//! The cache is never the truth. Nothing is ever taken back; what is kept grows old instead, within seconds and in every
//! process. Whatever goes wrong with memcached is a miss. Only what anybody may see is kept here, and nothing personal.

mod breaker;
mod endpoint;
mod kept;
mod local;
mod memcached;
mod stored;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use actix_web::web;
use tracing::Instrument as _;

pub use kept::{Coding, Kept, Kind};
pub use local::Local;

use crate::config::CacheConfig;
use crate::db::Seen;
use crate::error::{ApiError, ApiResult};
use crate::telemetry::metrics::METRICS;
use crate::telemetry::trace;
use memcached::{Away, Memcached};
use stored::{Name, Names};

/// How long an answer stays in this process where other processes make newer ones; alone, it stays for [`OLDEST`].
pub const LOCAL: Duration = Duration::from_secs(1);
/// How old an answer from memcached may be, by memcached's clock and by ours.
pub const SHARED: Duration = Duration::from_secs(2);
/// How old an answer may be when it is asked for, counted from before it was made: nobody is given an older one, however
/// long it took to make and whoever was waiting for it.
pub const OLDEST: Duration = Duration::from_secs(LOCAL.as_secs() + SHARED.as_secs());

/// What is compressed without leaving the thread, in bytes: it takes a seventh of a millisecond at most.
const COMPRESSED_ON_THE_SPOT: usize = 16_000;

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// This process's memory, or somebody who asked for the same at the same time.
    Process,
    /// Memcached.
    Memcached,
    /// It was made.
    Database,
}

impl Level {
    /// Its name in metrics and traces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Memcached => "memcached",
            Self::Database => "database",
        }
    }
}

/// What an answer is kept under.
pub trait Key: Send + Sync {
    /// Every input that decides the answer, in one text of any length.
    fn text(&self) -> String;
}

/// An answer that was just made.
#[derive(Debug)]
pub struct Made {
    body: Vec<u8>,
    /// What it was made of showed everything up to then; none where that is when it was begun to be made.
    as_of: Option<Instant>,
}

impl From<Vec<u8>> for Made {
    fn from(body: Vec<u8>) -> Self {
        Self { body, as_of: None }
    }
}

impl From<Seen<Vec<u8>>> for Made {
    fn from(seen: Seen<Vec<u8>>) -> Self {
        Self { body: seen.value, as_of: Some(seen.as_of) }
    }
}

/// Answers kept for a moment.
pub struct Cache {
    local: Local<(Kind, String), Arc<Kept>>,
    shared: Option<Memcached>,
    names: Names,
    keeps: bool,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("local_bytes", &self.local_bytes()).field("shared", &self.shared).finish()
    }
}

impl Cache {
    /// Opens the cache. Memcached may be away: that is a miss until it comes.
    ///
    /// `site` is a text that all processes of a site share and no other site has: one memcached may serve several sites,
    /// and what they keep must not meet.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn open(config: &CacheConfig, site: &str) -> anyhow::Result<Self> {
        let bytes = config.megabytes * 1024 * 1024;
        let shared = match &config.endpoint {
            Some(endpoint) => Some(Memcached::discover(endpoint)?),
            None if config.memcached.is_empty() => None,
            None => Some(Memcached::open(&config.memcached)?),
        };
        let stays = match &shared {
            _ if bytes == 0 => Duration::ZERO,
            Some(_) => LOCAL,
            None => OLDEST,
        };
        let local = Local::new(bytes, stays);
        Ok(Self { keeps: bytes > 0 || shared.is_some(), local, shared, names: Names::of(site) })
    }

    /// The kept answer for `key`; else what `make` answers, kept from then on. An empty answer is kept as well. With it, where it
    /// came from.
    ///
    /// However many ask at once in this process, `make` runs once. If whoever runs it goes away, the next one who waits
    /// runs it.
    ///
    /// # Errors
    /// What `make` returns, given to all who waited, and not kept.
    pub async fn get_or_make<F, Fut, M>(&self, key: &impl Key, kind: Kind, make: F) -> ApiResult<(Arc<Kept>, Level)>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = ApiResult<M>>,
        M: Into<Made>,
    {
        let span = trace::cache();
        let arrived = Instant::now();
        let key = (kind, key.text());
        let found = match self.local.get(&key, arrived) {
            Some(kept) => (kept, Level::Process),
            // Apart, as it is large, and would be moved about for what is there already, too.
            None => Box::pin(self.find(key, arrived, make)).instrument(span.clone()).await?,
        };
        span.record("cache.level", found.1.name());
        METRICS.looked_up(Level::Process, if found.1 == Level::Process { "hit" } else { "miss" });
        Ok(found)
    }

    async fn find<F, Fut, M>(&self, key: (Kind, String), arrived: Instant, make: F) -> ApiResult<(Arc<Kept>, Level)>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = ApiResult<M>>,
        M: Into<Made>,
    {
        let mut level = Level::Process;
        let make = async {
            let (kept, from) = self.fetch_or_make(&key, make).await?;
            level = from;
            let until = kept.fresh_until();
            Ok((kept, Some(until)))
        };
        let kept = self.local.get_or_make(&key, arrived, make).await?;
        Ok((kept, level))
    }

    /// Whether all processes of the site share what is kept.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Makes room of what has grown old in this process's memory.
    pub fn forget_old(&self) {
        self.local.forget_old();
    }

    /// What is kept in this process's memory, in bytes.
    #[must_use]
    pub fn local_bytes(&self) -> u64 {
        self.local.bytes()
    }

    async fn fetch_or_make<F, Fut, M>(&self, (kind, text): &(Kind, String), make: F) -> ApiResult<(Arc<Kept>, Level)>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = ApiResult<M>>,
        M: Into<Made>,
    {
        let shared = self.shared.as_ref().map(|memcached| (memcached, self.names.name(*kind, text)));
        if let Some((memcached, name)) = &shared
            && let Some(kept) = fetch(memcached, name, *kind).await
        {
            return Ok((Arc::new(kept), Level::Memcached));
        }
        // Counted from before: what changes while it is made may not be in it.
        let (begun, begun_at) = (Instant::now(), SystemTime::now());
        let made = make().await?.into();
        // A reader that lags makes answers that are born old, so that they are not kept as long.
        let born = made.as_of.map_or(begun, |as_of| as_of.min(begun));
        let made_at = begun_at.checked_sub(begun.saturating_duration_since(born)).unwrap_or(begun_at);
        let kept = self.compressed(Kept::new(*kind, made.body, born)).await?;
        if let Some((memcached, name)) = shared {
            memcached.set(&name, || stored::write(&kept, &name, made_at));
        }
        Ok((Arc::new(kept), Level::Database))
    }

    /// With its compressed copy, where other processes get it too, or where it is too large to be compressed on the spot by
    /// the first who asks for it so.
    async fn compressed(&self, kept: Kept) -> ApiResult<Kept> {
        let on_the_spot = kept.body().len() <= COMPRESSED_ON_THE_SPOT;
        if !self.keeps || kept.body().is_empty() || (on_the_spot && self.shared.is_none()) {
            return Ok(kept);
        }
        let compress = move || {
            kept.coded(Coding::Brotli);
            kept
        };
        if on_the_spot { Ok(compress()) } else { web::block(compress).await.map_err(ApiError::internal) }
    }
}

/// What memcached has; what it has and we do not believe is a miss.
async fn fetch(memcached: &Memcached, name: &Name, kind: Kind) -> Option<Kept> {
    let span = trace::memcached();
    let got = memcached.get(name).instrument(span.clone()).await;
    let (kept, outcome) = match got.map(|bytes| bytes.and_then(|bytes| stored::read(bytes, name, kind))) {
        Ok(Some(kept)) => (Some(kept), "hit"),
        Ok(None) => (None, "miss"),
        Err(Away) => (None, "error"),
    };
    span.record("cache.outcome", outcome);
    METRICS.looked_up(Level::Memcached, outcome);
    kept
}
