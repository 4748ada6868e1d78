//! What the mail service tells about mails of ours: addresses that do not exist, and people who call our mail spam. Neither
//! gets mail any more.
//!
//! Amazon SES tells it by SNS (`POST /api/v1/mail-feedback`). The API only keeps the message; the worker reads it, and then
//! it is gone: what stays is a hash of the address.

pub mod handlers;
pub mod queries;
pub mod rules;

use anyhow::Context as _;
use diesel::pg::PgConnection;
use ureq::http::Request;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use self::rules::Feedback;
use crate::delivery::outbound::Bounds;
use crate::delivery::{Errand, Outside, Post, Record};

/// How much of the answer to a confirmation is read, and for how long it is waited.
const CONFIRMATION: Bounds = Bounds { seconds: 15, bytes: 64 * 1024, redirects: 0 };

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::take_mail_feedback);
}

/// Finds out what a message asks for.
///
/// # Errors
/// From the database.
pub fn prepare(conn: &mut PgConnection, post: &Post, id: Uuid) -> anyhow::Result<Errand> {
    let Some(message) = queries::message(conn, id)? else { return Ok(Errand::Nothing) };
    Ok(match rules::read(&message) {
        Feedback::Nothing => Errand::Write(Box::new(move |conn| Ok(queries::forget(conn, id)?))),
        Feedback::Refused { reason, addresses, letter } => {
            let hashes: Vec<_> = addresses.iter().map(|address| post.keys.address_hash(address)).collect();
            Errand::Write(Box::new(move |conn| {
                queries::refuse(conn, &hashes, reason)?;
                if let Some(letter) = letter {
                    queries::came_back(conn, letter)?;
                }
                tracing::info!(mail.reason = reason.as_str(), mail.addresses = hashes.len(), "mail is refused");
                Ok(queries::forget(conn, id)?)
            }))
        }
        Feedback::Subscribed { confirm_at } => Errand::Call(Box::new(move |outside: &Outside<'_>| {
            let request = Request::get(confirm_at.as_str()).body(Vec::new()).context("no request")?;
            let answer = outside.outbound.send(request, CONFIRMATION)?;
            anyhow::ensure!(answer.status == 200, "the subscription was not confirmed (status {})", answer.status);
            tracing::info!("the subscription to what becomes of mails is confirmed");
            let record: Record = Box::new(move |conn| Ok(queries::forget(conn, id)?));
            Ok(record)
        })),
    })
}
