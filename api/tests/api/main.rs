//! Every HTTP test, in one binary, on real PostgreSQL.
#![expect(missing_docs, clippy::unwrap_used, reason = "test names are sentences; a test may fail loudly")]

mod auth;
mod demo;
mod ground;
mod harness;
mod photos;
mod reports;
mod updates;
