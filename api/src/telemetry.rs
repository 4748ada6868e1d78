//! Logs: one line a request, by route and never by address, because addresses carry search words and coordinates.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;
use tracing_subscriber::EnvFilter;

use crate::config::LogConfig;

/// Starts logging to standard error.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter).map_err(|error| anyhow::anyhow!("LOG cannot be used: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Already started, as in tests that start several servers: the first one stays.
    let _ = if config.json { builder.json().try_init() } else { builder.compact().try_init() };
    Ok(())
}

/// The span of one request: method, route pattern, status; no query, no address of a person, no header.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
        tracing::info_span!("request", http.method = %request.method(), http.route = %route, http.status = tracing::field::Empty)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.status", status.as_u16());
        span.in_scope(|| tracing::debug!("answered"));
    }
}
