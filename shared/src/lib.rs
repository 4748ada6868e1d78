//! What crosses Mendmap's wire, and the rules the API and the browser must agree on.
//!
//! Nothing here does I/O. A value that exists has passed its rule: [`geo::LonLat`], [`text::ReportTitle`] and the others
//! refuse at construction (and so while deserialising), and both sides use the same code and the same [`limits`].

pub mod colour;
pub mod error;
mod field_problems;
pub mod gather;
pub mod geo;
pub mod limits;
pub mod map_filter;
pub mod questions;
pub mod return_to;
pub mod standard_categories;
pub mod text;
pub mod wire;
pub mod workflow;
