//! The only part that talks to the outside: mail, bodies' own servers, webhooks.

pub mod body_letters;
pub mod letter;
pub mod letters;
pub mod mailer;
pub mod open311;
pub mod outbound;
pub mod public_addresses;
pub mod queries;

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use diesel::Connection as _;
use diesel::pg::PgConnection;
use lettre::message::Mailbox;
use uuid::Uuid;

use self::letter::Letter;
use self::mailer::Mailer;
use self::outbound::Outbound;
use crate::auth::tokens::Keys;
use crate::exports::made::making::Piece;
use crate::jobs::Job;
use crate::jobs::queries::{self as jobs, Claimed};
use crate::photos::{self, store::PhotoStore};
use crate::{mail_feedback, webhooks};

/// How long nothing is sent to a server that did not answer.
const LANE_RESTS: chrono::Duration = chrono::Duration::minutes(1);

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
    /// Only this to be written, in the transaction in which the job goes.
    Write(Record),
    /// One letter.
    Send(Box<Letter>),
    /// A call of a server outside.
    Call(Call),
    /// An export, or the snapshot.
    Make(Piece),
}

/// Talks to a server outside, with no connection to the database held meanwhile, and answers what is to be recorded of it. An
/// error is tried again by PRODUCT's table, unless it is [`Refused`].
pub type Call = Box<dyn FnOnce(&Outside<'_>) -> anyhow::Result<Record> + Send>;

/// Writes down what a call came to, in the transaction in which its job goes.
pub type Record = Box<dyn FnOnce(&mut PgConnection) -> anyhow::Result<()> + Send>;

/// What a call may use.
pub struct Outside<'a> {
    /// The way out.
    pub outbound: &'a Outbound,
    /// Photos, to send them along or to take new ones in.
    pub photos: &'a Arc<PhotoStore>,
}

/// The server will never take it, in its own words: no use in trying again, a person must look.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// The server did not take it just now, in its own words: it is tried again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Told(pub String);

/// What the log is told of a failure. The words of another party's server are kept with the job and the delivery, for staff: they
/// may repeat what a resident wrote.
#[must_use]
pub fn logged(error: &anyhow::Error) -> String {
    if error.is::<Refused>() {
        "the server outside refuses; its words are kept with the job".to_owned()
    } else if error.is::<Told>() {
        "the server outside did not take it; its words are kept with the job".to_owned()
    } else {
        format!("{error:#}")
    }
}

/// Finds out what a job asks for. An address that refuses mail gets none: a letter to a body then waits for a person, any other
/// is not sent.
///
/// # Errors
/// From the database; [`Refused`] where a body's address refuses mail.
pub fn prepare(conn: &mut PgConnection, post: &Post, job: &Job) -> anyhow::Result<Errand> {
    let errand = wanted(conn, post, job)?;
    let Errand::Send(letter) = &errand else { return Ok(errand) };
    if !mail_feedback::queries::is_refused(conn, post.keys.address_hash(&letter.to))? {
        return Ok(errand);
    }
    match job {
        Job::Deliver { .. } => Err(Refused(mail_feedback::queries::CAME_BACK.to_owned()).into()),
        _ => Ok(Errand::Nothing),
    }
}

fn wanted(conn: &mut PgConnection, post: &Post, job: &Job) -> anyhow::Result<Errand> {
    Ok(match job {
        Job::SignInMail { link } => letters::sign_in(conn, post, *link)?.into(),
        Job::ConfirmMail { link } => letters::confirm(conn, post, *link)?.into(),
        Job::Deliver { delivery } => body_letters::handed_over(conn, post, *delivery)?.into(),
        Job::FetchMedia { report, position, .. } => photos::remote::fetch(conn, *report, *position)?,
        Job::NotifyFollowers { update } => Errand::Enqueue(queries::alert_jobs(conn, *update)?),
        Job::AlertMail { alert, update } => letters::alert(conn, post, *alert, *update)?.into(),
        Job::ParkedSummary { body, user, .. } => {
            // The job's own key, so that a second attempt is the same mail.
            let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, job.dedupe_key().as_bytes());
            body_letters::parked(conn, post, id, *body, *user)?.into()
        }
        Job::Open311Deliver { .. }
        | Job::Open311Token { .. }
        | Job::Open311Pictures { .. }
        | Job::Open311Poll { .. }
        | Job::Open311Sync { .. } => open311::prepare(conn, post, job)?,
        Job::TellWebhooks { event } => {
            let event = *event;
            Errand::Write(Box::new(move |conn| {
                let more = webhooks::deliveries::fan_out(conn)?;
                let rest = more.then_some(Job::TellWebhooks { event });
                Ok(jobs::enqueue_all(conn, rest.as_slice())?)
            }))
        }
        Job::CallWebhook { webhook, event } => webhooks::calls::prepare(conn, post, *webhook, *event)?,
        Job::MakeExport { export } => Errand::Make(Piece::Export(*export)),
        Job::MakeSnapshot { day } => Errand::Make(Piece::Snapshot(*day)),
        Job::MailFeedback { message } => mail_feedback::prepare(conn, post, *message)?,
        Job::WebhookDisabledMail { webhook, user } => webhooks::letters::disabled(conn, post, *webhook, *user)?.into(),
    })
}

impl From<Option<Letter>> for Errand {
    fn from(letter: Option<Letter>) -> Self {
        letter.map_or(Self::Nothing, |letter| Self::Send(Box::new(letter)))
    }
}

/// What a job came to.
pub enum Outcome {
    /// There was nothing to send (any more).
    Nothing,
    /// Only rows are to be written.
    Enqueue(Vec<Job>),
    /// The letter was handed over.
    Sent,
    /// Nobody had to be asked, and this is to be written down.
    Written(Record),
    /// The server answered, and this is to be written down.
    Called(Record),
}

impl Outcome {
    /// Its word in metrics and traces.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Sent => "sent",
            Self::Written(_) => "written",
            Self::Enqueue(_) | Self::Called(_) => "done",
        }
    }
}

/// Records that a job is done: its row goes, and a delivery says when it was sent or that it was not, in one transaction. An
/// attempt that another has taken over meanwhile records nothing.
///
/// # Errors
/// From the database; the job runs again then, and its mail carries the same Message-ID.
pub fn record_done(conn: &mut PgConnection, claimed: &Claimed, job: &Job, outcome: Outcome) -> anyhow::Result<()> {
    conn.transaction(|conn| {
        // Before the job's own row: whoever writes an update holds its report while they make jobs.
        let report = locked_report(conn, Some(job))?;
        if !jobs::finish(conn, claimed)? {
            return Ok(());
        }
        match (outcome, job) {
            (Outcome::Enqueue(more), _) => jobs::enqueue_all(conn, &more)?,
            (Outcome::Written(record) | Outcome::Called(record), _) => record(conn)?,
            (Outcome::Sent, Job::Deliver { delivery }) => queries::mark_sent(conn, *delivery)?,
            (Outcome::Nothing, Job::Deliver { delivery } | Job::Open311Deliver { delivery, .. }) => {
                queries::mark_withheld(conn, *delivery)?;
            }
            _ => {}
        }
        if report.is_some() {
            open311::queries::advance(conn, report)?;
        }
        anyhow::Ok(())
    })
    .context("a job was done and could not be recorded")
}

/// Records that an attempt failed, unless another has taken over meanwhile. Answers when the next one is due; none where it waits
/// for a person.
///
/// # Errors
/// From the database; the lease runs out then and the job is tried again.
pub fn record_failure(
    conn: &mut PgConnection,
    claimed: &Claimed,
    job: Option<&Job>,
    error: &anyhow::Error,
) -> anyhow::Result<Option<DateTime<Utc>>> {
    let now = Utc::now();
    let wait = crate::jobs::rules::next_attempt_after(claimed.attempts, now - claimed.created_at);
    let refused = error.downcast_ref::<Refused>().is_some();
    let next = wait.filter(|_| !refused).map(|wait| now + wait);
    let cause = error;
    let error = format!("{cause:#}");
    conn.transaction(|conn| {
        let report = locked_report(conn, job)?;
        if !jobs::fail(conn, claimed, &error, next)? {
            return Ok(());
        }
        if let Some(Job::CallWebhook { webhook, event }) = job {
            webhooks::calls::record_failure(conn, claimed, (*webhook, *event), cause, next)?;
        }
        if let Some(Job::Deliver { delivery } | Job::Open311Deliver { delivery, .. }) = job {
            queries::mark_failed(conn, *delivery, claimed.attempts, &error, next)?;
        }
        if report.is_some() {
            open311::queries::advance(conn, report)?;
        }
        if let (Some(lane), false) = (&claimed.lane, refused) {
            // It did not answer this one: it is spared the others for as long as a first attempt waits.
            jobs::rest(conn, lane, now + LANE_RESTS)?;
        }
        diesel::QueryResult::Ok(())
    })
    .context("a failed attempt could not be recorded")?;
    Ok(next)
}

/// The report a job hands over, held until the transaction ends; none where nothing is to follow at a body's server.
fn locked_report(conn: &mut PgConnection, job: Option<&Job>) -> diesel::QueryResult<Option<i64>> {
    match job {
        Some(Job::Deliver { delivery } | Job::Open311Deliver { delivery, .. }) => {
            open311::queries::lock_report(conn, *delivery)
        }
        _ => Ok(None),
    }
}
