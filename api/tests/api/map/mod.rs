//! The map: counts, tiles, what is live.

mod batches;
mod closest;
mod counts;
mod drift;
mod live;
mod plans;
mod processes;
mod tiles;
mod truth;
mod writers;
