//! Messages that wait to be read, and addresses that get no mail.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::rules::Reason;
use crate::jobs::{self, Job};
use crate::schema::{deliveries, jobs as job_rows, mail_feedback, refused_addresses};

/// What staff read of a letter that came back.
pub const CAME_BACK: &str = "the mail came back: the address does not exist, or takes no mail of ours";

/// Keeps a message and the job of reading it.
///
/// # Errors
/// From the database.
pub fn keep(conn: &mut PgConnection, message: &str) -> QueryResult<()> {
    let id = Uuid::now_v7();
    diesel::insert_into(mail_feedback::table)
        .values((mail_feedback::id.eq(id), mail_feedback::message.eq(message)))
        .execute(conn)?;
    jobs::queries::enqueue(conn, &Job::MailFeedback { message: id })
}

/// A message that was not read yet.
///
/// # Errors
/// From the database.
pub fn message(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<String>> {
    mail_feedback::table.find(id).select(mail_feedback::message).first(conn).optional()
}

/// The message was read.
///
/// # Errors
/// From the database.
pub fn forget(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(mail_feedback::table.find(id)).execute(conn).map(drop)
}

/// These addresses get no mail from now on.
///
/// # Errors
/// From the database.
pub fn refuse(conn: &mut PgConnection, hashes: &[[u8; 32]], reason: Reason) -> QueryResult<()> {
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| {
            (refused_addresses::address_hash.eq(hash.as_slice()), refused_addresses::reason.eq(reason.as_str()))
        })
        .collect();
    diesel::insert_into(refused_addresses::table).values(rows).on_conflict_do_nothing().execute(conn).map(drop)
}

/// An address gets mail again. Says whether it did not.
///
/// # Errors
/// From the database.
pub fn allow(conn: &mut PgConnection, hash: [u8; 32]) -> QueryResult<bool> {
    Ok(diesel::delete(refused_addresses::table.find(hash.as_slice())).execute(conn)? > 0)
}

/// Whether an address gets no mail.
///
/// # Errors
/// From the database.
pub fn is_refused(conn: &mut PgConnection, hash: [u8; 32]) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(refused_addresses::table.find(hash.as_slice()))).get_result(conn)
}

/// A letter came back. Was it to a body, its delivery waits for a person, who may send it again.
///
/// # Errors
/// From the database.
pub fn came_back(conn: &mut PgConnection, letter: Uuid) -> QueryResult<()> {
    let returned = diesel::update(deliveries::table.find(letter))
        .filter(deliveries::state.eq("sent"))
        .set((
            deliveries::state.eq("parked"),
            deliveries::sent_at.eq(None::<DateTime<Utc>>),
            deliveries::last_error.eq(CAME_BACK),
        ))
        .execute(conn)?;
    if returned == 0 {
        return Ok(());
    }
    let job = Job::Deliver { delivery: letter };
    jobs::queries::enqueue(conn, &job)?;
    diesel::update(job_rows::table.filter(job_rows::dedupe_key.eq(job.dedupe_key())))
        .set((job_rows::parked_at.eq(Utc::now()), job_rows::last_error.eq(CAME_BACK)))
        .execute(conn)
        .map(drop)
}
