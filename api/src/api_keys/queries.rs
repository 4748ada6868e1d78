//! The table of keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::API_KEYS_PER_BODY;
use mendmap_shared::wire::integrations;
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::schema::{api_keys, bodies};

/// How every key begins, so that whoever finds one in a file knows what it opens.
const PREFIX: &str = "mendmap_";
/// Characters of a key that are kept to tell it from others.
const HINT_CHARS: usize = PREFIX.len() + 4;
/// How exactly the last use is kept.
const LAST_USE_MINUTES: i64 = 60;

/// A key that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct ApiKey {
    /// Its number.
    pub id: Uuid,
    /// The body it speaks for.
    pub body_id: i64,
    /// Whether its holder knows their people already: what they send needs no mail to confirm.
    pub trusted: bool,
}

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// Makes a key for a body. Answers its number and the key itself, which nobody can be shown again.
///
/// # Errors
/// From the database.
pub fn create(
    conn: &mut PgConnection,
    body: i64,
    name: &str,
    trusted: bool,
    by: Option<i64>,
) -> QueryResult<(Uuid, String)> {
    let mut secret = [0; 32];
    rand::rng().fill_bytes(&mut secret);
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let id = Uuid::now_v7();
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(id),
            api_keys::body_id.eq(body),
            api_keys::name.eq(name),
            api_keys::key_hash.eq(hash(&key)),
            api_keys::hint.eq(key.chars().take(HINT_CHARS).collect::<String>()),
            api_keys::trusted.eq(trusted),
            api_keys::created_by.eq(by),
        ))
        .execute(conn)?;
    Ok((id, key))
}

/// The keys of a body that hold, oldest first.
///
/// # Errors
/// From the database.
pub fn list(conn: &mut PgConnection, body: i64) -> QueryResult<Vec<integrations::ApiKey>> {
    type Row = (Uuid, String, String, bool, DateTime<Utc>, Option<DateTime<Utc>>);
    let rows: Vec<Row> = api_keys::table
        .filter(api_keys::body_id.eq(body))
        .filter(api_keys::revoked_at.is_null())
        .order((api_keys::created_at, api_keys::id))
        .select((
            api_keys::id,
            api_keys::name,
            api_keys::hint,
            api_keys::trusted,
            api_keys::created_at,
            api_keys::last_used_at,
        ))
        .load(conn)?;
    let shown = |(id, name, hint, trusted, created_at, last_used_at): Row| integrations::ApiKey {
        id: id.to_string(),
        name,
        hint,
        trusted,
        created_at,
        last_used_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Sees that a body may have one key more, until the transaction ends.
///
/// # Errors
/// `conflict` when it has as many as it may; from the database.
pub fn make_room(conn: &mut PgConnection, body: i64) -> ApiResult<()> {
    // Whoever makes another at the same time waits, and counts this one.
    bodies::table.find(body).select(bodies::id).for_no_key_update().first::<i64>(conn)?;
    let held: i64 = api_keys::table
        .filter(api_keys::body_id.eq(body))
        .filter(api_keys::revoked_at.is_null())
        .count()
        .get_result(conn)?;
    if held >= API_KEYS_PER_BODY {
        let message = format!("There are {API_KEYS_PER_BODY} keys, and no room for more.");
        return Err(ApiError::code(ErrorCode::Conflict).with_message(message));
    }
    Ok(())
}

/// The key behind what a caller sent, if it holds.
///
/// # Errors
/// From the database.
pub fn find(conn: &mut PgConnection, key: &str) -> QueryResult<Option<ApiKey>> {
    api_keys::table
        .filter(api_keys::key_hash.eq(hash(key)))
        .filter(api_keys::revoked_at.is_null())
        .select((api_keys::id, api_keys::body_id, api_keys::trusted))
        .first(conn)
        .optional()
}

/// Notes that a key was used; to the hour, so that a busy one does not write with each request.
///
/// # Errors
/// From the database.
pub fn used(conn: &mut PgConnection, key: Uuid) -> QueryResult<()> {
    let now = Utc::now();
    let stale = api_keys::last_used_at.lt(now - Duration::minutes(LAST_USE_MINUTES));
    diesel::update(api_keys::table.find(key))
        .filter(api_keys::last_used_at.is_null().or(stale.assume_not_null()))
        .set(api_keys::last_used_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Revokes a body's key. Says whether there was one that held.
///
/// # Errors
/// From the database.
pub fn revoke(conn: &mut PgConnection, body: i64, key: Uuid) -> QueryResult<bool> {
    let revoked = diesel::update(api_keys::table.find(key))
        .filter(api_keys::body_id.eq(body))
        .filter(api_keys::revoked_at.is_null())
        .set(api_keys::revoked_at.eq(Utc::now()))
        .execute(conn)?;
    Ok(revoked > 0)
}
