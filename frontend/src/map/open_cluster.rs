//! What a press on a cluster does: the map goes in to where it falls apart, or it is fanned out. It comes with the first
//! such press.

use std::rc::Rc;

use leptos::task::spawn_local;
use mendmap_shared::gather::{Key, Mark, falls_apart_at, marks};
use mendmap_shared::geo::TileXyz;
use mendmap_shared::limits::{MAP_ALL_PINS_ZOOM, MAP_PIN_ZOOM, MAP_TILE_PINS};
use mendmap_shared::wire::map::Cluster;

use super::pin_tiles::{CELLS_MAX, cell_level};
use super::pins::CLUSTER_STEP;
use super::{MapHandle, Pins};
use crate::api;

/// A cluster that was pressed.
pub struct Opening {
    pub pins: Pins,
    pub mark: Mark,
    pub map: MapHandle,
}

/// Opens it.
pub fn open_cluster(opening: Opening) {
    let Opening { pins, mark, map } = opening;
    if !mark.is_known() {
        open_unknown(&pins, &mark, map);
    } else if let Some(zoom) = apart_at(&each_alone(&mark), map.zoom(), mark.counts.total()) {
        map.zoom_around(mark.location, zoom);
    } else {
        pins.turn_fan(mark.key);
    }
}

/// Goes in to where a cluster falls apart. What is in its cell is asked for first; a cell is a tile too.
fn open_unknown(pins: &Pins, mark: &Mark, map: MapHandle) {
    let (location, zoom, reports) = (mark.location, map.zoom(), mark.counts.total());
    let mut parts = each_alone(mark);
    let filter = pins.filter();
    spawn_local(async move {
        let mut apart = apart_at(&parts, zoom, reports);
        while apart.is_none() {
            let Some(Key::Cell(cell)) = parts.first().map(|part| part.key) else { break };
            let Ok(tile) = api::get_map_tile(cell, &filter, false).await else { break };
            let pins: Vec<_> = tile.pins.into_iter().map(Rc::new).collect();
            parts = marks(std::iter::once((cell_level(cell), pins.as_slice(), tile.clusters.as_slice())));
            apart = apart_at(&parts, zoom, reports);
            if cell.z() >= CELLS_MAX {
                break;
            }
        }
        // The map may have been moved meanwhile.
        if map.zoom() == zoom {
            map.zoom_around(location, apart.unwrap_or((zoom + CLUSTER_STEP).min(MAP_ALL_PINS_ZOOM)));
        }
    });
}

/// What a mark stands for, each for itself: its pins, and its cells as far as it is known where in them the reports are.
fn each_alone(mark: &Mark) -> Vec<Mark> {
    let cell = |cell: &TileXyz| {
        let location = if mark.key == Key::Cell(*cell) { mark.location } else { cell.bbox().centre() };
        Mark::cell(*cell, Cluster { location, ..mark.counts.clone() })
    };
    mark.cells.iter().map(cell).chain(mark.pins.iter().cloned().map(Mark::pin)).collect()
}

/// The zoom at which so many reports, in these parts, are more than one mark; `None` where none is known.
fn apart_at(parts: &[Mark], zoom: u8, reports: i64) -> Option<u8> {
    let mut apart = falls_apart_at(parts, zoom)?;
    // Also the tiles must tell them apart: they count by cells as long as the pins do not fit.
    let together = |zoom: u8| {
        let cell = |part: &Mark| TileXyz::containing(part.location, (zoom + 2).min(CELLS_MAX));
        let counted = zoom <= MAP_PIN_ZOOM || reports > MAP_TILE_PINS;
        counted && parts.iter().all(|part| cell(part) == cell(&parts[0]))
    };
    while apart < MAP_ALL_PINS_ZOOM && together(apart) {
        apart += 1;
    }
    Some(apart)
}
