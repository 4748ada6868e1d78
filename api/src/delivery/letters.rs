//! What each letter to a resident says.

use std::collections::HashMap;

use diesel::prelude::*;
use mendmap_shared::wire::photos::Photo;
use mendmap_shared::workflow::Status;
use uuid::Uuid;

use super::Post;
use super::letter::{Block, Letter, Unsubscribe};
use crate::auth::links::Purpose;
use crate::db::Stored;
use crate::photos;
use crate::schema::{alerts, bodies, link_tokens, reports, updates, users};

/// Status as people say it in a mail.
#[must_use]
pub const fn in_words(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Investigating => "being investigated",
        Status::ActionScheduled => "scheduled for action",
        Status::InProgress => "in progress",
        Status::Fixed => "fixed",
        Status::Closed => "closed",
        Status::NoFurtherAction => "closed: no further action",
        Status::NotResponsible => "closed: not this organisation's responsibility",
        Status::Duplicate => "closed: reported before",
        Status::InternalReferral => "passed to another team",
        Status::Cancelled => "withdrawn",
    }
}

struct LinkRow {
    purpose: String,
    email: String,
    subject_id: Option<i64>,
}

fn unopened_link(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<LinkRow>> {
    let row: Option<(String, String, Option<i64>)> = link_tokens::table
        .find(id)
        .filter(link_tokens::used_at.is_null())
        .filter(link_tokens::expires_at.gt(diesel::dsl::now))
        .select((link_tokens::purpose, link_tokens::email, link_tokens::subject_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(purpose, email, subject_id)| LinkRow { purpose, email, subject_id }))
}

/// The letter with a sign-in link.
///
/// # Errors
/// From the database.
pub fn sign_in(conn: &mut PgConnection, post: &Post, id: Uuid) -> QueryResult<Option<Letter>> {
    let Some(link) = unopened_link(conn, id)? else { return Ok(None) };
    // The token stands behind a #, so that it reaches no server's log.
    let url = format!("{}/sign-in#{}", post.base_url, post.keys.link_token(Purpose::SignIn.as_str(), id));
    Ok(Some(Letter {
        id,
        to: link.email,
        reply_to: None,
        subject: format!("Sign in to {}", post.brand),
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text("somebody, probably you, asked to sign in with this address.".into()),
            Block::Link("Sign in".into(), url),
            Block::Text(
                "The link works once and for one day. If you did not ask for it, you need not do anything.".into(),
            ),
        ],
        unsubscribe: None,
    }))
}

/// The letter with a link that confirms a report, an update or a subscription.
///
/// # Errors
/// From the database.
pub fn confirm(conn: &mut PgConnection, post: &Post, id: Uuid) -> QueryResult<Option<Letter>> {
    let Some(link) = unopened_link(conn, id)? else { return Ok(None) };
    let report: Option<i64> = match (link.subject_id, &*link.purpose) {
        (Some(update), "confirm_update") => {
            updates::table.find(update).select(updates::report_id).first(conn).optional()?
        }
        (subject, _) => subject,
    };
    let Some(report) = report else { return Ok(None) };
    let Some(title) = reports::table.find(report).select(reports::title).first::<String>(conn).optional()? else {
        return Ok(None);
    };
    let (subject, what, label) = match &*link.purpose {
        "confirm_report" => (
            format!("Confirm your report: {title}"),
            "please confirm your report, so that it can be published and sent to the people who can mend it.",
            "Confirm my report",
        ),
        "confirm_update" => (
            format!("Confirm your update: {title}"),
            "please confirm your update, so that it can be published.",
            "Confirm my update",
        ),
        _ => (
            format!("Confirm that you want to follow: {title}"),
            "please confirm that you want a mail whenever this report changes.",
            "Follow this report",
        ),
    };
    let url = format!("{}/confirm#{}", post.base_url, post.keys.link_token(&link.purpose, id));
    Ok(Some(Letter {
        id,
        to: link.email,
        reply_to: None,
        subject,
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text(what.into()),
            Block::Quote(title),
            Block::Link(label.into(), url),
            Block::Text("The link works for 30 days. If this was not you, you need not do anything.".into()),
        ],
        unsubscribe: None,
    }))
}

/// A link to each photo of one report or update.
pub fn photo_links(post: &Post, photos: HashMap<i64, Vec<Photo>>) -> impl Iterator<Item = Block> {
    let numbered = (1..).zip(photos.into_values().flatten());
    numbered.map(|(n, photo)| Block::Link(format!("Photo {n}"), format!("{}{}", post.base_url, photo.full)))
}

/// The letter that tells one follower about one update.
///
/// # Errors
/// From the database.
pub fn alert(conn: &mut PgConnection, post: &Post, alert: Uuid, update: i64) -> QueryResult<Option<Letter>> {
    type Row = (i64, String, i64, String, Option<String>, Option<Stored<Status>>, bool, Option<String>);
    let row: Option<Row> = alerts::table
        .inner_join(users::table)
        .inner_join(reports::table)
        .inner_join(updates::table.on(updates::report_id.eq(alerts::report_id)))
        .left_join(bodies::table.on(updates::body_id.eq(bodies::id.nullable())))
        .filter(alerts::id.eq(alert))
        .filter(updates::id.eq(update))
        .filter(updates::visibility.eq("published"))
        .filter(reports::visibility.eq_any(["published", "private"]))
        .select((
            users::id,
            users::email,
            reports::id,
            reports::title,
            updates::text,
            updates::status,
            updates::by_author,
            bodies::name.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((user, to, report_id, title, text, status, by_author, body)) = row else { return Ok(None) };
    // It may have become private since they followed it.
    if crate::reports::queries::standing(conn, report_id, Some(user)).is_err() {
        return Ok(None);
    }
    let who = body.unwrap_or_else(|| if by_author { "The person who reported it".into() } else { "A resident".into() });
    let mut blocks = vec![Block::Text(match status {
        Some(Stored(status)) => format!("{who} changed “{title}”: it is now {}.", in_words(status)),
        None => format!("{who} wrote an update on “{title}”."),
    })];
    blocks.extend(text.map(Block::Quote));
    let photos = photos::queries::of_updates(conn, &[update], &|photo| post.keys.mailed_photo_query(photo))?;
    blocks.extend(photo_links(post, photos));
    blocks.push(Block::Link("See the report".into(), format!("{}/reports/{report_id}", post.base_url)));
    let token = post.keys.link_token("unsubscribe", alert);
    Ok(Some(Letter {
        // The job's own key, so that a second attempt is the same mail.
        id: Uuid::new_v5(&alert, &update.to_be_bytes()),
        to,
        reply_to: None,
        subject: match status {
            Some(Stored(status)) => format!("Now {}: {title}", in_words(status)),
            None => format!("Update: {title}"),
        },
        greeting: "Hello,".into(),
        blocks,
        unsubscribe: Some(Unsubscribe {
            page: format!("{}/unsubscribe#{token}", post.base_url),
            one_click: format!("{}/api/v1/unsubscribe?token={token}", post.base_url),
        }),
    }))
}
