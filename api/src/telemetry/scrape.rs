//! `/metrics`, on a port of its own that nobody outside can reach.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use prometheus::{Encoder as _, TextEncoder};

use super::metrics::METRICS;
use crate::db::Db;
use crate::jobs;
use crate::map::live::Live;

/// How long whoever reads the metrics waits for the database; the rest is told without it.
const DATABASE: Duration = Duration::from_secs(2);

/// What is looked up when somebody reads the metrics.
#[derive(Clone)]
pub struct Sources {
    /// The pools, and the table of jobs.
    pub db: Db,
    /// The live map, where there is one.
    pub live: Option<Arc<Live>>,
}

/// Takes the port.
///
/// # Errors
/// When it is taken.
pub fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("METRICS_ADDRESS {address} cannot be used"))
}

/// Answers on that port until the process ends, or the handle stops it. In a running system of actix.
///
/// # Errors
/// When the server cannot start.
pub fn start(listener: TcpListener, sources: Sources) -> anyhow::Result<ServerHandle> {
    let server = HttpServer::new(move || {
        App::new().app_data(web::Data::new(sources.clone())).route("/metrics", web::get().to(answer))
    })
    .workers(1)
    .listen(listener)?
    .disable_signals()
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

async fn answer(sources: web::Data<Sources>) -> HttpResponse {
    METRICS.listeners.set(sources.live.as_ref().map_or(0, |live| count(live.count())));
    for (pool, state) in sources.db.pools() {
        METRICS.connections_max.with_label_values(&[pool]).set(i64::from(state.max));
        METRICS.connections.with_label_values(&[pool, "idle"]).set(i64::from(state.idle));
        METRICS.connections.with_label_values(&[pool, "in_use"]).set(i64::from(state.in_use));
    }
    read_queue(&sources.db).await;
    let mut text = Vec::new();
    let encoder = TextEncoder::new();
    match encoder.encode(&METRICS.registry.gather(), &mut text) {
        Ok(()) => HttpResponse::Ok().content_type(encoder.format_type()).body(text),
        Err(error) => {
            tracing::error!(error.cause = %error, "the metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What is not known is not told: an old number would look like a queue that stands still.
async fn read_queue(db: &Db) {
    let read = db.read(|conn| Ok(jobs::queries::queue(conn)?));
    let queue = tokio::time::timeout(DATABASE, read).await.ok().and_then(Result::ok);
    METRICS.queue.reset();
    METRICS.queue_age.reset();
    for lane in queue.iter().flatten() {
        for (state, jobs) in
            [("due", lane.due), ("running", lane.running), ("later", lane.later), ("parked", lane.parked)]
        {
            METRICS.queue.with_label_values(&[&*lane.lane, state]).set(jobs);
        }
        METRICS.queue_age.with_label_values(&[&*lane.lane]).set(lane.oldest);
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
