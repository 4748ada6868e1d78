//! Signing in, links from mails, one's own account.

use std::future::Future;

use mendmap_shared::wire::Page;
use mendmap_shared::wire::auth::{LinkToken, Me, MeChange, Session, SignIn, SignInLinkRequest};
use mendmap_shared::wire::reports::{Confirmed, MyReport};
use serde_json::json;

use super::transport::Call;
use super::{ApiError, Query, forget_session, keep_session, token};

/// [confirm_link]: opens what a mailed link confirms, and a session with it.
pub async fn confirm_link(token: String) -> Result<Confirmed, ApiError> {
    token::settled().await;
    let confirmed: Confirmed = Call::post("/confirmations").json(&LinkToken { token }).public().fetch().await?;
    keep_session(&confirmed.session);
    Ok(confirmed)
}

/// [unsubscribe]
pub fn unsubscribe(token: String) -> impl Future<Output = Result<(), ApiError>> {
    Call::post("/unsubscribe").json(&LinkToken { token }).public().done()
}

/// [request_sign_in_link]
pub fn request_sign_in_link(request: &SignInLinkRequest) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::post("/auth/sign-in-links").json(request).public().done()
}

/// [create_session]: signs in and keeps the session.
pub async fn create_session(sign_in: &SignIn) -> Result<Session, ApiError> {
    token::settled().await;
    let session: Session = Call::post("/auth/sessions").json(sign_in).public().fetch().await?;
    keep_session(&session);
    Ok(session)
}

/// [delete_session]: signs out. On this side the session is gone even where the API cannot be reached.
pub async fn delete_session() -> Result<(), ApiError> {
    let answer = Call::delete("/auth/sessions").done().await;
    forget_session();
    answer
}

/// [update_me]
pub fn update_me(change: &MeChange) -> impl Future<Output = Result<Me, ApiError>> + use<> {
    Call::patch("/me").json(change).fetch()
}

/// [change_password]. The shared type never serialises a password, so the body is written here.
pub fn change_password(
    password: &str,
    current_password: Option<&str>,
) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::put("/me/password").json(&json!({ "password": password, "current_password": current_password })).done()
}

/// [list_my_reports]
pub fn list_my_reports(cursor: Option<String>) -> impl Future<Output = Result<Page<MyReport>, ApiError>> {
    Call::get(format!("/me/reports{}", Query::new().with_some("cursor", cursor).into_string())).fetch()
}
