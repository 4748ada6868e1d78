//! Accounts and refresh tokens.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use mendmap_shared::limits::REFRESH_DAYS;
use mendmap_shared::wire::auth::{Me, StaffOf, StaffRole};
use mendmap_shared::wire::categories::BodyRef;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::rules::{Permission, may};
use crate::schema::{bodies, refresh_tokens, report_bodies, staff, users};

/// The role a word in the database stands for.
#[must_use]
pub fn role(word: &str) -> Option<StaffRole> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

/// The account of this mailbox, made if there is none. Only call it for a mailbox somebody proved to read.
///
/// # Errors
/// From the database.
pub fn user_for_email(conn: &mut PgConnection, email: &str) -> QueryResult<i64> {
    diesel::insert_into(users::table)
        .values(users::email.eq(email))
        .on_conflict(users::email)
        // A row that is there already must come back too, so it is touched without being changed.
        .do_update()
        .set(users::email.eq(email))
        .returning(users::id)
        .get_result(conn)
}

/// The account and its stored password hash, by mailbox.
///
/// # Errors
/// From the database.
pub fn credentials(conn: &mut PgConnection, email: &str) -> QueryResult<Option<(i64, Option<String>)>> {
    users::table.filter(users::email.eq(email)).select((users::id, users::password_hash)).first(conn).optional()
}

/// The person as only they see themselves.
///
/// # Errors
/// `NotFound` when the account is gone.
pub fn me(conn: &mut PgConnection, user_id: i64) -> QueryResult<Me> {
    let (id, email, name, phone, hash): (i64, String, Option<String>, Option<String>, Option<String>) = users::table
        .find(user_id)
        .select((users::id, users::email, users::name, users::phone, users::password_hash))
        .first(conn)?;
    let rows: Vec<(String, String, String)> = staff::table
        .inner_join(bodies::table)
        .filter(staff::user_id.eq(user_id))
        .order(bodies::name)
        .select((bodies::slug, bodies::name, staff::role))
        .load(conn)?;
    let staff = rows
        .into_iter()
        .filter_map(|(slug, name, word)| Some(StaffOf { body: BodyRef { slug, name }, role: role(&word)? }))
        .collect();
    Ok(Me { id, email, name, phone, has_password: hash.is_some(), staff })
}

/// The bodies at which this person has the permission.
///
/// # Errors
/// From the database.
pub fn bodies_where(conn: &mut PgConnection, user_id: i64, permission: Permission) -> QueryResult<Vec<i64>> {
    let rows: Vec<(i64, String)> =
        staff::table.filter(staff::user_id.eq(user_id)).select((staff::body_id, staff::role)).load(conn)?;
    Ok(rows
        .into_iter()
        .filter(|(_, word)| role(word).is_some_and(|role| may(role, permission)))
        .map(|(id, _)| id)
        .collect())
}

/// Of the bodies a report went to, those at which this person has the permission.
///
/// # Errors
/// From the database.
pub fn report_bodies_where(
    conn: &mut PgConnection,
    user_id: i64,
    report_id: i64,
    permission: Permission,
) -> QueryResult<Vec<i64>> {
    let mine = bodies_where(conn, user_id, permission)?;
    if mine.is_empty() {
        return Ok(mine);
    }
    report_bodies::table
        .filter(report_bodies::report_id.eq(report_id))
        .filter(report_bodies::body_id.eq_any(mine))
        .order(report_bodies::body_id)
        .select(report_bodies::body_id)
        .load(conn)
}

/// What became of a refresh token somebody showed.
#[derive(Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It was good; here is the next one.
    Next {
        /// The account.
        user_id: i64,
        /// The next token.
        token: String,
    },
    /// It is unknown, too old or revoked.
    Refused,
    /// It was used before: somebody has a copy. Its whole family is revoked now.
    Reused,
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn issue(conn: &mut PgConnection, user_id: i64, family_id: Uuid) -> QueryResult<String> {
    // Two random UUIDs are 244 random bits from the system's generator.
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::id.eq(Uuid::new_v4()),
            refresh_tokens::family_id.eq(family_id),
            refresh_tokens::user_id.eq(user_id),
            refresh_tokens::token_hash.eq(hash(&token)),
            refresh_tokens::expires_at.eq(Utc::now() + Duration::days(REFRESH_DAYS)),
        ))
        .execute(conn)?;
    Ok(token)
}

/// Locks an account until the transaction ends, and answers its password hash. Whatever carries on or ends sessions takes
/// this lock first: nothing else keeps a token that is being traded from slipping past the one who ends its session.
///
/// # Errors
/// `NotFound` when the account is gone.
pub fn lock_account(conn: &mut PgConnection, user_id: i64) -> QueryResult<Option<String>> {
    users::table.find(user_id).select(users::password_hash).for_no_key_update().first(conn)
}

/// Begins a session: the first token of a new family.
///
/// # Errors
/// From the database.
pub fn begin_session(conn: &mut PgConnection, user_id: i64) -> QueryResult<String> {
    issue(conn, user_id, Uuid::new_v4())
}

/// Trades a refresh token for the next one of its family.
///
/// # Errors
/// From the database.
pub fn refresh(conn: &mut PgConnection, token: &str) -> QueryResult<Refreshed> {
    type Row = (Uuid, Uuid, bool, bool);
    let Some((user_id, _)) = owner_of(conn, token)? else { return Ok(Refreshed::Refused) };
    lock_account(conn, user_id)?;
    let row: Option<Row> = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash(token)))
        .filter(refresh_tokens::expires_at.gt(diesel::dsl::now))
        .select((
            refresh_tokens::id,
            refresh_tokens::family_id,
            refresh_tokens::used_at.is_not_null(),
            refresh_tokens::revoked_at.is_not_null(),
        ))
        .first(conn)
        .optional()?;
    let Some((id, family_id, used, revoked)) = row else { return Ok(Refreshed::Refused) };
    if used && !revoked {
        revoke_family(conn, family_id)?;
        return Ok(Refreshed::Reused);
    }
    if used || revoked {
        return Ok(Refreshed::Refused);
    }
    diesel::update(refresh_tokens::table.find(id)).set(refresh_tokens::used_at.eq(diesel::dsl::now)).execute(conn)?;
    Ok(Refreshed::Next { user_id, token: issue(conn, user_id, family_id)? })
}

fn revoke_family(conn: &mut PgConnection, family_id: Uuid) -> QueryResult<usize> {
    diesel::update(refresh_tokens::table.filter(refresh_tokens::family_id.eq(family_id)))
        .filter(refresh_tokens::revoked_at.is_null())
        .set(refresh_tokens::revoked_at.eq(diesel::dsl::now))
        .execute(conn)
}

/// The account and the family a token belongs to.
fn owner_of(conn: &mut PgConnection, token: &str) -> QueryResult<Option<(i64, Uuid)>> {
    refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(hash(token)))
        .select((refresh_tokens::user_id, refresh_tokens::family_id))
        .first(conn)
        .optional()
}

/// Ends the session a refresh token belongs to.
///
/// # Errors
/// From the database.
pub fn end_session(conn: &mut PgConnection, token: &str) -> QueryResult<()> {
    if let Some((user_id, family)) = owner_of(conn, token)? {
        lock_account(conn, user_id)?;
        revoke_family(conn, family)?;
    }
    Ok(())
}

/// Ends every session of an account but the one this token belongs to.
///
/// # Errors
/// From the database.
pub fn end_other_sessions(conn: &mut PgConnection, user_id: i64, keep: Option<&str>) -> QueryResult<()> {
    lock_account(conn, user_id)?;
    let kept = match keep {
        Some(token) => owner_of(conn, token)?,
        None => None,
    };
    diesel::update(refresh_tokens::table.filter(refresh_tokens::user_id.eq(user_id)))
        .filter(refresh_tokens::revoked_at.is_null())
        .filter(refresh_tokens::family_id.ne(kept.map(|(_, family)| family).unwrap_or_default()))
        .set(refresh_tokens::revoked_at.eq(diesel::dsl::now))
        .execute(conn)?;
    Ok(())
}
