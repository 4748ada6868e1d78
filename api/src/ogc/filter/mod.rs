//! Filters (Part 3) in CQL2: read by the crate `cql2`, checked against what a collection can be asked by, and put into SQL by a
//! closed list of what we know. Nothing else is let through, and no text of the caller's becomes SQL.

mod grammar;
mod ilike;
mod read;
mod tree;
mod write;

pub use grammar::Language;
pub use read::{GEOMETRY, within};
pub use tree::{Comparison, Fold, Predicate, Relation, Term};
pub use write::write;

use super::collections::Collection;
use super::crs::Crs;

/// What a filter is read with.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// What is asked.
    pub collection: &'static Collection,
    /// What its geometries are in.
    pub crs: Crs,
}

/// Reads a filter. This may take a tenth of a second: not for a thread that has others to serve.
///
/// # Errors
/// Says what is wrong with it, or that it is more than is answered here.
pub fn read(text: &str, language: Language, context: Context) -> Result<Predicate, String> {
    let spelt =
        (language == Language::Text && text.to_ascii_lowercase().contains("ilike")).then(|| ilike::without(text));
    grammar::parsed(spelt.as_deref().unwrap_or(text), language, |expression| read::predicate(expression, context))
}
