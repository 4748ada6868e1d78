//! What every feature's handlers use: extractors, paging, ETags, kept answers, freshness, rate limits, headers, health, the static app,
//! and what answers when no handler does.

pub mod base_map;
pub mod client_address;
pub mod codings;
pub mod cursor;
pub mod envelope;
pub mod etag;
pub mod extract;
pub mod fallback;
pub mod freshness;
pub mod head;
pub mod headers;
pub mod health;
pub mod idempotency;
pub mod kept;
pub mod rate_limit;
pub mod site;
pub mod spa;
pub mod xml;
