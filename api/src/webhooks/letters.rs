//! What a body's administrators are written about its webhooks.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::limits::WEBHOOK_FAILING_DAYS;
use uuid::Uuid;

use super::rules::server;
use crate::delivery::Post;
use crate::delivery::letter::{Block, Letter};
use crate::schema::{bodies, users, webhooks};

/// The letter that says that a webhook was switched off; none when it was switched on again meanwhile.
///
/// # Errors
/// From the database.
pub fn disabled(conn: &mut PgConnection, post: &Post, webhook: Uuid, user: i64) -> QueryResult<Option<Letter>> {
    type Row = (String, Option<String>, Option<DateTime<Utc>>, String, String);
    let row: Option<Row> = webhooks::table
        .inner_join(bodies::table.on(bodies::id.eq(webhooks::body_id)))
        .filter(webhooks::id.eq(webhook))
        .select((webhooks::url, webhooks::disabled_why, webhooks::failing_since, bodies::name, bodies::slug))
        .first(conn)
        .optional()?;
    let Some((url, Some(why), failing_since, name, slug)) = row else { return Ok(None) };
    let to: Option<String> = users::table.find(user).select(users::email).first(conn).optional()?;
    let Some(to) = to else { return Ok(None) };
    let server = server(&url);
    let reason = match why.as_str() {
        "gone" => "it answered that it is gone for good".to_owned(),
        _ => format!("it has taken nothing for {WEBHOOK_FAILING_DAYS} days"),
    };
    // The same letter for all attempts, another one the next time it happens.
    let id = Uuid::new_v5(&webhook, format!("{user} {failing_since:?}").as_bytes());
    Ok(Some(Letter {
        id,
        to,
        reply_to: None,
        subject: format!("{name}: {server} is not told of changes any more"),
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text(format!("{name} has a webhook that leads to {server}. We have switched it off, as {reason}.")),
            Block::Text(
                "When that server is well again, try the webhook, switch it on, and have it told again what it missed: \
                 we keep that for 30 days."
                    .into(),
            ),
            Block::Link("See what it answered".into(), format!("{}/desk/{slug}/integrations", post.base_url)),
        ],
        unsubscribe: None,
    }))
}
