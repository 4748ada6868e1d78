//! The live categories of the bodies that cover a point.

use diesel::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::{AreaRef, BodyRef};

use super::rules::OwnedCategory;
use crate::places;
use crate::schema::{bodies, body_areas, categories};

/// What routing needs to know about a point.
#[derive(Debug)]
pub struct Here {
    /// The areas it lies in, largest first.
    pub areas: Vec<AreaRef>,
    /// The bodies that cover it.
    pub bodies: Vec<(i64, BodyRef)>,
    /// Their live categories.
    pub categories: Vec<OwnedCategory>,
}

/// Point to areas to bodies to live categories: three statements, however many there are of each.
///
/// # Errors
/// From the database.
pub fn here(conn: &mut PgConnection, point: LonLat) -> QueryResult<Here> {
    let areas = places::queries::areas_at(conn, point)?;
    let ids: Vec<i64> = areas.iter().map(|area| area.id).collect();
    let rows: Vec<(i64, String, String)> = bodies::table
        .filter(
            bodies::id.eq_any(body_areas::table.filter(body_areas::area_id.eq_any(ids)).select(body_areas::body_id)),
        )
        .order(bodies::name)
        .select((bodies::id, bodies::slug, bodies::name))
        .load(conn)?;
    let bodies: Vec<(i64, BodyRef)> = rows.into_iter().map(|(id, slug, name)| (id, BodyRef { slug, name })).collect();
    let ids: Vec<i64> = bodies.iter().map(|(id, _)| *id).collect();
    let categories = categories::table
        .filter(categories::body_id.eq_any(ids))
        .filter(categories::live)
        .order((categories::position, categories::name, categories::body_id))
        .select(OwnedCategory::as_select())
        .load(conn)?;
    Ok(Here { areas, bodies, categories })
}
