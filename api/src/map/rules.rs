//! How many pins a tile may have before its reports are counted.

use mendmap_shared::limits::{MAP_CLOSE_TILE_PINS, MAP_CLOSE_ZOOM, MAP_PIN_ZOOM, MAP_TILE_PINS};

/// The level cells are numbered at, and the finest that is counted; see `map_cell` in the migrations.
pub const NUMBERED_LEVEL: u8 = 20;

/// Most reports that are pins in a tile of this zoom; with more, they are counted by the cells of
/// [`mendmap_shared::gather::cell_level`].
#[must_use]
pub const fn most_pins(zoom: u8) -> i64 {
    match zoom {
        ..MAP_PIN_ZOOM => 0,
        MAP_PIN_ZOOM..MAP_CLOSE_ZOOM => MAP_TILE_PINS,
        _ => MAP_CLOSE_TILE_PINS,
    }
}
