//! What a press on a cluster does: the map goes in to where it falls apart, or it is fanned out. It comes with the first
//! such press.

use std::rc::Rc;

use leptos::task::spawn_local;
use mendmap_shared::gather::{Key, Mark, cell_level, falls_apart_at, gather, marks};
use mendmap_shared::geo::TileXyz;
use mendmap_shared::limits::{MAP_CLOSE_ZOOM, MAP_PIN_ZOOM, MAP_TILE_PINS, MAP_ZOOM_MAX};
use mendmap_shared::wire::map::Cluster;

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
        spawn_local(async move {
            if map.zoom() < MAP_CLOSE_ZOOM { go_in(&pins, &mark, &map).await } else { part(&pins, &mark, &map).await }
        });
    } else if let Some(zoom) = apart_at(&each_alone(&mark), map.zoom(), mark.counts.total()) {
        map.zoom_around(mark.location, zoom);
    } else {
        pins.turn_fan(mark.key);
    }
}

/// Goes in to where a cluster falls apart. What is in its cell is asked for first; a cell is a tile too.
async fn go_in(pins: &Pins, mark: &Mark, map: &MapHandle) {
    let (zoom, reports, filter) = (map.zoom(), mark.counts.total(), pins.filter());
    let mut parts = each_alone(mark);
    let mut apart = apart_at(&parts, zoom, reports);
    while apart.is_none() {
        let Some(Key::Cell(cell)) = parts.first().map(|part| part.key) else { break };
        let Ok(tile) = api::get_map_tile(cell, &filter, false).await else { break };
        let known: Vec<_> = tile.pins.into_iter().map(Rc::new).collect();
        parts = marks(std::iter::once((cell_level(cell.z()), known.as_slice(), tile.clusters.as_slice())));
        apart = apart_at(&parts, zoom, reports);
        if cell.z() >= MAP_ZOOM_MAX {
            break;
        }
    }
    // The map may have been moved meanwhile.
    if map.zoom() == zoom {
        map.zoom_around(mark.location, apart.unwrap_or((zoom + CLUSTER_STEP).min(MAP_CLOSE_ZOOM)));
    }
}

/// Puts reports in the place of their number, where no zoom is closer; those at one place are fanned out at once. Where they
/// are more than a map can show, that is told.
async fn part(pins: &Pins, mark: &Mark, map: &MapHandle) {
    let (zoom, filter) = (map.zoom(), pins.filter());
    let mut all = mark.pins.clone();
    let (mut cells, mut is_crowd) = (Vec::new(), false);
    // A few: cells are wider than marks.
    for cell in &mark.cells {
        let Ok(tile) = api::get_map_tile(*cell, &filter, false).await else { return pins.tell_missing() };
        is_crowd |= !tile.clusters.is_empty();
        let known: Vec<_> = tile.pins.into_iter().map(Rc::new).collect();
        all.extend(known.iter().cloned());
        cells.push((*cell, known));
    }
    // The map may have been moved meanwhile.
    if map.zoom() != zoom || pins.filter() != filter || map.view().is_none_or(|view| !view.bbox.contains(mark.location))
    {
        return;
    }
    if is_crowd {
        return pins.tell_crowd();
    }
    let parted = cells.iter().filter(|(cell, known)| pins.part(*cell, known)).count();
    // Pressed twice, the first press did it.
    if parted > 0
        && let [heap] = gather(all.into_iter().map(Mark::pin).collect(), None, zoom).as_slice()
    {
        pins.turn_fan(heap.key);
    }
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
        let cell = |part: &Mark| TileXyz::containing(part.location, cell_level(zoom.saturating_sub(1)));
        let counted = zoom <= MAP_PIN_ZOOM || reports > MAP_TILE_PINS;
        counted && parts.iter().all(|part| cell(part) == cell(&parts[0]))
    };
    while apart < MAP_CLOSE_ZOOM && together(apart) {
        apart += 1;
    }
    Some(apart)
}
