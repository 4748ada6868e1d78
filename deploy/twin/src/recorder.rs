//! Where spans go: an OTLP receiver (http/protobuf) for what the processes send, and a reader of the edge's and the load
//! balancer's logs, which speak no OTLP in Debian. All spans come out alike.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use prost::Message as _;
use serde_json::Value;

/// Most bytes of one export.
const EXPORT_BYTES: usize = 16 * 1024 * 1024;

/// Letters of an attribute's value that are shown.
const VALUE_CHARS: usize = 60;

/// A span, wherever it came from. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace it belongs to, 32 hexadecimal digits.
    pub trace: String,
    /// Its own number, 16 hexadecimal digits.
    pub id: String,
    /// The number of the span it is in; empty for the first.
    pub parent: String,
    /// Who made it.
    pub service: String,
    /// What it is about.
    pub name: String,
    /// When it began.
    pub begin: u64,
    /// When it ended.
    pub end: u64,
    /// What else is known, as `name=value`.
    pub facts: Vec<String>,
}

type Spans = Arc<Mutex<Vec<Span>>>;

/// The running recorder.
#[derive(Debug)]
pub struct Recorder {
    /// Its port.
    pub port: u16,
    spans: Spans,
    handle: ServerHandle,
}

impl Recorder {
    /// Starts it, on a thread of its own.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start() -> anyhow::Result<Self> {
        let spans = Spans::default();
        let state = web::Data::from(spans.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (tell, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(state.clone())
                        .app_data(web::PayloadConfig::new(EXPORT_BYTES))
                        .route("/v1/traces", web::post().to(take))
                });
                let server = server.workers(1).disable_signals().listen(listener)?.run();
                let _ = tell.send(server.handle());
                server.await
            })
        });
        Ok(Self { port, spans, handle: started.recv()? })
    }

    /// What was sent of a trace.
    #[must_use]
    pub fn of(&self, trace: &str) -> Vec<Span> {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.iter().filter(|span| span.trace == trace).cloned().collect()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn take(spans: web::Data<Mutex<Vec<Span>>>, body: web::Bytes) -> HttpResponse {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return HttpResponse::BadRequest().finish() };
    let mut kept = spans.lock().unwrap_or_else(PoisonError::into_inner);
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let service = attributes.iter().find(|one| one.key == "service.name").map(|one| text(one.value.as_ref()));
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            kept.push(Span {
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                service: service.clone().unwrap_or_default(),
                name: span.name,
                begin: span.start_time_unix_nano / 1000,
                end: span.end_time_unix_nano / 1000,
                facts: span.attributes.iter().filter(|one| one.key != "target").map(fact).collect(),
            });
        }
    }
    HttpResponse::Ok()
        .content_type("application/x-protobuf")
        .body(ExportTraceServiceResponse::default().encode_to_vec())
}

/// An attribute in a line's room: a statement has many lines.
fn fact(attribute: &KeyValue) -> String {
    let value = text(attribute.value.as_ref());
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(VALUE_CHARS).collect();
    format!("{}={short}{}", attribute.key, if short.len() < words.len() { "…" } else { "" })
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => text.clone(),
        Some(Any::BoolValue(value)) => value.to_string(),
        Some(Any::IntValue(value)) => value.to_string(),
        Some(Any::DoubleValue(value)) => value.to_string(),
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The edge's spans of a trace, out of its log.
#[must_use]
pub fn edge_spans(log: &Path, trace: &str) -> Vec<Span> {
    lines(log, trace)
        .map(|line| {
            let end = micros(line["end"].as_f64().unwrap_or_default());
            let cache = line["cache"].as_str().filter(|status| !status.is_empty()).unwrap_or("PASS");
            Span {
                begin: end.saturating_sub(micros(line["seconds"].as_f64().unwrap_or_default())),
                end,
                facts: vec![format!("cache={cache}"), format!("status={}", line["status"])],
                ..span("edge (nginx)", &line)
            }
        })
        .collect()
}

/// The load balancer's spans of a trace, out of its log.
#[must_use]
pub fn balancer_spans(log: &Path, trace: &str) -> Vec<Span> {
    lines(log, trace)
        .map(|line| Span {
            begin: line["begin_us"].as_u64().unwrap_or_default(),
            end: line["end_us"].as_u64().unwrap_or_default(),
            facts: vec![format!("server={}", text_of(&line["server"])), format!("status={}", line["status"])],
            ..span("load balancer (haproxy)", &line)
        })
        .collect()
}

fn span(service: &str, line: &Value) -> Span {
    Span {
        trace: text_of(&line["trace"]),
        id: text_of(&line["span"]),
        parent: text_of(&line["parent"]),
        service: service.to_owned(),
        name: format!("{} {}", text_of(&line["method"]), text_of(&line["path"])),
        begin: 0,
        end: 0,
        facts: Vec::new(),
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds since 1970 are positive and fit")]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

fn lines(log: &Path, trace: &str) -> impl Iterator<Item = Value> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let known: Vec<Value> =
        text.lines().filter(|line| line.contains(trace)).filter_map(|line| serde_json::from_str(line).ok()).collect();
    known.into_iter()
}

/// The spans as a tree, one a line: what is in what, when it began after the first, how long it took.
#[must_use]
pub fn tree(spans: &[Span]) -> String {
    let known: HashMap<&str, &Span> = spans.iter().map(|span| (&*span.id, span)).collect();
    let start = spans.iter().map(|span| span.begin).min().unwrap_or_default();
    let mut roots: Vec<&Span> = spans.iter().filter(|span| !known.contains_key(&*span.parent)).collect();
    roots.sort_by_key(|span| span.begin);
    let mut out = String::from("   begins      takes\n");
    for root in roots {
        branch(&mut out, spans, root, start, 0);
    }
    out
}

fn branch(out: &mut String, spans: &[Span], span: &Span, start: u64, depth: usize) {
    let millis = |micros: u64| format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10);
    let facts = if span.facts.is_empty() { String::new() } else { format!("  [{}]", span.facts.join(" ")) };
    out.push_str(&format!(
        "{:>11} {:>10}  {}{}: {}{facts}\n",
        millis(span.begin.saturating_sub(start)),
        millis(span.end.saturating_sub(span.begin)),
        "  ".repeat(depth),
        span.service,
        span.name
    ));
    let mut inside: Vec<&Span> = spans.iter().filter(|other| other.parent == span.id && other.id != span.id).collect();
    inside.sort_by_key(|span| span.begin);
    for other in inside {
        branch(out, spans, other, start, depth + 1);
    }
}
