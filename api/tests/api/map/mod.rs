//! The map: counts, tiles, what is live.

mod counts;
mod tiles;
