//! Updates: what was said of reports, and what it changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use mendmap_shared::workflow::Status;
use serde::Serialize;
use uuid::Uuid;

use super::left_out::Reason;
use super::ours::Tally;
use super::reports::highest;
use super::theirs::{self, Comment};
use super::{AT_ONCE, Move, Numbers, ours, rules};

#[derive(Serialize)]
struct StagedUpdate {
    theirs: i64,
    seen: Uuid,
    problem_id: i64,
    user_id: Option<i64>,
    body_id: Option<i64>,
    by_author: bool,
    public_name: Option<String>,
    name: Option<String>,
    email: Option<String>,
    text: Option<String>,
    status: Option<Status>,
    visibility: &'static str,
    created_at: DateTime<Utc>,
}

/// Carries over every update somebody confirmed, of the reports that are here.
///
/// # Errors
/// From one of the databases.
pub fn updates(at: &mut Move<'_>, bodies: &Numbers, states: &HashMap<String, String>) -> anyhow::Result<()> {
    ours::leave_room(at.ours, "updates", highest(at.theirs, "comment")?)?;
    let known = ours::numbers(at.ours, "update")?;
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<Comment> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let mut rows = Vec::with_capacity(page.len());
        for comment in &page {
            match staged(comment, known.contains_key(&comment.id), bodies, states)? {
                Ok(row) => rows.push(row),
                Err(reason) => {
                    tally.left += 1;
                    at.left_out.note("update", comment.id, reason, "")?;
                }
            }
        }
        let outcome = ours::apply(at.ours, "staged_updates", &rows, include_str!("sql/apply_updates.sql"))?;
        at.note_all("update", &outcome.words)?;
        tally.add(outcome.tally);
        (at.tell)(&format!("updates up to number {after}"));
    }
    at.done("updates", tally);
    Ok(())
}

fn staged(
    comment: &Comment,
    known: bool,
    bodies: &Numbers,
    states: &HashMap<String, String>,
) -> anyhow::Result<Result<StagedUpdate, Reason>> {
    let visibility = match comment.state.as_str() {
        "confirmed" => "published",
        "hidden" => "hidden",
        // Taken back there after it came.
        _ if known => "hidden",
        _ => return Ok(Err(Reason::Unconfirmed)),
    };
    let status = match &comment.problem_state {
        Some(state) => rules::status(state, states),
        None if comment.mark_fixed => Some(Status::Fixed),
        None if comment.mark_open => Some(Status::Open),
        None => None,
    };
    let text = Some(comment.text.clone()).filter(|text| !text.is_empty());
    if text.is_none() && status.is_none() {
        return Ok(Err(Reason::SaysNothing));
    }
    let name = comment.name.clone().filter(|name| !name.is_empty());
    let body_id = comment.body_id.and_then(|body| bodies.get(&body).copied());
    let email = comment.email.clone().filter(|email| !email.is_empty() && !rules::is_removed(email));
    Ok(Ok(StagedUpdate {
        theirs: comment.id,
        seen: ours::seen(comment)?,
        problem_id: comment.problem_id,
        user_id: comment.user_id.filter(|_| comment.account),
        body_id,
        by_author: comment.by_author && body_id.is_none(),
        // A body's staff speak in its name, not in theirs.
        public_name: name.clone().filter(|_| !comment.anonymous && body_id.is_none()),
        name,
        email,
        text,
        status,
        visibility,
        created_at: comment.created.unwrap_or_default(),
    }))
}
