//! A filter as SQL.

use super::super::collections::Collection;
use super::super::moment::Span;
use super::super::sql::Sql;
use super::tree::{Comparison, Family, Fold, Predicate, Relation, Term};

/// The condition that a filter is.
#[must_use]
pub fn write(predicate: &Predicate, collection: &Collection) -> Sql {
    let mut sql = Sql::of("(");
    match predicate {
        Predicate::Always(so) => {
            sql.text(if *so { "true" } else { "false" });
        }
        Predicate::All(all) => {
            list(&mut sql, all, " AND ", "true", collection);
        }
        Predicate::Any(any) => {
            list(&mut sql, any, " OR ", "false", collection);
        }
        Predicate::Not(not) => {
            sql.text("NOT ").sql(write(not, collection));
        }
        Predicate::IsNull(property) => {
            sql.text("(").text(property.sql.unwrap_or("NULL")).text(") IS NULL");
        }
        Predicate::LacksGeometry => {
            sql.text(collection.geometry).text(" IS NULL");
        }
        Predicate::Compare(left, by, right) => compare(&mut sql, left, *by, right),
        Predicate::Like(left, pattern) => {
            sql.sql(term(left)).text(" LIKE ").sql(term(pattern));
        }
        Predicate::Spatial(relation, region) => {
            sql.text(if *relation == Relation::Disjoint { "NOT (" } else { "(" });
            sql.sql(region.condition(relation.function(), collection.geometry)).text(")");
        }
    }
    sql.text(")");
    sql
}

fn list(sql: &mut Sql, all: &[Predicate], between: &'static str, none: &'static str, collection: &Collection) {
    for (place, one) in all.iter().enumerate() {
        sql.text(if place == 0 { "" } else { between }).sql(write(one, collection));
    }
    if all.is_empty() {
        sql.text(none);
    }
}

fn compare(sql: &mut Sql, left: &Term, by: Comparison, right: &Term) {
    match (left, right) {
        (Term::Moment(span), other) if !matches!(other, Term::Moment(_)) => moment(sql, other, by.turned(), *span),
        (other, Term::Moment(span)) => moment(sql, other, by, *span),
        _ if left.family() == Family::Moment => {
            // As both are told.
            sql.text("date_trunc('second', ").sql(term(left)).text(")").text(by.sign());
            sql.text("date_trunc('second', ").sql(term(right)).text(")");
        }
        _ if left.family() == Family::Text && !matches!(by, Comparison::Equal | Comparison::NotEqual) => {
            // By the numbers of their letters, whatever language the database sorts by.
            sql.sql(term(left)).text(" COLLATE \"C\"").text(by.sign()).sql(term(right));
        }
        _ => {
            sql.sql(term(left)).text(by.sign()).sql(term(right));
        }
    }
}

/// A moment that is kept against what one as it is written means.
fn moment(sql: &mut Sql, kept: &Term, by: Comparison, span: Span) {
    let mut with = |sign: &'static str, at| {
        sql.sql(term(kept)).text(sign).moment(at);
    };
    match by {
        Comparison::Less => with(" < ", span.from),
        Comparison::LessOrEqual => with(" < ", span.until),
        Comparison::Greater => with(" >= ", span.until),
        Comparison::GreaterOrEqual => with(" >= ", span.from),
        Comparison::Equal => {
            with(" >= ", span.from);
            sql.text(" AND ").sql(term(kept)).text(" < ").moment(span.until);
        }
        Comparison::NotEqual => {
            with(" < ", span.from);
            sql.text(" OR ").sql(term(kept)).text(" >= ").moment(span.until);
        }
    }
}

fn term(term: &Term) -> Sql {
    let mut sql = Sql::default();
    match term {
        Term::Property(property) => sql.text("(").text(property.sql.unwrap_or("NULL")).text(")"),
        Term::Integer(value) => sql.integer(*value),
        Term::Number(value) => sql.number(*value),
        Term::Text(value) => sql.string(value),
        Term::Moment(span) => sql.moment(span.from),
        Term::Folded(Fold::Case, text) => sql.text("lower(").sql(self::term(text)).text(")"),
        Term::Folded(Fold::Accents, text) => {
            sql.text("public.unaccent('public.unaccent'::regdictionary, ").sql(self::term(text)).text(")")
        }
    };
    sql
}
