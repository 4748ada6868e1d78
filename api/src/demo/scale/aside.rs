//! What slows down the writing of very many rows, put aside and put back in one transaction: until it is committed nobody
//! else sees a table without it, and when it fails nothing was ever away. What there is stands in the catalogue.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};

#[derive(QueryableByName)]
struct Statements {
    #[diesel(sql_type = Text)]
    away: String,
    #[diesel(sql_type = Text)]
    back: String,
}

/// What was put aside, by the statements that bring it back.
#[derive(Debug)]
#[must_use = "what was put aside must be put back"]
pub struct Aside {
    back: Vec<String>,
}

impl Aside {
    /// Puts aside the tables' foreign keys, their indexes but for keys, and their triggers. Waits until nobody else uses
    /// them, and keeps them from being used until the transaction ends.
    ///
    /// # Errors
    /// From the database.
    pub fn put(conn: &mut PgConnection, tables: &[&str]) -> QueryResult<Self> {
        conn.batch_execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", ")))?;
        let found: Vec<Statements> =
            sql_query(include_str!("../sql/put_aside.sql")).bind::<Array<Text>, _>(tables).load(conn)?;
        for Statements { away, .. } in &found {
            conn.batch_execute(away)?;
        }
        // Keys refer to indexes: what went first comes last.
        Ok(Self { back: found.into_iter().rev().map(|statements| statements.back).collect() })
    }

    /// Puts everything back. The rows are checked again by that.
    ///
    /// # Errors
    /// When a row breaks a rule, or from the database.
    pub fn back(self, conn: &mut PgConnection) -> QueryResult<()> {
        self.back.iter().try_for_each(|statement| conn.batch_execute(statement))
    }
}
