//! Calling a webhook: what is sent, and what is written down of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::limits::{WEBHOOK_ANSWER_BYTES, WEBHOOK_SECONDS};
use mendmap_shared::wire::integrations::Event;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use ureq::http::Request;
use uuid::Uuid;

use super::models::Target;
use super::{deliveries, payload, queries, rules};
use crate::auth::sealed;
use crate::auth::tokens::Keys;
use crate::delivery::outbound::{Bounds, OutboundError};
use crate::delivery::{Errand, Post, Record, Refused};
use crate::jobs::queries::Claimed;

/// What one call may cost.
pub const BOUNDS: Bounds = Bounds { seconds: WEBHOOK_SECONDS, bytes: WEBHOOK_ANSWER_BYTES, redirects: 0 };

/// What a server says when it wants to be told nothing more.
const GONE: u16 = 410;

/// Why an event was not taken. The text names no words of the server: those are for the body's staff, not for our log.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The server answered something else than that.
    #[error("the server answered {status}")]
    Answered {
        /// HTTP status.
        status: u16,
        /// The beginning of its answer.
        words: String,
    },
    /// There was no answer.
    #[error(transparent)]
    Unanswered(#[from] OutboundError),
}

impl NotTaken {
    fn status(&self) -> Option<i16> {
        match self {
            Self::Answered { status, .. } => i16::try_from(*status).ok(),
            Self::Unanswered(_) => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Answered { words, .. } => words.clone(),
            Self::Unanswered(error) => error.to_string(),
        }
    }
}

/// The secrets a call is signed with: the present one, and for a while the one before, if it still opens.
///
/// # Errors
/// When `SECRET_KEY` is not what it was.
pub fn secrets(keys: &Keys, target: &Target, now: DateTime<Utc>) -> anyhow::Result<Vec<String>> {
    let purpose = rules::purpose(target.id);
    let mut secrets = vec![sealed::open(keys, &purpose, &target.secret)?];
    let old = target.old_secret.as_ref().filter(|_| target.old_secret_until.is_some_and(|until| until > now));
    secrets.extend(old.and_then(|old| sealed::open(keys, &purpose, old).ok()));
    Ok(secrets)
}

/// The request that tells of an event, signed with every one of the secrets.
///
/// # Errors
/// When a secret or the address cannot be used.
pub fn request(
    url: &str,
    secrets: &[String],
    message: &str,
    event: &Event,
    now: DateTime<Utc>,
) -> anyhow::Result<Request<Vec<u8>>> {
    let body = serde_json::to_vec(event)?;
    let at = now.timestamp();
    let sign = |secret: &String| Webhook::new(secret)?.sign(message, at, &body);
    let signatures = secrets.iter().map(sign).collect::<Result<Vec<_>, _>>()?.join(" ");
    Ok(Request::post(url)
        .header("content-type", "application/json")
        .header(HEADER_WEBHOOK_ID, message)
        .header(HEADER_WEBHOOK_TIMESTAMP, at)
        .header(HEADER_WEBHOOK_SIGNATURE, signatures)
        .body(body)?)
}

/// Finds out what is to be sent of an event to a webhook.
///
/// # Errors
/// From the database.
pub fn prepare(conn: &mut PgConnection, post: &Post, webhook: Uuid, event: i64) -> anyhow::Result<Errand> {
    let Some((target, event)) = deliveries::due(conn, webhook, event)? else { return Ok(Errand::Nothing) };
    let id = event.id;
    if !target.enabled {
        return Ok(Errand::Write(Box::new(move |conn| Ok(deliveries::park(conn, webhook, id)?))));
    }
    let Some(what) = payload::what(conn, &post.keys, &event)? else {
        return Ok(Errand::Write(Box::new(move |conn| Ok(deliveries::withhold(conn, webhook, id)?))));
    };
    let now = Utc::now();
    let secrets = secrets(&post.keys, &target, now)
        .map_err(|_| Refused("its secret cannot be opened (SECRET_KEY has changed): make a new one".into()))?;
    let event = Event { timestamp: event.at, what };
    let request = request(&target.url, &secrets, &rules::message_id(webhook, id), &event, now)?;
    Ok(Errand::Call(Box::new(move |outside| {
        let answer = outside.outbound.tell(request, BOUNDS).map_err(NotTaken::from)?;
        let (status, words) = (answer.status, rules::words(&answer.body));
        match status {
            200..=299 => Ok::<Record, _>(Box::new(move |conn| {
                Ok(deliveries::mark_sent(conn, webhook, id, i16::try_from(status).ok(), &words)?)
            })),
            GONE => Ok(Box::new(move |conn| {
                deliveries::note_answer(conn, webhook, id, i16::try_from(status).ok(), &words)?;
                Ok(queries::switch_off(conn, webhook, queries::Off::Gone)?)
            })),
            _ => Err(NotTaken::Answered { status, words }.into()),
        }
    })))
}

/// Writes down that an event was not taken, in the transaction that says so of its job. A webhook that takes nothing for days is
/// switched off.
///
/// # Errors
/// From the database.
pub fn record_failure(
    conn: &mut PgConnection,
    claimed: &Claimed,
    (webhook, event): (Uuid, i64),
    error: &anyhow::Error,
    next: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    let not_taken = error.downcast_ref::<NotTaken>();
    let refused = error.downcast_ref::<Refused>();
    let status = not_taken.and_then(NotTaken::status);
    // What else went wrong went wrong here, and stands in our log.
    let ours = || refused.map_or_else(|| "it could not be sent just now".to_owned(), ToString::to_string);
    let words = not_taken.map_or_else(ours, NotTaken::words);
    deliveries::mark_failed(conn, (webhook, event), claimed.attempts, (status, &words), next)?;
    if next.is_none() {
        // It waits in the log, from where it can be told again.
        crate::jobs::queries::forget(conn, claimed)?;
    }
    if not_taken.is_none() && refused.is_none() {
        return Ok(());
    }
    queries::note_failure(conn, webhook)
}
