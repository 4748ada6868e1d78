//! Where the demo's reports lie, and what can be reported there.

use std::collections::BTreeMap;

use diesel::prelude::*;
use mendmap_shared::wire::categories::BodyRef;
use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;

use crate::categories::queries::Here;
use crate::categories::rules::{OwnedCategory, Route, routes};
use crate::demo::queries::{self, Aim, Spot, Stretch};
use crate::schema::{bodies, body_areas, categories};

/// Degrees beside the street's middle a report may lie: about four metres.
pub const BESIDE: f64 = 0.000_036;

/// Chooses places on the streets, more on the longer and larger ones.
pub struct Streets {
    stretches: Vec<Stretch>,
    weights: WeightedIndex<f64>,
}

impl Streets {
    /// The streets there are; `None` where there are none.
    ///
    /// # Errors
    /// From the database.
    pub fn load(conn: &mut PgConnection) -> QueryResult<Option<Self>> {
        let stretches = queries::stretches(conn)?;
        let weight = |stretch: &Stretch| {
            let class = match stretch.class.as_str() {
                "trunk" => 0.6,
                "main" => 1.6,
                "path" => 0.3,
                _ => 1.0,
            };
            class * (stretch.metres + 20.0).sqrt()
        };
        Ok(WeightedIndex::new(stretches.iter().map(weight)).ok().map(|weights| Self { stretches, weights }))
    }

    /// A place on some street.
    pub fn aim(&self, n: i32, rng: &mut ChaCha8Rng) -> Aim {
        let stretch = &self.stretches[self.weights.sample(rng)];
        Aim {
            n,
            stretch: stretch.id,
            is_line: stretch.is_line,
            share: rng.random_range(0.02..0.98),
            east: rng.random_range(-BESIDE..BESIDE),
            north: rng.random_range(-BESIDE..BESIDE),
        }
    }
}

/// Who is responsible for what, loaded once, asked by areas; the decision is the product's own.
pub struct Responsible {
    bodies: Vec<(i64, BodyRef, bool)>,
    covers: Vec<(i64, i64)>,
    categories: Vec<OwnedCategory>,
    known: BTreeMap<Vec<i64>, Vec<Route>>,
}

impl Responsible {
    /// Bodies, what they cover and their live categories.
    ///
    /// # Errors
    /// From the database.
    pub fn load(conn: &mut PgConnection) -> QueryResult<Self> {
        let rows: Vec<(i64, String, String, bool)> = bodies::table
            .order(bodies::name)
            .select((bodies::id, bodies::slug, bodies::name, bodies::residents_may_fix))
            .load(conn)?;
        Ok(Self {
            bodies: rows.into_iter().map(|(id, slug, name, may)| (id, BodyRef { slug, name }, may)).collect(),
            covers: body_areas::table.select((body_areas::body_id, body_areas::area_id)).load(conn)?,
            categories: categories::table
                .filter(categories::live)
                .order((categories::position, categories::name, categories::body_id))
                .select(OwnedCategory::as_select())
                .load(conn)?,
            known: BTreeMap::new(),
        })
    }

    /// Whether a body covers one of these areas.
    pub fn covered(&self, areas: &[i64]) -> bool {
        self.covers.iter().any(|(_, area)| areas.contains(area))
    }

    /// What can be reported in public in these areas, and where each goes.
    pub fn routes(&mut self, areas: &[i64]) -> &[Route] {
        self.known.entry(areas.to_vec()).or_insert_with(|| {
            let here_bodies: Vec<(i64, BodyRef)> = self
                .bodies
                .iter()
                .filter(|(id, ..)| self.covers.iter().any(|(body, area)| body == id && areas.contains(area)))
                .map(|(id, body, _)| (*id, body.clone()))
                .collect();
            let mine = |category: &&OwnedCategory| here_bodies.iter().any(|(id, _)| *id == category.body_id);
            let categories = self.categories.iter().filter(mine).cloned().collect();
            let mut routes = routes(&Here { areas: Vec::new(), bodies: here_bodies, categories });
            routes.retain(|route| !route.option.private && route.option.blocking_message.is_none());
            routes
        })
    }

    /// Whether all of a report's bodies let other residents say that it is fixed.
    pub fn residents_may_fix(&self, route: &Route) -> bool {
        let forbids = |id: i64| self.bodies.iter().any(|(body, _, may)| *body == id && !may);
        !route.targets.iter().any(|(body, _)| forbids(*body))
    }
}

/// `wanted` places reports can lie at: covered by a body, as far as the streets allow.
///
/// # Errors
/// From the database.
pub fn spots(
    conn: &mut PgConnection,
    streets: &Streets,
    responsible: &Responsible,
    wanted: usize,
    rng: &mut ChaCha8Rng,
) -> QueryResult<Vec<Spot>> {
    // Roads out of town lie outside every council: aim at some more and take the best.
    let aims: Vec<Aim> = (0_i32..).take(wanted + wanted / 3 + 8).map(|n| streets.aim(n, rng)).collect();
    let mut spots = queries::resolve(conn, &aims)?;
    spots.sort_by_key(|spot| (!responsible.covered(&spot.areas()), spot.n));
    spots.truncate(wanted);
    Ok(spots)
}
