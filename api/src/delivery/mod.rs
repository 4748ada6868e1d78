//! The only part that talks to the outside: mail now, bodies' own servers later.

pub mod letter;
pub mod letters;
pub mod mailer;
pub mod queries;

use anyhow::Context as _;
use diesel::Connection as _;
use diesel::pg::PgConnection;
use lettre::message::Mailbox;

use self::letter::Letter;
use self::mailer::Mailer;
use crate::auth::tokens::Keys;
use crate::jobs::{Job, queries as jobs};

/// What letters are written with and how they leave.
pub struct Post {
    /// Sends or files them.
    pub mailer: Mailer,
    /// Signs links.
    pub keys: Keys,
    /// Address of the site, without a slash at the end.
    pub base_url: String,
    /// Name of the site.
    pub brand: String,
    /// Sender.
    pub from: Mailbox,
}

/// What must be sent for a job, read from the database before anything leaves.
pub enum Errand {
    /// Nothing (any more): the thing is gone, hidden, or was done before.
    Nothing,
    /// Only rows to write.
    Enqueue(Vec<Job>),
    /// One letter.
    Send(Box<Letter>),
}

/// Finds out what a job asks for.
///
/// # Errors
/// From the database.
pub fn prepare(conn: &mut PgConnection, post: &Post, job: &Job) -> anyhow::Result<Errand> {
    Ok(match job {
        Job::SignInMail { link } => letters::sign_in(conn, post, *link)?.into(),
        Job::ConfirmMail { link } => letters::confirm(conn, post, *link)?.into(),
        Job::Deliver { delivery } => letters::to_body(conn, post, *delivery)?.into(),
        Job::NotifyFollowers { update } => Errand::Enqueue(queries::alert_jobs(conn, *update)?),
        Job::AlertMail { alert, update } => letters::alert(conn, post, *alert, *update)?.into(),
    })
}

impl From<Option<Letter>> for Errand {
    fn from(letter: Option<Letter>) -> Self {
        letter.map_or(Self::Nothing, |letter| Self::Send(Box::new(letter)))
    }
}

/// Records that a job is done: its row goes, and a delivery says when, in one transaction.
///
/// # Errors
/// From the database; the job runs again then, and its mail carries the same Message-ID.
pub fn record_done(conn: &mut PgConnection, id: uuid::Uuid, job: &Job, follow_up: &[Job]) -> anyhow::Result<()> {
    conn.transaction(|conn| {
        jobs::enqueue_all(conn, follow_up)?;
        if let Job::Deliver { delivery } = job {
            queries::mark_sent(conn, *delivery)?;
        }
        jobs::finish(conn, id)
    })
    .context("a job was done and could not be recorded")
}

/// Records that an attempt failed.
///
/// # Errors
/// From the database; the lease runs out then and the job is tried again.
pub fn record_failure(
    conn: &mut PgConnection,
    claimed: &jobs::Claimed,
    job: Option<&Job>,
    error: &str,
) -> anyhow::Result<()> {
    let age = chrono::Utc::now() - claimed.created_at;
    let wait = crate::jobs::rules::next_attempt_after(claimed.attempts, age);
    conn.transaction(|conn| {
        let next = jobs::fail(conn, claimed.id, error, wait)?;
        if let Some(Job::Deliver { delivery }) = job {
            queries::mark_failed(conn, *delivery, claimed.attempts, error, next)?;
        }
        diesel::QueryResult::Ok(())
    })
    .context("a failed attempt could not be recorded")
}
