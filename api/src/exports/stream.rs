//! Everything that was chosen, as one answer that is never held whole.
//!
//! Reports are read in batches by their numbers, each batch by itself: no connection is kept while a slow reader reads. While one
//! batch is written as JSON and sent, piece by piece, the next one is read, and not more: an answer of ten million reports takes
//! as much memory as one of three batches. A reader who is gone, or reads no further, has nothing more read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::{self, Bytes};
use diesel::prelude::*;
use futures_util::stream::{self, Stream};
use mendmap_shared::error::ErrorCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::Instrument as _;

use super::changes::{self, Place};
use super::feature::{Format, Members, Writer};
use super::params::Filter;
use super::queries::{self, Names};
use super::record::{Record, Source};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};

/// Reports of one read: more would come no faster, and take more memory.
pub const BATCH: i64 = 250;
/// Reports written at a time, between which others are served: that takes no longer than a list does.
const PIECE: usize = 32;
/// Answers of this kind that a process gives at once: each takes the memory of three batches, however slowly it is read.
const AT_ONCE: usize = 32;
/// How many of them one caller gets.
const AT_ONCE_FOR_ONE: usize = 4;

/// What these answers may take of a process.
#[derive(Debug)]
pub struct Room {
    answers: Arc<Semaphore>,
    callers: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// Of the connections, so that a site on which much is being copied still answers everybody else.
    reads: Semaphore,
}

/// The place of one answer, for as long as it is held.
#[derive(Debug)]
pub struct Held {
    caller: IpAddr,
    callers: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _answer: OwnedSemaphorePermit,
}

impl Room {
    /// Room in a process that opens at most so many connections.
    #[must_use]
    pub fn of(connections: u32) -> Self {
        let reads = usize::try_from(connections / 2).unwrap_or_default().max(1);
        Self { answers: Arc::new(Semaphore::new(AT_ONCE)), callers: Arc::default(), reads: Semaphore::new(reads) }
    }

    /// A place for one more answer, to this caller (see [`ClientAddress::bucket`](crate::http::client_address::ClientAddress::bucket)).
    ///
    /// # Errors
    /// `rate_limited` where the caller has as many as one gets, `unavailable` where there is none.
    pub fn enter(&self, caller: IpAddr) -> ApiResult<Held> {
        let answer = Arc::clone(&self.answers).try_acquire_owned().map_err(ApiError::unavailable)?;
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let held = callers.entry(caller).or_default();
        if *held == AT_ONCE_FOR_ONE {
            return Err(ApiError::code(ErrorCode::RateLimited).retry_after(30));
        }
        *held += 1;
        Ok(Held { caller, callers: Arc::clone(&self.callers), _answer: answer })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut held) = callers.entry(self.caller) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

/// What every batch of one answer has in common.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which reports.
    pub filter: Arc<Filter>,
    /// Names.
    pub names: Arc<Names>,
    /// What is the same for all.
    pub source: Arc<Source>,
    /// What everybody who has the answer knows of: a copy of the database that does not show all of it is not asked.
    pub place: Place,
}

impl Reading {
    /// The reports after a number, in order: at most `limit`.
    ///
    /// # Errors
    /// From the database.
    pub async fn batch(&self, app: &App, after: i64, limit: i64) -> ApiResult<Vec<Record>> {
        let _turn = app.exports.reads.acquire().await.map_err(ApiError::unavailable)?;
        let reading = self.clone();
        let read = move |conn: &mut PgConnection| -> ApiResult<Option<Vec<Record>>> {
            if !changes::shows(conn, reading.place)? {
                return Ok(None);
            }
            Ok(Some(queries::records(conn, &reading.names, reading.filter.conditions(), after, limit)?))
        };
        let found = match app.db.read_as(Freshness::MayLag, read.clone()).await? {
            None => app.db.read(read).await?,
            found => found,
        };
        found.ok_or_else(|| ApiError::unavailable(anyhow::anyhow!("the database shows less than it did")))
    }
}

/// These records, written.
///
/// # Errors
/// When they cannot be written as JSON, which is our fault.
pub fn written(records: &[Record], source: &Source, format: Format, first: bool) -> ApiResult<Vec<u8>> {
    let mut writer = Writer::new(format, first, records.len());
    records.iter().try_for_each(|record| writer.report(record, source))?;
    Ok(writer.into_bytes())
}

/// A batch on its way to be written.
struct Batch {
    records: Vec<Record>,
    /// Nothing comes after it.
    last: bool,
}

/// The answer that begins with this batch and goes on to the end.
pub fn whole(
    app: web::Data<App>,
    reading: Reading,
    format: Format,
    first: Vec<Record>,
    members: Members,
    place: Held,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    let (sender, batches) = mpsc::channel(1);
    let source = Arc::clone(&reading.source);
    actix_web::rt::spawn(keep_reading(app, reading, first, sender).in_current_span());
    let answer = Answer {
        batches,
        batch: Vec::new().into_iter(),
        last: false,
        source,
        format,
        members,
        first: true,
        head: format.head(),
        ended: false,
        _place: place,
    };
    stream::try_unfold(answer, |mut answer| async move {
        let piece = answer.piece().await.inspect_err(|error| drop(error.told()))?;
        Ok(piece.map(|piece| (Bytes::from(piece), answer)))
    })
}

/// Reads on, one batch ahead, for as long as somebody takes them.
async fn keep_reading(
    app: web::Data<App>,
    reading: Reading,
    first: Vec<Record>,
    sender: mpsc::Sender<ApiResult<Batch>>,
) {
    let mut found = Ok(first);
    loop {
        let batch = found.map(|records| {
            let last = i64::try_from(records.len()).is_ok_and(|read| read < BATCH);
            Batch { records, last }
        });
        let after = batch.as_ref().ok().filter(|batch| !batch.last).and_then(|batch| Some(batch.records.last()?.id));
        if sender.send(batch).await.is_err() {
            return;
        }
        let Some(after) = after else { return };
        found = reading.batch(&app, after, BATCH).await;
    }
}

/// An answer that is being read.
struct Answer {
    batches: mpsc::Receiver<ApiResult<Batch>>,
    /// What was read and is not written yet.
    batch: std::vec::IntoIter<Record>,
    /// No batch comes after this one.
    last: bool,
    source: Arc<Source>,
    format: Format,
    members: Members,
    /// No feature was written yet.
    first: bool,
    /// What stands before everything, until it is written.
    head: &'static [u8],
    ended: bool,
    _place: Held,
}

impl Answer {
    /// The next bytes, never none of them; nothing at the end.
    async fn piece(&mut self) -> ApiResult<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        while bytes.is_empty() && !self.ended {
            if self.batch.len() == 0 && !self.last {
                // Whoever reads ahead says which batch is the last: an answer that only stops is not whole.
                let broken_off = || ApiError::internal(anyhow::anyhow!("nobody reads on"));
                let next = self.batches.recv().await.ok_or_else(broken_off)??;
                (self.batch, self.last) = (next.records.into_iter(), next.last);
            }
            bytes.extend_from_slice(std::mem::take(&mut self.head));
            let mut writer = Writer::new(self.format, self.first, PIECE);
            for record in self.batch.by_ref().take(PIECE) {
                self.first = false;
                writer.report(&record, &self.source)?;
            }
            bytes.append(&mut writer.into_bytes());
            if self.last && self.batch.len() == 0 {
                bytes.append(&mut self.format.tail(&self.members)?);
                self.ended = true;
            }
        }
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(number: u8) -> IpAddr {
        [192, 0, 2, number].into()
    }

    #[test]
    fn one_caller_gets_some_and_all_together_so_many_and_whoever_leaves_makes_room() {
        // In the smallest process, too.
        let room = Room::of(1);
        let mut held: Vec<Held> = (0..AT_ONCE_FOR_ONE).map(|_| room.enter(caller(1)).expect("room")).collect();
        assert_eq!(room.enter(caller(1)).expect_err("enough").error_code(), ErrorCode::RateLimited);
        held.pop();
        held.push(room.enter(caller(1)).expect("room again"));
        for number in 2.. {
            match room.enter(caller(number)) {
                Ok(more) => held.push(more),
                Err(error) => {
                    assert_eq!(error.error_code(), ErrorCode::Unavailable);
                    break;
                }
            }
        }
        assert_eq!(held.len(), AT_ONCE);
        drop(held);
        assert!(room.callers.lock().expect("not poisoned").is_empty());
        assert!(room.enter(caller(1)).is_ok());
    }
}
