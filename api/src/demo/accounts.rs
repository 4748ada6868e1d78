//! Sign-ins for trying the demo out.

use std::fmt;

use anyhow::ensure;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};
use uuid::Uuid;

use crate::auth::passwords;
use crate::schema::{alerts, bodies, report_bodies, report_contacts, reports, staff, updates, users};

/// The password of every demo sign-in. It opens nothing but a demo: accounts are made in an empty database only.
pub const PASSWORD: &str = "mendmap-demo";
const HIGHWAYS_SLUG: &str = "wrenshire-highways";

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The address to sign in with.
    pub email: &'static str,
    /// What it is for, in a few words.
    pub who: String,
}

/// The sign-ins there are; shown as lines of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(pub Vec<Account>);

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Account { email, who } in &self.0 {
            writeln!(f, "  {email:<30} {who}")?;
        }
        write!(f, "  password: {PASSWORD}")
    }
}

/// Makes the demo's sign-ins, gives the resident one report of every status, and lets the officer have read the older ones.
///
/// # Errors
/// When there is any account already, or from the database.
pub fn create(conn: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Accounts> {
    let known: i64 = users::table.count().get_result(conn)?;
    ensure!(known == 0, "there are accounts already: demo sign-ins, whose password everybody knows, are not added to them");
    let password = passwords::hash(PASSWORD)?;
    let add = |conn: &mut PgConnection, email: &str, name: &str| -> QueryResult<i64> {
        diesel::insert_into(users::table)
            .values((
                users::email.eq(email),
                users::name.eq(name),
                users::password_hash.eq(&password),
                users::created_at.eq(now - Duration::days(365)),
            ))
            .returning(users::id)
            .get_result(conn)
    };
    let mut accounts = Vec::new();
    let resident = add(conn, "resident@example.org", "Demo resident")?;
    give_reports(conn, resident, now)?;
    accounts.push(Account { email: "resident@example.org", who: "a resident with some reports of their own".into() });

    // The body with the most to do: in a real region, the town and not a neighbour of which a few streets are loaded.
    let busiest: Option<(i64, String)> = bodies::table
        .left_join(report_bodies::table)
        .group_by((bodies::id, bodies::name))
        .order((diesel::dsl::count(report_bodies::report_id.nullable()).desc(), bodies::id))
        .select((bodies::id, bodies::name))
        .first(conn)
        .optional()?;
    let highways: Option<(i64, String)> =
        bodies::table.filter(bodies::slug.eq(HIGHWAYS_SLUG)).select((bodies::id, bodies::name)).first(conn).optional()?;
    let posts = [
        ("officer@example.org", "Demo officer", "officer", &busiest),
        ("administrator@example.org", "Demo administrator", "administrator", &busiest),
        ("highways-officer@example.org", "Demo highways officer", "officer", &highways),
    ];
    for (email, name, role, post) in posts {
        let Some((body, body_name)) = post else { continue };
        let user = add(conn, email, name)?;
        diesel::insert_into(staff::table)
            .values((staff::user_id.eq(user), staff::body_id.eq(body), staff::role.eq(role)))
            .execute(conn)?;
        if role == "officer" {
            work_as(conn, user, *body, now)?;
        }
        accounts.push(Account { email, who: format!("{role}, {body_name}") });
    }
    Ok(Accounts(accounts))
}

/// One report of every status, the newest, with what its author said below it; followed, as one's own reports are.
fn give_reports(conn: &mut PgConnection, resident: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let own: Vec<i64> = reports::table
        .filter(reports::visibility.eq("published"))
        .distinct_on(reports::status)
        .order((reports::status, reports::id.desc()))
        .select(reports::id)
        .load(conn)?;
    diesel::update(reports::table.filter(reports::id.eq_any(&own))).set(reports::author_id.eq(resident)).execute(conn)?;
    diesel::update(updates::table.filter(updates::report_id.eq_any(&own)).filter(updates::by_author))
        .set(updates::author_id.eq(resident))
        .execute(conn)?;
    diesel::update(report_contacts::table.filter(report_contacts::report_id.eq_any(&own)))
        .set((report_contacts::name.eq("Demo resident"), report_contacts::email.eq("resident@example.org")))
        .execute(conn)?;
    let follows: Vec<_> = own
        .iter()
        .map(|report| {
            (
                alerts::id.eq(Uuid::new_v4()),
                alerts::user_id.eq(resident),
                alerts::report_id.eq(report),
                alerts::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(alerts::table).values(follows).execute(conn).map(drop)
}

/// What the body said, this officer wrote; what is older than a few days, they have read; some reports carry a note.
fn work_as(conn: &mut PgConnection, officer: i64, body: i64, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(updates::table.filter(updates::body_id.eq(body))).set(updates::author_id.eq(officer)).execute(conn)?;
    sql_query(
        "INSERT INTO desk_reads (user_id, report_id, read_at)
         SELECT $1, r.id, r.updated_at + interval '2 hours'
         FROM reports r JOIN report_bodies b ON b.report_id = r.id
         WHERE b.body_id = $2 AND r.updated_at < $3",
    )
    .bind::<BigInt, _>(officer)
    .bind::<BigInt, _>(body)
    .bind::<Timestamptz, _>(now - Duration::days(4))
    .execute(conn)?;
    sql_query(
        "INSERT INTO notes (report_id, body_id, author_id, text, created_at)
         SELECT id, $2, $1, (ARRAY[
                'Measured on site: worth doing together with the next job in this street.',
                'Asked the contractor for a date, answer expected this week.',
                'Photos from the inspection are in the site folder.',
                'Resident phoned as well; told them it is being looked at.'])[1 + id % 4],
             updated_at + interval '30 minutes'
         FROM (
             SELECT r.id, r.updated_at FROM reports r JOIN report_bodies b ON b.report_id = r.id
             WHERE b.body_id = $2 AND r.status IN ('investigating', 'action_scheduled', 'in_progress')
                 AND r.updated_at < $3
             ORDER BY r.id LIMIT 12) chosen
         ORDER BY id",
    )
    .bind::<BigInt, _>(officer)
    .bind::<BigInt, _>(body)
    .bind::<Timestamptz, _>(now - Duration::days(1))
    .execute(conn)
    .map(drop)
}
