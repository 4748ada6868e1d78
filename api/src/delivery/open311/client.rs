//! Asking a body's server: one request, one bounded answer, nothing followed.

use mendmap_shared::wire::integrations_open311::{Open311Format, Open311Photos};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Request;
use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::wire;
use crate::delivery::outbound::{Answer, Bounds, Outbound, OutboundError};
use crate::delivery::{Refused, Told};

/// What one exchange may cost.
const BOUNDS: Bounds = Bounds { seconds: 20, bytes: 4 * 1024 * 1024, redirects: 0 };
/// Seconds for an exchange in which photos go along: they are a few megabytes, and lines are slow.
const UPLOAD_SECONDS: u64 = 60;

/// A body's server, as it is called.
#[derive(Clone)]
pub struct Server {
    /// Row of `open311_servers`.
    pub id: i64,
    /// Whose it is.
    pub body_id: i64,
    /// Where its resources begin.
    pub endpoint: String,
    /// What it wants to be told of which place this is about.
    pub jurisdiction: Option<String>,
    /// What we prove ourselves with.
    pub key: Option<String>,
    /// What it is asked to answer in.
    pub format: Open311Format,
    /// Whether it speaks the extended status words.
    pub extended: bool,
    /// How photos get there.
    pub photos: Open311Photos,
}

/// A photo that is sent along.
pub struct Upload {
    /// Its file's name.
    pub name: String,
    /// The file, a JPEG.
    pub bytes: Vec<u8>,
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The server says no: its status, and its words.
    Refused(u16, String),
    /// No answer, or none that says anything; it may be otherwise later.
    Later(String),
    /// More than is taken.
    TooLarge(String),
}

impl Trouble {
    /// What staff are shown.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Refused(0, words) => words.clone(),
            Self::Refused(status, words) if words.is_empty() => {
                format!("the server refuses ({status}) and does not say why")
            }
            Self::Refused(status, words) => format!("the server refuses ({status}): {words}"),
            Self::Later(words) | Self::TooLarge(words) => words.clone(),
        }
    }

    /// As the worker takes it: what is refused waits for a person, the rest is tried again.
    #[must_use]
    pub fn into_error(self) -> anyhow::Error {
        match self {
            Self::Refused(..) => Refused(self.words()).into(),
            Self::Later(_) | Self::TooLarge(_) => Told(self.words()).into(),
        }
    }
}

impl Server {
    /// The address of a resource, in the server's format.
    fn address(&self, path: &[&str], query: &[(&str, String)]) -> Result<Url, Trouble> {
        let wrong = || Trouble::Refused(0, "the server's address cannot be used".into());
        let mut url = Url::parse(&self.endpoint).map_err(|_| wrong())?;
        let (last, folders) = path.split_last().ok_or_else(wrong)?;
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(folders)
            .push(&format!("{last}.{}", self.format.as_str()));
        let jurisdiction = self.jurisdiction.iter().map(|jurisdiction| ("jurisdiction_id", jurisdiction));
        let query: Vec<_> = jurisdiction.chain(query.iter().map(|(name, value)| (*name, value))).collect();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Takes our own key out of words that are shown: some servers repeat what they were sent.
    fn without_key(&self, words: &str) -> String {
        let Some(key) = self.key.as_deref().filter(|key| key.len() > 3) else { return words.to_owned() };
        let escaped = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
        words.replace(key, "(our key)").replace(&escaped, "(our key)")
    }

    fn send(&self, outbound: &Outbound, request: Request<Vec<u8>>, bounds: Bounds) -> Result<Answer, Trouble> {
        let answer = outbound.send(request, bounds).map_err(|error| match error {
            // Addresses are chosen by staff: one that must not be called waits for them.
            OutboundError::Address | OutboundError::NotPublic => Trouble::Refused(0, error.to_string()),
            OutboundError::TooLarge(_) => Trouble::TooLarge(error.to_string()),
            other => Trouble::Later(self.without_key(&other.to_string())),
        })?;
        if answer.is_success() {
            return Ok(answer);
        }
        let words = self.without_key(&wire::refusal(&answer.body));
        Err(match answer.status {
            300..=399 => {
                let to = answer.header("location").map(|to| format!(" to {}", self.without_key(to)));
                let to: String = to.unwrap_or_default().chars().take(200).collect();
                Trouble::Refused(answer.status, format!("it sends us elsewhere{to}, and redirects are not followed"))
            }
            400..=407 | 409..=428 | 430..=499 => Trouble::Refused(answer.status, words),
            status => {
                let words = if words.is_empty() { String::new() } else { format!(": {words}") };
                Trouble::Later(format!("the server cannot answer now ({status}){words}"))
            }
        })
    }

    /// Asks for a resource.
    ///
    /// # Errors
    /// Why there is nothing to read.
    pub fn get(&self, outbound: &Outbound, path: &[&str], query: &[(&str, String)]) -> Result<Vec<u8>, Trouble> {
        let url = self.address(path, query)?;
        let request = Request::get(url.as_str()).body(Vec::new()).map_err(|error| Trouble::Later(error.to_string()))?;
        self.send(outbound, request, BOUNDS).map(|answer| answer.body)
    }

    /// Sends a form, with photos where there are any. The same form has the same bytes each time it is sent, and the
    /// `Idempotency-Key` of those bytes: a server that knows such keys takes it once.
    ///
    /// # Errors
    /// Why nobody can say that the server has it.
    pub fn post(
        &self,
        outbound: &Outbound,
        path: &[&str],
        delivery: Uuid,
        fields: &[(String, String)],
        uploads: &[Upload],
    ) -> Result<Vec<u8>, Trouble> {
        let url = self.address(path, &[])?;
        let own = [("jurisdiction_id", &self.jurisdiction), ("api_key", &self.key)];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let fields: Vec<(String, String)> = own.chain(fields.iter().cloned()).collect();
        let (kind, body) = if uploads.is_empty() {
            let form = Serializer::new(String::new()).extend_pairs(&fields).finish();
            ("application/x-www-form-urlencoded; charset=utf-8".to_owned(), form.into_bytes())
        } else {
            let boundary = format!("mendmap-{}", delivery.simple());
            (format!("multipart/form-data; boundary={boundary}"), multipart(&boundary, &fields, uploads))
        };
        let key = Uuid::new_v5(&delivery, &body);
        let request = Request::post(url.as_str())
            .header("Content-Type", kind)
            .header("Idempotency-Key", key.to_string())
            .body(body)
            .map_err(|error| Trouble::Later(error.to_string()))?;
        let seconds = if uploads.is_empty() { BOUNDS.seconds } else { UPLOAD_SECONDS };
        self.send(outbound, request, Bounds { seconds, ..BOUNDS }).map(|answer| answer.body)
    }
}

/// A form with files (RFC 7578). By hand, as libraries draw a new boundary each time, and the bytes must stay the same.
fn multipart(boundary: &str, fields: &[(String, String)], uploads: &[Upload]) -> Vec<u8> {
    // As browsers write names (HTML, multipart/form-data encoding algorithm).
    let named = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n", named(name));
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    for upload in uploads {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{}\"\r\nContent-Type: image/jpeg\r\n\r\n",
            named(&upload.name)
        );
        body.extend([head.as_bytes(), &upload.bytes, b"\r\n"].concat());
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    body
}
