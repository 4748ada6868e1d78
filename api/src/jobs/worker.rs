//! The worker: takes what is due, does it, records it. As many as you like, on any machine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::Utc;
use diesel::pg::PgConnection;
use diesel::{Connection as _, RunQueryDsl as _};
use tracing::Span;
use uuid::Uuid;

use super::queries::{self, Claimed, Take};
use super::{Job, housekeeping, rules};
use crate::db::Db;
use crate::delivery::outbound::Outbound;
use crate::delivery::{self, Errand, Outcome, Outside, Post};
use crate::exports::made::{Workshop, making};
use crate::map;
use crate::photos::store::PhotoStore;
use crate::telemetry::metrics::METRICS;
use crate::telemetry::trace;

/// Threads of one worker process: while one waits for a slow mail server, others go on; and letters do not wait for bodies'
/// servers or webhooks, of which each keeps one thread busy at most.
const THREADS: [Take; 6] = [Take::Letters, Take::Letters, Take::Calls, Take::Calls, Take::Calls, Take::Calls];
/// How often the listening thread looks for a call.
const POLL: Duration = Duration::from_millis(200);
/// How often changes are folded into the map's counts.
const FOLD_EVERY: Duration = Duration::from_secs(1);
/// How often a worker that stops looks whether its threads are done.
const STOPPED: Duration = Duration::from_millis(20);
/// The longest a worker sleeps without looking at the table itself, should a call get lost.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// A running worker. Dropping the handle does not stop it; call [`Worker::stop`].
pub struct Worker {
    stopping: Arc<AtomicBool>,
    bell: Arc<Bell>,
    threads: Vec<JoinHandle<()>>,
    db: Db,
    at_hand: Arc<AtHand>,
}

/// The attempts that a process is at: number of the job, and of the attempt.
#[derive(Debug, Default)]
struct AtHand(Mutex<Vec<(Uuid, i32)>>);

impl AtHand {
    fn all(&self) -> MutexGuard<'_, Vec<(Uuid, i32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Starts working, on threads of its own.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(place: Workplace, database_url: &str) -> anyhow::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let (db, at_hand) = (place.db.clone(), Arc::new(AtHand::default()));
        let place = Arc::new(place);
        let mut threads = Vec::new();
        let bell = Arc::new(Bell::default());
        for (n, take) in THREADS.into_iter().enumerate() {
            let (place, bell, stop, at_hand) = (place.clone(), bell.clone(), stopping.clone(), at_hand.clone());
            let shift = Shift { take, place, bell, stop, at_hand, housekeeper: n == 0 };
            let work = move || shift.run();
            threads.push(thread::Builder::new().name(format!("worker-{n}")).spawn(work)?);
        }
        let (url, ringing, stop) = (database_url.to_owned(), bell.clone(), stopping.clone());
        let work = move || listen(&url, &ringing, &stop);
        threads.push(thread::Builder::new().name("jobs-listener".to_owned()).spawn(work)?);
        let stop = stopping.clone();
        threads
            .push(thread::Builder::new().name("map-counts".to_owned()).spawn(move || fold_counts(&place.db, &stop))?);
        Ok(Self { stopping, bell, threads, db, at_hand })
    }

    /// Begins no more jobs, lets those at hand finish until `end`, and gives back what is left then: another worker takes it
    /// over at once. What becomes of it here counts no more, unless it is recorded before that.
    pub fn stop(self, end: Instant) {
        self.stopping.store(true, Ordering::Relaxed);
        self.bell.ring();
        while Instant::now() < end && !self.threads.iter().all(JoinHandle::is_finished) {
            thread::sleep(STOPPED);
        }
        let left = std::mem::take(&mut *self.at_hand.all());
        if left.is_empty() {
            return;
        }
        match self.db.blocking(|conn| Ok(queries::give_back(conn, &left)?)) {
            Ok(given) => tracing::warn!(jobs.count = given, "jobs that take too long are given back"),
            // Their leases run out.
            Err(error) => tracing::warn!(error.cause = %format!("{error:#}"), "jobs could not be given back"),
        }
    }
}

/// Where jobs are done: the database and the post office.
pub struct Workplace {
    /// Database.
    pub db: Db,
    /// Writes and sends letters.
    pub post: Post,
    /// Calls servers outside.
    pub outbound: Outbound,
    /// Photos, to send them, and to throw away those nobody used.
    pub photos: Arc<PhotoStore>,
    /// What exports are made with, and where they are kept.
    pub workshop: Workshop,
    /// Seconds after which another worker takes over a job.
    pub lease_seconds: i64,
}

impl Workplace {
    /// Does the job that is due longest. Says whether there was one.
    ///
    /// # Errors
    /// When the database cannot be reached; a job that fails is recorded and no error.
    pub fn do_one(&self, take: Take) -> anyhow::Result<bool> {
        self.do_one_at_hand(take, &AtHand::default())
    }

    fn do_one_at_hand(&self, take: Take, at_hand: &AtHand) -> anyhow::Result<bool> {
        let Some(claimed) = self.db.blocking(|conn| Ok(queries::claim(conn, take, self.lease_seconds)?))? else {
            return Ok(false);
        };
        let attempt = (claimed.id, claimed.attempts);
        at_hand.all().push(attempt);
        let done = self.trace_attempt(&claimed);
        at_hand.all().retain(|other| *other != attempt);
        done.map(|()| true)
    }

    /// Makes one attempt at a job within its trace, and that within its line of the log.
    fn trace_attempt(&self, claimed: &Claimed) -> anyhow::Result<()> {
        let job = serde_json::from_value::<Job>(claimed.payload.clone());
        let kind = job.as_ref().map_or("unreadable", Job::kind);
        let span = trace::job(kind, claimed.attempts, claimed.created_at, claimed.traceparent.as_deref());
        let line = tracing::info_span!("job", trace_id = trace::id(&span));
        line.in_scope(|| span.in_scope(|| self.attempt(&job, claimed, kind)))
    }

    /// Makes one attempt at a job, and records what it came to.
    fn attempt(&self, job: &serde_json::Result<Job>, claimed: &Claimed, kind: &'static str) -> anyhow::Result<()> {
        let started = Instant::now();
        let outcome = match job {
            // A job that takes its workers along must not do so for ever.
            Ok(_) if claimed.taken_over && rules::is_given_up(Utc::now() - claimed.created_at) => {
                Err(anyhow::anyhow!("no attempt came to an end"))
            }
            Ok(job) => catch_unwind(AssertUnwindSafe(|| self.carry_out(job, claimed)))
                .unwrap_or_else(|_| Err(anyhow::anyhow!("the attempt panicked"))),
            Err(error) => Err(anyhow::anyhow!("the job cannot be read: {error}")),
        };
        let ended = match (outcome, job) {
            (Ok(outcome), Ok(job)) => {
                let ended = outcome.word();
                self.db.blocking(|conn| delivery::record_done(conn, claimed, job, outcome))?;
                tracing::info!(job.kind = kind, job.id = %claimed.id, job.attempts = claimed.attempts, "a job is done");
                ended
            }
            (Err(error), job) => {
                let next =
                    self.db.blocking(|conn| delivery::record_failure(conn, claimed, job.as_ref().ok(), &error))?;
                let reason = delivery::logged(&error);
                tracing::warn!(job.kind = kind, job.id = %claimed.id, job.attempts = claimed.attempts, error.cause = %reason, "a job failed");
                trace::failed(&Span::current());
                if next.is_some() { "failed" } else { "parked" }
            }
            (Ok(_), Err(_)) => return Ok(()),
        };
        Span::current().record("job.outcome", ended);
        METRICS.attempted(job.as_ref().ok(), ended, started.elapsed());
        Ok(())
    }

    fn carry_out(&self, job: &Job, claimed: &Claimed) -> anyhow::Result<Outcome> {
        match self.db.blocking(|conn| delivery::prepare(conn, &self.post, job))? {
            Errand::Nothing => Ok(Outcome::Nothing),
            Errand::Enqueue(jobs) => Ok(Outcome::Enqueue(jobs)),
            Errand::Write(record) => Ok(Outcome::Written(record)),
            Errand::Send(letter) => {
                let letter = letter.seal(&self.post)?;
                // No connection is held while a mail server makes up its mind.
                self.holding(claimed, || self.post.mailer.send(&letter))?;
                Ok(Outcome::Sent)
            }
            Errand::Call(call) => {
                let outside = Outside { outbound: &self.outbound, photos: &self.photos };
                Ok(Outcome::Called(self.holding(claimed, || call(&outside))?))
            }
            Errand::Make(piece) => {
                let make = || making::make(&self.db, &self.workshop, piece);
                Ok(Outcome::Written(self.holding(claimed, make)?))
            }
        }
    }

    /// Renews the lease for as long as `work` takes: a mail server may need longer for one exchange than a lease lasts, and
    /// nobody else must send the same letter meanwhile.
    fn holding<T>(&self, claimed: &Claimed, work: impl FnOnce() -> T) -> T {
        let every = Duration::from_secs(self.lease_seconds.unsigned_abs()) / 3;
        thread::scope(|scope| {
            let (at_work, done) = mpsc::channel::<()>();
            scope.spawn(move || {
                while done.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                    // Should it fail, the lease runs out, and the same Message-ID goes out again at worst.
                    let _ = self.db.blocking(|conn| Ok(queries::renew(conn, claimed, self.lease_seconds)?));
                }
            });
            let result = work();
            drop(at_work);
            result
        })
    }
}

/// Folds what changed on the map into its counts, for as long as nobody says stop. Apart from the jobs: none of them may keep
/// it waiting, as tiles are the slower the more is not folded.
fn fold_counts(db: &Db, stop: &AtomicBool) {
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        if Instant::now() >= next {
            if let Err(error) = db.blocking(|conn| Ok(map::queries::fold(conn)?)) {
                tracing::warn!(error.cause = %format!("{error:#}"), "the map's counts could not be kept");
            }
            next = Instant::now() + FOLD_EVERY;
        }
        thread::sleep(POLL);
    }
}

/// Listens for the database's call that there is something to do, and rings for all threads; one connection serves them.
fn listen(url: &str, bell: &Bell, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = hear(url, bell, stop) {
            tracing::warn!(error.cause = %format!("{error:#}"), "the worker cannot hear of new jobs");
            thread::sleep(Duration::from_secs(1));
        }
    }
}

fn hear(url: &str, bell: &Bell, stop: &AtomicBool) -> anyhow::Result<()> {
    let mut conn = PgConnection::establish(url).context("the database cannot be reached")?;
    diesel::sql_query("LISTEN jobs").execute(&mut conn)?;
    // What was called before is heard by nobody: everybody looks.
    bell.ring();
    while !stop.load(Ordering::Relaxed) {
        let mut called = false;
        for call in conn.notifications_iter() {
            call?;
            called = true;
        }
        if called {
            bell.ring();
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Wakes the threads of a process.
#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    /// How often it rang; to be asked before looking at the table, so that no ring falls between that and waiting.
    fn rung(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.heard.notify_all();
    }

    /// Waits until it has rung more often than `before`, but no longer than this.
    fn wait(&self, before: u64, longest: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever wakes looks at the table, whatever the reason.
        drop(self.heard.wait_timeout_while(rung, longest, |rung| *rung == before));
    }
}

struct Shift {
    take: Take,
    place: Arc<Workplace>,
    bell: Arc<Bell>,
    stop: Arc<AtomicBool>,
    at_hand: Arc<AtHand>,
    housekeeper: bool,
}

impl Shift {
    fn run(self) {
        let mut next_housekeeping = Instant::now() + Duration::from_secs(60);
        while !self.stop.load(Ordering::Relaxed) {
            if let Err(error) = self.work_or_wait() {
                tracing::warn!(error.cause = %format!("{error:#}"), "the worker cannot reach its jobs");
                thread::sleep(Duration::from_secs(1));
            }
            if self.housekeeper && Instant::now() >= next_housekeeping {
                next_housekeeping = Instant::now() + Duration::from_secs(3600);
                if let Err(error) = self
                    .place
                    .db
                    .blocking(|conn| housekeeping::run(conn, &self.place.photos, &self.place.workshop.store))
                {
                    tracing::warn!(error.cause = %format!("{error:#}"), "housekeeping failed");
                }
            }
        }
    }

    /// Does one job; without any, waits until one may be due.
    fn work_or_wait(&self) -> anyhow::Result<()> {
        let rung = self.bell.rung();
        if self.place.do_one_at_hand(self.take, &self.at_hand)? {
            return Ok(());
        }
        let due = self.place.db.blocking(|conn| Ok(queries::next_due(conn, self.take)?))?;
        let sleep = due.map_or(LONGEST_SLEEP, |at| (at - Utc::now()).to_std().unwrap_or_default());
        if !self.stop.load(Ordering::Relaxed) {
            self.bell.wait(rung, sleep.min(LONGEST_SLEEP));
        }
        Ok(())
    }
}
