//! A filter, understood: everything in it is something we know how to answer.

use super::super::collections::Property;
use super::super::moment::Span;
use super::super::region::Region;
use crate::exports::record::Kind;

/// Something that a feature is, or is not, or of which it is not known.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// So, or not, for every feature.
    Always(bool),
    /// All of these.
    All(Vec<Predicate>),
    /// One of these at least.
    Any(Vec<Predicate>),
    /// Not this.
    Not(Box<Predicate>),
    /// The property has no value.
    IsNull(&'static Property),
    /// The feature has no geometry.
    LacksGeometry,
    /// Two values compare so. Both are of one family.
    Compare(Term, Comparison, Term),
    /// A text looks like a pattern with `%`, `_` and a backslash before either that is meant as it is.
    Like(Term, Term),
    /// The feature's geometry has this relation to the ground.
    Spatial(Relation, Region),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// By its sign.
    #[must_use]
    pub fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// Its sign in SQL.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => " = ",
            Self::NotEqual => " <> ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
        }
    }

    /// The same with the sides changed.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

/// What is taken away from texts before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Large and small letters.
    Case,
    /// Accents.
    Accents,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Term {
    /// That of a property that can be asked by.
    Property(&'static Property),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A moment or a day.
    Moment(Span),
    /// A text without something.
    Folded(Fold, Box<Term>),
}

/// What can be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Moments.
    Moment,
}

impl Term {
    /// What it can be compared with.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Property(property) => match property.told.kind {
                Kind::Integer | Kind::Number => Family::Number,
                Kind::Text => Family::Text,
                Kind::Moment => Family::Moment,
            },
            Self::Integer(_) | Self::Number(_) => Family::Number,
            Self::Text(_) | Self::Folded(_, _) => Family::Text,
            Self::Moment(_) => Family::Moment,
        }
    }
}

/// What geometries can be to each other (OGC 06-103r4, 6.1.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They share a point.
    Intersects,
    /// They share none.
    Disjoint,
    /// They are the same.
    Equals,
    /// They meet at their edges only.
    Touches,
    /// The feature lies in the other.
    Within,
    /// The other lies in the feature.
    Contains,
    /// Each has a part of the other, and they are of one dimension.
    Overlaps,
    /// One runs through the other.
    Crosses,
}

impl Relation {
    /// By the name of its function.
    #[must_use]
    pub fn of(function: &str) -> Option<Self> {
        Some(match function {
            "s_intersects" => Self::Intersects,
            "s_disjoint" => Self::Disjoint,
            "s_equals" => Self::Equals,
            "s_touches" => Self::Touches,
            "s_within" => Self::Within,
            "s_contains" => Self::Contains,
            "s_overlaps" => Self::Overlaps,
            "s_crosses" => Self::Crosses,
            _ => return None,
        })
    }

    /// The same with the sides changed.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Within => Self::Contains,
            Self::Contains => Self::Within,
            same => same,
        }
    }

    /// The function of PostGIS that tells, with the feature's geometry first.
    #[must_use]
    pub const fn function(self) -> &'static str {
        match self {
            Self::Intersects | Self::Disjoint => "ST_Intersects",
            Self::Equals => "ST_Equals",
            Self::Touches => "ST_Touches",
            Self::Within => "ST_Within",
            Self::Contains => "ST_Contains",
            Self::Overlaps => "ST_Overlaps",
            Self::Crosses => "ST_Crosses",
        }
    }
}
