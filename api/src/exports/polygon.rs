//! A polygon that somebody drew, to choose the reports that lie in it.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use geojson::{GeometryValue, Position};
use mendmap_shared::error::FieldCode;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::POLYGON_VERTICES;
use wkt::Wkt;
use wkt::types::LineString;

use crate::error::{ApiError, ApiResult};
use crate::reports::listing::Condition;

/// The parameter it comes in.
const NAME: &str = "polygon";

/// A polygon or several, in degrees, longitude first, WGS 84: every ring is closed and every position is on earth. Whether its
/// rings cross is only known once [`Polygon::check`] has asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polygon(String);

type Rings = Vec<Vec<[f64; 2]>>;

fn refused(code: FieldCode, reason: impl std::fmt::Display) -> ApiError {
    ApiError::parameter(NAME, code, format!("The polygon cannot be used: {reason}."))
}

impl Polygon {
    /// Reads WKT, or a GeoJSON geometry: `Polygon` or `MultiPolygon`. Heights are left out.
    ///
    /// # Errors
    /// Says what is wrong; at most [`POLYGON_VERTICES`] positions are taken.
    pub fn read(text: &str) -> ApiResult<Self> {
        let text = text.trim();
        let polygons = if text.starts_with('{') { of_geojson(text) } else { of_wkt(text) }?;
        if polygons.is_empty() || polygons.iter().any(Vec::is_empty) {
            return Err(refused(FieldCode::Invalid, "it is empty"));
        }
        let vertices: usize = polygons.iter().flatten().map(Vec::len).sum();
        if vertices > POLYGON_VERTICES {
            return Err(refused(
                FieldCode::TooMany,
                format_args!("it has {vertices} positions, and at most {POLYGON_VERTICES} are taken"),
            ));
        }
        for ring in polygons.iter().flatten() {
            check_ring(ring)?;
        }
        let value = geojson::Geometry::new(GeometryValue::new_multi_polygon(polygons));
        serde_json::to_string(&value).map(Self).map_err(ApiError::internal)
    }

    /// Asks the database whether the rings lie as they must.
    ///
    /// # Errors
    /// `invalid_request` with the reason and the place; from the database.
    pub fn check(&self, conn: &mut PgConnection) -> ApiResult<()> {
        let reason: String = diesel::select(
            sql::<Text>("ST_IsValidReason(ST_GeomFromGeoJSON(").bind::<Text, _>(self.0.clone()).sql("))"),
        )
        .get_result(conn)?;
        if reason == "Valid Geometry" { Ok(()) } else { Err(refused(FieldCode::Invalid, reason)) }
    }

    /// Reports in it or on its edge; by the index.
    #[must_use]
    pub fn condition(&self) -> Condition {
        Box::new(
            sql::<Bool>("ST_Covers(ST_GeomFromGeoJSON(").bind::<Text, _>(self.0.clone()).sql("), reports.location)"),
        )
    }
}

fn check_ring(ring: &[[f64; 2]]) -> ApiResult<()> {
    if ring.len() < 4 {
        return Err(refused(FieldCode::Invalid, "a ring has at least four positions"));
    }
    if ring.first() != ring.last() {
        return Err(refused(FieldCode::Invalid, "the last position of a ring is its first"));
    }
    for [lon, lat] in ring {
        LonLat::new(*lon, *lat)
            .map_err(|_| refused(FieldCode::Invalid, format_args!("{lon} {lat} is no longitude and latitude")))?;
    }
    Ok(())
}

fn of_geojson(text: &str) -> ApiResult<Vec<Rings>> {
    let geometry: geojson::Geometry =
        serde_json::from_str(text).map_err(|_| refused(FieldCode::Invalid, "it is no GeoJSON geometry"))?;
    let ring = |ring: Vec<Position>| {
        let position = |position: &Position| match position.as_slice() {
            [lon, lat, ..] => Ok([*lon, *lat]),
            _ => Err(refused(FieldCode::Invalid, "a position has a longitude and a latitude")),
        };
        ring.iter().map(position).collect::<ApiResult<Vec<_>>>()
    };
    let rings = |polygon: Vec<Vec<Position>>| polygon.into_iter().map(ring).collect::<ApiResult<Rings>>();
    match geometry.value {
        GeometryValue::Polygon { coordinates } => Ok(vec![rings(coordinates)?]),
        GeometryValue::MultiPolygon { coordinates } => coordinates.into_iter().map(rings).collect(),
        _ => Err(refused(FieldCode::Invalid, "it is no Polygon and no MultiPolygon")),
    }
}

fn of_wkt(text: &str) -> ApiResult<Vec<Rings>> {
    // Asked before anything is read: collections lie in each other as deep as somebody likes.
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase();
    if !matches!(word.as_str(), "POLYGON" | "MULTIPOLYGON") || !ends_with_its_parenthesis(text) {
        return Err(refused(
            FieldCode::Invalid,
            "it is no POLYGON and no MULTIPOLYGON in WKT, and no GeoJSON geometry",
        ));
    }
    let ring = |ring: &LineString| ring.coords().iter().map(|at| [at.x, at.y]).collect();
    match text.parse::<Wkt<f64>>() {
        Ok(Wkt::Polygon(polygon)) => Ok(vec![polygon.rings().iter().map(ring).collect()]),
        Ok(Wkt::MultiPolygon(all)) => {
            Ok(all.polygons().iter().map(|polygon| polygon.rings().iter().map(ring).collect()).collect())
        }
        Ok(_) => Err(refused(FieldCode::Invalid, "it is no POLYGON and no MULTIPOLYGON")),
        Err(reason) => Err(refused(FieldCode::Invalid, format_args!("it is no WKT ({reason})"))),
    }
}

/// Whether the parenthesis that is opened first is closed at the very end: the parser does not look at what follows.
fn ends_with_its_parenthesis(text: &str) -> bool {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    text.to_ascii_uppercase().ends_with("EMPTY")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = "POLYGON((0 0, 2 0, 2 1, 0 0))";

    #[test]
    fn wkt_and_geojson_are_the_same_polygon() {
        let wkt = Polygon::read(SQUARE).expect("reads");
        let geojson = Polygon::read(r#"{"type": "Polygon", "coordinates": [[[0, 0], [2, 0, 7.5], [2, 1], [0, 0]]]}"#);
        assert_eq!(geojson.expect("reads"), wkt);
        assert_eq!(Polygon::read(" multipolygon (((0 0, 2 0, 2 1, 0 0)))").expect("reads"), wkt);
    }

    #[test]
    fn what_is_no_polygon_is_refused_with_the_reason() {
        let many = format!("POLYGON(({}))", vec!["0 0"; POLYGON_VERTICES + 1].join(","));
        let deep = "GEOMETRYCOLLECTION(".repeat(20_000);
        for (text, reason) in [
            ("", "no POLYGON"),
            ("POINT(1 2)", "no POLYGON"),
            ("POLYGON((0 0, 2 0, 2 1, 0 0)) POINT(1 2)", "no POLYGON"),
            ("POLYGON EMPTY", "empty"),
            ("POLYGON((0 0, 2 0, 2 1, x 0))", "no WKT"),
            ("POLYGON((0 0, 2 0, 0 0))", "four positions"),
            ("POLYGON((0 0, 2 0, 2 1, 0 1))", "is its first"),
            ("POLYGON((0 0, 200 0, 2 1, 0 0))", "200 0"),
            (r#"{"type": "Point", "coordinates": [1, 2]}"#, "no Polygon"),
            (r#"{"type": "Polygon", "coordinates": [[[1]]]}"#, "polygon cannot be used"),
            (r#"{"type": "Polygon", "coordinates": []}"#, "empty"),
            ("{", "no GeoJSON"),
            (many.as_str(), "at most"),
            (deep.as_str(), "no POLYGON"),
        ] {
            let error = format!("{:?}", Polygon::read(text).expect_err("refused"));
            assert!(error.contains(reason) && error.contains("\"polygon\""), "{reason}: {error}");
        }
    }
}
