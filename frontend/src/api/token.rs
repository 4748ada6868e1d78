//! The session's tokens. The access token lives in memory only; the refresh token is a cookie that scripts cannot read.
//!
//! The refresh token changes with every use, and using an old one ends the session everywhere. So no two tabs may ever
//! refresh at once: refreshing happens under a lock of the Web Locks API, which the browser shares between tabs, and the
//! request is `keepalive`, so that a tab closed in the middle still lets the browser store the new cookie.
//!
//! The cookie belongs to the browser, so another tab can make it another person's at any time. What somebody sends is
//! sent as the person it was written as, or not at all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use gloo_storage::{LocalStorage, Storage as _};
use leptos::task::spawn_local;
use mendmap_shared::error::{ErrorBody, ErrorCode, FieldProblems};
use mendmap_shared::wire::auth::{Me, Session};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestCredentials, RequestInit, Response};

use super::ApiError;
use super::transport::{address, read_answer, read_error};
use crate::parts;

/// The number of the person whose session this browser has is remembered here: visitors who never signed in cost the API
/// no refresh, and other tabs hear of every change.
pub const SESSION_FLAG: &str = "mendmap.signed-in";
/// Name of the lock all tabs share.
const LOCK: &str = "mendmap.refresh";
/// Milliseconds before a session that could not be resumed is tried again by the way.
const RETRY_MS: f64 = 10_000.0;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn lock_request(name: &str, callback: &js_sys::Function) -> Result<js_sys::Promise, JsValue>;
}

type Listener = Box<dyn Fn(Option<Me>)>;

#[derive(Clone)]
struct Access {
    token: String,
    person: i64,
}

/// A refresh. It is under way until it has an outcome.
#[derive(Clone)]
struct Run {
    ended: js_sys::Promise,
    outcome: Rc<RefCell<Option<Result<(), ApiError>>>>,
}

thread_local! {
    static ACCESS: RefCell<Option<Access>> = const { RefCell::new(None) };
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
    static TRIED_AT: Cell<f64> = const { Cell::new(0.0) };
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

fn remembered() -> Option<i64> {
    // Not the storage's own reading of JSON, which would bring all of `serde_json` into the first download.
    LocalStorage::raw().get_item(SESSION_FLAG).ok()??.parse().ok()
}

/// Whether this browser was signed in when it was last seen.
pub fn remembers_session() -> bool {
    remembered().is_some()
}

/// Takes a session that has begun.
pub fn keep_session(session: &Session) {
    let person = session.user.id;
    ACCESS.set(Some(Access { token: session.access_token.clone(), person }));
    // A browser that stores nothing keeps the person signed in until the page is left; no reason to stop.
    let _stored = LocalStorage::raw().set_item(SESSION_FLAG, &person.to_string());
    tell(Some(session.user.clone()));
}

/// Drops the session on this side.
pub fn forget_session() {
    ACCESS.set(None);
    LocalStorage::delete(SESSION_FLAG);
    tell(None);
}

/// Resumes the session this browser remembers, if it does and nobody is signed in yet. Without an answer, such as without
/// network, the person is shown as signed out, and this is tried again: call it when the network is back, and every request
/// does the same by the way.
pub async fn resume_session() {
    if person().is_some() {
        return;
    }
    // What comes of it has told the listener already, but for a failure.
    if !remembers_session() || (refresh_session().await.is_err() && remembers_session()) {
        tell(None);
    }
}

/// Follows what another tab did: somebody signed in there, or out.
pub fn follow_other_tab() {
    let now = remembered();
    if now == person() {
        return;
    }
    ACCESS.set(None);
    if now.is_some() {
        spawn_local(resume_session());
    } else {
        tell(None);
    }
}

/// The person signed in, as far as this tab knows.
pub(super) fn person() -> Option<i64> {
    ACCESS.with_borrow(|access| access.as_ref().map(|access| access.person))
}

/// Sends a request with the session's token, and once more with a fresh one where the token has run out. `send` is given
/// the token, if there is one, and answers status and text. With `written_by` it is sent for this person only.
pub(super) async fn send_signed(
    written_by: Option<i64>,
    send: impl AsyncFn(Option<&str>) -> Result<(u16, String), ApiError>,
) -> Result<(u16, String), ApiError> {
    ready().await;
    let token = token_for(written_by)?;
    let answer = send(token.as_deref()).await?;
    let Some(sent) = token.filter(|_| answer.0 == 401) else { return Ok(answer) };
    // The answer may be to a token that was replaced meanwhile: then there is one to send again with already.
    if token_for(None)?.is_some_and(|now| now == sent)
        && let Err(error) = refresh_session().await
        && person().is_some()
    {
        return Err(error);
    }
    // Where the session has ended, what everybody may read is still read.
    send(token_for(written_by)?.as_deref()).await
}

/// The token to send; an error where it is not the token of the person who wrote this.
fn token_for(written_by: Option<i64>) -> Result<Option<String>, ApiError> {
    if written_by.is_some() && person() != written_by {
        return Err(ApiError::Refused(ErrorBody {
            code: ErrorCode::Unauthenticated,
            message: String::new(),
            fields: FieldProblems::new(),
            reference: String::new(),
        }));
    }
    Ok(ACCESS.with_borrow(|access| access.as_ref().map(|access| access.token.clone())))
}

/// Waits for a refresh that is under way, so that a page opened by a signed-in person asks as that person, and makes up
/// for one that could not be made before.
async fn ready() {
    let overdue = person().is_none() && remembers_session() && js_sys::Date::now() - TRIED_AT.get() > RETRY_MS;
    if overdue || running().is_some() {
        // Without a session the request goes out as anybody's, and its own answer counts.
        let _outcome = refresh_session().await;
    }
}

/// Waits for a refresh that is under way, before a session begins that its answer would take the cookie from.
pub(super) async fn settled() {
    if let Some(run) = running() {
        let _ended = JsFuture::from(run.ended).await;
    }
}

fn running() -> Option<Run> {
    RUN.with_borrow(|run| run.clone().filter(|run| run.outcome.borrow().is_none()))
}

/// A new access token from the refresh cookie [refresh_session]. Callers at the same time share one request.
async fn refresh_session() -> Result<(), ApiError> {
    let run = running().unwrap_or_else(|| {
        let run = start_locked();
        RUN.set(Some(run.clone()));
        run
    });
    let _ended = JsFuture::from(run.ended).await;
    // A lock that is never granted, because the page goes away, leaves no outcome.
    run.outcome.borrow_mut().get_or_insert(Err(ApiError::Network)).clone()
}

/// Starts the refresh under the lock; without Web Locks (a page that is not a secure context) it starts at once.
fn start_locked() -> Run {
    TRIED_AT.set(js_sys::Date::now());
    let outcome = Rc::new(RefCell::new(None));
    let told = outcome.clone();
    let work = move || {
        js_sys::Promise::new(&mut |ended, _| {
            let told = told.clone();
            spawn_local(async move {
                let answer = match parts::exchange(()).await {
                    Ok(exchange) => exchange.await,
                    Err(_) => Err(ApiError::Network),
                };
                told.replace(Some(answer));
                // The browser's own function; it refuses nothing.
                let _ended = ended.call0(&JsValue::UNDEFINED);
            });
        })
    };
    let callback = Closure::once_into_js(work.clone());
    Run { ended: lock_request(LOCK, callback.unchecked_ref()).unwrap_or_else(|_| work()), outcome }
}

/// Exchanges the refresh token. Whoever never signed in needs none of this: it is a part of its own.
pub fn exchange((): ()) -> LocalBoxFuture<'static, Result<(), ApiError>> {
    Box::pin(exchange_token())
}

/// The session ends here only where the API says so: whatever else goes wrong may go right the next time.
async fn exchange_token() -> Result<(), ApiError> {
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
        let session = read_answer(&text)?;
        keep_session(&session);
        return Ok(());
    }
    let error = read_error(&text);
    if response.status() == 401 {
        forget_session();
    }
    Err(error)
}
