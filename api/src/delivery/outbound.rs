//! Requests to servers outside, whose addresses somebody else chose: bodies' own servers, webhooks, pictures a client names.
//! Only public addresses are called, each answer has an end in time and size, and nothing is followed unless asked for.

use std::fmt;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::{HeaderMap, Method, Request, Response, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::{Host, Url};

use super::public_addresses::may_be_called;
use crate::telemetry::metrics::METRICS;
use crate::telemetry::trace;

/// Longest wait for a connection.
const CONNECT_SECONDS: u64 = 10;
/// Largest head of an answer.
const HEAD_BYTES: usize = 32 * 1024;

/// What one exchange may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From the first look for the server to the last byte of its answer.
    pub seconds: u64,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// How many redirects are followed; each is checked as the first address is.
    pub redirects: u32,
}

/// What a server answered, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its head.
    pub headers: HeaderMap,
    /// All of its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the server says it did what it was asked.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// A field of its head.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer. The texts may be shown to staff: they tell nothing about our network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It cannot be called at all.
    #[error("the address is none of http or https, or has a user in it")]
    Address,
    /// It leads somewhere that strangers must not send us.
    #[error("the address does not lead to the public internet")]
    NotPublic,
    /// The time is up.
    #[error("no complete answer within {0} seconds")]
    Slow(u64),
    /// More came than is taken.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// It sends us elsewhere too often.
    #[error("too many redirects")]
    Redirects,
    /// It cannot be found or reached, or does not speak HTTP.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
}

/// The way out.
#[derive(Debug, Clone)]
pub struct Outbound {
    agent: Agent,
    named: Vec<IpNet>,
}

impl Outbound {
    /// A way out to public addresses, and to those in `named` networks.
    #[must_use]
    pub fn new(named: Vec<IpNet>) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("Mendmap/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS)))
            .max_response_header_size(HEAD_BYTES)
            .tls_config(tls())
            .build();
        let resolver = PublicOnly { inner: DefaultResolver::default(), named: named.clone() };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), named }
    }

    /// Whether an address may be called, as far as can be told without looking it up. What it leads to is checked again when
    /// it is called, as that may have changed by then.
    ///
    /// # Errors
    /// `Address` or `NotPublic`.
    pub fn check(&self, address: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(address).map_err(|_| OutboundError::Address)?;
        let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        let host = url.host().filter(|_| plain).ok_or(OutboundError::Address)?;
        let literal = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        if literal.is_some_and(|address| !may_be_called(address, &self.named)) {
            return Err(OutboundError::NotPublic);
        }
        Ok(url)
    }

    /// Sends a request and reads the whole answer. Blocks: only for threads that may wait.
    ///
    /// # Errors
    /// Where there is no answer; one that refuses is an answer.
    pub fn send(&self, request: Request<Vec<u8>>, bounds: Bounds) -> Result<Answer, OutboundError> {
        self.check(&request.uri().to_string())?;
        let mut response = self.run(request, bounds).map_err(|error| told(&error, bounds))?;
        let body = response.body_mut().with_config().limit(bounds.bytes + 1).read_to_vec();
        let body = body.map_err(|error| told(&error, bounds))?;
        if body.len() as u64 > bounds.bytes {
            return Err(OutboundError::TooLarge(bounds.bytes));
        }
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    /// Sends a request of which only the status of the answer counts, and reads the beginning of the rest, as far as it comes.
    /// Blocks, as [`Self::send`] does.
    ///
    /// # Errors
    /// Where there is no answer; one that refuses is an answer.
    pub fn tell(&self, request: Request<Vec<u8>>, bounds: Bounds) -> Result<Answer, OutboundError> {
        self.check(&request.uri().to_string())?;
        let mut response = self.run(request, bounds).map_err(|error| told(&error, bounds))?;
        let mut body = Vec::new();
        // The status has said it: what goes wrong behind it changes nothing.
        let _ = response.body_mut().as_reader().take(bounds.bytes).read_to_end(&mut body);
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    /// Calls the server, which is told of the trace by W3C's `traceparent`: numbers that mean nothing to anybody else.
    fn run(&self, mut request: Request<Vec<u8>>, bounds: Bounds) -> Result<Response<ureq::Body>, ureq::Error> {
        let span = trace::outbound(request.method().as_str());
        let result = span.in_scope(|| {
            if let Some(context) = trace::traceparent().and_then(|context| context.parse().ok()) {
                request.headers_mut().insert("traceparent", context);
            }
            self.exchange(request, bounds)
        });
        let status = result.as_ref().ok().map(|answer| answer.status().as_u16());
        METRICS.called(status);
        match status {
            Some(status) => {
                span.record("http.response.status_code", status);
            }
            None => trace::failed(&span),
        }
        result
    }

    fn exchange(&self, request: Request<Vec<u8>>, bounds: Bounds) -> Result<Response<ureq::Body>, ureq::Error> {
        let (head, body) = request.into_parts();
        let bodiless = body.is_empty() && matches!(head.method, Method::GET | Method::HEAD);
        macro_rules! bounded {
            ($body:expr) => {
                self.agent
                    .configure_request(Request::from_parts(head, $body))
                    .timeout_global(Some(Duration::from_secs(bounds.seconds)))
                    .max_redirects(bounds.redirects)
                    .max_redirects_will_error(bounds.redirects > 0)
                    .build()
            };
        }
        if bodiless { self.agent.run(bounded!(())) } else { self.agent.run(bounded!(body)) }
    }
}

/// Trusts whom this machine trusts: an operator may have added a council's own authority. Where none can be read, no https
/// server can be called, and each attempt says so.
pub fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(error.cause = %error, "certificates this machine trusts cannot be read");
    }
    let trusted = found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::from(trusted))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

fn told(error: &ureq::Error, bounds: Bounds) -> OutboundError {
    match error {
        ureq::Error::Timeout(_) => OutboundError::Slow(bounds.seconds),
        ureq::Error::BodyExceedsLimit(_) => OutboundError::TooLarge(bounds.bytes),
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => OutboundError::Redirects,
        ureq::Error::BadUri(_) => OutboundError::Address,
        ureq::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<NotPublic>()) => {
            OutboundError::NotPublic
        }
        // Reading a body wraps what went wrong once more.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => OutboundError::Slow(bounds.seconds),
        other => OutboundError::Unreachable(other.to_string()),
    }
}

/// What the resolver says of an address that must not be called.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not public")
    }
}

impl std::error::Error for NotPublic {}

/// Looks servers up, and drops what may not be called: every connection goes through here, those of redirects too, and to the
/// very addresses that were checked.
#[derive(Debug)]
struct PublicOnly {
    inner: DefaultResolver,
    named: Vec<IpNet>,
}

impl Resolver for PublicOnly {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut callable = self.empty();
        for address in found.iter().filter(|address| may_be_called(address.ip(), &self.named)) {
            callable.push(*address);
        }
        if callable.is_empty() { Err(ureq::Error::Io(io::Error::other(NotPublic))) } else { Ok(callable) }
    }
}
