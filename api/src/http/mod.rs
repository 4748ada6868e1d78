//! What every feature's handlers use: extractors, paging, ETags, rate limits, headers, health, and the static app.

pub mod client_address;
pub mod cursor;
pub mod etag;
pub mod extract;
pub mod headers;
pub mod health;
pub mod idempotency;
pub mod rate_limit;
pub mod site;
pub mod spa;
