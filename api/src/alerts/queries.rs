//! Following reports.

use diesel::prelude::*;
use uuid::Uuid;

use crate::schema::alerts;

/// The number of a person's subscription to a report. It follows from both, so that the link of any mail ever sent about it
/// ends it, also after stopping and following anew.
#[must_use]
pub fn number(user: i64, report: i64) -> Uuid {
    const SUBSCRIPTIONS: Uuid = Uuid::from_u128(0x6f1c_8a5e_2d7b_4c0e_9f3a_51d2_7e84_b0c6);
    Uuid::new_v5(&SUBSCRIPTIONS, format!("{user} {report}").as_bytes())
}

/// Follows a report; once is enough.
///
/// # Errors
/// From the database.
pub fn follow(conn: &mut PgConnection, user: i64, report: i64) -> QueryResult<()> {
    diesel::insert_into(alerts::table)
        .values((alerts::id.eq(number(user, report)), alerts::user_id.eq(user), alerts::report_id.eq(report)))
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
