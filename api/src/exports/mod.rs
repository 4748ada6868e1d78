//! Open data: everything that is public about reports, for geographic information systems, warehouses and spreadsheets.
//!
//! [`record`] says what is told about a report and under which names; every format, OGC API Features and the command line
//! tell the same.

pub mod coordinates;
pub mod params;
pub mod polygon;
pub mod queries;
pub mod record;
