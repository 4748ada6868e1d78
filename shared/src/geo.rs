//! Points, boxes and tiles. Everything is WGS 84 (EPSG:4326) in degrees, longitude first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::MAP_ZOOM_MAX;

/// Mean radius of the Earth in metres (IUGG), for great-circle distances.
const EARTH_RADIUS_METRES: f64 = 6_371_008.8;
/// Latitude, in degrees, at which the square Web Mercator map ends.
pub const MERCATOR_MAX_LAT: f64 = 85.051_128_779_806_6;

/// Why a coordinate, a box or a tile was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeoError {
    /// A number was missing, not a number, or infinite.
    NotANumber,
    /// Longitude outside -180 to 180.
    Longitude,
    /// Latitude outside -90 to 90.
    Latitude,
    /// A box needs four numbers: west, south, east, north, with south below north and west left of east.
    Bbox,
    /// A tile's zoom or position does not exist.
    Tile,
}

impl fmt::Display for GeoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "a coordinate is not a number",
            Self::Longitude => "longitude must be between -180 and 180",
            Self::Latitude => "latitude must be between -90 and 90",
            Self::Bbox => "a box is west,south,east,north in degrees, with west < east and south < north",
            Self::Tile => "there is no such tile",
        })
    }
}

impl std::error::Error for GeoError {}

/// A point on the Earth: longitude and latitude in degrees, WGS 84.
///
/// ```
/// use mendmap_shared::geo::LonLat;
/// let point = LonLat::new(-2.9977, 51.5842).unwrap();
/// assert_eq!(point.to_string(), "-2.997700,51.584200");
/// assert!(LonLat::new(0.0, 91.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "RawLonLat")]
pub struct LonLat {
    /// Degrees east of Greenwich, -180 to 180.
    #[cfg_attr(feature = "openapi", schema(example = -2.9977, minimum = -180.0, maximum = 180.0))]
    lon: f64,
    /// Degrees north of the equator, -90 to 90.
    #[cfg_attr(feature = "openapi", schema(example = 51.5842, minimum = -90.0, maximum = 90.0))]
    lat: f64,
}

#[derive(Deserialize)]
struct RawLonLat {
    lon: f64,
    lat: f64,
}

impl TryFrom<RawLonLat> for LonLat {
    type Error = GeoError;
    fn try_from(raw: RawLonLat) -> Result<Self, GeoError> {
        Self::new(raw.lon, raw.lat)
    }
}

impl LonLat {
    /// A point from longitude and latitude in degrees.
    ///
    /// # Errors
    /// When either is not finite or out of its range.
    pub fn new(lon: f64, lat: f64) -> Result<Self, GeoError> {
        if !lon.is_finite() || !lat.is_finite() {
            Err(GeoError::NotANumber)
        } else if !(-180.0..=180.0).contains(&lon) {
            Err(GeoError::Longitude)
        } else if !(-90.0..=90.0).contains(&lat) {
            Err(GeoError::Latitude)
        } else {
            Ok(Self { lon, lat })
        }
    }

    /// Degrees east.
    #[must_use]
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north.
    #[must_use]
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Great-circle distance in metres (haversine on a sphere; within 0.6 % of the ellipsoid's).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = ((lat2 - lat1) / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let a = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_METRES * a.sqrt().min(1.0).asin()
    }
}

impl fmt::Display for LonLat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6},{:.6}", self.lon, self.lat)
    }
}

/// A box on the map: west, south, east, north in degrees, WGS 84. It never crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bbox {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Bbox {
    /// A box from its edges in degrees.
    ///
    /// # Errors
    /// When an edge is out of range, or the box is empty or inside out.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, GeoError> {
        LonLat::new(west, south)?;
        LonLat::new(east, north)?;
        if west < east && south < north { Ok(Self { west, south, east, north }) } else { Err(GeoError::Bbox) }
    }

    /// West, south, east, north.
    #[must_use]
    pub const fn edges(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// Whether the point lies inside or on the edge.
    #[must_use]
    pub fn contains(self, point: LonLat) -> bool {
        (self.west..=self.east).contains(&point.lon) && (self.south..=self.north).contains(&point.lat)
    }

    /// Whether the two boxes share a point.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.west <= other.east && other.west <= self.east && self.south <= other.north && other.south <= self.north
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(self) -> LonLat {
        LonLat { lon: f64::midpoint(self.west, self.east), lat: f64::midpoint(self.south, self.north) }
    }
}

impl fmt::Display for Bbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6},{:.6},{:.6},{:.6}", self.west, self.south, self.east, self.north)
    }
}

impl FromStr for Bbox {
    type Err = GeoError;

    fn from_str(text: &str) -> Result<Self, GeoError> {
        let mut edges = [0.0; 4];
        let mut parts = text.split(',');
        for edge in &mut edges {
            let part = parts.next().ok_or(GeoError::Bbox)?;
            *edge = part.trim().parse().map_err(|_| GeoError::NotANumber)?;
        }
        if parts.next().is_some() {
            return Err(GeoError::Bbox);
        }
        Self::new(edges[0], edges[1], edges[2], edges[3])
    }
}

/// A tile of the Web Mercator map in the XYZ scheme: `y` counts from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileXyz {
    z: u8,
    x: u32,
    y: u32,
}

impl TileXyz {
    /// The tile at zoom `z`, column `x`, row `y`.
    ///
    /// # Errors
    /// When the zoom is above [`MAP_ZOOM_MAX`] or the position lies outside the map.
    pub const fn new(z: u8, x: u32, y: u32) -> Result<Self, GeoError> {
        if z > MAP_ZOOM_MAX || x >= (1 << z) || y >= (1 << z) { Err(GeoError::Tile) } else { Ok(Self { z, x, y }) }
    }

    /// The tile at zoom `z` a point lies in. Points beyond the map's north or south end count to its edge.
    ///
    /// # Errors
    /// When the zoom is above [`MAP_ZOOM_MAX`].
    pub fn containing(point: LonLat, z: u8) -> Result<Self, GeoError> {
        if z > MAP_ZOOM_MAX {
            return Err(GeoError::Tile);
        }
        let (x, y) = mercator_fraction(point);
        let size = f64::from(1_u32 << z);
        let clamp = |fraction: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0..2^z just before"
            )]
            let cell = (fraction * size).floor().max(0.0).min(size - 1.0) as u32;
            cell
        };
        Ok(Self { z, x: clamp(x), y: clamp(y) })
    }

    /// Zoom.
    #[must_use]
    pub const fn z(self) -> u8 {
        self.z
    }

    /// Column, from the west.
    #[must_use]
    pub const fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    #[must_use]
    pub const fn y(self) -> u32 {
        self.y
    }

    /// The tiles of a deeper level inside this one, as the stretch of numbers they have in Morton order: the column's and the
    /// row's bits taken in turn, the row's higher. `level` is taken as at least the tile's own zoom and at most 31.
    ///
    /// ```
    /// use mendmap_shared::geo::TileXyz;
    /// let tile = TileXyz::new(1, 1, 0).unwrap();
    /// assert_eq!(tile.cells(1), 1..=1);
    /// assert_eq!(tile.cells(2), 4..=7);
    /// ```
    #[must_use]
    pub fn cells(self, level: u8) -> std::ops::RangeInclusive<i64> {
        let below = 2 * u32::from(level.clamp(self.z, 31) - self.z);
        let spread = |n: u32| (0..31).fold(0_i64, |sum, bit| sum | (i64::from(n >> bit & 1) << (2 * bit)));
        let first = (spread(self.x) | (spread(self.y) << 1)) << below;
        first..=first + ((1_i64 << below) - 1)
    }

    /// The tile of `level` with this number in Morton order; see [`TileXyz::cells`].
    ///
    /// # Errors
    /// When there is no such level or no such number in it.
    pub fn from_cell(level: u8, cell: i64) -> Result<Self, GeoError> {
        if level > MAP_ZOOM_MAX || !(0..1_i64 << (2 * u32::from(level))).contains(&cell) {
            return Err(GeoError::Tile);
        }
        let gather = |bits: i64| (0..31).fold(0_u32, |sum, bit| sum | (u32::from(bits >> (2 * bit) & 1 == 1) << bit));
        Self::new(level, gather(cell), gather(cell >> 1))
    }

    /// Where a point lies in the tile: 0..1 from its west edge, 0..1 from its north edge; beyond for points outside.
    #[must_use]
    pub fn fraction(self, point: LonLat) -> (f64, f64) {
        let (x, y) = mercator_fraction(point);
        let size = f64::from(1_u32 << self.z);
        (x * size - f64::from(self.x), y * size - f64::from(self.y))
    }

    /// The ground the tile covers. Points on the east and south edges belong to the next tile.
    #[must_use]
    pub fn bbox(self) -> Bbox {
        let size = f64::from(1_u32 << self.z);
        let lon = |x: u32| f64::from(x) / size * 360.0 - 180.0;
        let lat = |y: u32| {
            let n = std::f64::consts::PI * (1.0 - 2.0 * f64::from(y) / size);
            n.sinh().atan().to_degrees()
        };
        Bbox { west: lon(self.x), south: lat(self.y + 1), east: lon(self.x + 1), north: lat(self.y) }
    }
}

/// Where a point lies on the square Web Mercator map: 0..1 from the west, 0..1 from the north.
#[must_use]
pub fn mercator_fraction(point: LonLat) -> (f64, f64) {
    let lat = point.lat.clamp(-MERCATOR_MAX_LAT, MERCATOR_MAX_LAT).to_radians();
    let y = (1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0;
    (point.lon / 360.0 + 0.5, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_degree_of_latitude_is_about_111_kilometres() {
        let south = LonLat::new(-3.0, 51.0).expect("valid");
        let north = LonLat::new(-3.0, 52.0).expect("valid");
        assert!((south.metres_to(north) - 111_195.0).abs() < 10.0);
    }

    #[test]
    fn a_box_inside_out_or_with_too_many_numbers_is_refused() {
        for text in ["1,2,0,3", "0,3,1,2", "0,0,1", "0,0,1,1,1", "a,b,c,d", "", "0,0,NaN,1", "0,0,181,1"] {
            assert!(text.parse::<Bbox>().is_err(), "{text}");
        }
    }

    #[test]
    fn tiles_outside_the_map_do_not_exist() {
        assert!(TileXyz::new(0, 0, 0).is_ok());
        assert!(TileXyz::new(0, 1, 0).is_err());
        assert!(TileXyz::new(MAP_ZOOM_MAX + 1, 0, 0).is_err());
        assert!(TileXyz::new(3, 0, 8).is_err());
    }

    proptest! {
        #[test]
        fn every_finite_pair_is_a_point_exactly_when_in_range(lon in -400.0_f64..400.0, lat in -200.0_f64..200.0) {
            let valid = (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
            prop_assert_eq!(LonLat::new(lon, lat).is_ok(), valid);
        }

        #[test]
        fn a_point_survives_json(lon in -180.0_f64..=180.0, lat in -90.0_f64..=90.0) {
            let point = LonLat::new(lon, lat).expect("in range");
            let text = serde_json::to_string(&point).expect("serialises");
            let read: LonLat = serde_json::from_str(&text).expect("reads back");
            prop_assert!((read.lon() - lon).abs() < 1e-12 && (read.lat() - lat).abs() < 1e-12);
        }

        #[test]
        fn a_box_survives_its_text_and_contains_its_centre(
            west in -180.0_f64..179.0, south in -90.0_f64..89.0, width in 0.001_f64..1.0, height in 0.001_f64..1.0,
        ) {
            let bbox = Bbox::new(west, south, west + width, south + height).expect("valid");
            let read: Bbox = bbox.to_string().parse().expect("reads back");
            for (a, b) in read.edges().iter().zip(bbox.edges()) {
                prop_assert!((a - b).abs() <= 1e-6);
            }
            prop_assert!(bbox.contains(bbox.centre()));
        }

        #[test]
        fn a_tile_is_found_again_by_its_number_and_lies_in_its_parents_stretch(z in 1_u8..=MAP_ZOOM_MAX, at in 0.0_f64..1.0, down in 0.0_f64..1.0) {
            let size = f64::from(1_u32 << z);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction of a tile count")]
            let tile = TileXyz::new(z, (at * size) as u32, (down * size) as u32).expect("on the map");
            let number = *tile.cells(z).start();
            prop_assert_eq!(TileXyz::from_cell(z, number), Ok(tile));
            let parent = TileXyz::new(z - 1, tile.x() / 2, tile.y() / 2).expect("on the map");
            prop_assert!(parent.cells(z).contains(&number));
        }

        #[test]
        fn a_point_lies_in_the_box_of_its_tile(lon in -180.0_f64..179.999, lat in -85.0_f64..85.0, z in 0_u8..=MAP_ZOOM_MAX) {
            let point = LonLat::new(lon, lat).expect("in range");
            let [west, south, east, north] = TileXyz::containing(point, z).expect("exists").bbox().edges();
            let slack = 1e-9;
            prop_assert!(lon >= west - slack && lon <= east + slack);
            prop_assert!(lat >= south - slack && lat <= north + slack);
        }
    }
}
