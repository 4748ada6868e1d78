//! Whoever has just written sees it: reads may lag for everybody else.
//!
//! A caller with a session or a key is always shown the newest. Everybody else is while a cookie lasts that comes with the
//! answer to a write. The cookie says nothing about anybody, and whoever makes one up only asks the writer.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpRequest, web};

use crate::app::App;
use crate::db::{Freshness, OWN_WRITES};

/// The cookie of whoever has just written.
const COOKIE: &str = "mendmap_wrote";

impl FromRequest for Freshness {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let current = request.headers().contains_key(AUTHORIZATION) || request.cookie(COOKIE).is_some();
        ready(Ok(if current { Self::Current } else { Self::MayLag }))
    }
}

/// Adds the cookie to the answer of a write that was done, where some reads go to a reader or to what all processes keep.
///
/// # Errors
/// What the handler returns.
pub async fn remember_writes<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = next.call(request).await?;
    if let Some(app) =
        app.filter(|app| writes && (app.db.has_reader() || app.cache.is_shared()) && response.status().is_success())
    {
        let cookie = Cookie::build(COOKIE, "1")
            .path("/")
            .max_age(time::Duration::seconds(OWN_WRITES.as_secs().cast_signed()))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(app.config.http.base_url().starts_with("https:"))
            .finish();
        response.response_mut().add_cookie(&cookie)?;
    }
    Ok(response)
}
