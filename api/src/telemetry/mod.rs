//! Logs, metrics and traces: one line a request, by route and never by address, because addresses carry search words and
//! coordinates.

pub mod export;
pub mod metrics;
pub mod scrape;
pub mod trace;

use std::io::IsTerminal as _;
use std::time::Instant;

use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument as _, Span};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use self::export::Traces;
use self::metrics::METRICS;
use crate::config::{Config, LogConfig};
use crate::http::fallback::described;

/// Starts logging to standard error.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    begin(config, None)
}

/// Starts logging, and sending traces where a collector is configured, under this name if there is no other. To be held until the
/// process ends.
///
/// # Errors
/// When the filter cannot be read, or the collector's address cannot be used.
pub fn start_service(config: &Config, service: &'static str) -> anyhow::Result<Option<Traces>> {
    let endpoint = config.traces.endpoint.as_deref();
    let traces = endpoint.map(|endpoint| Traces::open(&config.traces, endpoint, service)).transpose()?;
    begin(&config.log, traces.as_ref())?;
    Ok(traces)
}

fn begin(config: &LogConfig, traces: Option<&Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|error| anyhow::anyhow!("LOG cannot be used: {error}"))?;
    // Colours are for people: in a file they are noise.
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    let lines = if config.json { lines.json().boxed() } else { lines.compact().boxed() };
    let spans = traces.map(|traces| {
        trace::switch_on();
        tracing_opentelemetry::layer()
            .with_tracer(traces.tracer())
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(|span| span.target() == trace::TARGET).with_max_level_hint(LevelFilter::INFO))
    });
    // Already started, as in tests that start several servers: the first one stays.
    let _ = Registry::default().with(lines.with_filter(of_the_log(filter))).with(spans).try_init();
    Ok(())
}

/// What the log shows: nothing of the spans that traces are made of.
fn of_the_log<S>(filter: EnvFilter) -> impl tracing_subscriber::layer::Filter<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    filter.and(filter_fn(|span| span.target() != trace::TARGET).with_max_level_hint(LevelFilter::TRACE))
}

/// The span of one request: its id, its method, its route pattern, and the trace it belongs to; no query, no address of a person, no
/// header.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        // The route stands in here, as it is looked for only where the span is kept.
        tracing::info_span!("request", request.id = id, trace_id = Empty, http.method = %request.method(), http.route = %route(request))
    }

    // The line is written by `one_line`, which knows how long it took.
    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, actix_web::Error>) {}
}

/// The pattern of a request's address, without what its parameters must look like.
fn route(request: &ServiceRequest) -> String {
    match request.match_pattern() {
        Some(pattern) if pattern.contains(':') => described(&pattern),
        Some(pattern) => pattern,
        None => "unmatched".to_owned(),
    }
}

/// Writes the one line of a request that was answered, inside its span, counts it, makes its span in a trace, and tells the caller
/// the request's id.
///
/// # Errors
/// What the handler returns.
pub async fn one_line<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let (method, route) = (request.method().clone(), route(&request));
    let span = trace::request(&request, &route);
    if let Some(trace) = trace::id(&span) {
        Span::current().record("trace_id", trace);
    }
    let in_flight = InFlight::begin();
    let result = next.call(request).instrument(span.clone()).await;
    drop(in_flight);
    let took = started.elapsed();
    let status = result.as_ref().map_or_else(|error| error.as_response_error().status_code(), ServiceResponse::status);
    trace::answered(&span, status.as_u16());
    METRICS.answered(&method, &route, status.as_u16(), took);
    let mut response = result?;
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(http.status = status.as_u16(), duration_ms, "answered");
    Ok(response)
}

/// A request whose answer has not begun; its caller may go away meanwhile.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        METRICS.in_flight.inc();
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        METRICS.in_flight.dec();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};
    use tracing_actix_web::TracingLogger;

    use super::*;

    /// A log that stays in memory.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a log").write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[actix_web::test]
    async fn a_request_is_one_line_that_tells_its_route_and_nothing_that_was_searched_for() {
        let log = Kept::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("info"))
            .with_writer(move || writer.clone())
            .json()
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let app = App::new()
            .route("/reports/{id}", web::get().to(HttpResponse::Ok))
            .wrap(from_fn(one_line))
            .wrap(TracingLogger::<RequestSpan>::new());
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/reports/4711?q=my+street").to_request();
        let answer = test::call_service(&app, request).await;
        let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok()).expect("an id").to_owned();

        let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("text");
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["fields"]["http.status"], 200, "{text}");
        assert!(line["fields"]["duration_ms"].is_u64(), "{text}");
        assert_eq!(line["span"]["http.method"], "GET", "{text}");
        assert_eq!(line["span"]["http.route"], "/reports/{id}", "{text}");
        assert_eq!(line["span"]["request.id"], id.as_str(), "{text}");
        assert!(!text.contains("/4711") && !text.contains("street"), "{text}");
    }
}
