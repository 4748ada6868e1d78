//! `mendmap admin key`: keys of other systems, from the server's own command line. Every change is audited.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use diesel::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::admin::body_id;
use super::say;
use crate::api_keys::queries;
use crate::desk::queries::audit;
use crate::schema::api_keys;

#[derive(Subcommand)]
pub enum KeyCommand {
    /// List a body's keys
    List {
        /// The body's slug
        body: String,
    },
    /// Make one, and show it this once
    Add {
        /// The body's slug
        body: String,
        /// What it is for, so that people can tell them apart
        name: String,
        /// Its holder knows their people already: what they send needs no mail to confirm
        #[arg(long)]
        trusted: bool,
    },
    /// Make one useless
    Revoke {
        /// The body's slug
        body: String,
        /// The key's number, as the list has it
        key: Uuid,
    },
}

/// Carries the command out.
pub fn run(conn: &mut PgConnection, command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::List { body } => {
            type Row = (Uuid, String, String, bool, Option<DateTime<Utc>>);
            let rows: Vec<Row> = api_keys::table
                .filter(api_keys::body_id.eq(body_id(conn, &body)?))
                .filter(api_keys::revoked_at.is_null())
                .order(api_keys::created_at)
                .select((api_keys::id, api_keys::hint, api_keys::name, api_keys::trusted, api_keys::last_used_at))
                .load(conn)?;
            for (id, hint, name, trusted, used) in rows {
                let used = used.map_or_else(|| "never used".to_owned(), |at| at.format("used %F").to_string());
                say(&format!("{id}\t{hint}…\t{name}\t{}\t{used}", if trusted { "trusted" } else { "not trusted" }));
            }
        }
        KeyCommand::Add { body, name, trusted } => {
            let body_id = body_id(conn, &body)?;
            let (id, key) = queries::create(conn, body_id, name.trim(), trusted, None)?;
            let detail = json!({ "body": body, "key": id, "trusted": trusted });
            audit(conn, None, "api-key.add", ("body", body_id), &detail)?;
            say(&key);
        }
        KeyCommand::Revoke { body, key } => {
            let body_id = body_id(conn, &body)?;
            queries::revoke(conn, body_id, key)?
                .then_some(())
                .with_context(|| format!("{body} has no such key; `mendmap admin key list {body}` shows them"))?;
            audit(conn, None, "api-key.revoke", ("body", body_id), &json!({ "body": body, "key": key }))?;
            say("The key is revoked");
        }
    }
    Ok(())
}
