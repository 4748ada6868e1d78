//! Sign-ins for trying the demo out.

use anyhow::ensure;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Timestamptz};

use crate::auth::passwords;
use crate::schema::{alerts, bodies, report_bodies, report_contacts, reports, staff, updates, users};

/// The password of every demo sign-in. It opens nothing but a demo: accounts are made in an empty database only.
pub const PASSWORD: &str = "mendmap-demo";
const RESIDENT: &str = "resident@example.org";
const OFFICER: &str = "officer@example.org";
const ADMINISTRATOR: &str = "administrator@example.org";
const HIGHWAYS_OFFICER: &str = "highways-officer@example.org";
const HIGHWAYS_SLUG: &str = "wrenshire-highways";

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The address to sign in with.
    pub email: String,
    /// What it is for, in a few words.
    pub who: String,
}

/// The sign-ins there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(pub Vec<Account>);

impl Accounts {
    /// The sign-ins as lines of text; none where there are no accounts.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![format!("Demo sign-ins, all with the password {PASSWORD}:")];
        lines.extend(self.0.iter().map(|Account { email, who }| format!("  {email:<30} {who}")));
        lines
    }
}

/// The demo sign-ins that still open with [`PASSWORD`]; whoever changed theirs is left out.
///
/// # Errors
/// From the database.
pub fn known(conn: &mut PgConnection) -> QueryResult<Accounts> {
    type Row = (String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = users::table
        .left_join(staff::table.inner_join(bodies::table))
        .filter(users::email.eq_any([RESIDENT, OFFICER, ADMINISTRATOR, HIGHWAYS_OFFICER]))
        .order(users::id)
        .select((users::email, users::password_hash, staff::role.nullable(), bodies::name.nullable()))
        .load(conn)?;
    let account = |(email, hash, role, body): Row| {
        let who = match role.zip(body) {
            Some((role, body)) => format!("{role}, {body}"),
            None => "a resident with some reports of their own".to_owned(),
        };
        passwords::verify(PASSWORD, hash.as_deref()).then_some(Account { email, who })
    };
    Ok(Accounts(rows.into_iter().filter_map(account).collect()))
}

/// Makes the demo's sign-ins, gives the resident one report of every status, and lets the officer have read the older ones.
///
/// # Errors
/// When there is any account already, or from the database.
pub fn create(conn: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Accounts> {
    let there: i64 = users::table.count().get_result(conn)?;
    ensure!(
        there == 0,
        "there are accounts already: demo sign-ins, whose password everybody knows, are not added to them"
    );
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
    let resident = add(conn, RESIDENT, "Demo resident")?;
    give_reports(conn, resident, now)?;

    // The body with the most to do: in a real region, the town and not a neighbour of which a few streets are loaded.
    let busiest: Option<i64> = bodies::table
        .left_join(report_bodies::table)
        .group_by(bodies::id)
        .order((diesel::dsl::count(report_bodies::report_id.nullable()).desc(), bodies::id))
        .select(bodies::id)
        .first(conn)
        .optional()?;
    let highways: Option<i64> =
        bodies::table.filter(bodies::slug.eq(HIGHWAYS_SLUG)).select(bodies::id).first(conn).optional()?;
    let posts = [
        (OFFICER, "Demo officer", "officer", busiest),
        (ADMINISTRATOR, "Demo administrator", "administrator", busiest),
        (HIGHWAYS_OFFICER, "Demo highways officer", "officer", highways),
    ];
    for (email, name, role, post) in posts {
        let Some(body) = post else { continue };
        let user = add(conn, email, name)?;
        diesel::insert_into(staff::table)
            .values((staff::user_id.eq(user), staff::body_id.eq(body), staff::role.eq(role)))
            .execute(conn)?;
        if role == "officer" {
            work_as(conn, user, body, now)?;
        }
    }
    Ok(known(conn)?)
}

/// One report of every status, the newest, with what its author said below it; followed, as one's own reports are.
fn give_reports(conn: &mut PgConnection, resident: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let own: Vec<i64> = reports::table
        .filter(reports::visibility.eq("published"))
        .distinct_on(reports::status)
        .order((reports::status, reports::id.desc()))
        .select(reports::id)
        .load(conn)?;
    diesel::update(reports::table.filter(reports::id.eq_any(&own)))
        .set(reports::author_id.eq(resident))
        .execute(conn)?;
    diesel::update(updates::table.filter(updates::report_id.eq_any(&own)).filter(updates::by_author))
        .set(updates::author_id.eq(resident))
        .execute(conn)?;
    diesel::update(report_contacts::table.filter(report_contacts::report_id.eq_any(&own)))
        .set((report_contacts::name.eq("Demo resident"), report_contacts::email.eq(RESIDENT)))
        .execute(conn)?;
    let follows: Vec<_> = own
        .iter()
        .map(|report| {
            (
                alerts::id.eq(crate::alerts::queries::number(resident, *report)),
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
    diesel::update(updates::table.filter(updates::body_id.eq(body)))
        .set(updates::author_id.eq(officer))
        .execute(conn)?;
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
