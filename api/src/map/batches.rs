//! Tiles asked for while others are being made are made together, in one statement: to begin one takes as long as a tile or two
//! of it. A storm of tiles so takes few connections, and leaves the others to everybody else.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::rt;
use mendmap_shared::error::ErrorCode;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use super::queries::{self, Asked, Counted};
use super::vector;
use crate::cache::Kind;
use crate::db::{Db, Freshness, Seen};
use crate::error::{ApiError, ApiResult};

/// Statements for tiles that run at once.
const AT_ONCE: usize = 3;
/// Most tiles of one statement.
const TOGETHER: usize = 8;

/// The tiles of a process that are being made. Cheap to clone.
#[derive(Clone)]
pub struct Batches {
    db: Db,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    running: usize,
}

/// The bytes of a tile, or why there are none.
type Made = Result<Seen<Vec<u8>>, Arc<ApiError>>;

struct Waiting {
    asked: Asked,
    kind: Kind,
    answer: oneshot::Sender<Made>,
    span: Span,
}

impl Batches {
    /// None yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, queue: Arc::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of a tile; none where nothing is in it. One answer for everybody: it may lag, and is as old as what it was made
    /// of.
    ///
    /// # Errors
    /// From the database; `unavailable` when the process is about to end.
    pub async fn tile(&self, asked: Asked, kind: Kind) -> ApiResult<Seen<Vec<u8>>> {
        // A thread that ends, as the process does, gives up what it makes: another one may still make it.
        let made = match self.ask(asked.clone(), kind).await {
            Ok(made) => made,
            Err(_) => self.ask(asked, kind).await.map_err(|_| ErrorCode::Unavailable)?,
        };
        made.map_err(ApiError::shared)
    }

    fn ask(&self, asked: Asked, kind: Kind) -> oneshot::Receiver<Made> {
        let (answer, made) = oneshot::channel();
        let begins = {
            let mut queue = self.queue();
            queue.waiting.push_back(Waiting { asked, kind, answer, span: Span::current() });
            let begins = queue.running < AT_ONCE;
            queue.running += usize::from(begins);
            begins
        };
        if begins {
            rt::spawn(Maker { batches: self.clone(), ended: false }.make_all());
        }
        made
    }

    /// What is to be made next: what has waited longest, and what the same counts answer for.
    fn next(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let mut batch: Vec<Waiting> = Vec::new();
        let mut others = VecDeque::new();
        while let Some(waiting) = queue.waiting.pop_front() {
            let fits = batch.first().is_none_or(|first| {
                batch.len() < TOGETHER && Counted::for_tile(&first.asked) == Counted::for_tile(&waiting.asked)
            });
            match waiting {
                // Whoever asked has gone.
                waiting if waiting.answer.is_closed() => {}
                waiting if fits => batch.push(waiting),
                waiting => others.push_back(waiting),
            }
        }
        queue.waiting = others;
        if batch.is_empty() {
            queue.running -= 1;
        }
        batch
    }

    async fn make(&self, batch: Vec<Waiting>) {
        let (tiles, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| ((waiting.asked, waiting.kind), waiting.answer)).unzip();
        match self.made(tiles.clone()).await {
            Ok(seen) => {
                for (answer, value) in answers.into_iter().zip(seen.value) {
                    let _gone = answer.send(Ok(Seen { value, as_of: seen.as_of }));
                }
            }
            // One that cannot be made takes none with it. Where the database does not answer in time, none is tried again.
            Err(error) if tiles.len() > 1 && error.error_code() != ErrorCode::Unavailable => {
                for (answer, tile) in answers.into_iter().zip(tiles) {
                    let made = self.made(vec![tile]).await;
                    let made =
                        made.map(|seen| Seen { value: seen.value.into_iter().flatten().collect(), as_of: seen.as_of });
                    let _gone = answer.send(made.map_err(Arc::new));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for answer in answers {
                    let _gone = answer.send(Err(Arc::clone(&error)));
                }
            }
        }
    }

    async fn made(&self, tiles: Vec<(Asked, Kind)>) -> ApiResult<Seen<Vec<Vec<u8>>>> {
        let read = move |conn: &mut diesel::PgConnection| {
            let (asked, kinds): (Vec<_>, Vec<_>) = tiles.into_iter().unzip();
            let found = queries::tiles(conn, &asked)?;
            let written = asked.iter().zip(kinds).zip(found).map(|((asked, kind), shown)| match kind {
                Kind::VectorTile => vector::encode(asked.tile, &shown).map_err(ApiError::internal),
                _ if shown.pins.is_empty() && shown.clusters.is_empty() => Ok(Vec::new()),
                _ => serde_json::to_vec(&shown).map_err(ApiError::internal),
            });
            written.collect()
        };
        self.db.see(Freshness::MayLag, read).await
    }
}

/// Makes tiles as long as some are waited for.
struct Maker {
    batches: Batches,
    ended: bool,
}

impl Maker {
    async fn make_all(mut self) {
        loop {
            let batch = self.batches.next();
            let Some(span) = batch.first().map(|first| first.span.clone()) else { break };
            self.batches.make(batch).instrument(span).await;
        }
        self.ended = true;
    }
}

impl Drop for Maker {
    /// A maker that is given up, as its thread ends, leaves nobody waiting for what nobody makes.
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.batches.queue();
            queue.running -= 1;
            if queue.running == 0 {
                queue.waiting.clear();
            }
        }
    }
}
