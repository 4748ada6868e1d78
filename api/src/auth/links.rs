//! Links in mails: made with what they are for, opened once.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::{CONFIRM_LINK_DAYS, SIGN_IN_LINK_DAYS};
use serde_json::Value;
use uuid::Uuid;

use super::tokens::Keys;
use crate::error::ApiResult;
use crate::schema::link_tokens;

/// What a link does when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs in.
    SignIn,
    /// Publishes a report.
    ConfirmReport,
    /// Publishes an update.
    ConfirmUpdate,
    /// Follows a report.
    ConfirmFollow,
}

impl Purpose {
    /// Those that confirm something.
    pub const CONFIRMATIONS: [Self; 3] = [Self::ConfirmReport, Self::ConfirmUpdate, Self::ConfirmFollow];

    /// The word in the database and in the signature.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::ConfirmReport => "confirm_report",
            Self::ConfirmUpdate => "confirm_update",
            Self::ConfirmFollow => "confirm_follow",
        }
    }

    const fn days(self) -> i64 {
        match self {
            Self::SignIn => SIGN_IN_LINK_DAYS,
            _ => CONFIRM_LINK_DAYS,
        }
    }
}

/// A link that was opened.
#[derive(Debug, Queryable)]
pub struct OpenedLink {
    /// What it is for.
    pub purpose: String,
    /// The mailbox it was sent to.
    pub email: String,
    /// The report or the update.
    pub subject_id: Option<i64>,
    /// What else was kept with it.
    pub data: Value,
}

/// Makes a link's row; the mail is written later from its number.
///
/// # Errors
/// From the database.
pub fn create(
    conn: &mut PgConnection,
    purpose: Purpose,
    email: &str,
    subject_id: Option<i64>,
    data: &Value,
) -> QueryResult<Uuid> {
    let id = Uuid::new_v4();
    diesel::insert_into(link_tokens::table)
        .values((
            link_tokens::id.eq(id),
            link_tokens::purpose.eq(purpose.as_str()),
            link_tokens::email.eq(email),
            link_tokens::subject_id.eq(subject_id),
            link_tokens::data.eq(data),
            link_tokens::expires_at.eq(Utc::now() + Duration::days(purpose.days())),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Opens a link: it works once, in time, and for these purposes.
///
/// # Errors
/// `link_invalid` otherwise; which of the reasons it was is not told.
pub fn open(conn: &mut PgConnection, keys: &Keys, purposes: &[Purpose], token: &str) -> ApiResult<OpenedLink> {
    let words: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    let id = keys.check_link_token(&words, token).ok_or(ErrorCode::LinkInvalid)?;
    let opened = diesel::update(link_tokens::table.find(id))
        .filter(link_tokens::used_at.is_null())
        .filter(link_tokens::expires_at.gt(diesel::dsl::now))
        .filter(link_tokens::purpose.eq_any(words))
        .set(link_tokens::used_at.eq(diesel::dsl::now))
        .returning((link_tokens::purpose, link_tokens::email, link_tokens::subject_id, link_tokens::data))
        .get_result(conn)
        .optional()?;
    opened.ok_or_else(|| ErrorCode::LinkInvalid.into())
}
