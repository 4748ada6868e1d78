//! The live map: one thread of this process hears of what changed and tells the listeners whose ground it is on.
//!
//! A listener costs a place in a list and its connection; who looks elsewhere is not woken.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use actix_web_lab::sse;
use diesel::PgConnection;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::geo::Bbox;
use mendmap_shared::wire::map::{LIVE_READY, LIVE_RELOAD, LIVE_REPORT};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::events::{self, Event, News};
use crate::db::Db;
use crate::error::{ApiError, ApiResult};

/// How often the thread looks whether it was called.
const POLL: Duration = Duration::from_millis(200);
/// How often it looks at the table itself, should a call get lost.
const LOOK: Duration = Duration::from_secs(2);
/// How often it moves the number up to which everything has been seen.
const SETTLE: Duration = Duration::from_secs(10);
/// Events that wait for one slow listener; with more it is let go, and comes back when it can.
const WAITING: usize = 64;
/// Most listeners of a process.
const LISTENERS: usize = 20_000;
/// Most listeners of a process from one address: a school, a council's office.
const LISTENERS_PER_ADDRESS: usize = 200;
/// Seconds after which somebody who could not be let in may try again.
const FULL_RETRY: u64 = 30;

struct Listener {
    ground: Bbox,
    from: IpAddr,
    tell: Sender<sse::Event>,
}

#[derive(Default)]
struct Listeners {
    all: HashMap<u64, Listener>,
    next: u64,
    /// Whether the process is about to end.
    closed: bool,
}

/// The live map of a process.
#[derive(Default)]
pub struct Live(Mutex<Listeners>);

impl Live {
    /// Lets somebody listen to what happens on this ground.
    ///
    /// # Errors
    /// `rate_limited` where too many listen from this address, `unavailable` where too many listen at all.
    pub fn listen(&self, ground: Bbox, from: IpAddr) -> ApiResult<Receiver<sse::Event>> {
        let mut listeners = self.listeners();
        listeners.all.retain(|_, listener| !listener.tell.is_closed());
        if listeners.closed || listeners.all.len() >= LISTENERS {
            return Err(ApiError::code(ErrorCode::Unavailable).retry_after(FULL_RETRY));
        }
        if listeners.all.values().filter(|listener| listener.from == from).count() >= LISTENERS_PER_ADDRESS {
            return Err(ApiError::code(ErrorCode::RateLimited).retry_after(FULL_RETRY));
        }
        let (tell, hear) = mpsc::channel(WAITING);
        let number = listeners.next;
        listeners.next += 1;
        listeners.all.insert(number, Listener { ground, from, tell });
        Ok(hear)
    }

    /// Ends all that listen, and lets nobody in any more: their connections must not keep the process from ending.
    pub fn close(&self) {
        let mut listeners = self.listeners();
        listeners.closed = true;
        listeners.all.clear();
    }

    /// How many listen.
    #[must_use]
    pub fn count(&self) -> usize {
        self.listeners().all.values().filter(|listener| !listener.tell.is_closed()).count()
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, news: &News) {
        let mut listeners = self.listeners();
        match news {
            News::TooMuch => listeners.all.retain(|_, listener| listener.tell.try_send(reload()).is_ok()),
            News::Events(events) => {
                for event in events {
                    let Some(message) = message(event) else { continue };
                    // Whoever has gone, or is slower than things happen, is let go.
                    listeners.all.retain(|_, listener| {
                        !concerns(event, listener.ground) || listener.tell.try_send(message.clone()).is_ok()
                    });
                }
            }
        }
    }

    /// Hears of what changes, on a thread of its own, for as long as somebody holds `live`.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(live: &Arc<Self>, db: Db) -> std::io::Result<()> {
        let live = Arc::downgrade(live);
        thread::Builder::new().name("live-map".to_owned()).spawn(move || hear(&live, &db)).map(drop)
    }
}

/// Whether something happened on this ground.
pub(super) fn concerns(event: &Event, ground: Bbox) -> bool {
    event.places.iter().any(|place| place.bbox().meets(ground))
}

/// What a listener is told of an event.
pub(super) fn message(event: &Event) -> Option<sse::Event> {
    let data = sse::Data::new_json(&event.report).ok()?;
    Some(data.event(LIVE_REPORT).id(event.id.to_string()).into())
}

/// That a listener is to look at everything anew.
pub(super) fn reload() -> sse::Event {
    sse::Data::new("{}").event(LIVE_RELOAD).into()
}

/// That a listener hears everything from event `id` on.
pub(super) fn ready(id: i64) -> sse::Event {
    sse::Data::new("{}").event(LIVE_READY).id(id.to_string()).into()
}

/// What the thread has heard of.
struct Heard {
    /// Everything up to this number.
    up_to: i64,
    /// Beyond it.
    seen: HashSet<i64>,
    settle_at: Instant,
}

fn hear(live: &Weak<Live>, db: &Db) {
    while live.strong_count() > 0 {
        if let Err(error) = hear_until_lost(live, db) {
            tracing::warn!(error.cause = %format!("{error:#}"), "the live map hears nothing");
            thread::sleep(Duration::from_secs(1));
        }
    }
}

/// Hears over one connection, until that is lost or nobody needs it any more.
fn hear_until_lost(live: &Weak<Live>, db: &Db) -> anyhow::Result<()> {
    let mut conn = db.listen("map")?;
    // Whoever listened while the connection was lost must not miss what happened then.
    let mut heard =
        Heard { up_to: events::settled(&mut conn)?, seen: HashSet::new(), settle_at: Instant::now() + SETTLE };
    let mut look_at = Instant::now();
    loop {
        let mut called = false;
        for call in conn.notifications_iter() {
            call?;
            called = true;
        }
        let Some(live) = live.upgrade() else { return Ok(()) };
        if called || Instant::now() >= look_at {
            let news = heard.news(&mut conn)?;
            live.tell(&news);
            look_at = Instant::now() + LOOK;
        }
        drop(live);
        thread::sleep(POLL);
    }
}

impl Heard {
    fn news(&mut self, conn: &mut PgConnection) -> anyhow::Result<News> {
        let seen: Vec<i64> = self.seen.iter().copied().collect();
        let news = events::after(conn, self.up_to, &seen, None)?;
        match &news {
            News::TooMuch => {
                self.up_to = events::newest(conn)?;
                self.seen.clear();
            }
            News::Events(events) => self.seen.extend(events.iter().map(|event| event.id)),
        }
        if Instant::now() >= self.settle_at {
            self.settle_at = Instant::now() + SETTLE;
            self.up_to = self.up_to.max(events::settled(conn)?);
            let up_to = self.up_to;
            self.seen.retain(|id| *id > up_to);
        }
        Ok(news)
    }
}
