//! What is counted and measured, for Prometheus. Every label has a closed set of values: never an id, an address, a word that
//! somebody searched for or wrote.
//!
//! They are counted whether somebody reads them or not: a few additions, where to ask first would cost as much.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::http::Method;
use diesel::r2d2::event::{CheckoutEvent, HandleEvent, TimeoutEvent};
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    GaugeVec, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
    register_gauge_vec_with_registry, register_histogram_vec_with_registry, register_int_counter_vec_with_registry,
    register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};

use crate::cache::{Kind, Level};
use crate::jobs::Job;

/// Upper ends of the classes of a request's time, in seconds. The goals for tiles and for other reads stand among them.
const REQUEST_SECONDS: &[f64] = &[0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Those of the time that a connection of the pool is waited for.
const WAIT_SECONDS: &[f64] = &[0.000_1, 0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0];
/// Those of a job's time.
const JOB_SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 30.0, 60.0, 120.0];

/// Everything that is measured in this process.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Everything that is measured in a process.
#[derive(Debug)]
pub struct Metrics {
    pub(super) registry: Registry,
    pub(super) requests: HistogramVec,
    pub(super) in_flight: IntGauge,
    pub(super) connections: IntGaugeVec,
    pub(super) connections_max: IntGaugeVec,
    connection_waits: HistogramVec,
    connection_timeouts: IntCounterVec,
    cache: IntCounterVec,
    /// Of `cache`: an answer was in this process's memory.
    kept: IntCounter,
    tiles: IntCounterVec,
    /// Of `tiles`: as JSON from this process's memory, which is what most requests are.
    kept_tiles: IntCounter,
    pub(super) queue: IntGaugeVec,
    pub(super) queue_age: GaugeVec,
    jobs: HistogramVec,
    deliveries: IntCounterVec,
    mails: IntCounterVec,
    calls: IntCounterVec,
    pub(super) listeners: IntGauge,
    drifted_cells: IntGauge,
    pub(super) trace_exports: IntCounterVec,
}

impl Metrics {
    #[expect(clippy::expect_used, reason = "names and labels stand here: a wrong one is seen at the first start")]
    fn new() -> Self {
        Self::register().expect("each name is used once")
    }

    fn register() -> prometheus::Result<Self> {
        let all = Registry::new();
        // What Linux says of this process: its memory, its time, its open files.
        all.register(Box::new(ProcessCollector::for_self()))?;
        let build = register_int_gauge_vec_with_registry!(
            "mendmap_build_info",
            "Which version runs; always 1.",
            &["version"],
            all
        )?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let cache = register_int_counter_vec_with_registry!(
            "mendmap_cache_requests_total",
            "Looks into a level of the cache (process, memcached), by outcome: hit, miss, error.",
            &["level", "outcome"],
            all
        )?;
        let tiles = register_int_counter_vec_with_registry!(
            "mendmap_tiles_total",
            "Map tiles answered, by format (json, mvt) and by where they came from: process, memcached, database.",
            &["format", "level"],
            all
        )?;
        Ok(Self {
            requests: register_histogram_vec_with_registry!(
                "mendmap_http_request_duration_seconds",
                "Time until an answer began, of requests by route, method and class of status.",
                &["method", "route", "status"],
                REQUEST_SECONDS.to_vec(),
                all
            )?,
            in_flight: register_int_gauge_with_registry!(
                "mendmap_http_requests_in_flight",
                "Requests whose answer has not begun.",
                all
            )?,
            connections: register_int_gauge_vec_with_registry!(
                "mendmap_database_connections",
                "Connections of a pool, by state: idle or in_use.",
                &["pool", "state"],
                all
            )?,
            connections_max: register_int_gauge_vec_with_registry!(
                "mendmap_database_connections_max",
                "Most connections a pool opens.",
                &["pool"],
                all
            )?,
            connection_waits: register_histogram_vec_with_registry!(
                "mendmap_database_wait_seconds",
                "Time until a pool lent a connection.",
                &["pool"],
                WAIT_SECONDS.to_vec(),
                all
            )?,
            connection_timeouts: register_int_counter_vec_with_registry!(
                "mendmap_database_timeouts_total",
                "Waits for a connection that ended without one: the caller was told to come back.",
                &["pool"],
                all
            )?,
            kept: cache.with_label_values(&[Level::Process.name(), "hit"]),
            cache,
            kept_tiles: tiles.with_label_values(&["json", Level::Process.name()]),
            tiles,
            queue: register_int_gauge_vec_with_registry!(
                "mendmap_jobs",
                "Jobs in the table, by lane (letters, calls, others) and state: due, running, later, parked. Not there while the \
                 database does not answer.",
                &["lane", "state"],
                all
            )?,
            queue_age: register_gauge_vec_with_registry!(
                "mendmap_jobs_oldest_due_seconds",
                "For how long the job that waits longest has been due; 0 where none waits.",
                &["lane"],
                all
            )?,
            jobs: register_histogram_vec_with_registry!(
                "mendmap_job_duration_seconds",
                "Time of attempts at jobs, by kind and outcome: done, nothing (to do any more), failed (tried again), parked.",
                &["kind", "outcome"],
                JOB_SECONDS.to_vec(),
                all
            )?,
            deliveries: register_int_counter_vec_with_registry!(
                "mendmap_deliveries_total",
                "Attempts to hand something to a body or a webhook, by kind (mail, open311, webhook) and outcome: sent, withheld, \
                 failed (tried again), parked (waits for a person).",
                &["kind", "outcome"],
                all
            )?,
            mails: register_int_counter_vec_with_registry!(
                "mendmap_mails_total",
                "Letters given to the mail server, by outcome: sent, refused, timeout, failed.",
                &["outcome"],
                all
            )?,
            calls: register_int_counter_vec_with_registry!(
                "mendmap_outbound_requests_total",
                "Calls of servers outside, by class of status, or error where there was no answer.",
                &["outcome"],
                all
            )?,
            listeners: register_int_gauge_with_registry!(
                "mendmap_live_listeners",
                "Browsers that listen to the live map.",
                all
            )?,
            drifted_cells: register_int_gauge_with_registry!(
                "mendmap_map_drifted_cells",
                "Cells of the map that the last nightly check found to say something else than the reports do; 0 before the \
                 first. Told by the processes that work off jobs.",
                all
            )?,
            trace_exports: register_int_counter_vec_with_registry!(
                "mendmap_trace_exports_total",
                "Batches of spans sent to the collector, by outcome: ok, failed (lost).",
                &["outcome"],
                all
            )?,
            registry: all,
        })
    }

    /// A request was answered.
    pub(super) fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[self::method(method), route, class(status)]).observe(took.as_secs_f64());
    }

    /// Somebody looked into a level of the cache.
    pub fn looked_up(&self, level: Level, outcome: &'static str) {
        match (level, outcome) {
            (Level::Process, "hit") => self.kept.inc(),
            _ => self.cache.with_label_values(&[level.name(), outcome]).inc(),
        }
    }

    /// A tile was answered.
    pub fn tile(&self, format: Kind, level: Level) {
        match (format, level) {
            (Kind::Json, Level::Process) => self.kept_tiles.inc(),
            (Kind::Json, _) => self.tiles.with_label_values(&["json", level.name()]).inc(),
            (Kind::VectorTile, _) => self.tiles.with_label_values(&["mvt", level.name()]).inc(),
        }
    }

    /// An attempt at a job ended, with the word of its [`crate::delivery::Outcome`], or `failed` or `parked`.
    pub fn attempted(&self, job: Option<&Job>, outcome: &'static str, took: Duration) {
        let kind = job.map_or("unreadable", Job::kind);
        let ended = if matches!(outcome, "sent" | "written") { "done" } else { outcome };
        self.jobs.with_label_values(&[kind, ended]).observe(took.as_secs_f64());
        let kind = match job {
            Some(Job::Deliver { .. }) => "mail",
            Some(Job::Open311Deliver { .. }) => "open311",
            Some(Job::CallWebhook { .. }) => "webhook",
            _ => return,
        };
        let outcome = match outcome {
            "done" => "sent",
            "nothing" | "written" => "withheld",
            other => other,
        };
        self.deliveries.with_label_values(&[kind, outcome]).inc();
    }

    /// The map's counts were compared with the reports, here or by another process: so many cells differed.
    pub fn map_checked(&self, drifted_cells: i64) {
        self.drifted_cells.set(drifted_cells);
    }

    /// A letter was given to the mail server.
    pub fn mailed(&self, outcome: &'static str) {
        self.mails.with_label_values(&[outcome]).inc();
    }

    /// A server outside was called; without a status, it did not answer.
    pub fn called(&self, status: Option<u16>) {
        self.calls.with_label_values(&[status.map_or("error", class)]).inc();
    }
}

/// A method as a label: of whatever a caller may invent, one.
pub(super) fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

const fn class(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// Hears how long a pool's connections are waited for.
#[derive(Debug)]
pub struct PoolEvents(pub &'static str);

impl HandleEvent for PoolEvents {
    fn handle_checkout(&self, event: CheckoutEvent) {
        METRICS.connection_waits.with_label_values(&[self.0]).observe(event.duration().as_secs_f64());
    }

    fn handle_timeout(&self, _: TimeoutEvent) {
        METRICS.connection_timeouts.with_label_values(&[self.0]).inc();
    }
}
