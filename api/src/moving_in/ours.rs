//! Writing what was read: rows are staged in temporary tables, compared there with what came before, and written by a few
//! statements for all of them.

use std::fmt;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text};
use serde::Serialize;
use uuid::Uuid;

use super::left_out::Reason;

/// Numbers kept free behind theirs, so that what they still make while both sites run keeps its number too.
const ROOM: i64 = 10_000;
/// Space of the numbers made of rows (UUID version 5).
const ROWS: Uuid = Uuid::from_u128(0x1d5c_3f0a_7b62_4e8e_8c44_90a1_6b2f_d733);

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Were not here before.
    pub new: u64,
    /// Were here, differently.
    pub changed: u64,
    /// Are as they were when they were last looked at.
    pub same: u64,
    /// Were left out.
    pub left: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.same += other.same;
        self.left += other.left;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, changed, same, left } = self;
        write!(f, "{new} new, {changed} changed, {same} as before, {left} left out")
    }
}

/// What became of staged rows: how many of each, and which of them are worth a word.
#[derive(Debug)]
pub struct Outcome {
    pub tally: Tally,
    pub words: Vec<(i64, Reason)>,
}

/// A number made of a row: the same for the same row, and for no other.
///
/// # Errors
/// When it cannot be written as JSON, which no row of ours is known to cause.
pub fn seen<T: Serialize>(row: &T) -> serde_json::Result<Uuid> {
    Ok(Uuid::new_v5(&ROWS, &serde_json::to_vec(row)?))
}

/// Makes the temporary tables, and says on this connection that nobody is to be told.
///
/// # Errors
/// From the database.
pub fn prepare(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(
        "SET mendmap.moving_in = 'on'; SET statement_timeout = 0; SET jit = off; SET client_min_messages = warning; \
         SET timezone = 'UTC'",
    )?;
    conn.batch_execute(include_str!("sql/stage.sql"))
}

#[derive(QueryableByName)]
struct Acted {
    #[diesel(sql_type = BigInt)]
    theirs: i64,
    #[diesel(sql_type = Text)]
    act: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

/// Stages rows and runs the statements that write them, all in one transaction.
///
/// # Errors
/// From the database; nothing of these rows is written then.
pub fn apply<T: Serialize>(
    conn: &mut PgConnection,
    table: &str,
    rows: &[T],
    statements: &str,
) -> anyhow::Result<Outcome> {
    let rows = serde_json::to_value(rows)?;
    conn.transaction(|conn| -> anyhow::Result<Outcome> {
        conn.batch_execute(&format!("TRUNCATE {table}"))?;
        sql_query(format!("INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1)"))
            .bind::<Jsonb, _>(rows)
            .execute(conn)?;
        conn.batch_execute(&format!("ANALYZE {table}"))?;
        conn.batch_execute(statements)?;
        let acted: Vec<Acted> =
            sql_query(format!("SELECT theirs, act, reason FROM {table} ORDER BY theirs")).load(conn)?;
        let mut outcome = Outcome { tally: Tally::default(), words: Vec::new() };
        for row in acted {
            let count = match row.act.as_str() {
                "new" => &mut outcome.tally.new,
                "changed" => &mut outcome.tally.changed,
                "same" => &mut outcome.tally.same,
                _ => &mut outcome.tally.left,
            };
            *count += 1;
            if let Some(reason) = row.reason.as_deref().and_then(Reason::of) {
                outcome.words.push((row.theirs, reason));
            }
        }
        Ok(outcome)
    })
}

/// Our numbers of what came over.
///
/// # Errors
/// From the database.
pub fn numbers(conn: &mut PgConnection, kind: &str) -> QueryResult<super::Numbers> {
    #[derive(QueryableByName)]
    struct Pair {
        #[diesel(sql_type = BigInt)]
        theirs: i64,
        #[diesel(sql_type = BigInt)]
        ours: i64,
    }
    let pairs: Vec<Pair> =
        sql_query("SELECT theirs, ours FROM moved_in WHERE kind = $1").bind::<Text, _>(kind).load(conn)?;
    Ok(pairs.into_iter().map(|pair| (pair.theirs, pair.ours)).collect())
}

/// Makes rows of ours take numbers behind `last`, the highest of theirs, so that theirs can be kept.
///
/// # Errors
/// From the database.
pub fn leave_room(conn: &mut PgConnection, table: &str, last: i64) -> QueryResult<()> {
    sql_query(format!("SELECT setval('{table}_id_seq', $1 + $2) FROM {table}_id_seq WHERE last_value <= $1"))
        .bind::<BigInt, _>(last)
        .bind::<BigInt, _>(ROOM)
        .execute(conn)
        .map(drop)
}
