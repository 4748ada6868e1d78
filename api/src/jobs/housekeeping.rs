//! What is thrown away by itself: used-up links, old idempotency keys, finished sessions, reports nobody confirmed.

use diesel::RunQueryDsl as _;
use diesel::pg::PgConnection;
use mendmap_shared::limits::{CONFIRM_LINK_DAYS, IDEMPOTENCY_HOURS};

/// Deletes what has had its time. Small statements, each by an index.
///
/// # Errors
/// From the database.
pub fn run(conn: &mut PgConnection) -> anyhow::Result<()> {
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
    Ok(())
}
