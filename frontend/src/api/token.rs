//! The session's tokens. The access token lives in memory only; the refresh token is a cookie that scripts cannot read.
//!
//! The refresh token changes with every use, and using an old one ends the session everywhere. So no two tabs may ever
//! refresh at once: refreshing happens under a lock of the Web Locks API, which the browser shares between tabs, and the
//! request is `keepalive`, so that a tab closed in the middle still lets the browser store the new cookie.

use std::cell::RefCell;

use gloo_storage::{LocalStorage, Storage as _};
use mendmap_shared::wire::auth::{Me, Session};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Request, RequestCredentials, RequestInit, Response};

use super::ApiError;
use super::transport::{address, read_error};

/// Whether a session may exist is remembered here, so that visitors who never signed in cost the API no refresh.
pub const SESSION_FLAG: &str = "mendmap.signed-in";
/// Name of the lock all tabs share.
const LOCK: &str = "mendmap.refresh";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn lock_request(name: &str, callback: &js_sys::Function) -> Result<js_sys::Promise, JsValue>;
}

type Listener = Box<dyn Fn(Option<Me>)>;

thread_local! {
    static ACCESS: RefCell<Option<String>> = const { RefCell::new(None) };
    static REFRESHING: RefCell<Option<js_sys::Promise>> = const { RefCell::new(None) };
    static OUTCOME: RefCell<Result<(), ApiError>> = const { RefCell::new(Ok(())) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// Calls `listener` whenever somebody signs in, changes their account, or is signed out. The app sets it once.
pub fn on_session_change(listener: impl Fn(Option<Me>) + 'static) {
    LISTENER.with_borrow_mut(|slot| *slot = Some(Box::new(listener)));
}

fn tell(me: Option<Me>) {
    LISTENER.with_borrow(|listener| {
        if let Some(listener) = listener {
            listener(me);
        }
    });
}

/// Whether this browser was signed in when it was last seen.
pub fn remembers_session() -> bool {
    LocalStorage::get::<bool>(SESSION_FLAG).unwrap_or(false)
}

/// Takes a session that has begun.
pub fn keep_session(session: &Session) {
    ACCESS.with_borrow_mut(|token| *token = Some(session.access_token.clone()));
    // A browser that stores nothing keeps the person signed in until the page is left; no reason to stop.
    let _stored = LocalStorage::set(SESSION_FLAG, true);
    tell(Some(session.user.clone()));
}

/// Drops the session on this side.
pub fn forget_session() {
    ACCESS.with_borrow_mut(|token| *token = None);
    LocalStorage::delete(SESSION_FLAG);
    tell(None);
}

pub(super) fn access_token() -> Option<String> {
    ACCESS.with_borrow(Clone::clone)
}

pub(super) fn is_kept() -> bool {
    ACCESS.with_borrow(Option::is_some)
}

/// Waits for a refresh that is under way, so that a page opened by a signed-in person asks as that person.
pub(super) async fn settled() {
    let running = REFRESHING.with_borrow(Clone::clone);
    if let Some(running) = running {
        // The outcome is kept by `refresh_session`; here only the waiting counts.
        let _finished = JsFuture::from(running).await;
    }
}

/// Resumes the session of an earlier visit, if there was one. Call before the first request.
pub async fn resume_session() {
    if remembers_session() {
        // A refusal has already told the listener; without network the person is shown as signed out until they retry.
        if refresh_session().await.is_err() {
            tell(None);
        }
    } else {
        tell(None);
    }
}

/// A new access token from the refresh cookie [refresh_session]. Callers at the same time share one request.
///
/// # Errors
/// When there is no session any more, or no network.
pub async fn refresh_session() -> Result<(), ApiError> {
    let running = REFRESHING.with_borrow(Clone::clone);
    let promise = running.unwrap_or_else(|| {
        let promise = start_locked();
        REFRESHING.with_borrow_mut(|slot| *slot = Some(promise.clone()));
        promise
    });
    let finished = JsFuture::from(promise).await;
    REFRESHING.with_borrow_mut(|slot| *slot = None);
    finished.map_err(|_| ApiError::Network)?;
    OUTCOME.with_borrow(Clone::clone)
}

/// Starts the refresh under the lock; without Web Locks (a page that is not a secure context) it starts at once.
fn start_locked() -> js_sys::Promise {
    let work = || {
        future_to_promise(async {
            let outcome = exchange().await;
            OUTCOME.with_borrow_mut(|slot| *slot = outcome);
            Ok(JsValue::UNDEFINED)
        })
    };
    let callback = Closure::once_into_js(work);
    lock_request(LOCK, callback.unchecked_ref()).unwrap_or_else(|_| work())
}

async fn exchange() -> Result<(), ApiError> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_credentials(RequestCredentials::SameOrigin);
    js_sys::Reflect::set(&init, &"keepalive".into(), &true.into()).map_err(|_| ApiError::Network)?;
    let request = Request::new_with_str_and_init(&address("/auth/sessions/refresh"), &init);
    let request = request.map_err(|_| ApiError::Network)?;
    let window = leptos::prelude::window();
    let response = JsFuture::from(window.fetch_with_request(&request)).await.map_err(|_| ApiError::Network)?;
    let response: Response = response.unchecked_into();
    let text = JsFuture::from(response.text().map_err(|_| ApiError::Network)?).await;
    let text = text.ok().and_then(|text| text.as_string()).ok_or(ApiError::Network)?;
    if response.ok() {
        let session = serde_json::from_str(&text).map_err(|error| ApiError::Unreadable(error.to_string()))?;
        keep_session(&session);
        return Ok(());
    }
    let error = read_error(&text);
    if response.status() == 401 {
        forget_session();
    }
    Err(error)
}
