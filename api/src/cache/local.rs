//! Answers in this process's memory, each made once however many ask for it.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Weighter};

use super::{Kept, Kind};
use crate::error::{ApiError, ApiResult};

/// Of so many bytes an answer with its key is thought to be, so that enough of them find room in each of the parts that the
/// memory is divided into.
const USUAL: u64 = 16 * 1024;

/// What takes memory.
pub trait Weight {
    /// How much, in bytes.
    fn bytes(&self) -> usize;
}

impl Weight for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Weight for (Kind, String) {
    fn bytes(&self) -> usize {
        self.1.len()
    }
}

impl Weight for Bytes {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Weight for Arc<Kept> {
    fn bytes(&self) -> usize {
        self.weight()
    }
}

/// What was made, or why it could not be, and until when whoever asks is given that.
#[derive(Debug, Clone)]
struct Entry<V> {
    made: Result<V, Arc<ApiError>>,
    until: Instant,
}

#[derive(Debug, Clone)]
struct Weigh;

impl<K: Weight, V: Weight> Weighter<K, Entry<V>> for Weigh {
    fn weight(&self, key: &K, entry: &Entry<V>) -> u64 {
        (key.bytes() + entry.made.as_ref().map_or(0, Weight::bytes)) as u64
    }
}

/// Answers of type `V`, by their keys.
pub struct Local<K, V> {
    entries: Cache<K, Entry<V>, Weigh>,
    stays: Duration,
}

impl<K: Eq + Hash + Clone + Weight, V: Clone + Weight> Local<K, V> {
    /// Room for so many bytes of answers that stay so long. Where that is nothing, none is kept, and those who ask at the same
    /// time are given the same one all the same.
    #[must_use]
    pub fn new(bytes: u64, stays: Duration) -> Self {
        let usual = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).max(1);
        let entries = Cache::with(usual, bytes, Weigh, DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self { entries, stays }
    }

    /// What is kept for somebody who arrived at this time.
    pub fn get(&self, key: &K, arrived: Instant) -> Option<V> {
        self.entries.get(key).filter(|entry| arrived < entry.until)?.made.ok()
    }

    /// The same, or else what `make` makes, given to all who wait for it: with it, until when it may be given to others, if
    /// that is before it has grown old here. If whoever makes it goes away, the next one who waits does.
    ///
    /// # Errors
    /// What `make` returns, to all who waited; those who come later have it made again.
    pub async fn get_or_make<M>(&self, key: &K, arrived: Instant, make: M) -> ApiResult<V>
    where
        M: Future<Output = ApiResult<(V, Option<Instant>)>>,
    {
        loop {
            match self.entries.get_value_or_guard_async(key).await {
                Ok(entry) if arrived < entry.until => return entry.made.map_err(ApiError::shared),
                Ok(entry) => drop(self.entries.remove_if(key, |now| now.until == entry.until)),
                Err(guard) => {
                    let made = make.await;
                    let now = Instant::now();
                    let entry = match made {
                        Ok((value, until)) => {
                            let old = now + self.stays;
                            Entry { made: Ok(value), until: until.map_or(old, |until| until.min(old)) }
                        }
                        Err(error) => Entry { made: Err(Arc::new(error)), until: now },
                    };
                    // Not taken where somebody has put another one there, or it is too large.
                    let _ = guard.insert(entry.clone());
                    return entry.made.map_err(ApiError::shared);
                }
            }
        }
    }

    /// Makes room of what has grown old.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.entries.retain(|_, entry| now < entry.until);
    }

    /// What is kept, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entries.weight()
    }
}
