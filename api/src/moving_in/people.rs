//! Accounts and staff. Nobody gets an account by an address they never proved theirs, and nobody brings a password: they sign
//! in by a mailed link.

use chrono::{DateTime, Utc};
use mendmap_shared::text::Email;
use serde::Serialize;
use uuid::Uuid;

use super::left_out::Reason;
use super::ours::Tally;
use super::theirs::{self, User};
use super::{AT_ONCE, Move, Numbers, ours, rules};

#[derive(Serialize)]
struct StagedUser {
    theirs: i64,
    seen: Uuid,
    email: String,
    name: Option<String>,
    phone: Option<String>,
    created_at: Option<DateTime<Utc>>,
    body_id: Option<i64>,
    role: Option<&'static str>,
}

/// Carries over everybody whose mail address is confirmed; who works for a body works for it here.
///
/// # Errors
/// From one of the databases.
pub fn users(at: &mut Move<'_>, bodies: &Numbers) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<User> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let mut rows = Vec::with_capacity(page.len());
        for user in &page {
            let address = user.email.as_deref().filter(|_| user.email_verified);
            let email = match address {
                Some(email) if rules::is_removed(email) => Err(Reason::RemovedThere),
                Some(email) => email.parse::<Email>().map_err(|_| Reason::NoMail),
                None => Err(Reason::NoMail),
            };
            match email {
                Ok(email) => rows.push(staged(user, &email, bodies)?),
                Err(reason) => {
                    tally.left += 1;
                    at.left_out.note("user", user.id, reason, "")?;
                }
            }
            if user.superuser && user.from_body.is_none() {
                at.left_out.note("user", user.id, Reason::NoBody, "")?;
            }
        }
        let outcome = ours::apply(at.ours, "staged_users", &rows, include_str!("sql/apply_users.sql"))?;
        at.note_all("user", &outcome.words)?;
        tally.add(outcome.tally);
    }
    at.done("accounts", tally);
    Ok(())
}

fn staged(user: &User, email: &Email, bodies: &Numbers) -> anyhow::Result<StagedUser> {
    let body_id = user.from_body.and_then(|body| bodies.get(&body).copied());
    Ok(StagedUser {
        theirs: user.id,
        seen: ours::seen(user)?,
        email: email.to_string(),
        name: user.name.clone().filter(|name| !name.is_empty()),
        phone: user.phone.clone().filter(|phone| !phone.is_empty()),
        created_at: user.created,
        body_id,
        role: body_id.map(|_| rules::role(user.superuser, &user.permissions)),
    })
}
