//! The streets, part by part of the town.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::names::{Names, Style};
use super::plan::{BORDER, Metres, OLD_TOWN, Plan, RING_ROAD, SPOKES, bend, beside, polar, smooth};

/// A street of one name in one ward.
pub struct Street {
    /// `trunk`, `main`, `minor` or `path`.
    pub class: &'static str,
    /// Name.
    pub name: String,
    /// Welsh name.
    pub name_alt: Option<String>,
    /// Number of its ward.
    pub ward: usize,
    /// Its lines; more than one where something lies across it.
    pub parts: Vec<Vec<Metres>>,
}

fn length(line: &[Metres]) -> f64 {
    line.windows(2).map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1)).sum()
}

impl Street {
    /// Length in metres.
    pub fn length(&self) -> f64 {
        self.parts.iter().map(|part| length(part)).sum()
    }

    /// The point at a share (0 to 1) of its longest part.
    pub fn at(&self, share: f64) -> Metres {
        let longest = self.parts.iter().max_by(|a, b| length(a).total_cmp(&length(b)));
        let Some(line) = longest else { return (0.0, 0.0) };
        let mut rest = length(line) * share.clamp(0.0, 1.0);
        for pair in line.windows(2) {
            let step = (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            if rest <= step {
                let part = rest / step.max(1e-9);
                return (pair[0].0 + (pair[1].0 - pair[0].0) * part, pair[0].1 + (pair[1].1 - pair[0].1) * part);
            }
            rest -= step;
        }
        line.last().copied().unwrap_or_default()
    }

    /// The point half way along.
    pub fn middle(&self) -> Metres {
        self.at(0.5)
    }
}

/// Where in its ward's sector (0 to 1) the main road of a spoke runs at a distance from the market place.
fn main_road(spoke: usize, distance: f64) -> f64 {
    // The sixth keeps away from the river's mouth.
    let drift = if spoke == 5 { -0.17 * distance / BORDER } else { 0.0 };
    0.5 + drift + 0.075 * (distance / 275.0 + spoke as f64).sin()
}

struct Builder<'a> {
    plan: &'a Plan,
    names: &'a mut Names,
    streets: Vec<Street>,
}

impl Builder<'_> {
    /// A street of the plan, unbent; minor ones stop at water, rails and parks. Left out where little of it remains.
    fn lay(&mut self, class: &'static str, ward: usize, points: &[Metres], style: Style) -> bool {
        self.lay_parts(class, ward, &[points], style)
    }

    fn lay_parts(&mut self, class: &'static str, ward: usize, lines: &[&[Metres]], style: Style) -> bool {
        let parts: Vec<Vec<Metres>> = lines.iter().flat_map(|points| self.runs(class, points)).collect();
        if parts.is_empty() {
            return false;
        }
        let (name, name_alt) = self.names.next(style);
        self.streets.push(Street { class, name, name_alt, ward, parts });
        true
    }

    fn lay_named(&mut self, class: &'static str, ward: usize, points: &[Metres], name: &str) {
        let parts = self.runs(class, points);
        if !parts.is_empty() {
            let (name, name_alt) = self.names.take(name);
            self.streets.push(Street { class, name, name_alt, ward, parts });
        }
    }

    fn runs(&self, class: &str, points: &[Metres]) -> Vec<Vec<Metres>> {
        let line: Vec<Metres> = smooth(points, 22.0).into_iter().map(bend).collect();
        if class == "trunk" || class == "main" {
            return vec![line];
        }
        let mut runs: Vec<Vec<Metres>> = vec![Vec::new()];
        for point in line {
            if self.plan.free(point) {
                if let Some(run) = runs.last_mut() {
                    run.push(point);
                }
            } else if runs.last().is_some_and(|run| !run.is_empty()) {
                runs.push(Vec::new());
            }
        }
        runs.retain(|run| length(run) > 45.0);
        runs
    }

    fn old_town(&mut self, rng: &mut ChaCha8Rng) {
        self.lay_named("main", 0, &[(-700.0, 130.0), (-420.0, 100.0), (-150.0, 30.0), (20.0, 0.0)], "Bridge Street");
        self.lay_named("main", 0, &[(20.0, 0.0), (120.0, 190.0), (90.0, 380.0), (180.0, 620.0)], "High Street");
        self.lay_named(
            "minor",
            0,
            &[(-40.0, -30.0), (20.0, -45.0), (70.0, 0.0), (40.0, 55.0), (-30.0, 40.0), (-40.0, -30.0)],
            "Market Place",
        );
        self.lay_named(
            "minor",
            0,
            &[(-40.0, 40.0), (-110.0, 190.0), (-120.0, 330.0), (-90.0, 470.0), (-180.0, 580.0)],
            "Castle Street",
        );
        self.lay_named("main", 0, &[(20.0, -20.0), (90.0, -220.0), (-30.0, -480.0), (-280.0, -930.0)], "Station Road");
        // Lanes: rings that do not close, and crooked spokes between them.
        for (ring, distance) in [170.0, 300.0, 430.0, 545.0].into_iter().enumerate() {
            let pieces = 3 + ring;
            for piece in 0..pieces {
                let start = (piece as f64 + rng.random_range(0.0..0.12)) / pieces as f64;
                let end = (piece as f64 + rng.random_range(0.86..1.0)) / pieces as f64;
                let points: Vec<Metres> = (0..6)
                    .map(|n| {
                        let rough = rng.random_range(-32.0..32.0);
                        polar(start + (end - start) * f64::from(n) / 5.0 + ring as f64 * 0.05, distance + rough)
                    })
                    .collect();
                self.lay("minor", 0, &points, Style::Lanes);
            }
        }
        for spoke in 0..9 {
            let turn = (f64::from(spoke) + 0.55) / 9.0;
            let from = rng.random_range(90.0..180.0);
            let points: Vec<Metres> = (0..5)
                .map(|n| polar(turn + rng.random_range(-0.014..0.014), from + f64::from(n) * (560.0 - from) / 4.0))
                .collect();
            let class = if spoke % 4 == 3 { "path" } else { "minor" };
            self.lay(class, 0, &points, Style::Lanes);
        }
        let quay = |side: f64, plan: &Plan| -> Vec<Metres> {
            let near: Vec<Metres> = plan.river.iter().copied().filter(|p| p.0.hypot(p.1) < 640.0).step_by(3).collect();
            beside(&near, side)
        };
        // Already bent, as the river is: not bent again.
        let (name, name_alt) = self.names.take("Riverside Walk");
        let parts = vec![quay(54.0, self.plan)];
        self.streets.push(Street { class: "path", name, name_alt, ward: 0, parts });
    }

    fn main_roads(&mut self) {
        const RADIAL: [&str; SPOKES] = [
            "Eastholm Road",
            "Moor Road",
            "Penfelin Road",
            "Abbey Road",
            "Gasworks Road",
            "Tidemills Road",
            "Harbour Road",
        ];
        for (spoke, name) in RADIAL.into_iter().enumerate() {
            let points: Vec<Metres> = (0..=11)
                .map(|n| {
                    let distance = OLD_TOWN - 110.0 + f64::from(n) * (BORDER + 90.0 - OLD_TOWN) / 11.0;
                    polar((spoke as f64 + main_road(spoke, distance)) / SPOKES as f64, distance)
                })
                .collect();
            self.lay_named("main", spoke + 1, &points, name);
        }
        const RING: [&str; SPOKES] = [
            "Eastern Way",
            "Northern Way",
            "Northern Way",
            "Western Way",
            "Western Way",
            "Southern Way",
            "Southern Way",
        ];
        for (spoke, name) in RING.into_iter().enumerate() {
            let points: Vec<Metres> =
                (0..=8).map(|n| polar((spoke as f64 + f64::from(n) / 8.0) / SPOKES as f64, RING_ROAD)).collect();
            self.lay_named("trunk", spoke + 1, &points, name);
        }
        // Around the old town, so that nobody drives through it.
        for spoke in 0..SPOKES {
            let points: Vec<Metres> =
                (0..=6).map(|n| polar((spoke as f64 + f64::from(n) / 6.0) / SPOKES as f64, OLD_TOWN + 45.0)).collect();
            let name =
                ["East Gate", "North Gate", "Mill Gate", "Abbey Gate", "West Gate", "Water Gate", "Sea Gate"][spoke];
            self.lay_named("main", spoke + 1, &points, name);
        }
    }

    /// Terraces on a grid, turned against the spoke.
    fn grid(&mut self, ward: usize, rng: &mut ChaCha8Rng) {
        let turn = (ward as f64 - 0.5) / SPOKES as f64;
        let inside = |point: Metres| {
            let distance = point.0.hypot(point.1);
            let offset = (point.1.atan2(point.0) / std::f64::consts::TAU - turn + 0.5).rem_euclid(1.0) - 0.5;
            let across = offset * SPOKES as f64;
            let from_main = (across + 0.5 - main_road(ward - 1, distance)).abs() * distance * 0.9;
            distance > OLD_TOWN + 75.0 && distance < RING_ROAD - 25.0 && across.abs() < 0.48 && from_main > 22.0
        };
        let (ux, uy) = polar(turn + 0.035, 1.0);
        let place = |along: f64, across: f64| (ux * along - uy * across, uy * along + ux * across);
        let mut lines: Vec<Vec<Metres>> = Vec::new();
        for row in 0..10 {
            let along = 775.0 + f64::from(row) * 108.0;
            lines.push((-60..=60).map(|n| place(along, f64::from(n) * 20.0)).collect());
        }
        for column in -7..=7 {
            let across = f64::from(column) * 128.0 + rng.random_range(-10.0..10.0);
            lines.push((0..=60).map(|n| place(700.0 + f64::from(n) * 20.0, across)).collect());
        }
        for line in lines {
            let runs: Vec<&[Metres]> = line.split(|point| !inside(*point)).filter(|run| run.len() > 6).collect();
            self.lay_parts("minor", ward, &runs, Style::Terraces);
        }
    }

    /// Curving through roads with dead ends off them.
    fn suburb(&mut self, ward: usize, distances: &[f64], rng: &mut ChaCha8Rng) {
        let spoke = ward as f64 - 1.0;
        for (band, &distance) in distances.iter().enumerate() {
            let middle = main_road(ward - 1, distance);
            // Both ways from the main road, which they meet.
            for (from, to) in [(middle, 0.05), (middle, 0.95)] {
                let phase = rng.random_range(0.0..6.0);
                let at = |share: f64, out: f64| {
                    let wave = 26.0 * (share * 19.0 + phase).sin() * ((share - middle).abs() * 12.0).min(1.0);
                    polar((spoke + share) / SPOKES as f64, distance + wave + out)
                };
                let points: Vec<Metres> = (0..=7).map(|n| at(from + (to - from) * f64::from(n) / 7.0, 0.0)).collect();
                if !self.lay("minor", ward, &points, Style::Avenues(ward)) {
                    continue;
                }
                let count = (distance / 620.0).round() as i32;
                for n in 0..count {
                    let share =
                        from + (to - from) * (f64::from(n) + 0.5 + rng.random_range(-0.16..0.16)) / f64::from(count);
                    let outward = if (n + band as i32) % 2 == 0 { 1.0 } else { -1.0 };
                    let reach = outward * rng.random_range(70.0..118.0);
                    let lean = rng.random_range(-0.016..0.016);
                    let mut close = vec![at(share, 0.0), at(share + lean * 0.3, reach * 0.5), at(share + lean, reach)];
                    // A turning head at the end.
                    let (tip, along) = (at(share + lean, reach), at(share + lean + 0.02, reach));
                    let (dx, dy) = (along.0 - tip.0, along.1 - tip.1);
                    let size = 26.0 / dx.hypot(dy).max(1.0);
                    close.push((tip.0 + dx * size, tip.1 + dy * size));
                    self.lay("minor", ward, &close, Style::Closes(ward));
                }
            }
        }
    }

    /// A few wide roads between works.
    fn works(&mut self, ward: usize) {
        let spoke = ward as f64 - 1.0;
        for distance in [950.0, 1250.0, 1550.0, 2150.0, 2450.0] {
            let middle = main_road(ward - 1, distance);
            for (from, to) in [(middle, 0.06), (middle, 0.94)] {
                let points: Vec<Metres> = (0..=5)
                    .map(|n| polar((spoke + from + (to - from) * f64::from(n) / 5.0) / SPOKES as f64, distance))
                    .collect();
                self.lay("minor", ward, &points, Style::Works);
            }
        }
        for share in [0.2, 0.78] {
            let points: Vec<Metres> =
                (0..=6).map(|n| polar((spoke + share) / SPOKES as f64, 950.0 + f64::from(n) * 250.0)).collect();
            self.lay("minor", ward, &points, Style::Works);
        }
    }
}

/// Lays out every street of the borough.
pub fn lay_out(plan: &Plan, names: &mut Names, rng: &mut ChaCha8Rng) -> Vec<Street> {
    let mut builder = Builder { plan, names, streets: Vec::new() };
    builder.main_roads();
    builder.old_town(rng);
    builder.grid(1, rng);
    builder.suburb(1, &[2140.0, 2420.0, 2690.0], rng);
    builder.suburb(2, &[900.0, 1160.0, 1430.0, 1690.0, 2150.0], rng);
    builder.suburb(3, &[930.0, 1640.0, 2130.0, 2400.0], rng);
    builder.suburb(4, &[880.0, 1130.0, 1400.0, 1660.0, 2120.0], rng);
    builder.works(5);
    builder.suburb(6, &[900.0, 1240.0, 1540.0, 2140.0, 2420.0], rng);
    builder.grid(7, rng);
    builder.suburb(7, &[2150.0, 2430.0], rng);
    // The two pairs of one name, told apart by their wards.
    let twin = |ward: usize, share: f64, from: f64, to: f64| -> Vec<Metres> {
        (0..=5)
            .map(|n| {
                let out = from + (to - from) * f64::from(n) / 5.0;
                polar((ward as f64 - 1.0 + share + 0.02 * (f64::from(n)).sin()) / SPOKES as f64, out)
            })
            .collect()
    };
    builder.lay_named("minor", 6, &twin(6, 0.3, 1900.0, 2120.0), "Mill Lane");
    builder.lay_named("minor", 4, &twin(4, 0.75, 2140.0, 2600.0), "Chapel Lane");
    builder.lay_named("minor", 2, &twin(2, 0.3, 2170.0, 2560.0), "Chapel Lane");
    builder.streets
}
