//! Every HTTP test, in one binary, on real PostgreSQL.


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
