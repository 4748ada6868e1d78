//! The tiles of reports: which are in sight, what is known of each, and whether something of it is missing.

use std::collections::HashMap;

use futures_util::future::AbortHandle;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_PIN_ZOOM;
use mendmap_shared::wire::map::MapTile;

use super::View;

/// Tiles kept at most; the oldest go first.
const KEPT: usize = 300;
/// Milliseconds after which a tile coming back into sight is asked for again: the answer is mostly "not modified".
const FRESH_MS: f64 = 30_000.0;

#[derive(Default)]
struct Tile {
    /// What came last, and when. It stays while the tile is asked for again, and if that fails.
    content: Option<(MapTile, f64)>,
    /// The request under way, and its number.
    running: Option<(AbortHandle, u64)>,
    /// Whether the last request that came to an end failed.
    failed: bool,
}

/// The tiles of one filter.
#[derive(Default)]
pub struct PinTiles {
    tiles: HashMap<TileXyz, Tile>,
    /// Tiles with content, oldest first.
    order: Vec<TileXyz>,
    sight: Vec<TileXyz>,
    requests: u64,
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
                let stale = tile.content.as_ref().is_none_or(|(_, at)| now - at > FRESH_MS);
                tile.running.is_none() && (tile.failed || stale)
            })
        };
        self.sight.iter().filter(is_missing).copied().collect()
    }

    /// Notes that a tile is being asked for; answers the request's number.
    pub fn start(&mut self, place: TileXyz, stop: AbortHandle) -> u64 {
        self.requests += 1;
        self.tiles.entry(place).or_default().running = Some((stop, self.requests));
        self.requests
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
            tile.content = Some((content, now));
            self.order.retain(|kept| *kept != place);
            self.order.push(place);
        }
        true
    }

    /// What is known of the ground in sight.
    pub fn contents(&self) -> impl Iterator<Item = &MapTile> {
        self.sight.iter().filter_map(|place| self.tiles.get(place)?.content.as_ref()).map(|(content, _)| content)
    }

    /// Whether a tile in sight, of which nothing is known yet, is on its way.
    pub fn is_waiting(&self) -> bool {
        self.in_sight().any(|tile| tile.content.is_none() && tile.running.is_some())
    }

    /// Whether a tile in sight did not come. While it is asked for again it still has not.
    pub fn has_failed(&self) -> bool {
        self.in_sight().any(|tile| tile.failed)
    }

    /// Whether this point is in sight and nothing is known there.
    pub fn is_blank_at(&self, point: LonLat) -> bool {
        let place = self.sight.first().and_then(|first| TileXyz::containing(point, first.z()).ok());
        let place = place.filter(|place| self.sight.contains(place));
        place.is_some_and(|place| self.tiles.get(&place).is_none_or(|tile| tile.content.is_none()))
    }

    fn in_sight(&self) -> impl Iterator<Item = &Tile> {
        self.sight.iter().filter_map(|place| self.tiles.get(place))
    }
}

/// The tiles a view shows. Where every report is a pin, a tile of the next smaller zoom says the same in a quarter of
/// the requests.
pub fn tiles_in(view: &View) -> Vec<TileXyz> {
    let zoom = if view.zoom > MAP_PIN_ZOOM { view.zoom - 1 } else { view.zoom };
    let [west, south, east, north] = view.bbox.edges();
    let corner = |lon, lat| LonLat::new(lon, lat).ok().and_then(|point| TileXyz::containing(point, zoom).ok());
    let (Some(first), Some(last)) = (corner(west, north), corner(east, south)) else { return Vec::new() };
    let rows = first.y()..=last.y();
    rows.flat_map(|y| (first.x()..=last.x()).filter_map(move |x| TileXyz::new(zoom, x, y).ok())).collect()
}
