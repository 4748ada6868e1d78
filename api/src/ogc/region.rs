//! The ground that somebody asks about: a box or a drawn geometry, in any of the coordinate reference systems, brought to degrees.
//!
//! What is a straight line in metres is none in degrees. Edges in a projection get a corner every kilometre, at most
//! [`OGC_CORNERS`] of them together; what lies within 4 cm of an edge shorter than that may therefore count as on either side of it.

use geo::algorithm::validation::Validation as _;
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use mendmap_shared::limits::{OGC_CORNERS, OGC_EDGE_METRES};
use wkt::ToWkt as _;

use super::crs::Crs;
use super::sql::Sql;

/// The National Grid's own ends, in metres.
const GRID: [f64; 4] = [0.0, 0.0, 700_000.0, 1_250_000.0];

/// Geometries in degrees, longitude first, of one of which a feature has to share a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Region(Vec<Geometry<f64>>);

impl Region {
    /// Reads a box: two corners of two numbers each, or of three, of which the heights are not looked at, as everything here lies on
    /// the ground. In degrees it crosses the antimeridian where its west is greater than its east.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn bbox(text: &str, crs: Crs) -> Result<Self, String> {
        let numbers: Vec<f64> = text
            .split(',')
            .map(|number| number.trim().parse::<f64>().ok().filter(|number| number.is_finite()))
            .collect::<Option<_>>()
            .ok_or("a box is four or six numbers with commas between them")?;
        Self::corners(&numbers, crs)
    }

    /// The same of numbers that are read already.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn corners(numbers: &[f64], crs: Crs) -> Result<Self, String> {
        let (low, high) = match *numbers {
            [x, y, to_x, to_y] => ([x, y], [to_x, to_y]),
            [x, y, low, to_x, to_y, high] if low <= high => ([x, y], [to_x, to_y]),
            [_, _, _, _, _, _] => return Err("the lower height of the box is above its upper one".to_owned()),
            _ => return Err("a box is four or six numbers".to_owned()),
        };
        if crs == Crs::NationalGrid {
            return Self::grid_box(low, high);
        }
        let corner = |[first, second]: [f64; 2]| {
            crs.read(first, second).ok_or_else(|| {
                let order = if crs == Crs::Wgs84 { "latitude comes first" } else { "longitude or easting comes first" };
                format!("{first},{second} is no point in {}, where {order}", crs.uri())
            })
        };
        let ((west, south), (east, north)) = (corner(low)?, corner(high)?);
        if south > north {
            return Err("the south of the box is above its north".to_owned());
        }
        Ok(Self(if west > east {
            vec![rectangle(west, south, 180.0, north), rectangle(-180.0, south, east, north)]
        } else {
            vec![rectangle(west, south, east, north)]
        }))
    }

    /// A box on the National Grid, as far as that reaches.
    fn grid_box([west, south]: [f64; 2], [east, north]: [f64; 2]) -> Result<Self, String> {
        if west > east || south > north {
            return Err("the box is inside out".to_owned());
        }
        let [low_east, low_north, high_east, high_north] = GRID;
        let (west, south) = (west.max(low_east), south.max(low_north));
        let (east, north) = (east.min(high_east), north.min(high_north));
        if west > east || south > north {
            return Ok(Self(Vec::new()));
        }
        let mut corners = Corners { crs: Crs::NationalGrid, left: OGC_CORNERS, strict: false };
        Ok(Self(vec![corners.bring(&rectangle(west, south, east, north))?]))
    }

    /// A geometry that was drawn in this coordinate reference system.
    ///
    /// # Errors
    /// Says why it is none that can be compared with.
    pub fn drawn(geometry: &Geometry<f64>, crs: Crs) -> Result<Self, String> {
        let mut corners = Corners { crs, left: OGC_CORNERS, strict: true };
        let brought = corners.bring(geometry)?;
        brought.check_validation().map_err(|error| format!("the geometry is not valid: {error}"))?;
        Ok(Self(vec![brought]))
    }

    /// That the geometry `with` has this relation, a function of PostGIS, to all of it together.
    #[must_use]
    pub fn condition(&self, function: &'static str, with: &'static str) -> Sql {
        let mut sql = Sql::default();
        for (place, part) in self.0.iter().enumerate() {
            sql.text(if place == 0 { "" } else { " OR " });
            sql.text(function)
                .text("(")
                .text(with)
                .text(", ST_GeomFromText(")
                .string(part.wkt_string())
                .text(", 4326))");
        }
        if self.0.is_empty() { Sql::of("false") } else { sql }
    }

    /// Whether it is one geometry, which more can be asked about than whether it is met.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.0.len() == 1
    }
}

/// A box; a line or a point where it has no width.
fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Geometry<f64> {
    let at = |x, y| Coord { x, y };
    #[expect(clippy::float_cmp, reason = "a box has no width where somebody wrote the same number twice")]
    match (west == east, south == north) {
        (true, true) => Point::new(west, south).into(),
        (false, false) => {
            let ring = vec![at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)];
            Polygon::new(LineString(ring), Vec::new()).into()
        }
        _ => LineString(vec![at(west, south), at(east, north)]).into(),
    }
}

/// Brings geometries to degrees, with corners between corners where that is needed.
struct Corners {
    crs: Crs,
    /// How many may still be made.
    left: usize,
    /// Whether a corner beyond the National Grid is refused. Where it is not, it lies where the grid would be without its
    /// corrections of a hundred metres: there is no feature around it that has a place on the grid.
    strict: bool,
}

impl Corners {
    fn point(&self, x: f64, y: f64) -> Result<Coord<f64>, String> {
        let uncorrected = || if self.strict { None } else { lonlat_bng::convert_etrs89_to_ll(x, y).ok() };
        let (lon, lat) = self
            .crs
            .read(x, y)
            .or_else(uncorrected)
            .ok_or_else(|| format!("{x} {y} is no point in {}", self.crs.uri()))?;
        Ok(Coord { x: lon, y: lat })
    }

    fn line(&mut self, line: &LineString<f64>) -> Result<LineString<f64>, String> {
        let mut brought = Vec::with_capacity(line.0.len());
        for pair in line.0.windows(2) {
            let [from, to] = pair else { continue };
            let (x, y) = (to.x - from.x, to.y - from.y);
            let steps = if self.crs.is_degrees() { 1.0 } else { (x.hypot(y) / OGC_EDGE_METRES).ceil().max(1.0) };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most the corners that are left"
            )]
            let steps = steps.min(self.left.max(1) as f64) as usize;
            for step in 0..steps {
                let share = step as f64 / steps as f64;
                brought.push(self.point(from.x + x * share, from.y + y * share)?);
            }
            self.left = self.left.saturating_sub(steps);
        }
        if let Some(last) = line.0.last() {
            brought.push(self.point(last.x, last.y)?);
        }
        Ok(LineString(brought))
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Result<Polygon<f64>, String> {
        let exterior = self.line(polygon.exterior())?;
        let interiors = polygon.interiors().iter().map(|ring| self.line(ring)).collect::<Result<_, _>>()?;
        Ok(Polygon::new(exterior, interiors))
    }

    fn bring(&mut self, geometry: &Geometry<f64>) -> Result<Geometry<f64>, String> {
        let brought: Geometry<f64> = match geometry {
            Geometry::Point(point) => Point::from(self.point(point.x(), point.y())?).into(),
            Geometry::LineString(line) => self.line(line)?.into(),
            Geometry::Polygon(polygon) => self.polygon(polygon)?.into(),
            Geometry::MultiPoint(points) => {
                let all = points.0.iter().map(|point| self.point(point.x(), point.y()).map(Point::from));
                MultiPoint(all.collect::<Result<_, _>>()?).into()
            }
            Geometry::MultiLineString(lines) => {
                let all = lines.0.iter().map(|line| self.line(line));
                MultiLineString(all.collect::<Result<_, _>>()?).into()
            }
            Geometry::MultiPolygon(polygons) => {
                let all = polygons.0.iter().map(|polygon| self.polygon(polygon));
                MultiPolygon(all.collect::<Result<_, _>>()?).into()
            }
            _ => return Err("a collection of geometries cannot be compared with: use one of them".to_owned()),
        };
        let is_empty = match &brought {
            Geometry::LineString(line) => line.0.is_empty(),
            Geometry::Polygon(polygon) => polygon.exterior().0.is_empty(),
            Geometry::MultiPoint(points) => points.0.is_empty(),
            Geometry::MultiLineString(lines) => lines.0.is_empty() || lines.0.iter().any(|line| line.0.is_empty()),
            Geometry::MultiPolygon(all) => all.0.is_empty() || all.0.iter().any(|one| one.exterior().0.is_empty()),
            _ => false,
        };
        if is_empty { Err("the geometry is empty".to_owned()) } else { Ok(brought) }
    }
}
