//! Following reports.

use diesel::prelude::*;
use uuid::Uuid;

use crate::schema::alerts;

/// Follows a report; once is enough.
///
/// # Errors
/// From the database.
pub fn follow(conn: &mut PgConnection, user: i64, report: i64) -> QueryResult<()> {
    diesel::insert_into(alerts::table)
        .values((alerts::id.eq(Uuid::new_v4()), alerts::user_id.eq(user), alerts::report_id.eq(report)))
        .on_conflict_do_nothing()
        .execute(conn)
        .map(drop)
}

/// Stops following a report.
///
/// # Errors
/// From the database.
pub fn unfollow(conn: &mut PgConnection, user: i64, report: i64) -> QueryResult<()> {
    diesel::delete(alerts::table.filter(alerts::user_id.eq(user)).filter(alerts::report_id.eq(report)))
        .execute(conn)
        .map(drop)
}

/// Ends a subscription by its own number; one that has ended already is fine.
///
/// # Errors
/// From the database.
pub fn end(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(alerts::table.find(id)).execute(conn).map(drop)
}
