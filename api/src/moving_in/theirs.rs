//! Reading their database: page after page by number, and never a word written.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Double, Integer, Jsonb, Nullable, Text, Timestamptz};
use serde::Serialize;
use serde_json::Value;

/// What must be there for a database to be one of theirs, as far as it is read.
const TABLES: [&str; 10] = [
    "alert",
    "body",
    "body_areas",
    "comment",
    "contacts",
    "problem",
    "roles",
    "user_body_permissions",
    "user_roles",
    "users",
];

/// Opens it so that nothing can be written.
///
/// # Errors
/// When it cannot be reached, or is no FixMyStreet database.
pub fn open(dsn: &str) -> anyhow::Result<PgConnection> {
    let Ok(mut conn) = PgConnection::establish(dsn) else {
        // What the driver says may quote the address, and the password with it.
        bail!("--dsn cannot be used: no database answers there as postgres://user:password@host:port/database");
    };
    conn.batch_execute(
        "SET default_transaction_read_only = on; SET statement_timeout = 0; SET client_encoding = 'UTF8'; SET timezone = 'UTC'",
    )?;
    let missing: Vec<Name> =
        sql_query("SELECT name FROM unnest($1) AS name WHERE to_regclass(quote_ident(name)) IS NULL")
            .bind::<Array<Text>, _>(TABLES.as_slice())
            .load(&mut conn)?;
    if let Some(first) = missing.first() {
        bail!("--dsn is no FixMyStreet database: it has no table {}", first.name);
    }
    Ok(conn)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The time zone their times are in: the one asked for, or the database's own.
///
/// # Errors
/// When there is no such zone.
pub fn time_zone(conn: &mut PgConnection, asked: Option<&str>) -> anyhow::Result<String> {
    // What the database sets for those who do not ask for another.
    let own = "SELECT coalesce(reset_val, setting) AS name FROM pg_settings WHERE name = 'TimeZone'";
    let name = match asked {
        Some(name) => name.to_owned(),
        None => sql_query(own).get_result::<Name>(conn)?.name,
    };
    let known: Vec<Name> =
        sql_query("SELECT name FROM pg_timezone_names WHERE name = $1 LIMIT 1").bind::<Text, _>(&name).load(conn)?;
    if known.is_empty() {
        bail!("there is no time zone {name:?}: --time-zone wants a name like Europe/London");
    }
    Ok(name)
}

/// From here on everything is as of one moment.
///
/// # Errors
/// From the database.
pub fn hold_still(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

/// The moment is over.
///
/// # Errors
/// From the database.
pub fn let_go(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("COMMIT")
}

/// The states the site made itself, with the type of each: open, closed or fixed. Sites that made none may have no table.
///
/// # Errors
/// From the database.
pub fn states(conn: &mut PgConnection) -> anyhow::Result<HashMap<String, String>> {
    #[derive(QueryableByName)]
    struct State {
        #[diesel(sql_type = Text)]
        label: String,
        #[diesel(sql_type = Text)]
        kind: String,
    }
    let there: Vec<Name> = sql_query("SELECT 'state' AS name WHERE to_regclass('state') IS NOT NULL").load(conn)?;
    if there.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<State> = sql_query("SELECT label, type AS kind FROM state").load(conn)?;
    Ok(rows.into_iter().map(|row| (row.label, row.kind)).collect())
}

/// A body.
#[derive(Debug, QueryableByName, Serialize)]
pub struct Body {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub send_method: Option<String>,
    #[diesel(sql_type = Bool)]
    pub deleted: bool,
}

/// All bodies.
///
/// # Errors
/// From the database.
pub fn bodies(conn: &mut PgConnection) -> QueryResult<Vec<Body>> {
    sql_query("SELECT id::bigint, btrim(name) AS name, send_method, deleted FROM body ORDER BY id").load(conn)
}

/// A body and an area of MapIt's it covers.
#[derive(Debug, QueryableByName)]
pub struct BodyArea {
    #[diesel(sql_type = BigInt)]
    pub body_id: i64,
    #[diesel(sql_type = BigInt)]
    pub area_id: i64,
}

/// All areas of all bodies.
///
/// # Errors
/// From the database.
pub fn body_areas(conn: &mut PgConnection) -> QueryResult<Vec<BodyArea>> {
    sql_query("SELECT body_id::bigint, area_id::bigint FROM body_areas ORDER BY body_id, area_id").load(conn)
}

/// A contact: what they call a category of a body.
#[derive(Debug, QueryableByName, Serialize)]
pub struct Contact {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = BigInt)]
    pub body_id: i64,
    #[diesel(sql_type = Text)]
    pub category: String,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Bool)]
    pub non_public: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub send_method: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub extra: Option<Value>,
}

/// All contacts.
///
/// # Errors
/// From the database.
pub fn contacts(conn: &mut PgConnection) -> QueryResult<Vec<Contact>> {
    sql_query(
        "SELECT id::bigint, body_id::bigint, btrim(category) AS category, btrim(email) AS email, state, \
         coalesce(non_public, false) AS non_public, send_method, to_jsonb(extra) AS extra FROM contacts ORDER BY id",
    )
    .load(conn)
}

/// Rows that are read page after page.
pub trait Paged: QueryableByName<diesel::pg::Pg> + Send + 'static {
    /// `$1` the number after which the page begins, `$2` how many rows, `$3` the time zone.
    const SQL: &'static str;

    /// Their number.
    fn id(&self) -> i64;
}

/// The rows after number `after`.
///
/// # Errors
/// From the database.
pub fn page<T: Paged>(conn: &mut PgConnection, after: i64, rows: i64, time_zone: &str) -> anyhow::Result<Vec<T>> {
    sql_query(T::SQL)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(rows)
        .bind::<Text, _>(time_zone)
        .load(conn)
        .context("their database could not be read")
}

macro_rules! paged {
    ($(#[$doc:meta])* $name:ident from $file:literal { $($field:ident: $rust:ty = [$($sql:tt)+],)+ }) => {
        $(#[$doc])*
        #[derive(Debug, QueryableByName, Serialize)]
        pub struct $name {
            #[diesel(sql_type = BigInt)]
            pub id: i64,
            $(#[diesel(sql_type = $($sql)+)] pub $field: $rust,)+
        }

        impl Paged for $name {
            const SQL: &'static str = include_str!($file);

            fn id(&self) -> i64 {
                self.id
            }
        }
    };
}

type Moment = Option<DateTime<Utc>>;

paged!(
    /// Somebody with an account, and what they may do where they work.
    User from "sql/their_users.sql" {
        email: Option<String> = [Nullable<Text>],
        email_verified: bool = [Bool],
        name: Option<String> = [Nullable<Text>],
        phone: Option<String> = [Nullable<Text>],
        created: Moment = [Nullable<Timestamptz>],
        from_body: Option<i64> = [Nullable<BigInt>],
        superuser: bool = [Bool],
        permissions: Vec<String> = [Array<Text>],
    }
);

paged!(
    /// A report, with its author's contact details.
    Problem from "sql/their_problems.sql" {
        lon: Option<f64> = [Nullable<Double>],
        lat: Option<f64> = [Nullable<Double>],
        title: String = [Text],
        detail: String = [Text],
        category: String = [Text],
        state: String = [Text],
        user_id: Option<i64> = [Nullable<BigInt>],
        name: String = [Text],
        anonymous: bool = [Bool],
        email: Option<String> = [Nullable<Text>],
        phone: Option<String> = [Nullable<Text>],
        account: bool = [Bool],
        created: Moment = [Nullable<Timestamptz>],
        confirmed: Moment = [Nullable<Timestamptz>],
        lastupdate: Moment = [Nullable<Timestamptz>],
        whensent: Moment = [Nullable<Timestamptz>],
        non_public: bool = [Bool],
        bodies: String = [Text],
        extra: Option<Value> = [Nullable<Jsonb>],
        interest_count: i32 = [Integer],
        fixed_by_other: bool = [Bool],
    }
);

paged!(
    /// A report that is a duplicate, and of which.
    Duplicate from "sql/their_duplicates.sql" {
        other: i64 = [BigInt],
    }
);

paged!(
    /// A report that a body's server took, and the number it has there.
    Numbered from "sql/their_numbers.sql" {
        number: String = [Text],
    }
);

paged!(
    /// An update, with its author's address.
    Comment from "sql/their_comments.sql" {
        problem_id: i64 = [BigInt],
        user_id: Option<i64> = [Nullable<BigInt>],
        by_author: bool = [Bool],
        body_id: Option<i64> = [Nullable<BigInt>],
        name: Option<String> = [Nullable<Text>],
        anonymous: bool = [Bool],
        email: Option<String> = [Nullable<Text>],
        account: bool = [Bool],
        text: String = [Text],
        state: String = [Text],
        problem_state: Option<String> = [Nullable<Text>],
        mark_fixed: bool = [Bool],
        mark_open: bool = [Bool],
        created: Moment = [Nullable<Timestamptz>],
    }
);

paged!(
    /// A subscription.
    Alert from "sql/their_alerts.sql" {
        alert_type: String = [Text],
        report: Option<i64> = [Nullable<BigInt>],
        user_id: i64 = [BigInt],
        subscribed: Moment = [Nullable<Timestamptz>],
        live: bool = [Bool],
    }
);

paged!(
    /// The photo column of a report.
    ProblemPhotos from "sql/their_problem_photos.sql" {
        photo: Vec<u8> = [Bytea],
    }
);

paged!(
    /// The photo column of an update.
    CommentPhotos from "sql/their_comment_photos.sql" {
        photo: Vec<u8> = [Bytea],
    }
);
