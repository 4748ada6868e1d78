//! Gathering what would overlap on the map into counted marks: pins where they fit, clusters where they do not. No two marks
//! of an answer overlap, so that none hides another.

use std::collections::BinaryHeap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::geo::{LonLat, TileXyz, mercator_fraction};
use crate::limits::MAP_CLOSE_ZOOM;
use crate::wire::map::{Cluster, Pin};
use crate::workflow::StatusGroup;

/// Pixels between the middles of two marks, at least. The largest mark is as wide.
pub const APART_PX: f64 = 44.0;
/// Pixels from the tip of an open report's drop to its middle; discs and squares stand on their middle.
pub const DROP_PX: f64 = 19.0;
/// Pixels of a map that holds the whole Earth at zoom 0.
const WORLD_PX: f64 = 256.0;

/// The level of the cells that a tile of this zoom counts by: eight along its edge, as far as they are counted. Level 19 is not,
/// and 20 is the finest.
#[must_use]
pub const fn cell_level(zoom: u8) -> u8 {
    match zoom {
        ..16 => zoom + 3,
        16 => 18,
        _ => 20,
    }
}

/// What a mark stays the same by while it stands for more, fewer or changed reports: the report, or the counted cell, that
/// leads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The report with this number.
    Pin(i64),
    /// A cell that came as a count.
    Cell(TileXyz),
}

/// Something on the map: one report, or several counted together.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// What leads it.
    pub key: Key,
    /// Where the report, or the middle of the cell, that leads it is.
    pub location: LonLat,
    /// The same on the square Web Mercator map: 0..1 from the west, 0..1 from the north.
    pub at: (f64, f64),
    /// Pixels to the right and down by which the mark makes room for another one.
    pub shift: (f64, f64),
    /// Its reports, as far as they came one by one.
    pub pins: Vec<Rc<Pin>>,
    /// Its cells that came as counts.
    pub cells: Vec<TileXyz>,
    /// How many reports it stands for, of each status; the location is the mark's.
    pub counts: Cluster,
}

impl Mark {
    /// The mark of one report.
    #[must_use]
    pub fn pin(pin: Rc<Pin>) -> Self {
        let one = |group| i64::from(pin.status_group == group);
        let counts = Cluster {
            location: pin.location,
            open: one(StatusGroup::Open),
            fixed: one(StatusGroup::Fixed),
            closed: one(StatusGroup::Closed),
        };
        let (key, location, at) = (Key::Pin(pin.id), pin.location, mercator_fraction(pin.location));
        Self { key, location, at, shift: (0.0, 0.0), pins: vec![pin], cells: Vec::new(), counts }
    }

    /// The mark of a counted cell.
    #[must_use]
    pub fn cell(cell: TileXyz, counts: Cluster) -> Self {
        let (location, at) = (counts.location, mercator_fraction(counts.location));
        Self { key: Key::Cell(cell), location, at, shift: (0.0, 0.0), pins: Vec::new(), cells: vec![cell], counts }
    }

    /// The report, where the mark stands for one alone.
    #[must_use]
    pub fn single(&self) -> Option<&Rc<Pin>> {
        self.pins.first().filter(|_| self.pins.len() == 1 && self.cells.is_empty())
    }

    /// Whether all its reports are known one by one.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether it stands for reports that no zoom beyond this one parts.
    #[must_use]
    pub fn is_heap(&self, zoom: u8) -> bool {
        if zoom >= MAP_CLOSE_ZOOM {
            return self.single().is_none();
        }
        let world = world(MAP_CLOSE_ZOOM);
        let middle = |pin: &Rc<Pin>| {
            let (x, y) = mercator_fraction(pin.location);
            let lift = if pin.status_group == StatusGroup::Open { DROP_PX } else { 0.0 };
            (x * world, y * world - lift)
        };
        // The oldest one would lead, and take in all that is near it.
        let Some(first) = self.pins.iter().min_by_key(|pin| pin.id) else { return false };
        let (x, y) = middle(first);
        let is_near = |pin| length(middle(pin).0 - x, middle(pin).1 - y) < APART_PX;
        self.is_known() && self.pins.len() > 1 && self.pins.iter().all(is_near)
    }

    /// How far above its place the middle of the mark stands.
    fn lift(&self) -> f64 {
        if self.single().is_some_and(|pin| pin.status_group == StatusGroup::Open) { DROP_PX } else { 0.0 }
    }

    fn take_in(&mut self, other: Self) {
        // A group stays where the drop that leads it had its middle.
        self.shift.1 -= self.lift();
        self.pins.extend(other.pins);
        self.cells.extend(other.cells);
        self.counts.open += other.counts.open;
        self.counts.fixed += other.counts.fixed;
        self.counts.closed += other.counts.closed;
    }
}

/// The marks kept so far, to be found by where they are: a mark overlaps only those in the nine squares around it.
#[derive(Default)]
struct Kept {
    marks: Vec<Mark>,
    middles: Vec<(f64, f64)>,
    squares: FxHashMap<(i64, i64), Vec<usize>>,
}

impl Kept {
    fn square((x, y): (f64, f64)) -> (i64, i64) {
        #[expect(clippy::cast_possible_truncation, reason = "pixels of a map of the Earth are far below 2^53")]
        let square = |px: f64| (px / APART_PX).floor() as i64;
        (square(x), square(y))
    }

    fn keep(&mut self, mark: Mark, middle: (f64, f64)) {
        self.squares.entry(Self::square(middle)).or_default().push(self.marks.len());
        self.marks.push(mark);
        self.middles.push(middle);
    }

    /// The first mark kept that one with this middle would overlap.
    fn near(&self, middle: (f64, f64), but: Option<usize>) -> Option<usize> {
        let (column, row) = Self::square(middle);
        let around = (row - 1..=row + 1).flat_map(|y| (column - 1..=column + 1).map(move |x| (x, y)));
        let close = |other: &usize| {
            let (x, y) = self.middles[*other];
            Some(*other) != but && length(x - middle.0, y - middle.1) < APART_PX
        };
        around.filter_map(|square| self.squares.get(&square)).flatten().copied().filter(close).min()
    }
}

/// Not `hypot`: that is exact where no map is, and the browser would have to download it.
fn length(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

/// Gathers marks that would overlap at a zoom. `alone` names the report that stays a pin at its exact place whatever stands
/// beside it: the others make room. The largest marks stay where they are and take in the smaller ones around them. They come
/// in the order of reading: from north to south, from west to east. Marks that were gathered at this zoom before, tile by tile,
/// are gathered into what would overlap across the tiles' borders.
#[must_use]
pub fn gather(marks: Vec<Mark>, alone: Option<i64>, zoom: u8) -> Vec<Mark> {
    let world = world(zoom);
    // Largest first; the older report first among pins, so that the answer does not depend on which tile came first.
    let marks = ordered(marks, |mark| match mark.key {
        Key::Pin(id) => (if Some(id) == alone { i64::MIN } else { -mark.counts.total() }, id),
        Key::Cell(cell) => (-mark.counts.total(), (i64::from(cell.y()) << 32) + i64::from(cell.x())),
    });
    let first_stands_alone = marks.first().is_some_and(|mark| alone.is_some_and(|id| mark.key == Key::Pin(id)));
    let alone = first_stands_alone.then_some(0);
    let mut kept = Kept::default();
    let mut before = None;
    for mut mark in marks {
        // A report that moved may come with two tiles.
        if before.replace(mark.key) == Some(mark.key) {
            continue;
        }
        let mut middle = (mark.at.0 * world + mark.shift.0, mark.at.1 * world + mark.shift.1 - mark.lift());
        if let Some((x, y)) = alone.and_then(|alone| kept.middles.get(alone)) {
            let (right, down) = (middle.0 - x, middle.1 - y);
            let distance = length(right, down);
            if distance < APART_PX {
                let towards = if distance < 1.0 { (1.0, 0.0) } else { (right / distance, down / distance) };
                let beside = (x + towards.0 * (APART_PX + 0.5), y + towards.1 * (APART_PX + 0.5));
                mark.shift = (mark.shift.0 + beside.0 - middle.0, mark.shift.1 + beside.1 - middle.1);
                middle = beside;
            }
        }
        match kept.near(middle, alone) {
            Some(other) => kept.marks[other].take_in(mark),
            None => kept.keep(mark, middle),
        }
    }
    // Finer than a pixel at every zoom.
    #[expect(clippy::cast_possible_truncation, reason = "parts of one")]
    let fine = |part: f64| (part * 1e12) as i64;
    ordered(kept.marks, |mark| (fine(mark.at.1), fine(mark.at.0)))
}

/// The marks in the order of two numbers. Moved once, by their places, and by a heap: sorting marks themselves is much code to
/// download, and of all ways to sort a heap is the least.
fn ordered(marks: Vec<Mark>, by: impl Fn(&Mark) -> (i64, i64)) -> Vec<Mark> {
    let order: BinaryHeap<_> = marks.iter().enumerate().map(|(n, mark)| (by(mark), n)).collect();
    let mut marks: Vec<_> = marks.into_iter().map(Some).collect();
    order.into_sorted_vec().into_iter().filter_map(|(_, n)| marks[n].take()).collect()
}

/// Pixels along each edge of the whole Earth.
fn world(zoom: u8) -> f64 {
    WORLD_PX * f64::from(1_u32 << zoom.min(30))
}

/// The smallest zoom above this one at which what these marks stand for is more than one mark; `None` where no zoom parts it.
#[must_use]
pub fn falls_apart_at(marks: &[Mark], zoom: u8) -> Option<u8> {
    (zoom + 1..=MAP_CLOSE_ZOOM).find(|zoom| gather(marks.to_vec(), None, *zoom).len() > 1)
}

/// The marks of tiles, as they came.
#[must_use]
pub fn marks<'a>(tiles: impl Iterator<Item = (u8, &'a [Rc<Pin>], &'a [Cluster])>) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (level, pins, clusters) in tiles {
        marks.extend(pins.iter().cloned().map(Mark::pin));
        let cell = |cluster: &Cluster| TileXyz::containing(cluster.location, level).ok();
        marks.extend(clusters.iter().filter_map(|cluster| Some(Mark::cell(cell(cluster)?, cluster.clone()))));
    }
    marks
}

/// Pixels right and down from the middle at which each of so many pins stands when they are fanned out around it: in rings,
/// clockwise from the top, none over another.
#[must_use]
pub fn fan(pins: usize) -> Vec<(f64, f64)> {
    let mut places = Vec::with_capacity(pins);
    let mut radius = APART_PX * 1.35;
    while places.len() < pins {
        // The chord between neighbours is what keeps them apart.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number above zero")]
        let fit = (std::f64::consts::PI / (APART_PX / 2.0 / radius).asin()).floor() as usize;
        let here = fit.min(pins - places.len());
        #[expect(clippy::cast_precision_loss, reason = "pins of one place are far fewer than 2^53")]
        let turn = |n: usize| std::f64::consts::TAU * n as f64 / here as f64;
        places.extend((0..here).map(|n| (radius * turn(n).sin(), -radius * turn(n).cos())));
        radius += APART_PX;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZOOM: u8 = 19;
    /// Degrees of a pixel on the equator at the zoom above.
    const PX: f64 = 360.0 / 256.0 / 524_288.0;

    /// A pin on the equator, so many pixels to the east.
    fn pin(id: i64, x: f64, group: StatusGroup) -> Mark {
        at(id, x, 0.0, group)
    }

    fn at(id: i64, x: f64, y: f64, group: StatusGroup) -> Mark {
        let location = LonLat::new(x * PX, y * PX).expect("valid");
        Mark::pin(Rc::new(Pin { id, location, status_group: group, title: String::new(), category: String::new() }))
    }

    fn ids(mark: &Mark) -> Vec<i64> {
        mark.pins.iter().map(|pin| pin.id).collect()
    }

    fn middle(mark: &Mark) -> (f64, f64) {
        let world = WORLD_PX * 524_288.0;
        (mark.at.0 * world + mark.shift.0, mark.at.1 * world + mark.shift.1 - mark.lift())
    }

    #[test]
    fn pins_that_overlap_become_a_cluster_that_counts_them_all_and_is_led_by_the_oldest() {
        let marks =
            vec![pin(2, 20.0, StatusGroup::Closed), pin(1, 0.0, StatusGroup::Fixed), pin(3, 100.0, StatusGroup::Fixed)];
        let gathered = gather(marks, None, ZOOM);
        assert_eq!(gathered.iter().map(ids).collect::<Vec<_>>(), [vec![1, 2], vec![3]]);
        assert_eq!((gathered[0].key, gathered[0].counts.closed), (Key::Pin(1), 1));
    }

    #[test]
    fn the_selected_report_stays_a_pin_and_the_others_make_room() {
        let marks = vec![pin(1, 0.0, StatusGroup::Fixed), pin(2, 5.0, StatusGroup::Fixed)];
        let gathered = gather(marks, Some(2), ZOOM);
        assert_eq!(gathered.iter().map(ids).collect::<Vec<_>>(), [vec![1], vec![2]]);
        assert_eq!(gathered[1].shift, (0.0, 0.0));
        assert!(middle(&gathered[1]).0 - middle(&gathered[0]).0 >= APART_PX);
    }

    #[test]
    fn what_lies_on_one_spot_is_parted_by_no_zoom() {
        let here = [pin(1, 0.0, StatusGroup::Open), pin(2, 0.0, StatusGroup::Open)];
        assert_eq!(falls_apart_at(&here, 10), None);
        let beside = [pin(1, 0.0, StatusGroup::Open), pin(2, APART_PX / 2.0 + 1.0, StatusGroup::Open)];
        assert_eq!(falls_apart_at(&beside, 10), None);
        let near = [pin(1, 0.0, StatusGroup::Open), pin(2, APART_PX * 4.0 + 1.0, StatusGroup::Open)];
        assert_eq!(falls_apart_at(&near, 10), Some(17));
    }

    proptest! {
        #[test]
        fn no_report_is_lost_and_no_mark_hides_another(
            places in prop::collection::vec((0.0_f64..500.0, 0.0_f64..500.0, 0_usize..3), 1..150), selected in 0_i64..200,
        ) {
            let groups = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];
            let marks: Vec<_> = (0..).zip(&places).map(|(id, (x, y, group))| at(id, *x, *y, groups[*group])).collect();
            let gathered = gather(marks.clone(), Some(selected), ZOOM);
            let mut all: Vec<_> = gathered.iter().flat_map(ids).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..).take(places.len()).collect::<Vec<i64>>());
            prop_assert_eq!(gathered.iter().map(|mark| mark.counts.total()).sum::<i64>(), i64::try_from(places.len()).expect("few"));
            for group in gather(marks, None, ZOOM - 2).iter().filter(|mark| mark.single().is_none()) {
                let pins: Vec<_> = group.pins.iter().cloned().map(Mark::pin).collect();
                prop_assert_eq!(group.is_heap(ZOOM - 2), falls_apart_at(&pins, ZOOM - 1).is_none());
            }
            for (n, one) in gathered.iter().enumerate() {
                for other in &gathered[..n] {
                    let ((x, y), (x2, y2)) = (middle(one), middle(other));
                    prop_assert!((x - x2).hypot(y - y2) > APART_PX - 0.01);
                }
            }
        }

        #[test]
        fn what_was_gathered_tile_by_tile_is_gathered_across_their_borders(
            places in prop::collection::vec((0.0_f64..500.0, 0.0_f64..500.0, 0_usize..3), 1..150), selected in 0_usize..200,
        ) {
            let groups = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];
            let marks: Vec<_> = (0..).zip(&places).map(|(id, (x, y, group))| at(id, *x, *y, groups[*group])).collect();
            let (alone, others): (Vec<_>, Vec<_>) = marks.into_iter().enumerate().partition(|(n, _)| *n == selected);
            let (west, east): (Vec<_>, Vec<_>) = others.into_iter().partition(|(n, _)| places[*n].0 < 250.0);
            let tiles = [west, east].map(|tile| gather(tile.into_iter().map(|(_, mark)| mark).collect(), None, ZOOM));
            let alone = alone.into_iter().map(|(_, mark)| mark);
            let gathered = gather(alone.chain(tiles.into_iter().flatten()).collect(), i64::try_from(selected).ok(), ZOOM);
            prop_assert_eq!(gathered.iter().map(|mark| mark.pins.len()).sum::<usize>(), places.len());
            for group in gathered.iter().filter(|mark| mark.single().is_none()) {
                let pins: Vec<_> = group.pins.iter().cloned().map(Mark::pin).collect();
                prop_assert_eq!(group.is_heap(ZOOM - 1), falls_apart_at(&pins, ZOOM - 1).is_none());
            }
            for (n, one) in gathered.iter().enumerate() {
                for other in &gathered[..n] {
                    let ((x, y), (x2, y2)) = (middle(one), middle(other));
                    prop_assert!((x - x2).hypot(y - y2) > APART_PX - 0.01);
                }
            }
        }

        #[test]
        fn no_pin_of_a_fan_hides_another(pins in 1_usize..120) {
            let places = fan(pins);
            prop_assert_eq!(places.len(), pins);
            for (n, (x, y)) in places.iter().enumerate() {
                prop_assert!(x.hypot(*y) > APART_PX);
                for (x2, y2) in &places[..n] {
                    prop_assert!((x - x2).hypot(y - y2) > APART_PX - 0.01);
                }
            }
        }
    }
}
