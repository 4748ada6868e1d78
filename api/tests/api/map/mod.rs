//! The map: counts, tiles, what is live.

mod counts;
mod live;
mod processes;
mod tiles;
