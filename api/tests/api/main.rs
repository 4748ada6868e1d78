//! Every HTTP test, in one binary, on real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod auth;
mod base_map;
mod cache;
mod cache_endpoint;
mod cache_nodes;
mod delivery;
mod demo;
mod ground;
mod harness;
mod http;
mod kept;
mod letters;
mod mail_feedback;
mod map;
mod memcached;
mod moving_in;
mod newport;
mod open311;
mod open311_client;
mod openapi;
mod outbound;
mod outside;
mod photos;
mod places;
mod privacy;
mod rate_limits;
mod reader;
mod replicated;
mod reports;
mod scale;
mod servers;
mod smtp;
mod two_sites;
mod updates;
mod webhooks;
