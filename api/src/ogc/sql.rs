//! SQL put together from text of ours and values of the caller's. Text is `&'static str`, so that nothing a caller wrote can become
//! a part of it; values are bound.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Double, Text, Timestamptz, Untyped};

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(&'static str),
    Integer(i64),
    Number(f64),
    String(String),
    Moment(DateTime<Utc>),
}

/// A piece of SQL.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sql(Vec<Part>);

impl Sql {
    /// This text.
    #[must_use]
    pub fn of(text: &'static str) -> Self {
        Self(vec![Part::Text(text)])
    }

    /// With this text after it.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.0.push(Part::Text(text));
        self
    }

    /// With a whole number after it.
    pub fn integer(&mut self, value: i64) -> &mut Self {
        self.0.push(Part::Integer(value));
        self
    }

    /// With a number after it.
    pub fn number(&mut self, value: f64) -> &mut Self {
        self.0.push(Part::Number(value));
        self
    }

    /// With a string after it.
    pub fn string(&mut self, value: impl Into<String>) -> &mut Self {
        self.0.push(Part::String(value.into()));
        self
    }

    /// With a moment after it.
    pub fn moment(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.0.push(Part::Moment(value));
        self
    }

    /// With all of this after it.
    pub fn sql(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // There is no end of different texts: a connection does not keep them prepared.
        out.unsafe_to_cache_prepared();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Integer(value) => out.push_bind_param::<BigInt, _>(value)?,
                Part::Number(value) => out.push_bind_param::<Double, _>(value)?,
                Part::String(value) => out.push_bind_param::<Text, _>(value)?,
                Part::Moment(value) => out.push_bind_param::<Timestamptz, _>(value)?,
            }
        }
        Ok(())
    }
}

/// A piece of SQL that is a condition, for a query that diesel makes.
#[derive(Debug, Clone)]
pub struct Condition(pub Sql);

impl QueryFragment<Pg> for Condition {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for Condition {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Expression for Condition {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<T> for Condition {}
impl<T> SelectableExpression<T> for Condition {}

impl ValidGrouping<()> for Condition {
    type IsAggregate = is_aggregate::No;
}

/// A piece of SQL that is a whole statement.
#[derive(Debug, Clone)]
pub struct Statement(pub Sql);

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk(out)
    }
}

impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Statement {}
