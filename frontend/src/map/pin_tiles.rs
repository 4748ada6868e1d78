//! The tiles of reports: which are in sight, what is known of each, and whether something of it is missing.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::AbortHandle;
use mendmap_shared::gather::{Mark, cell_level, gather, marks};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_CLOSE_ZOOM;
use mendmap_shared::wire::map::{Cluster, LivePin, MapTile, Pin};
use rustc_hash::FxHashMap;

use super::View;

/// Tiles kept at most; the oldest go first.
const KEPT: usize = 300;
/// Milliseconds after which a tile coming back into sight is asked for again: the answer is mostly "not modified".
const FRESH_MS: f64 = 30_000.0;
/// Milliseconds by which a tile may lag behind what a live map is told: caches keep it as long.
pub const LAG_MS: u32 = 4_000;

#[derive(Default)]
struct Content {
    pins: Vec<Rc<Pin>>,
    clusters: Vec<Cluster>,
    /// When it came, in milliseconds.
    came: f64,
    /// What it was gathered into, and for which zoom.
    gathered: RefCell<Option<(u8, Vec<Mark>)>>,
}

impl Content {
    /// Its marks, in a tile with cells of this level. They are kept, so that a map that moves has to gather only what is new, and
    /// what lies across the borders of tiles; unless one of the reports is to stand alone.
    fn marks(&self, level: u8, zoom: u8, alone: Option<i64>) -> Vec<Mark> {
        let all = || marks(std::iter::once((level, self.pins.as_slice(), self.clusters.as_slice())));
        if alone.is_some_and(|id| self.pins.iter().any(|pin| pin.id == id)) {
            let is_alone = |mark: &Mark| mark.single().is_some_and(|pin| Some(pin.id) == alone);
            let (mut one, others): (Vec<_>, Vec<_>) = all().into_iter().partition(is_alone);
            one.extend(gather(others, None, zoom));
            return one;
        }
        let mut gathered = self.gathered.borrow_mut();
        match gathered.as_ref().filter(|(at, _)| *at == zoom) {
            Some((_, marks)) => marks.clone(),
            None => gathered.insert((zoom, gather(all(), None, zoom))).1.clone(),
        }
    }
}

impl From<MapTile> for Content {
    fn from(tile: MapTile) -> Self {
        Self { pins: tile.pins.into_iter().map(Rc::new).collect(), clusters: tile.clusters, ..Self::default() }
    }
}

#[derive(Default)]
struct Tile {
    /// What came last. It stays while the tile is asked for again, and if that fails.
    content: Option<Content>,
    /// The request under way, and its number.
    running: Option<(AbortHandle, u64)>,
    /// Whether the last request that came to an end failed.
    failed: bool,
    /// Whether something changed in it that only the server can count.
    due: bool,
}

/// A change that a live map was told of: the report's number, the pin where it is to be shown, and where it is, if known.
struct Change {
    id: i64,
    pin: Option<Rc<Pin>>,
    location: Option<LonLat>,
    at: f64,
}

/// The tiles of one filter.
#[derive(Default)]
pub struct PinTiles {
    tiles: FxHashMap<TileXyz, Tile>,
    /// Tiles with content, oldest first.
    order: Vec<TileXyz>,
    sight: Vec<TileXyz>,
    requests: u64,
    /// What tiles on their way may not know yet.
    changes: Vec<Change>,
}

impl PinTiles {
    /// Gives up what is under way and forgets everything.
    pub fn clear(&mut self) {
        for tile in self.tiles.values() {
            if let Some((stop, _)) = &tile.running {
                stop.abort();
            }
        }
        // Numbers go on, so that no late answer is taken for a new one.
        *self = Self { requests: self.requests, ..Self::default() };
    }

    /// Makes these the tiles in sight, and gives up what has left it; answers those to ask for.
    pub fn turn_to(&mut self, wanted: Vec<TileXyz>, now: f64) -> Vec<TileXyz> {
        self.tiles.retain(|place, tile| {
            if wanted.contains(place) {
                return true;
            }
            if let Some((stop, _)) = tile.running.take() {
                stop.abort();
            }
            tile.content.is_some()
        });
        self.sight = wanted;
        while self.order.len() > KEPT {
            let oldest = self.order.remove(0);
            if !self.sight.contains(&oldest) {
                self.tiles.remove(&oldest);
            }
        }
        let is_missing = |place: &&TileXyz| {
            self.tiles.get(place).is_none_or(|tile| {
                let stale = tile.content.as_ref().is_none_or(|content| now - content.came > FRESH_MS);
                tile.running.is_none() && (tile.failed || tile.due || stale)
            })
        };
        self.sight.iter().filter(is_missing).copied().collect()
    }

    /// Whether these are the tiles in sight already.
    pub fn is_turned_to(&self, wanted: &[TileXyz]) -> bool {
        self.sight == wanted
    }

    /// Notes that a tile is being asked for; answers the request's number, and whether it must come past every cache on
    /// this side.
    pub fn start(&mut self, place: TileXyz, stop: AbortHandle) -> (u64, bool) {
        self.requests += 1;
        let tile = self.tiles.entry(place).or_default();
        if let Some((before, _)) = tile.running.replace((stop, self.requests)) {
            before.abort();
        }
        (self.requests, tile.due)
    }

    /// Takes the answer to a request, `None` where it failed; `false` when nobody waits for it any more.
    pub fn take(&mut self, place: TileXyz, request: u64, content: Option<MapTile>, now: f64) -> bool {
        let Some(tile) = self.tiles.get_mut(&place) else { return false };
        if tile.running.as_ref().is_none_or(|(_, running)| *running != request) {
            return false;
        }
        tile.running = None;
        tile.failed = content.is_none();
        if let Some(content) = content {
            tile.content = Some(Content { came: now, ..content.into() });
            tile.due = false;
            self.changes.retain(|change| now - change.at < f64::from(LAG_MS));
            for change in &self.changes {
                tile.change(place, change);
            }
            self.order.retain(|kept| *kept != place);
            self.order.push(place);
        }
        true
    }

    /// Takes in a change that a live map was told of: `pin` where the report is to be shown here. Where tiles show pins it is
    /// done at once; a tile that counts is due to be asked for again. Answers whether the report was or is shown as a pin.
    pub fn change(&mut self, id: i64, report: Option<&LivePin>, shown: bool, now: f64) -> bool {
        let pin = report.filter(|_| shown).map(|report| Rc::new(report.pin.clone()));
        let location = report.map(|report| report.pin.location);
        let change = Change { id, pin, location, at: now };
        let mut touched = false;
        for (place, tile) in &mut self.tiles {
            touched |= tile.change(*place, &change);
        }
        self.changes.retain(|before| before.id != id);
        self.changes.push(change);
        touched
    }

    /// Puts the reports of a counted cell in the place of its count, in tiles that count by such cells; whether one did.
    pub fn part(&mut self, cell: TileXyz, pins: &[Rc<Pin>]) -> bool {
        let mut parted = false;
        let holds = |place: &TileXyz| {
            cell_level(place.z()) == cell.z() && TileXyz::containing(cell.bbox().centre(), place.z()) == Ok(*place)
        };
        for (_, tile) in self.tiles.iter_mut().filter(|(place, _)| holds(place)) {
            let Some(content) = &mut tile.content else { continue };
            let before = content.clusters.len();
            content.clusters.retain(|cluster| TileXyz::containing(cluster.location, cell.z()) != Ok(cell));
            if content.clusters.len() == before {
                continue;
            }
            parted = true;
            content.pins.retain(|pin| pins.iter().all(|other| other.id != pin.id));
            content.pins.extend(pins.iter().cloned());
            content.gathered = RefCell::default();
        }
        parted
    }

    /// Makes every tile due to be asked for again.
    pub fn doubt_all(&mut self) {
        for tile in self.tiles.values_mut() {
            tile.due = true;
        }
    }

    /// The tiles in sight that are due to be asked for again.
    pub fn due(&self) -> Vec<TileXyz> {
        let is_due = |place: &&TileXyz| self.tiles.get(place).is_some_and(|tile| tile.due);
        self.sight.iter().filter(is_due).copied().collect()
    }

    /// What is known of the ground in sight, gathered tile by tile.
    pub fn marks(&self, zoom: u8, alone: Option<i64>) -> Vec<Mark> {
        self.sight.iter().flat_map(|place| self.marks_of(*place, zoom, alone)).collect()
    }

    /// The tiles in sight of which something is known.
    pub fn known(&self) -> Vec<TileXyz> {
        let is_known = |place: &&TileXyz| self.tiles.get(place).is_some_and(|tile| tile.content.is_some());
        self.sight.iter().filter(is_known).copied().collect()
    }

    /// What is known of one tile.
    pub fn marks_of(&self, place: TileXyz, zoom: u8, alone: Option<i64>) -> Vec<Mark> {
        let content = self.tiles.get(&place).and_then(|tile| tile.content.as_ref());
        content.map(|content| content.marks(cell_level(place.z()), zoom, alone)).unwrap_or_default()
    }

    /// Whether a tile in sight did not come. While it is asked for again it still has not.
    pub fn has_failed(&self) -> bool {
        self.sight.iter().filter_map(|place| self.tiles.get(place)).any(|tile| tile.failed)
    }

    /// Whether this point is in sight and nothing is known there.
    pub fn is_blank_at(&self, point: LonLat) -> bool {
        let place = self.sight.first().and_then(|first| TileXyz::containing(point, first.z()).ok());
        let place = place.filter(|place| self.sight.contains(place));
        place.is_some_and(|place| self.tiles.get(&place).is_none_or(|tile| tile.content.is_none()))
    }
}

impl Tile {
    /// Takes in a change; answers whether the report was or is one of the pins.
    fn change(&mut self, place: TileXyz, change: &Change) -> bool {
        let Some(content) = &mut self.content else { return false };
        let inside = change.location.map(|point| TileXyz::containing(point, place.z()) == Ok(place));
        let known = content.pins.iter().position(|pin| pin.id == change.id);
        content.gathered = RefCell::default();
        match (known, change.pin.as_ref().filter(|_| inside == Some(true))) {
            (Some(known), Some(pin)) => content.pins[known] = pin.clone(),
            (Some(known), None) => drop(content.pins.remove(known)),
            (None, Some(pin)) if content.clusters.is_empty() => content.pins.push(pin.clone()),
            // It is, or was, one of those counted; where it is not known where, that may be here.
            _ => {
                self.due |= inside != Some(false) && !content.clusters.is_empty();
                return false;
            }
        }
        true
    }
}

/// The tiles a view shows. A tile of the next smaller zoom says the same in a quarter of the requests, and its cells are as wide
/// on screen as marks need; at the closest zoom, its own tiles have room for more pins.
pub fn tiles_in(view: &View) -> Vec<TileXyz> {
    let zoom = if view.zoom >= MAP_CLOSE_ZOOM { view.zoom } else { view.zoom.saturating_sub(1) };
    let [west, south, east, north] = view.bbox.edges();
    let corner = |lon, lat| LonLat::new(lon, lat).ok().and_then(|point| TileXyz::containing(point, zoom).ok());
    let (Some(first), Some(last)) = (corner(west, north), corner(east, south)) else { return Vec::new() };
    let rows = first.y()..=last.y();
    rows.flat_map(|y| (first.x()..=last.x()).filter_map(move |x| TileXyz::new(zoom, x, y).ok())).collect()
}
