//! How spans leave: in batches, by a thread of their own, to a collector that may be away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::{SpanKind, TraceContextExt as _, TraceFlags, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample};

use super::metrics::METRICS;
use crate::config::TraceConfig;

/// How long one batch may take, and how long the end of the process waits for the last one.
const EXPORT: Duration = Duration::from_secs(3);
/// Largest answer of a collector that is read, in bytes.
const ANSWER_BYTES: u64 = 64 * 1024;
/// "The caller has not decided": the second bit of the flags, as opentelemetry-aws sets it.
const DEFERRED: TraceFlags = TraceFlags::new(0x02);

/// The traces of a process. What has not left yet leaves when this is dropped, if the collector takes it in time.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Traces that go to the configured collector.
    ///
    /// # Errors
    /// When its address cannot be used.
    pub fn open(config: &TraceConfig, endpoint: &str, service: &'static str) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(EXPORT)
            .build()?;
        let name = config.service.clone().unwrap_or_else(|| service.to_owned());
        let resource = Resource::builder()
            .with_service_name(name)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(
            SdkTracerProvider::builder()
                .with_batch_exporter(exporter)
                .with_sampler(Share(config.share))
                .with_resource(resource)
                .build(),
        ))
    }

    /// What makes spans.
    #[must_use]
    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("mendmap")
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.0.shutdown_with_timeout(EXPORT);
    }
}

/// Which traces are kept: this share of them, by their ids, so that all processes decide alike. A caller may say that one is not to be
/// kept, but not that more are than the share. What goes on with a trace of ours does as that one does.
#[derive(Debug, Clone)]
struct Share(f64);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[opentelemetry::trace::Link],
    ) -> SamplingResult {
        let caller = parent.map(|context| context.span().span_context().clone()).filter(|caller| caller.is_valid());
        let sampler = match caller {
            Some(caller) if !caller.is_remote() && caller.is_sampled() => Sampler::AlwaysOn,
            Some(caller) if !caller.is_sampled() && caller.trace_flags() & DEFERRED != DEFERRED => Sampler::AlwaysOff,
            _ => Sampler::TraceIdRatioBased(self.0),
        };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

/// The way to the collector. It blocks, on the exporter's own thread.
#[derive(Debug)]
struct Collector {
    agent: ureq::Agent,
    away: AtomicBool,
}

impl Collector {
    fn new() -> Self {
        let config = ureq::config::Config::builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(EXPORT))
            .tls_config(crate::delivery::outbound::tls())
            .build();
        Self { agent: config.into(), away: AtomicBool::new(false) }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let mut response = self.agent.run(Request::from_parts(head, &body[..]))?;
        let answer = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec()?;
        Ok(response.map(|_| Bytes::from(answer)))
    }
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let result = self.send(request);
        let works = result.as_ref().is_ok_and(|answer| answer.status().is_success());
        METRICS.trace_exports.with_label_values(&[if works { "ok" } else { "failed" }]).inc();
        // Once for each time it goes away, not for each batch that is lost meanwhile.
        if self.away.swap(!works, Ordering::Relaxed) == works {
            if works {
                tracing::info!("the collector of traces is back");
            } else {
                tracing::warn!("the collector of traces does not take them; they are lost meanwhile");
            }
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    fn is_kept(share: f64, flags: TraceFlags, is_remote: bool) -> bool {
        let trace = TraceId::from_bytes([7; 16]);
        let caller = SpanContext::new(trace, SpanId::from_bytes([7; 8]), flags, is_remote, TraceState::NONE);
        let context = Context::new().with_remote_span_context(caller);
        let result = Share(share).should_sample(Some(&context), trace, "GET /", &SpanKind::Server, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_caller_may_leave_a_trace_out_and_not_push_one_in() {
        assert!(is_kept(1.0, TraceFlags::SAMPLED, true));
        assert!(!is_kept(1.0, TraceFlags::default(), true));
        assert!(!is_kept(0.0, TraceFlags::SAMPLED, true));
        assert!(is_kept(1.0, DEFERRED, true), "a load balancer does not decide");
        assert!(!is_kept(0.0, DEFERRED, true));
    }

    #[test]
    fn what_goes_on_with_a_kept_trace_of_ours_is_kept() {
        assert!(is_kept(0.0, TraceFlags::SAMPLED, false));
        assert!(!is_kept(1.0, TraceFlags::default(), false));
    }
}
