//! Which mark on the map a report is part of.

use mendmap_shared::gather::{Key, Mark};
use mendmap_shared::geo::TileXyz;

/// A place for a mark: where what leads it is, or in a fan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// On its own place.
    Place(Key),
    /// The report with this number, fanned out.
    Fanned(i64),
}

/// Which mark each report and each counted cell is part of. Looked through from end to end: that is done when the zoom changes
/// or somebody selects something, and takes less than keeping an index with every frame.
#[derive(Default)]
pub struct Members {
    pins: Vec<(i64, Slot)>,
    cells: Vec<(TileXyz, Slot)>,
}

impl Members {
    /// Adds what a mark stands for.
    pub fn add(&mut self, slot: Slot, mark: &Mark) {
        self.pins.extend(mark.pins.iter().map(|pin| (pin.id, slot)));
        self.cells.extend(mark.cells.iter().map(|cell| (*cell, slot)));
    }

    /// The mark a report is part of; its own where it is fanned out.
    pub fn of_pin(&self, id: i64) -> Option<Slot> {
        let mut places = self.pins.iter().filter(|(pin, _)| *pin == id).map(|(_, slot)| *slot);
        let first = places.next()?;
        Some(places.find(|slot| matches!(slot, Slot::Fanned(_))).unwrap_or(first))
    }

    /// The mark that the lead of another one is part of, or is inside of.
    pub fn holder(&self, mark: &Mark) -> Option<Slot> {
        let by_pin = if let Key::Pin(id) = mark.key { self.of_pin(id) } else { None };
        let holds = |cell: &TileXyz| TileXyz::containing(mark.location, cell.z()) == Ok(*cell);
        by_pin.or_else(|| self.cells.iter().find(|(cell, _)| holds(cell)).map(|(_, slot)| *slot))
    }
}
