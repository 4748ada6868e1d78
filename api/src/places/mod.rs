//! Places: the gazetteer and its search, the nearest street, the areas a point lies in, and the importers that load them.

pub mod import;
mod models;
pub mod queries;
pub mod rules;
