//! What is thrown away by itself: used-up links, old idempotency keys, finished sessions, reports nobody confirmed,
//! and photos nobody used.

use diesel::pg::PgConnection;
use diesel::{Connection as _, RunQueryDsl as _};
use mendmap_shared::limits::{CONFIRM_LINK_DAYS, IDEMPOTENCY_HOURS};

use crate::photos::{self, store::PhotoStore};

/// Photos thrown away in one go.
const PHOTOS_AT_ONCE: i64 = 500;

/// Deletes what has had its time. Small statements, each by an index.
///
/// # Errors
/// From the database or the photo store.
pub fn run(conn: &mut PgConnection, store: &PhotoStore) -> anyhow::Result<()> {
    let statements = [
        format!("DELETE FROM idempotency_keys WHERE created_at < now() - interval '{IDEMPOTENCY_HOURS} hours'"),
        "DELETE FROM link_tokens WHERE expires_at < now()".to_owned(),
        "DELETE FROM refresh_tokens WHERE expires_at < now()".to_owned(),
        format!(
            "DELETE FROM reports WHERE visibility = 'unconfirmed' AND created_at < now() - interval '{} days'",
            CONFIRM_LINK_DAYS + 1
        ),
        format!(
            "DELETE FROM updates WHERE visibility = 'unconfirmed' AND created_at < now() - interval '{} days'",
            CONFIRM_LINK_DAYS + 1
        ),
    ];
    for statement in statements {
        diesel::sql_query(statement).execute(conn)?;
    }
    // The files go before the transaction ends: whoever uploads the same picture meanwhile waits for the row, and finds the
    // files gone rather than going.
    conn.transaction(|conn| {
        for id in photos::queries::forget_unused(conn, PHOTOS_AT_ONCE)? {
            store.remove(&id)?;
        }
        Ok(())
    })
}
