//! From the expression that was parsed to one that is understood: what is not on the list here is refused with the reason.

use cql2::Expr;
use geo_types::Geometry;
use mendmap_shared::limits::{OGC_FILTER_DEPTH, OGC_FILTER_TERMS};

use super::super::collections::Property;
use super::super::moment::{Period, Span};
use super::super::region::Region;
use super::Context;
use super::tree::{Comparison, Family, Fold, Predicate, Relation, Term};

/// What the geometry is called, as in the features.
pub const GEOMETRY: &str = "geometry";

type Read<T> = Result<T, String>;

/// Understands a whole filter.
///
/// # Errors
/// Says what is wrong with it.
pub fn predicate(expression: &Expr, context: Context) -> Read<Predicate> {
    Reader { context, terms: 0 }.predicate(expression, 0)
}

struct Reader {
    context: Context,
    terms: usize,
}

/// A name of the caller's, as far as it is worth repeating.
fn quoted(name: &str) -> String {
    let short: String = name.chars().filter(|letter| !letter.is_control()).take(40).collect();
    format!("`{short}`")
}

impl Reader {
    fn predicate(&mut self, expression: &Expr, depth: usize) -> Read<Predicate> {
        if depth > OGC_FILTER_DEPTH {
            return Err(format!("a filter is nested at most {OGC_FILTER_DEPTH} deep"));
        }
        match expression {
            Expr::Bool(so) => Ok(Predicate::Always(*so)),
            Expr::Operation { op, args } => {
                let args: Vec<&Expr> = args.iter().map(AsRef::as_ref).collect();
                self.operation(op, &args, depth)
            }
            _ => Err("a filter says something that is true or not, such as status = 'open'".to_owned()),
        }
    }

    fn operation(&mut self, op: &str, args: &[&Expr], depth: usize) -> Read<Predicate> {
        let all = |reader: &mut Self| args.iter().map(|arg| reader.predicate(arg, depth + 1)).collect::<Read<Vec<_>>>();
        match (op, args) {
            ("and", [_, ..]) => Ok(Predicate::All(all(self)?)),
            ("or", [_, ..]) => Ok(Predicate::Any(all(self)?)),
            ("not", [one]) => Ok(Predicate::Not(Box::new(self.predicate(one, depth + 1)?))),
            ("isNull", [Expr::Property { property }]) if property == GEOMETRY => self.counted(Predicate::LacksGeometry),
            ("isNull", [Expr::Property { property }]) => {
                let property = self.property(property)?;
                self.counted(Predicate::IsNull(property))
            }
            ("isNull", [_]) => Err("IS NULL is asked of a property".to_owned()),
            ("between", [value, low, high]) => {
                let from = self.compare(value, Comparison::GreaterOrEqual, low)?;
                let to = self.compare(value, Comparison::LessOrEqual, high)?;
                Ok(Predicate::All(vec![from, to]))
            }
            ("in", [value, Expr::Array(list)]) => {
                let any = list.iter().map(|one| self.compare(value, Comparison::Equal, one)).collect::<Read<_>>()?;
                Ok(Predicate::Any(any))
            }
            ("like", [value, pattern]) => {
                let (value, pattern) = (self.term(value)?, self.term(pattern)?);
                check_pattern(&value, &pattern)?;
                self.counted(Predicate::Like(value, pattern))
            }
            (_, [one, other]) => {
                if let Some(comparison) = Comparison::of(op) {
                    self.compare(one, comparison, other)
                } else if let Some(relation) = Relation::of(op) {
                    self.spatial(relation, one, other)
                } else if op.starts_with("t_") {
                    self.temporal(op, one, other)
                } else {
                    Err(unknown(op))
                }
            }
            _ => Err(unknown(op)),
        }
    }

    /// Counts something that has to be looked at for each feature.
    fn counted(&mut self, predicate: Predicate) -> Read<Predicate> {
        self.terms += 1;
        if self.terms > OGC_FILTER_TERMS {
            return Err(format!(
                "a filter has at most {OGC_FILTER_TERMS} comparisons, those of its lists counted singly"
            ));
        }
        Ok(predicate)
    }

    fn property(&self, name: &str) -> Read<&'static Property> {
        let collection = self.context.collection;
        match collection.property(name) {
            Some(property) if property.sql.is_some() => Ok(property),
            Some(_) => Err(format!("{} is made for the answer: {} cannot be asked by it", quoted(name), collection.id)),
            None => Err(format!("{} have no property {}", collection.id, quoted(name))),
        }
    }

    fn term(&self, expression: &Expr) -> Read<Term> {
        match expression {
            Expr::Property { property } => Ok(Term::Property(self.property(property)?)),
            Expr::Float(value) if !value.is_finite() => Err("a number is too large".to_owned()),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
            Expr::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Ok(Term::Integer(*value as i64)),
            Expr::Float(value) => Ok(Term::Number(*value)),
            Expr::Literal(text) if text.contains('\0') => Err("a text has no NUL in it".to_owned()),
            Expr::Literal(text) => Ok(Term::Text(text.clone())),
            Expr::Timestamp { timestamp: moment } | Expr::Date { date: moment } => match moment.as_ref() {
                Expr::Literal(text) => Ok(Term::Moment(Span::read(text)?)),
                _ => Err("TIMESTAMP and DATE are given a text".to_owned()),
            },
            Expr::Operation { op, args } => match (op.as_str(), args.as_slice()) {
                ("casei", [text]) => self.folded(Fold::Case, text),
                ("accenti", [text]) => self.folded(Fold::Accents, text),
                _ => Err(unknown(op)),
            },
            Expr::Null => Err("nothing is compared with null: ask IS NULL".to_owned()),
            Expr::Bool(_) => Err("no property is true or false".to_owned()),
            Expr::Interval { .. } => Err("an interval is compared by t_during and its like".to_owned()),
            Expr::Geometry(_) | Expr::BBox { .. } => {
                Err("geometries are compared by s_intersects and its like".to_owned())
            }
            Expr::Array(_) => Err("a list stands only behind IN".to_owned()),
        }
    }

    fn folded(&self, fold: Fold, text: &Expr) -> Read<Term> {
        let text = self.term(text)?;
        if text.family() != Family::Text {
            return Err("CASEI and ACCENTI are given a text".to_owned());
        }
        // Once and the other once is all there is to it.
        let mut inner = &text;
        let mut folds = 1;
        while let Term::Folded(_, deeper) = inner {
            (folds, inner) = (folds + 1, deeper);
        }
        if folds > 2 {
            return Err("CASEI and ACCENTI are nested once".to_owned());
        }
        Ok(Term::Folded(fold, Box::new(text)))
    }

    fn compare(&mut self, left: &Expr, by: Comparison, right: &Expr) -> Read<Predicate> {
        let (mut left, mut right) = (self.term(left)?, self.term(right)?);
        let families = [left.family(), right.family()];
        for (term, other) in [(&mut left, families[1]), (&mut right, families[0])] {
            // A moment may be written as a text, as in JSON.
            if let (Term::Text(text), Family::Moment) = (&*term, other) {
                *term = Term::Moment(Span::read(text)?);
            }
        }
        match (left.family(), right.family()) {
            (one, other) if one != other => Err(format!("{} cannot be compared with {}", words(one), words(other))),
            _ if matches!((&left, &right), (Term::Moment(_), Term::Moment(_))) => {
                Err("two moments are compared that are no feature's".to_owned())
            }
            _ => self.counted(Predicate::Compare(left, by, right)),
        }
    }

    fn spatial(&mut self, relation: Relation, one: &Expr, other: &Expr) -> Read<Predicate> {
        let is_geometry = |expression: &Expr| matches!(expression, Expr::Property { property } if property == GEOMETRY);
        let (relation, literal) = match (is_geometry(one), is_geometry(other)) {
            (true, false) => (relation, other),
            (false, true) => (relation.turned(), one),
            _ => return Err(format!("a geometry is compared with the property `{GEOMETRY}`")),
        };
        let region = match literal {
            Expr::BBox { bbox } => {
                let number = |one: &Expr| if let Expr::Float(value) = one { Some(*value) } else { None };
                let numbers: Option<Vec<f64>> = bbox.iter().map(|one| number(one)).collect();
                Region::corners(&numbers.ok_or("BBOX is given numbers")?, self.context.crs)?
            }
            Expr::Geometry(geometry) => Region::drawn(&drawn(geometry)?, self.context.crs)?,
            Expr::Property { property } => return Err(format!("{} is no geometry", quoted(property))),
            _ => return Err("this is no geometry: write POINT(…), LINESTRING(…), POLYGON((…)) or BBOX(…)".to_owned()),
        };
        if !region.is_one() && !matches!(relation, Relation::Intersects | Relation::Disjoint) {
            return Err("a box over the antimeridian can only be intersected".to_owned());
        }
        self.counted(Predicate::Spatial(relation, region))
    }

    fn temporal(&mut self, op: &str, one: &Expr, other: &Expr) -> Read<Predicate> {
        let is_property = |expression: &Expr| matches!(expression, Expr::Property { .. });
        let (property, period, op) = match (is_property(one), is_property(other)) {
            (true, false) => (one, other, op),
            (false, true) => {
                let turned = match op {
                    "t_after" => "t_before",
                    "t_before" => "t_after",
                    "t_contains" => "t_during",
                    "t_during" => "t_contains",
                    same => same,
                };
                (other, one, turned)
            }
            _ => return Err("a property is compared with a moment or an INTERVAL".to_owned()),
        };
        let Term::Property(property) = self.term(property)? else { return Err(unknown(op)) };
        if Term::Property(property).family() != Family::Moment {
            return Err(format!("{} is no moment", quoted(property.name())));
        }
        let period = self.period(period)?;
        let predicate = temporal(op, property, period).ok_or_else(|| unknown(op))?;
        self.counted(predicate)
    }

    fn period(&self, expression: &Expr) -> Read<Period> {
        match expression {
            Expr::Interval { interval } => match interval.iter().map(AsRef::as_ref).collect::<Vec<_>>()[..] {
                [Expr::Literal(start), Expr::Literal(end)] => Ok(Period::between(start, end)?),
                [
                    Expr::Date { date: start } | Expr::Timestamp { timestamp: start },
                    Expr::Date { date: end } | Expr::Timestamp { timestamp: end },
                ] => match (start.as_ref(), end.as_ref()) {
                    (Expr::Literal(start), Expr::Literal(end)) => Ok(Period::between(start, end)?),
                    _ => Err("INTERVAL is given two texts".to_owned()),
                },
                _ => Err("INTERVAL is given two texts, '..' for an open end".to_owned()),
            },
            Expr::Literal(text) => Ok(Period::at(Span::read(text)?)),
            other => match self.term(other)? {
                Term::Moment(span) => Ok(Period::at(span)),
                _ => Err("this is neither a moment nor an INTERVAL".to_owned()),
            },
        }
    }
}

/// What a temporal function says about a property and a period; none where there is no such function of a moment.
fn temporal(op: &str, property: &'static Property, period: Period) -> Option<Predicate> {
    let with = |by: Comparison, span: Option<Span>, open: bool| match span {
        Some(span) => Predicate::Compare(Term::Property(property), by, Term::Moment(span)),
        None => Predicate::Always(open),
    };
    let during = |from: Comparison, to: Comparison| {
        Predicate::All(vec![with(from, period.start, true), with(to, period.end, true)])
    };
    let meets = || during(Comparison::GreaterOrEqual, Comparison::LessOrEqual);
    Some(match op {
        "t_after" => with(Comparison::Greater, period.end, false),
        "t_before" => with(Comparison::Less, period.start, false),
        "t_during" => during(Comparison::Greater, Comparison::Less),
        "t_intersects" => meets(),
        "t_disjoint" => Predicate::Not(Box::new(meets())),
        "t_equals" if period.start == period.end => with(Comparison::Equal, period.start, false),
        _ => return None,
    })
}

/// That a property has a moment in this period, ends included.
#[must_use]
pub fn within(property: &'static Property, period: Period) -> Predicate {
    temporal("t_intersects", property, period).unwrap_or(Predicate::Always(false))
}

const fn words(family: Family) -> &'static str {
    match family {
        Family::Number => "a number",
        Family::Text => "a text",
        Family::Moment => "a moment",
    }
}

fn unknown(op: &str) -> String {
    match op {
        "+" | "-" | "*" | "/" | "%" | "^" | "div" => "a filter here does no sums".to_owned(),
        op if op.starts_with("a_") => "no property is a list".to_owned(),
        op => format!("there is no {} of these arguments here", quoted(op)),
    }
}

/// A pattern is a text, and the letter that a backslash is for follows it.
fn check_pattern(value: &Term, pattern: &Term) -> Read<()> {
    if value.family() != Family::Text || pattern.family() != Family::Text {
        return Err("LIKE compares texts".to_owned());
    }
    let mut inner = pattern;
    while let Term::Folded(_, text) = inner {
        inner = text;
    }
    match inner {
        Term::Text(text) if text.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1 => {
            Err("a pattern does not end with the sign that means the next letter as it is".to_owned())
        }
        Term::Text(_) => Ok(()),
        _ => Err("LIKE is given its pattern as a text".to_owned()),
    }
}

/// A geometry as it was written, in whatever coordinate reference system.
fn drawn(geometry: &cql2::Geometry) -> Read<Geometry<f64>> {
    Geometry::try_from(Expr::Geometry(geometry.clone())).map_err(|_| "this geometry cannot be read".to_owned())
}
