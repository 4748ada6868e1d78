//! `mendmap admin open311`: how a body is reached by Open311.

use std::io;

use anyhow::Context as _;
use clap::Subcommand;
use diesel::prelude::*;
use mendmap_shared::wire::integrations_open311::{NewOpen311Server, Open311Format, Open311Photos};
use serde_json::json;

use super::admin::body_id;
use super::ground::Ground;
use super::say;
use crate::auth::tokens::Keys;
use crate::delivery::open311::settings;
use crate::desk::queries::audit;
use crate::serve;

#[derive(Subcommand)]
pub enum Open311Command {
    /// Set a body's server; what is not named is as at first
    Set {
        /// The body's slug
        body: String,
        /// Where its resources begin
        endpoint: String,
        /// `jurisdiction_id`, where the server wants one
        #[arg(long)]
        jurisdiction: Option<String>,
        /// Read the key it gave us from standard input; without it the one there is stays
        #[arg(long)]
        key_stdin: bool,
        /// What it is asked to answer in
        #[arg(long, value_parser = ["xml", "json"], default_value = "xml")]
        format: String,
        /// Whether it speaks the extended status words
        #[arg(long)]
        extended_statuses: bool,
        /// How photos get there
        #[arg(long, value_parser = ["links", "uploads"], default_value = "links")]
        photos: String,
    },
    /// Show a body's server, its services, and how far it is in step; its key is never shown
    Show {
        /// The body's slug
        body: String,
    },
    /// Take a body's server away: from now on everything goes by mail
    Remove {
        /// The body's slug
        body: String,
    },
}

/// Carries the command out, in one transaction.
pub fn run(command: Open311Command, ground: &Ground) -> anyhow::Result<()> {
    let mut conn = ground.connect()?;
    let keys = Keys::new(&ground.secret()?)?;
    conn.transaction(|conn| match command {
        Open311Command::Set { body, endpoint, jurisdiction, key_stdin, format, extended_statuses, photos } => {
            serve::outbound(&ground.config).check(endpoint.trim())?;
            let id = body_id(conn, &body)?;
            let key =
                if key_stdin { Some(io::read_to_string(io::stdin()).context("the key cannot be read")?) } else { None };
            let new = NewOpen311Server {
                endpoint,
                jurisdiction,
                key: key.map(|key| key.trim().to_owned()),
                format: if format == "json" { Open311Format::Json } else { Open311Format::Xml },
                extended_statuses,
                photos: if photos == "uploads" { Open311Photos::Uploads } else { Open311Photos::Links },
            };
            settings::set(conn, &keys, id, &new)?;
            let detail = json!({ "endpoint": new.endpoint, "key_changed": new.key.is_some() });
            audit(conn, None, "open311.set", ("body", id), &detail)?;
            say(&format!("{body} is reached by Open311; `mendmap admin open311 show {body}` tells how it goes"));
            Ok(())
        }
        Open311Command::Show { body } => {
            let id = body_id(conn, &body)?;
            say(&serde_json::to_string_pretty(&settings::show(conn, id)?)?);
            Ok(())
        }
        Open311Command::Remove { body } => {
            let id = body_id(conn, &body)?;
            settings::remove(conn, id)?;
            audit(conn, None, "open311.remove", ("body", id), &json!({}))?;
            say(&format!("{body} is reached by mail"));
            Ok(())
        }
    })
}
