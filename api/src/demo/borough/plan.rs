//! The lie of the land: border, wards, river, railway, parks.

use std::f64::consts::TAU;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A point in metres east and north of the market place.
pub type Metres = (f64, f64);

/// Metres from the market place to the edge of the old town.
pub const OLD_TOWN: f64 = 620.0;
/// Metres from the market place to the ring road.
pub const RING_ROAD: f64 = 1850.0;
/// Metres from the market place to the border, before it is roughened.
pub const BORDER: f64 = 2900.0;
/// How many wards lie around the old town.
pub const SPOKES: usize = 7;
/// Metres from the middle of the river to its banks.
pub const RIVER_HALF: f64 = 38.0;

/// A ward: 0 is the old town, the others lie around it, counted anticlockwise from the east.
pub struct Ward {
    /// English name.
    pub name: &'static str,
    /// Welsh name.
    pub name_alt: Option<&'static str>,
    /// Its edge, not closed.
    pub ring: Vec<Metres>,
    /// A point in its midst.
    pub middle: Metres,
}

/// The land before any street is built.
pub struct Plan {
    /// The council's edge, not closed.
    pub border: Vec<Metres>,
    /// The wards, which tile it: they share their corners exactly.
    pub wards: Vec<Ward>,
    /// The middle of the river, from its source to the sea.
    pub river: Vec<Metres>,
    /// The middle of a brook that runs into it.
    brook: Vec<Metres>,
    /// The railway.
    pub railway: Vec<Metres>,
    /// Parks: name, middle, and how far they reach.
    pub parks: Vec<(&'static str, usize, Metres, f64)>,
}

const WARD_NAMES: [(&str, Option<&str>); 1 + SPOKES] = [
    ("Old Town", Some("Yr Hen Dref")),
    ("Eastholm", None),
    ("Larkfield", None),
    ("Penfelin", None),
    ("Abbot's Rise", Some("Rhiw'r Abad")),
    ("Gasworks", None),
    ("Tidemills", Some("Melinau'r Llanw")),
    ("Saltings", Some("Y Morfa")),
];

/// Bends the plan's rings and spokes, slowly and the same way for everything near, so that nothing that met comes apart.
pub fn bend((x, y): Metres) -> Metres {
    let (u, v) = (x / 1000.0, y / 1000.0);
    (
        x + 95.0 * (1.7 * v + 0.4).sin() + 45.0 * (3.9 * v - 1.8 * u).sin(),
        y + 85.0 * (1.9 * u + 1.1).sin() + 40.0 * (3.3 * u + 2.2 * v).cos(),
    )
}

/// A point by direction (turns anticlockwise from the east, 1 is all round) and distance in metres.
pub fn polar(turn: f64, distance: f64) -> Metres {
    ((turn * TAU).cos() * distance, (turn * TAU).sin() * distance)
}

/// Distance in metres from a point to a line of points.
pub fn distance_to(point: Metres, line: &[Metres]) -> f64 {
    line.windows(2)
        .map(|pair| {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let share = (((point.0 - ax) * dx + (point.1 - ay) * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
            (point.0 - ax - share * dx).hypot(point.1 - ay - share * dy)
        })
        .fold(f64::INFINITY, f64::min)
}

/// A smooth line through points (Catmull-Rom), a point about every `step` metres.
pub fn smooth(points: &[Metres], step: f64) -> Vec<Metres> {
    let mut line = Vec::new();
    for n in 0..points.len().saturating_sub(1) {
        let at = |i: usize| points[i.min(points.len() - 1)];
        let (before, from, to, after) = (at(n.saturating_sub(1)), at(n), at(n + 1), at(n + 2));
        let count = ((to.0 - from.0).hypot(to.1 - from.1) / step).ceil().max(1.0) as usize;
        for part in 0..count {
            let t = part as f64 / count as f64;
            let blend = |a: f64, b: f64, c: f64, d: f64| {
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t.powi(3))
            };
            line.push((blend(before.0, from.0, to.0, after.0), blend(before.1, from.1, to.1, after.1)));
        }
    }
    line.extend(points.last().copied());
    line
}

/// The line moved sideways by a distance in metres: left of its direction is positive.
pub fn beside(line: &[Metres], distance: f64) -> Vec<Metres> {
    (0..line.len())
        .map(|n| {
            let (a, b) = (line[n.saturating_sub(1)], line[(n + 1).min(line.len() - 1)]);
            let length = (b.0 - a.0).hypot(b.1 - a.1).max(1e-9);
            (line[n].0 - (b.1 - a.1) / length * distance, line[n].1 + (b.0 - a.0) / length * distance)
        })
        .collect()
}

/// Points between two ends that wander sideways by up to `rough` metres, the first end included, the last not.
fn wander(from: Metres, to: Metres, rough: f64, rng: &mut ChaCha8Rng) -> Vec<Metres> {
    let count = 8;
    (0..count)
        .map(|n| {
            let share = f64::from(n) / f64::from(count);
            let swing = if n == 0 { 0.0 } else { rng.random_range(-rough..rough) };
            let length = (to.0 - from.0).hypot(to.1 - from.1).max(1e-9);
            let (dx, dy) = ((to.0 - from.0) / length, (to.1 - from.1) / length);
            (from.0 + (to.0 - from.0) * share - dy * swing, from.1 + (to.1 - from.1) * share + dx * swing)
        })
        .collect()
}

impl Plan {
    /// Lays out the land.
    pub fn new(rng: &mut ChaCha8Rng) -> Self {
        let corner = |spoke: usize, distance: f64| bend(polar(spoke as f64 / SPOKES as f64, distance));
        // Every edge is drawn once and walked from both sides, so that neighbours fit to the last digit.
        let inner: Vec<Vec<Metres>> =
            (0..SPOKES).map(|n| wander(corner(n, OLD_TOWN), corner((n + 1) % SPOKES, OLD_TOWN), 22.0, rng)).collect();
        let spokes: Vec<Vec<Metres>> =
            (0..SPOKES).map(|n| wander(corner(n, OLD_TOWN), corner(n, BORDER), 40.0, rng)).collect();
        let outer: Vec<Vec<Metres>> = (0..SPOKES)
            .map(|n| {
                (0..9)
                    .map(|part| {
                        let turn = (n as f64 + f64::from(part) / 9.0) / SPOKES as f64;
                        let rough = if part == 0 { 0.0 } else { rng.random_range(-130.0..130.0) };
                        bend(polar(turn, BORDER + rough))
                    })
                    .collect()
            })
            .collect();
        let mut wards = Vec::new();
        for (number, (name, name_alt)) in WARD_NAMES.into_iter().enumerate() {
            let (ring, middle) = if number == 0 {
                (inner.concat(), bend((0.0, 0.0)))
            } else {
                let (here, next) = (number - 1, number % SPOKES);
                let mut ring = spokes[here].clone();
                ring.extend(&outer[here]);
                ring.push(outer[next][0]);
                ring.extend(spokes[next].iter().skip(1).rev());
                ring.push(inner[next][0]);
                ring.extend(inner[here].iter().skip(1).rev());
                (ring, bend(polar((here as f64 + 0.5) / SPOKES as f64, 1500.0)))
            };
            wards.push(Ward { name, name_alt, ring, middle });
        }
        let through = |points: &[Metres]| smooth(&points.iter().map(|p| bend(*p)).collect::<Vec<_>>(), 35.0);
        let river = through(&[
            (-3100.0, 1900.0),
            (-2500.0, 1750.0),
            (-2050.0, 1250.0),
            (-1500.0, 1300.0),
            (-1050.0, 820.0),
            (-620.0, 640.0),
            (-330.0, 120.0),
            (-420.0, -380.0),
            (20.0, -640.0),
            (160.0, -1180.0),
            (640.0, -1500.0),
            (600.0, -2150.0),
            (1050.0, -2600.0),
            (1100.0, -3200.0),
        ]);
        let brook = through(&[
            (1500.0, 3050.0),
            (1350.0, 2350.0),
            (900.0, 1900.0),
            (760.0, 1350.0),
            (180.0, 1120.0),
            (-260.0, 840.0),
            (-600.0, 640.0),
        ]);
        let railway = through(&[
            (-3200.0, -900.0),
            (-2200.0, -1050.0),
            (-1200.0, -860.0),
            (-350.0, -980.0),
            (700.0, -860.0),
            (1500.0, -420.0),
            (2300.0, -300.0),
            (3200.0, 150.0),
        ]);
        let parks = vec![
            ("Castle Park", 0, bend((-250.0, 420.0)), 110.0),
            ("Victory Park", 3, bend(polar(0.32, 1350.0)), 180.0),
            ("Heron Meadows", 5, bend(polar(0.6, 2330.0)), 240.0),
            ("Larkfield Common", 2, bend(polar(0.178, 2380.0)), 200.0),
            ("Dock Green", 7, bend(polar(0.968, 1010.0)), 120.0),
        ];
        Self { border: outer.concat(), wards, river, brook, railway, parks }
    }

    /// Whether a minor street may run here: clear of water, rails, parks and the border.
    pub fn free(&self, point: Metres) -> bool {
        distance_to(point, &self.river) > RIVER_HALF + 34.0
            && distance_to(point, &self.brook) > 24.0
            && distance_to(point, &self.railway) > 30.0
            && distance_to(point, &self.border) > 70.0
            && self
                .parks
                .iter()
                .all(|(_, _, middle, reach)| (point.0 - middle.0).hypot(point.1 - middle.1) > reach + 18.0)
    }

    /// What is no street: class, name, points.
    pub fn scenery(&self, rng: &mut ChaCha8Rng) -> Vec<(&'static str, Option<&'static str>, Vec<Metres>)> {
        let mut lines = Vec::new();
        // Side by side, these fill the river; it widens towards the sea.
        for lane in -4..=4_i32 {
            let line: Vec<Metres> = beside(&self.river, 1.0)
                .iter()
                .zip(&self.river)
                .enumerate()
                .map(|(n, (side, middle))| {
                    let share = n as f64 / self.river.len() as f64;
                    let reach = f64::from(lane) / 4.0 * RIVER_HALF * (0.5 + 0.5 * share + 0.9 * share.powi(6));
                    (middle.0 + (side.0 - middle.0) * reach, middle.1 + (side.1 - middle.1) * reach)
                })
                .collect();
            lines.push(("water", Some("River Wren"), line));
        }
        lines.push(("water", Some("Lark Brook"), self.brook.clone()));
        for track in [-2.5, 2.5] {
            lines.push(("rail", Some("Wren Valley Line"), beside(&self.railway, track)));
        }
        for (_, _, middle, reach) in &self.parks {
            let ring = |share: f64, squash: f64, rng: &mut ChaCha8Rng| -> Vec<Metres> {
                let phase = rng.random_range(0.0..TAU);
                let mut ring: Vec<Metres> = (0..36)
                    .map(|n| {
                        let angle = f64::from(n) / 36.0 * TAU;
                        let r = reach * share * (1.0 + 0.12 * (3.0 * angle + phase).sin());
                        (middle.0 + angle.cos() * r, middle.1 + angle.sin() * r * squash)
                    })
                    .collect();
                ring.extend(ring.first().copied());
                ring
            };
            lines.push(("path", None, ring(0.9, 1.0, rng)));
            let turn = rng.random_range(0.0..1.0);
            for offset in [0.0, 0.21, 0.5] {
                let (dx, dy) = polar(turn + offset, reach * 0.88);
                lines.push(("path", None, vec![*middle, (middle.0 + dx, middle.1 + dy)]));
            }
            for share in [0.24, 0.18, 0.11, 0.04] {
                let pond: Vec<Metres> =
                    ring(share, 0.7, rng).iter().map(|p| (p.0 + reach * 0.38, p.1 - reach * 0.3)).collect();
                lines.push(("water", None, pond));
            }
        }
        lines
    }

    /// Things people look for: name, ward, where.
    pub fn landmarks(&self) -> Vec<(&'static str, usize, Metres)> {
        let mut landmarks: Vec<_> = self.parks.iter().map(|(name, ward, middle, _)| (*name, *ward, *middle)).collect();
        landmarks.extend([
            ("Wrenmouth Station", 6, bend((-350.0, -945.0))),
            ("Market Hall", 0, bend((25.0, 20.0))),
            ("Wrenmouth Castle", 0, bend((-280.0, 430.0))),
            ("Town Library", 0, bend((210.0, -160.0))),
            ("Eastholm Health Centre", 1, bend(polar(0.07, 1250.0))),
            ("Penfelin School", 3, bend(polar(0.34, 1020.0))),
            ("Tidemills Leisure Centre", 6, bend(polar(0.8, 1480.0))),
            ("Wren Docks", 7, bend(polar(0.87, 1750.0))),
        ]);
        landmarks
    }
}
