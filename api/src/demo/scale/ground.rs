//! Where reports lie, and what can be reported there: worked out by the database for some ten thousand spots, and from then
//! on without asking it.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Double};
use postgis_diesel::types::{LineString, Point};
use rand::Rng;
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::pattern::Pattern;
use crate::categories::rules::Route;
use crate::demo::queries::{self, Aim};
use crate::demo::reports::places::{BESIDE, Responsible, Streets};
use crate::schema::street_lines;

/// Most spots the database is asked about.
const MOST_SPOTS: usize = 60_000;
/// Degrees along its street a report may lie from its spot: at most 18 metres.
const ALONG: f64 = 0.000_162;

/// A place on a street about which everything is known.
#[derive(Debug)]
pub struct Spot {
    /// Degrees east and north.
    at: (f64, f64),
    /// Degrees around it within which the areas are the same.
    room: f64,
    /// The street's line, and the share (0 to 1) along it.
    on: Option<(i64, f64)>,
    /// The street's name.
    pub street: String,
    /// "Ward, Council".
    pub label: Option<String>,
    /// The areas it lies in.
    pub areas: Vec<i64>,
    /// Which of the [`Offer`]s holds here.
    offer: usize,
}

/// A category that can be chosen, and all that follows.
#[derive(Debug)]
pub struct Choice {
    /// What it is, and where it goes.
    pub route: Route,
    /// Its questions as they are kept with a report.
    pub questions: Value,
    /// The bodies it goes to, in order, as `reports` repeats them.
    pub body_ids: Vec<Option<i64>>,
    /// Whether residents may say that it is fixed.
    pub residents_may_fix: bool,
}

/// What can be chosen in some areas, and how often each is.
#[derive(Debug)]
struct Offer {
    choices: Vec<Choice>,
    weights: WeightedIndex<f64>,
}

/// All of it.
#[derive(Debug)]
pub struct Ground {
    spots: Vec<Spot>,
    lines: HashMap<i64, Line>,
    offers: Vec<Offer>,
}

#[derive(QueryableByName)]
struct Room {
    #[diesel(sql_type = Double)]
    room: f64,
}

impl Ground {
    /// Looks at as many spots on the loaded streets as `reports` need.
    ///
    /// # Errors
    /// When no street is loaded or nothing can be reported on any, or from the database.
    pub fn load(
        conn: &mut PgConnection,
        pattern: &Pattern,
        reports: usize,
        rng: &mut ChaCha8Rng,
    ) -> anyhow::Result<Self> {
        let streets = Streets::load(conn)?.context("no streets are loaded, so no reports can be placed")?;
        let mut responsible = Responsible::load(conn)?;
        let aims: Vec<Aim> = (0_i32..).take(reports.min(MOST_SPOTS) + 8).map(|n| streets.aim(n, rng)).collect();
        let mut found = queries::resolve(conn, &aims)?;
        // Roads out of town lie outside every council; where there is no council at all, they do no harm.
        if found.iter().any(|spot| responsible.covered(&spot.areas())) {
            found.retain(|spot| responsible.covered(&spot.areas()));
        }
        let rooms = rooms(conn, &found)?;
        let mut ground = Self { spots: Vec::with_capacity(found.len()), lines: HashMap::new(), offers: Vec::new() };
        let mut known: BTreeMap<Vec<i64>, usize> = BTreeMap::new();
        for (spot, Room { room }) in found.into_iter().zip(rooms) {
            let areas = spot.areas();
            let offer = match known.get(&areas) {
                Some(offer) => *offer,
                None => {
                    // Where all that can be chosen was taken away by hand, no report can be.
                    let Some(new) = offer(&mut responsible, &areas, pattern)? else { continue };
                    ground.offers.push(new);
                    known.insert(areas.clone(), ground.offers.len() - 1);
                    ground.offers.len() - 1
                }
            };
            let on = usize::try_from(spot.n).ok().and_then(|n| aims.get(n)).filter(|aim| aim.is_line);
            ground.spots.push(Spot {
                at: (spot.lon, spot.lat),
                room,
                on: on.map(|aim| (aim.stretch, aim.share)),
                label: spot.label(),
                street: spot.street,
                areas,
                offer,
            });
        }
        ensure!(!ground.spots.is_empty(), "nothing can be reported on the streets that are loaded");
        let mut ids: Vec<i64> = ground.spots.iter().filter_map(|spot| spot.on).map(|(line, _)| line).collect();
        ids.sort_unstable();
        ids.dedup();
        let lines: Vec<(i64, LineString<Point>)> = street_lines::table
            .filter(street_lines::id.eq_any(ids))
            .select((street_lines::id, street_lines::geom.assume_not_null()))
            .load(conn)?;
        ground.lines = lines.into_iter().map(|(id, line)| (id, Line::new(&line.points))).collect();
        Ok(ground)
    }

    /// Some spot.
    pub fn spot(&self, rng: &mut ChaCha8Rng) -> &Spot {
        &self.spots[rng.random_range(0..self.spots.len())]
    }

    /// What somebody reports there.
    pub fn choice(&self, spot: &Spot, rng: &mut ChaCha8Rng) -> &Choice {
        let offer = &self.offers[spot.offer];
        &offer.choices[offer.weights.sample(rng)]
    }

    /// A point near a spot, on the same street and in the same areas: at most 18 metres along and some four beside.
    /// Degrees east and north.
    pub fn point(&self, spot: &Spot, rng: &mut ChaCha8Rng) -> (f64, f64) {
        let along = rng.random_range(-ALONG..ALONG);
        let beside = (rng.random_range(-BESIDE..BESIDE), rng.random_range(-BESIDE..BESIDE));
        let Some((line, share)) = spot.on.and_then(|(id, share)| Some((self.lines.get(&id)?, share))) else {
            return spot.at;
        };
        let (lon, lat) = line.at(share * line.length() + along);
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        let point = (round(lon + beside.0), round(lat + beside.1));
        let moved = (point.0 - spot.at.0).hypot(point.1 - spot.at.1);
        if moved < spot.room { point } else { spot.at }
    }
}

fn rooms(conn: &mut PgConnection, spots: &[queries::Spot]) -> QueryResult<Vec<Room>> {
    conn.batch_execute(
        "CREATE TEMPORARY TABLE area_borders ON COMMIT DROP AS
             SELECT public.ST_Subdivide(public.ST_Boundary(geom), 32) AS geom FROM areas;
         CREATE INDEX ON area_borders USING gist (geom);
         ANALYZE area_borders;",
    )?;
    sql_query(include_str!("../sql/spot_room.sql"))
        .bind::<Array<Double>, _>(spots.iter().map(|spot| spot.lon).collect::<Vec<_>>())
        .bind::<Array<Double>, _>(spots.iter().map(|spot| spot.lat).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(spots.iter().map(|spot| spot.council).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(spots.iter().map(|spot| spot.ward).collect::<Vec<_>>())
        .load(conn)
}

fn offer(responsible: &mut Responsible, areas: &[i64], pattern: &Pattern) -> anyhow::Result<Option<Offer>> {
    let routes = responsible.routes(areas).to_vec();
    let Ok(weights) = WeightedIndex::new(routes.iter().map(|route| pattern.weight(&route.option.code))) else {
        return Ok(None);
    };
    let choices = routes.into_iter().map(|route| {
        let mut bodies: Vec<i64> = route.targets.iter().map(|(body, _)| *body).collect();
        bodies.sort_unstable();
        Ok(Choice {
            questions: serde_json::to_value(&route.option.questions)?,
            body_ids: bodies.into_iter().map(Some).collect(),
            residents_may_fix: responsible.residents_may_fix(&route),
            route,
        })
    });
    Ok(Some(Offer { choices: choices.collect::<anyhow::Result<_>>()?, weights }))
}

/// A line with the length up to each of its points, both in degrees.
#[derive(Debug)]
struct Line {
    points: Vec<(f64, f64)>,
    until: Vec<f64>,
}

impl Line {
    fn new(points: &[Point]) -> Self {
        let points: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.y)).collect();
        let mut length = 0.0;
        let steps = points.windows(2).map(|pair| {
            length += (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            length
        });
        let until = std::iter::once(0.0).chain(steps).collect();
        Self { points, until }
    }

    fn length(&self) -> f64 {
        self.until.last().copied().unwrap_or(0.0)
    }

    /// The point this far along it, or its nearer end.
    fn at(&self, distance: f64) -> (f64, f64) {
        let distance = distance.clamp(0.0, self.length());
        let next = self.until.partition_point(|until| *until < distance).clamp(1, self.points.len() - 1);
        let (from, to) = (self.points[next - 1], self.points[next]);
        let step = self.until[next] - self.until[next - 1];
        let share = if step > 0.0 { (distance - self.until[next - 1]) / step } else { 0.0 };
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_walked_from_end_to_end() {
        let points = [(0.0, 0.0), (3.0, 4.0), (3.0, 4.0), (3.0, 10.0)].map(|(x, y)| Point { x, y, srid: None });
        let line = Line::new(&points);
        assert_eq!(line.length(), 11.0);
        assert_eq!(
            [-1.0, 0.0, 2.5, 5.0, 8.0, 12.0].map(|distance| line.at(distance)),
            [(0.0, 0.0), (0.0, 0.0), (1.5, 2.0), (3.0, 4.0), (3.0, 7.0), (3.0, 10.0)]
        );
    }
}
