//! Every HTTP test, in one binary, on real PostgreSQL.
#![expect(missing_docs, clippy::unwrap_used, reason = "test names are sentences; a test may fail loudly")]

mod auth;
mod delivery;
mod demo;
mod ground;
mod harness;
mod newport;
mod photos;
mod places;
mod privacy;
mod reports;
mod smtp;
mod updates;
