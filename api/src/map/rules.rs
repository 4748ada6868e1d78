//! At which zoom reports are counted, and how finely.

use mendmap_shared::limits::{MAP_ALL_PINS_ZOOM, MAP_PIN_ZOOM, MAP_TILE_PINS};

/// Zooms between a tile and its cells: 8 cells along each edge.
const CELLS_BELOW: u8 = 3;
/// The finest level that is counted. A tile of zoom 18 is one cell of it: whoever has more reports there than pins fit sees
/// one count, and the pins one zoom further in.
pub const FINEST_LEVEL: u8 = 18;
/// The level cells are numbered at; see `map_cell` in the migrations.
pub const NUMBERED_LEVEL: u8 = 20;

/// How a tile of this zoom is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Every report is a pin.
    Pins,
    /// Counted by cells of this level, unless no more than this many reports match.
    Counted {
        /// Level of the cells.
        level: u8,
        /// Most reports that are pins.
        pins: i64,
    },
}

/// How a tile of this zoom is drawn.
#[must_use]
pub const fn drawn(zoom: u8) -> Drawn {
    if zoom >= MAP_ALL_PINS_ZOOM {
        return Drawn::Pins;
    }
    let level = if zoom + CELLS_BELOW < FINEST_LEVEL { zoom + CELLS_BELOW } else { FINEST_LEVEL };
    Drawn::Counted { level, pins: if zoom < MAP_PIN_ZOOM { 0 } else { MAP_TILE_PINS } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mendmap_shared::limits::MAP_ZOOM_MAX;

    #[test]
    fn every_zoom_has_a_level_that_is_counted_or_shows_every_report() {
        for zoom in 0..=MAP_ZOOM_MAX {
            match drawn(zoom) {
                Drawn::Pins => assert!(zoom >= MAP_ALL_PINS_ZOOM),
                Drawn::Counted { level, pins } => {
                    assert!((3..=FINEST_LEVEL).contains(&level) && level >= zoom);
                    assert_eq!(pins > 0, zoom >= MAP_PIN_ZOOM);
                }
            }
        }
    }
}
