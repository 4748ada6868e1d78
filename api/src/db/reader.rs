//! The reader: a copy of the database that follows the writer, for what may lag; and how far behind it is.
//!
//! No copy can say itself how far behind it is, and log positions are not to be had everywhere (Aurora refuses to tell them).
//! So each process makes marks: every [`MARK_EVERY`] it raises a number at the writer and remembers when it began to. A
//! connection that shows the number shows everything that was committed before that moment. Each connection of the pool is
//! asked for itself, as one address may lead to several copies.
//!
//! Whatever is not known counts as behind: a reader is asked only while it is known to be at most [`MOST_LAG`] behind. Where
//! the writer is gone nothing can be committed, and a reader that shows the last mark has everything there is to know; one
//! that does not is not asked then either, because it might show what has been hidden.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::r2d2::Pool;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, sql_query};

use super::{Lent, Manager, PoolState, SESSION_SETTINGS, Seen, no_address};
use crate::error::ApiResult;

/// How often a mark is made.
const MARK_EVERY: Duration = Duration::from_millis(300);
/// How often a connection to the reader is asked which mark it shows.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// How far behind a reader may be that is asked. What caches keep is counted from the moment up to which the reader had
/// everything (`cache::OLDEST`), so that a change shows everywhere as soon as without a reader.
pub const MOST_LAG: Duration = Duration::from_secs(1);
/// How long after a write its writer's reads go to the writer: longer than any reader lags that is asked.
pub const OWN_WRITES: Duration = Duration::from_secs(5);
/// How long a request waits for a connection to the reader before it asks the writer.
const POOL_WAIT: Duration = Duration::from_millis(500);
/// Marks that are remembered: far more than are made in [`MOST_LAG`].
const MARKS: usize = 16;

/// What is asked of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// That it is not far behind.
    Near,
    /// That it shows everything that is known to have been committed: it stands in for a writer that does not answer.
    Everything,
}

/// A copy of the database, and what is known about it.
pub(super) struct Reader {
    pool: Pool<Manager>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The last marks, oldest first: the number, and when it was begun to be made.
    marks: VecDeque<(i64, Instant)>,
    /// The number that the reader showed to the watching thread; none where it did not answer.
    shown: Option<i64>,
    writer_gone: bool,
}

impl Known {
    fn marked(&mut self, number: i64, begun: Instant) {
        self.writer_gone = false;
        // Another writer whose clock is behind, and which knows less than the one before: those marks are never shown.
        if self.marks.back().is_some_and(|(last, _)| *last >= number) {
            self.marks.clear();
        }
        if self.marks.len() == MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back((number, begun));
    }

    /// The moment up to which a connection that shows this number shows everything, if that is what is needed.
    fn as_of(&self, shown: i64, need: Need, now: Instant) -> Option<Instant> {
        let has_everything = self.marks.back().is_some_and(|(last, _)| *last <= shown);
        if self.writer_gone || need == Need::Everything {
            return has_everything.then_some(now);
        }
        let (_, begun) = self.marks.iter().rev().find(|(number, _)| *number <= shown)?;
        (now.saturating_duration_since(*begun) <= MOST_LAG).then_some(*begun)
    }
}

impl Reader {
    /// Watches writer and reader from now on, on threads of their own, for as long as somebody holds the reader.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(super) fn watch(pool: Pool<Manager>, writer: &Arc<str>, reader: &Arc<str>) -> std::io::Result<Arc<Self>> {
        let this = Arc::new(Self { pool, known: Mutex::default() });
        let (weak, url) = (Arc::downgrade(&this), Arc::clone(writer));
        thread::Builder::new().name("writer-marks".to_owned()).spawn(move || keep_marking(&weak, &url))?;
        let (weak, url) = (Arc::downgrade(&this), Arc::clone(reader));
        thread::Builder::new().name("reader-lag".to_owned()).spawn(move || keep_looking(&weak, &url))?;
        Ok(this)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the reader was as needed when the watching thread looked last.
    pub(super) fn is_fit(&self, need: Need) -> bool {
        let known = self.known();
        known.shown.is_some_and(|shown| known.as_of(shown, need, Instant::now()).is_some())
    }

    /// How its pool stands.
    pub(super) fn pool_state(&self) -> PoolState {
        PoolState::of(&self.pool)
    }

    /// Whether no writer was to be had when it was last asked for.
    pub(super) fn writer_gone(&self) -> bool {
        self.known().writer_gone
    }

    /// What the reader answers; nothing where it is not as needed, or fails: the writer is to be asked then.
    pub(super) fn ask<T>(
        &self,
        need: Need,
        work: impl FnOnce(&mut PgConnection) -> ApiResult<T>,
    ) -> Option<ApiResult<Seen<T>>> {
        if !self.is_fit(need) {
            return None;
        }
        let mut lent = self.pool.get_timeout(POOL_WAIT).ok()?;
        let shown = self.shown_by(&mut lent)?;
        let as_of = self.known().as_of(shown, need, Instant::now())?;
        match lent.serve(work) {
            Err(error) if error.is_server_error() => {
                tracing::debug!(error.cause = %error, "the reader failed, and the writer is asked instead");
                None
            }
            result => Some(result.map(|value| Seen { value, as_of })),
        }
    }

    /// The mark that this very connection shows, or showed a moment ago.
    fn shown_by(&self, lent: &mut Lent) -> Option<i64> {
        match lent.shown {
            Some((number, at)) if at.elapsed() < LOOK_EVERY => Some(number),
            _ => {
                let number = lent.run(ask_shown).ok()?;
                lent.shown = Some((number, Instant::now()));
                Some(number)
            }
        }
    }
}

#[derive(QueryableByName)]
struct Mark {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Opens a connection that stays with its thread: the pool's users never wait for it.
fn connect(url: &str) -> anyhow::Result<PgConnection> {
    let mut conn = PgConnection::establish(url)?;
    sql_query(SESSION_SETTINGS).execute(&mut conn)?;
    Ok(conn)
}

fn ask_shown(conn: &mut PgConnection) -> diesel::QueryResult<i64> {
    sql_query("SELECT number FROM reader_marks").get_result(conn).map(|mark: Mark| mark.number)
}

/// Raises the number, to the clock's milliseconds: after a failover the new writer's marks are beyond those it may not have got.
fn make_mark(conn: &mut PgConnection) -> diesel::QueryResult<i64> {
    let raised = "UPDATE reader_marks SET number = greatest(number + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) \
                  RETURNING number";
    sql_query(raised).get_result(conn).map(|mark: Mark| mark.number)
}

fn keep_marking(reader: &Weak<Reader>, url: &str) {
    let mut conn: Option<PgConnection> = None;
    while let Some(reader) = reader.upgrade() {
        let was_gone = reader.writer_gone();
        // A connection that broke may be all that is lost, so that another one is tried at once.
        let mut begun = Instant::now();
        let mut marked = conn.as_mut().map(make_mark).and_then(Result::ok);
        let mut lost = None;
        if marked.is_none() {
            conn = connect(url).map_err(|error| lost = Some(error)).ok();
            begun = Instant::now();
            marked = conn.as_mut().map(make_mark).and_then(Result::ok);
        }
        match marked {
            Some(number) => reader.known().marked(number, begun),
            None => reader.known().writer_gone = true,
        }
        match (was_gone, marked) {
            (true, Some(_)) => tracing::info!("the database takes writes again"),
            (false, None) => {
                let cause = lost.map_or_else(|| "it takes no mark".to_owned(), |error| no_address(&error));
                tracing::warn!(error.cause = %cause, "the database takes no writes");
            }
            _ => {}
        }
        drop(reader);
        thread::sleep(MARK_EVERY);
    }
}

fn keep_looking(reader: &Weak<Reader>, url: &str) {
    let mut conn: Option<PgConnection> = None;
    let mut was_fit = false;
    while let Some(reader) = reader.upgrade() {
        let shown = conn.take().map_or_else(|| connect(url), Ok).and_then(|mut open| {
            let number = ask_shown(&mut open)?;
            conn = Some(open);
            Ok(number)
        });
        reader.known().shown = shown.as_ref().ok().copied();
        let is_fit = reader.is_fit(Need::Near);
        match (was_fit, is_fit, shown) {
            (false, true, _) => tracing::info!("the reader is asked what may lag"),
            (true, false, Ok(_)) => tracing::warn!("the reader lags too far behind: the writer is asked instead"),
            (true, false, Err(error)) => {
                tracing::warn!(error.cause = %no_address(&error), "the reader is away: the writer is asked instead");
            }
            _ => {}
        }
        was_fit = is_fit;
        drop(reader);
        thread::sleep(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_reader_is_complete_up_to_when_the_mark_it_shows_was_begun_and_no_further() {
        let (mut known, start) = (Known::default(), Instant::now());
        assert_eq!(known.as_of(0, Need::Near, start), None, "nothing is known yet");
        known.marked(10, start);
        known.marked(20, start + SECOND / 2);
        assert_eq!(known.as_of(9, Need::Near, start + SECOND / 2), None);
        assert_eq!(known.as_of(19, Need::Near, start + SECOND / 2), Some(start));
        assert_eq!(known.as_of(19, Need::Near, start + SECOND * 3 / 2), None, "it lags");
        assert_eq!(known.as_of(20, Need::Near, start + SECOND * 3 / 2), Some(start + SECOND / 2));
    }

    #[test]
    fn without_a_writer_only_a_reader_that_shows_the_last_mark_is_asked() {
        let (mut known, start) = (Known::default(), Instant::now());
        known.marked(10, start);
        known.marked(20, start + SECOND);
        assert_eq!(known.as_of(19, Need::Everything, start + SECOND), None);
        known.writer_gone = true;
        let later = start + 600 * SECOND;
        assert_eq!(known.as_of(19, Need::Near, later), None, "it may show what is hidden");
        assert_eq!(known.as_of(20, Need::Near, later), Some(later), "nothing newer exists");
    }

    #[test]
    fn a_new_writer_with_smaller_numbers_makes_the_old_marks_count_no_more() {
        let (mut known, start) = (Known::default(), Instant::now());
        known.marked(70, start);
        known.marked(80, start + SECOND);
        known.writer_gone = true;
        known.marked(75, start + 2 * SECOND);
        assert_eq!(known.as_of(74, Need::Near, start + 2 * SECOND), None);
        assert_eq!(known.as_of(75, Need::Everything, start + 2 * SECOND), Some(start + 2 * SECOND));
    }

    #[test]
    fn only_the_last_marks_are_remembered() {
        let (mut known, start) = (Known::default(), Instant::now());
        for number in 1..=1000_u32 {
            known.marked(number.into(), start + number * SECOND);
        }
        assert_eq!(known.marks.len(), MARKS);
        assert_eq!(known.as_of(1000, Need::Near, start + 1000 * SECOND), Some(start + 1000 * SECOND));
        assert_eq!(known.as_of(1, Need::Near, start + 1000 * SECOND), None);
    }
}
