//! Traces: which spans there are, and how a trace comes in and goes on.
//!
//! Spans of traces have a target of their own, so that they are switched on and off apart from the log: with no collector
//! configured none is made. Their names and attributes are words of ours and numbers that say how much or how often, never
//! what somebody wrote, searched for or is called.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use chrono::{DateTime, Utc};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceState};
use opentelemetry_aws::trace::xray_propagator::span_context_from_str;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Target of the spans that traces are made of.
pub const TARGET: &str = "mendmap::trace";

/// Name of the field, of the log and of requests, and of the column that W3C's context is kept in.
const TRACEPARENT: &str = "traceparent";
/// Where AWS' load balancers and CloudFront say which trace a request belongs to.
const AMAZON: &str = "x-amzn-trace-id";
/// What load balancers ask every few seconds is no trace.
const UNTRACED: [&str; 2] = ["/healthz", "/readyz"];
/// A job older than this is a trace of its own, linked to the one it comes from: few places that keep traces still add to one
/// by then.
const CONTINUES: chrono::Duration = chrono::Duration::hours(1);

/// Whether spans go anywhere.
static ON: AtomicBool = AtomicBool::new(false);

/// From now on spans go somewhere.
pub(super) fn switch_on() {
    ON.store(true, Ordering::Relaxed);
}

/// Whether spans go anywhere: asked once for each connection that is made.
#[must_use]
pub fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Whether the code that runs now belongs to a trace that is kept.
fn is_inside() -> bool {
    is_on() && Span::current().context().span().is_recording()
}

/// The id of this span's trace, as 32 hexadecimal digits; none where nothing is traced.
#[must_use]
pub fn id(span: &Span) -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}

/// The trace this code runs in, as W3C's `traceparent` has it; none where it is not kept.
#[must_use]
pub fn traceparent() -> Option<String> {
    if !is_inside() {
        return None;
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACEPARENT)
}

/// The span of a request, which goes on with the caller's trace: by W3C's `traceparent`, else by AWS' `X-Amzn-Trace-Id`.
pub(super) fn request(request: &ServiceRequest, route: &str) -> Span {
    if UNTRACED.contains(&route) {
        return Span::none();
    }
    let method = super::metrics::method(request.method());
    let span = info_span!(target: TARGET, "request", otel.name = %format_args!("{method} {route}"), otel.kind = "server",
        http.request.method = method, http.route = route, http.response.status_code = Empty, otel.status_code = Empty);
    if !span.is_disabled()
        && let Some(caller) = incoming(request.headers())
    {
        // It has just been made, so that nothing can have begun under it.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller));
    }
    span
}

/// Writes into a request's span how it was answered. Only what is our fault counts as an error.
pub(super) fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        failed(span);
    }
}

/// A look for a kept answer, with what is done where there is none.
#[must_use]
pub fn cache() -> Span {
    info_span!(target: TARGET, "cache", otel.name = "cache get", cache.level = Empty)
}

/// A question to memcached.
#[must_use]
pub fn memcached() -> Span {
    info_span!(target: TARGET, "memcached", otel.name = "cache memcached get", otel.kind = "client", cache.outcome = Empty)
}

/// Work with the database on behalf of a trace, named by the function that asks for it: its closure's type, as
/// [`std::any::type_name`] writes it. Made before a connection is there, so that waiting for one is in it. None outside of a trace:
/// what is done by the clock is none.
#[must_use]
pub fn database(closure: &'static str) -> Span {
    if !is_inside() {
        return Span::none();
    }
    info_span!(target: TARGET, "db", otel.name = %format_args!("db {}", Purpose(closure)), otel.kind = "client",
        db.system.name = "postgresql")
}

/// A job at work. It goes on with the trace in which it was made; one that is tried again much later only points there.
#[must_use]
pub fn job(kind: &'static str, attempts: i32, made: DateTime<Utc>, traceparent: Option<&str>) -> Span {
    let span = info_span!(target: TARGET, "job", otel.name = %format_args!("job {kind}"), otel.kind = "consumer", job.attempts = attempts,
        job.outcome = Empty, otel.status_code = Empty);
    if !span.is_disabled()
        && let Some(origin) = traceparent.and_then(w3c)
    {
        if Utc::now() - made < CONTINUES {
            // Ours, and not what somebody sent: what was kept there is kept here.
            let origin =
                SpanContext::new(origin.trace_id(), origin.span_id(), origin.trace_flags(), false, TraceState::NONE);
            let _ = span.set_parent(Context::new().with_remote_span_context(origin));
        } else {
            span.add_link(origin);
        }
    }
    span
}

/// A letter on its way to the mail server.
#[must_use]
pub fn mail() -> Span {
    info_span!(target: TARGET, "mail", otel.name = "mail send", otel.kind = "client", mail.outcome = Empty, otel.status_code = Empty)
}

/// A call of a server outside; not which one.
#[must_use]
pub fn outbound(method: &str) -> Span {
    info_span!(target: TARGET, "call", otel.name = %format_args!("call {method}"), otel.kind = "client", http.request.method = method,
        http.response.status_code = Empty, otel.status_code = Empty)
}

/// Marks a span as failed.
pub fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// Who a caller says we work for. What else it says of itself (`tracestate`) is not taken on.
fn incoming(headers: &HeaderMap) -> Option<SpanContext> {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    field(TRACEPARENT).and_then(w3c).or_else(|| field(AMAZON).and_then(amazon))
}

fn w3c(text: &str) -> Option<SpanContext> {
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), text.to_owned())]);
    let found = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    let found = found.span().span_context().clone();
    found.is_valid().then_some(found)
}

fn amazon(text: &str) -> Option<SpanContext> {
    let found = span_context_from_str(text.trim())?;
    let (trace, mut parent) = (found.trace_id(), found.span_id());
    if parent == SpanId::INVALID {
        // A load balancer names a trace and makes no span. The trace keeps its id, which stands in the balancer's log too,
        // below a span that nobody sends.
        let [.., a, b, c, d, e, f, g, h] = trace.to_bytes();
        parent = SpanId::from_bytes([a, b, c, d, e, f, g, h]);
    }
    let found = SpanContext::new(trace, parent, found.trace_flags(), true, TraceState::NONE);
    found.is_valid().then_some(found)
}

/// A function, by its closure's type name: `mendmap::map::handlers::tile::{{closure}}` is `map::tile`. A handler is a type as well, of
/// which its function is a part.
struct Purpose(&'static str);

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.trim_start_matches('<').split(['<', '{', ' ', '>']).next().unwrap_or_default();
        let mut parts =
            path.split("::").filter(|part| !part.ends_with("handlers") && !matches!(*part, "" | "mendmap" | "queries"));
        f.write_str(parts.next().unwrap_or("query"))?;
        parts.try_for_each(|part| write!(f, "::{part}"))
    }
}

/// The statements of a connection, as spans: what each says, never what it is given.
#[derive(Debug, Default)]
pub struct Statements {
    open: Option<Span>,
}

impl diesel::connection::Instrumentation for Statements {
    fn on_connection_event(&mut self, event: diesel::connection::InstrumentationEvent<'_>) {
        use diesel::connection::InstrumentationEvent::{FinishQuery, StartQuery};
        match event {
            StartQuery { query, .. } if is_inside() => {
                let text = query.to_string();
                let text = without_values(&text);
                let verb = verb(text);
                self.open = Some(info_span!(target: TARGET, "statement", otel.name = %format_args!("sql {verb}"),
                    otel.kind = "client", db.query.text = text, otel.status_code = Empty));
            }
            FinishQuery { error, .. } => {
                if let (Some(span), Some(_)) = (self.open.take(), error) {
                    failed(&span);
                }
            }
            _ => {}
        }
    }
}

/// Longest text of a statement in a span, in bytes.
const STATEMENT_BYTES: usize = 1000;

/// The first word of a statement, behind what is said about it.
fn verb(text: &str) -> &str {
    let line = text.lines().find(|line| !line.trim_start().starts_with("--")).unwrap_or_default();
    line.split_whitespace().next().unwrap_or_default()
}

/// A statement as diesel shows it, up to where it lists the values.
fn without_values(shown: &str) -> &str {
    let text = shown.split("-- binds:").next().unwrap_or_default().trim();
    let mut end = text.len().min(STATEMENT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{TraceFlags, TraceId};

    use super::*;

    #[test]
    fn a_caller_is_heard_by_w3c_first_and_by_amazon_else() {
        let headers = |fields: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.insert(name.parse().expect("a name"), value.parse().expect("a value"));
            }
            incoming(&headers)
                .map(|found| (found.trace_id().to_string(), found.span_id().to_string(), found.is_sampled()))
        };
        let own = |trace: &str, span: &str, sampled| Some((trace.to_owned(), span.to_owned(), sampled));
        let w3c = (TRACEPARENT, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        let full = (AMAZON, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
        let ours = own("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true);
        let theirs = own("5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8", true);
        assert_eq!(headers(&[w3c, full]), ours);
        assert_eq!(headers(&[full]), theirs);
        assert_eq!(headers(&[(TRACEPARENT, "00-nonsense"), full]), theirs);
        let balancer = (AMAZON, "Root=1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(headers(&[balancer]), own("5759e988bd862e3fe1be46a994272793", "e1be46a994272793", false));
        for nonsense in ["", "Root=", "Root=1-2", "Parent=53995c3f42cd8ad8", "Root=1-00000000-000000000000000000000000"]
        {
            assert_eq!(headers(&[(AMAZON, nonsense)]), None, "{nonsense}");
        }
    }

    #[test]
    fn what_a_caller_adds_of_its_own_is_not_taken_on() {
        let text = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Name=Ann";
        let found = amazon(text).expect("a trace");
        assert_eq!(found.trace_state(), &TraceState::NONE);
        assert_eq!((found.trace_id() == TraceId::INVALID, found.trace_flags()), (false, TraceFlags::SAMPLED));
    }

    #[test]
    fn a_query_is_called_by_the_function_that_asks_for_it() {
        for (closure, name) in [
            ("mendmap::map::handlers::tile::{{closure}}::{{closure}}", "map::tile"),
            (
                "<mendmap::reports::write_handlers::create_report as actix_web::service::HttpServiceFactory>::register::create_report::{{closure}}",
                "reports::create_report",
            ),
            ("mendmap::jobs::worker::Workplace::carry_out::{{closure}}", "jobs::worker::Workplace::carry_out"),
            ("mendmap::http::idempotency::once<F>::{{closure}}", "http::idempotency::once"),
            ("", "query"),
        ] {
            assert_eq!(Purpose(closure).to_string(), name);
        }
    }

    #[test]
    fn a_statement_is_shown_without_what_it_is_given() {
        let shown = "SELECT id FROM users WHERE email = $1 -- binds: [\"ann@example.org -- binds: \"]";
        assert_eq!(without_values(shown), "SELECT id FROM users WHERE email = $1");
        assert_eq!(verb("-- Open reports near a point.\n  WITH here AS (SELECT 1)"), "WITH");
        let long = format!("SELECT '{}'", "ü".repeat(STATEMENT_BYTES));
        assert!(without_values(&long).len() <= STATEMENT_BYTES);
    }
}
