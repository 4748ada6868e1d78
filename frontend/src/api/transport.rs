//! Sending a request and reading its answer: the only place that touches `fetch`.

use std::cell::OnceCell;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{Owner, document, on_cleanup, window};
use mendmap_shared::error::ErrorEnvelope;
use send_wrapper::SendWrapper;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Request, RequestCache, RequestCredentials, RequestInit, Response, Url};

use super::{ApiError, read_json, token};
use crate::router::is_embedded;

/// What every path below is added to.
const PREFIX: &str = "/api/v1";
/// Milliseconds before a request that failed in passing is sent again, and so many times at most.
const PAUSES: [u32; 2] = [400, 1_200];
/// The longest wait, in seconds, that an answer may ask for and that nobody need be told of.
const LONGEST_WAIT: u32 = 5;
/// A file that was asked for lies at another address. `fetch` goes there by itself, so no answer has this status.
const SEE_OTHER: u16 = 303;

thread_local! {
    static BASE: OnceCell<String> = const { OnceCell::new() };
}

/// Address of the API's host: this site's own, unless `<meta name="api-base" content="https://…">` names another.
pub fn base() -> String {
    let read = || {
        let meta = document().query_selector("meta[name=api-base]").ok().flatten();
        let content = meta.and_then(|meta| meta.dyn_into::<web_sys::HtmlMetaElement>().ok()).map(|meta| meta.content());
        content.unwrap_or_default().trim_end_matches('/').to_owned()
    };
    BASE.with(|base| base.get_or_init(read).clone())
}

/// The full address of a path of the API.
pub fn address(path: &str) -> String {
    format!("{}{PREFIX}{path}", base())
}

/// An answer on its way. In a box, because whatever waits for it would else be compiled with all of the request in it.
pub type Coming<T> = LocalBoxFuture<'static, Result<T, ApiError>>;

/// What came of asking for a file.
pub enum Filed<T> {
    /// The browser has it, under this address.
    Here(String),
    /// It lies at this address.
    There(String),
    /// It is made by and by, and this tells how far it is.
    Later(T),
}

/// What one sending brought.
struct Answer {
    status: u16,
    text: String,
    /// Milliseconds to wait before it is sent again; none where that is of no use, or not wanted so soon.
    again_after: Option<u32>,
}

/// A request before it is sent. `Clone`, because it may have to be sent again with a fresh token.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    body: Option<String>,
    idempotency_key: Option<String>,
    with_token: bool,
    anew: bool,
    as_file: bool,
}

impl Call {
    fn new(method: &'static str, path: String) -> Self {
        Self {
            method,
            path,
            body: None,
            idempotency_key: None,
            with_token: !is_embedded(),
            anew: false,
            as_file: false,
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path.into())
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path.into())
    }

    pub fn put(path: impl Into<String>) -> Self {
        Self::new("PUT", path.into())
    }

    pub fn patch(path: impl Into<String>) -> Self {
        Self::new("PATCH", path.into())
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path.into())
    }

    /// With a JSON body.
    pub fn json<T: Serialize>(mut self, body: &T) -> Self {
        // Wire types always serialise; should one not, the API answers `invalid_request`, which is seen at once.
        self.body = Some(serde_json::to_string(body).unwrap_or_default());
        self
    }

    /// With the key that lets the same submission be sent again without being taken twice.
    pub fn idempotent(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    /// Without the session's token, so that the answer is the same for everybody and every cache.
    pub fn public(mut self) -> Self {
        self.with_token = false;
        self
    }

    /// Past the browser's own cache, which may hold what is known to have changed.
    pub fn anew(mut self) -> Self {
        self.anew = true;
        self
    }

    /// Sends it and reads a JSON answer.
    pub fn fetch<T: DeserializeOwned + 'static>(self) -> Coming<T> {
        self.run().map(|answer| read_answer(&answer?.1)).boxed_local()
    }

    /// Sends it and reads a JSON answer, or the default where the answer is 204.
    pub fn fetch_or_empty<T: DeserializeOwned + Default + 'static>(self) -> Coming<T> {
        let read = |answer: Result<(u16, String), ApiError>| match answer? {
            (204, _) => Ok(T::default()),
            (_, text) => read_answer(&text),
        };
        self.run().map(read).boxed_local()
    }

    /// Sends it and keeps the answer as a file in the browser; its address there is what comes back.
    pub fn file(mut self) -> Coming<String> {
        self.as_file = true;
        self.run().map(|answer| answer.map(|(_, address)| address)).boxed_local()
    }

    /// Sends it and keeps a file that is sent at once in the browser. One that is kept elsewhere is not read, however large it
    /// is: its address is what comes back.
    pub fn filed<T: DeserializeOwned + 'static>(mut self) -> Coming<Filed<T>> {
        self.as_file = true;
        let read = |answer: Result<(u16, String), ApiError>| match answer? {
            (202, text) => read_answer(&text).map(Filed::Later),
            (SEE_OTHER, address) => Ok(Filed::There(address)),
            (_, address) => Ok(Filed::Here(address)),
        };
        self.run().map(read).boxed_local()
    }

    /// Sends it; the answer has nothing to read.
    pub fn done(self) -> Coming<()> {
        self.run().map(|answer| answer.map(|_| ())).boxed_local()
    }

    /// Status and text of the answer. The abort is tied to the owner now, not at the first poll: by then the owner that
    /// started the request may no longer be the current one.
    fn run(self) -> Coming<(u16, String)> {
        let abort = (self.method == "GET").then(AbortOnDrop::new).flatten();
        if let (Some(abort), true) = (&abort, Owner::current().is_some()) {
            let controller = SendWrapper::new(abort.0.clone());
            on_cleanup(move || controller.abort());
        }
        // What somebody wrote is sent as them, whoever is signed in by the time it goes out.
        let written_by = (self.method != "GET").then(token::person).flatten();
        Box::pin(async move {
            let abort = abort.as_ref();
            let answer = if self.with_token {
                token::send_signed(written_by, async |token: Option<&str>| self.send(token, abort).await).await?
            } else {
                self.send(None, abort).await?
            };
            if matches!(answer.0, 200..=299 | SEE_OTHER) { Ok(answer) } else { Err(read_error(&answer.1)) }
        })
    }

    /// Sends it, and again where it failed in passing: a reader's question, and what carries a key by which the API knows that
    /// it is the same. Anything else might be done twice, and is for the person to decide.
    async fn send(&self, token: Option<&str>, abort: Option<&AbortOnDrop>) -> Result<(u16, String), ApiError> {
        let repeatable = matches!(self.method, "GET" | "HEAD") || self.idempotency_key.is_some();
        let mut pauses = PAUSES.into_iter().filter(|_| repeatable);
        loop {
            let answer = self.send_once(token, abort).await;
            let again_after = match &answer {
                Ok(answer) => answer.again_after,
                // Without a connection there is nothing to wait for.
                Err(ApiError::Network) if window().navigator().on_line() => Some(0),
                Err(_) => None,
            };
            let (Some(wait), Some(pause)) = (again_after, pauses.next()) else {
                return answer.map(|answer| (answer.status, answer.text));
            };
            TimeoutFuture::new(wait.max(pause)).await;
        }
    }

    async fn send_once(&self, token: Option<&str>, abort: Option<&AbortOnDrop>) -> Result<Answer, ApiError> {
        let failed = |_| if abort.is_some_and(AbortOnDrop::is_aborted) { ApiError::Aborted } else { ApiError::Network };
        let request = self.request(token, abort).map_err(failed)?;
        let response = JsFuture::from(window().fetch_with_request(&request)).await.map_err(failed)?;
        let response: Response = response.unchecked_into();
        let status = response.status();
        let told = |status: u16, text: String| Answer { status, text, again_after: again_after(&response) };
        if status == 204 {
            return Ok(told(status, String::new()));
        }
        if self.as_file && response.ok() && status != 202 {
            if response.redirected() {
                // What has come of it already is let go of with the request.
                return Ok(told(SEE_OTHER, response.url()));
            }
            let blob = JsFuture::from(response.blob().map_err(failed)?).await.map_err(failed)?;
            return Ok(told(status, Url::create_object_url_with_blob(&blob.unchecked_into()).map_err(failed)?));
        }
        let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
        Ok(told(status, text.as_string().unwrap_or_default()))
    }

    fn request(&self, token: Option<&str>, abort: Option<&AbortOnDrop>) -> Result<Request, JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
        let init = RequestInit::new();
        init.set_method(self.method);
        if let Some(abort) = abort {
            init.set_signal(Some(&abort.0.signal()));
        }
        if is_embedded() {
            init.set_credentials(RequestCredentials::Omit);
        }
        if self.anew {
            init.set_cache(RequestCache::NoCache);
        }
        if let Some(token) = token {
            headers.set("authorization", &format!("Bearer {token}"))?;
        }
        if let Some(key) = &self.idempotency_key {
            headers.set("idempotency-key", key)?;
        }
        if let Some(body) = &self.body {
            headers.set("content-type", "application/json")?;
            init.set_body(&JsValue::from_str(body));
        }
        init.set_headers(&headers);
        Request::new_with_str_and_init(&address(&self.path), &init)
    }
}

/// Milliseconds to wait before sending again what had this answer. Only what is said by a server that is busy, or by one on the
/// way that did not reach it, passes by itself; whoever asks for a long time, or until a date, gets it.
fn again_after(response: &Response) -> Option<u32> {
    if !matches!(response.status(), 502..=504) {
        return None;
    }
    let Some(asked) = response.headers().get("retry-after").ok()? else { return Some(0) };
    let seconds: u32 = asked.trim().parse().ok()?;
    (seconds <= LONGEST_WAIT).then_some(seconds * 1_000)
}

/// What an answer says.
pub fn read_answer<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    read_json(text).map_err(|error| ApiError::Unreadable(error.to_string()))
}

/// The error in an answer that is no success. Proxies on the way answer with HTML: that is our fault, not the person's.
pub fn read_error(text: &str) -> ApiError {
    match read_answer::<ErrorEnvelope>(text) {
        Ok(envelope) => ApiError::Refused(envelope.error),
        Err(error) => error,
    }
}

/// Aborts its request when dropped before the answer came; afterwards aborting does nothing.
struct AbortOnDrop(AbortController);

impl AbortOnDrop {
    fn new() -> Option<Self> {
        AbortController::new().ok().map(Self)
    }

    fn is_aborted(&self) -> bool {
        self.0.signal().aborted()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
