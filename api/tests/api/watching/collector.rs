//! A collector of traces: takes OTLP over HTTP as protobuf, and keeps it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

type Kept = Arc<Mutex<Vec<web::Bytes>>>;

pub struct Collector {
    port: u16,
    kept: Kept,
    handle: ServerHandle,
}

impl Collector {
    pub fn start() -> Self {
        let kept = Kept::default();
        let data = web::Data::new(kept.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(16 * 1024 * 1024))
                .route("/v1/traces", web::post().to(take))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { port, kept, handle }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether these bytes were sent, in whatever place.
    pub fn holds(&self, text: &str) -> bool {
        let kept = self.kept.lock().unwrap();
        kept.iter().any(|batch| batch.windows(text.len()).any(|bytes| bytes == text.as_bytes()))
    }

    /// All spans, each with the name of the process it is from.
    pub fn spans(&self) -> Vec<Seen> {
        let kept = self.kept.lock().unwrap();
        let batches = kept.iter().map(|batch| ExportTraceServiceRequest::decode(batch.clone()).unwrap());
        let mut all = Vec::new();
        for resource in batches.flat_map(|batch| batch.resource_spans) {
            let attributes = resource.resource.unwrap().attributes;
            let service = attributes.into_iter().find(|attribute| attribute.key == "service.name").unwrap();
            let Some(Value::StringValue(service)) = service.value.unwrap().value else { panic!("a name is a text") };
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                all.push(Seen::of(&service, &span));
            }
        }
        all
    }

    /// All spans of one trace.
    pub fn trace(&self, id: &str) -> Trace {
        Trace(self.spans().into_iter().filter(|span| span.trace == id).collect())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn take(request: HttpRequest, kept: web::Data<Kept>, body: web::Bytes) -> HttpResponse {
    assert_eq!(request.headers().get("content-type").unwrap(), "application/x-protobuf");
    kept.lock().unwrap().push(body);
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub links: Vec<String>,
    pub attributes: HashMap<String, String>,
}

impl Seen {
    fn of(service: &str, span: &Span) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let text = |value: Option<Value>| match value {
            Some(Value::StringValue(text)) => text,
            Some(Value::IntValue(number)) => number.to_string(),
            other => format!("{other:?}"),
        };
        let attributes = span.attributes.iter();
        Self {
            service: service.to_owned(),
            name: span.name.clone(),
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
            attributes: attributes
                .map(|attribute| (attribute.key.clone(), text(attribute.value.clone().and_then(|value| value.value))))
                .collect(),
        }
    }
}

pub struct Trace(pub Vec<Seen>);

impl Trace {
    pub fn span(&self, name: &str) -> &Seen {
        let names: Vec<_> = self.0.iter().map(|span| &span.name).collect();
        self.0.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {names:?}"))
    }

    /// The names from this span up to the one that nobody here is above of, and who that is said to be.
    pub fn way_up(&self, name: &str) -> (Vec<String>, String) {
        let mut span = self.span(name);
        let mut names = vec![span.name.clone()];
        while let Some(above) = self.0.iter().find(|other| other.id == span.parent) {
            names.push(above.name.clone());
            span = above;
        }
        (names, span.parent.clone())
    }
}
