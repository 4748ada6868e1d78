//! Coordinate reference systems (Part 2), each by its address. All is kept in degrees, WGS 84; ETRS89 is taken for that, as in
//! [`crate::exports::coordinates`].

use crate::exports::coordinates::{from_national_grid, to_national_grid};

/// Radius of the sphere of Web Mercator, in metres.
const SPHERE: f64 = 6_378_137.0;

/// A coordinate reference system that is answered in and asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Crs {
    /// Longitude, latitude in degrees. What holds where nothing is said.
    #[default]
    Crs84,
    /// EPSG:4326: latitude, longitude in degrees, in this order.
    Wgs84,
    /// EPSG:3857: Web Mercator, metres east and north.
    WebMercator,
    /// EPSG:27700: the National Grid of Great Britain, metres east and north.
    NationalGrid,
}

impl Crs {
    /// All, the one that holds first.
    pub const ALL: [Self; 4] = [Self::Crs84, Self::Wgs84, Self::WebMercator, Self::NationalGrid];

    /// Its address.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            Self::Wgs84 => "http://www.opengis.net/def/crs/EPSG/0/4326",
            Self::WebMercator => "http://www.opengis.net/def/crs/EPSG/0/3857",
            Self::NationalGrid => "http://www.opengis.net/def/crs/EPSG/0/27700",
        }
    }

    /// The one with this address.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|crs| crs.uri() == uri)
    }

    /// Whether its coordinates are degrees, so that straight lines are the same in it as in what is kept.
    #[must_use]
    pub const fn is_degrees(self) -> bool {
        matches!(self, Self::Crs84 | Self::Wgs84)
    }

    /// A point in degrees east and north, as this one writes it; metres to the centimetre. None where it does not reach.
    #[must_use]
    pub fn write(self, lon: f64, lat: f64) -> Option<[f64; 2]> {
        let centimetres = |metres: f64| (metres * 100.0).round() / 100.0;
        match self {
            Self::Crs84 => Some([lon, lat]),
            Self::Wgs84 => Some([lat, lon]),
            Self::WebMercator => {
                let north = SPHERE * (std::f64::consts::FRAC_PI_4 + lat.to_radians() / 2.0).tan().ln();
                // The poles are infinitely far away.
                (lat.abs() < 90.0).then(|| [centimetres(SPHERE * lon.to_radians()), centimetres(north)])
            }
            Self::NationalGrid => to_national_grid(lon, lat).map(|(east, north)| [east, north]),
        }
    }

    /// Degrees east and north of a point as this one writes it; none where there is no such point.
    #[must_use]
    pub fn read(self, first: f64, second: f64) -> Option<(f64, f64)> {
        let (lon, lat) = match self {
            Self::Crs84 => (first, second),
            Self::Wgs84 => (second, first),
            Self::WebMercator => ((first / SPHERE).to_degrees(), (second / SPHERE).sinh().atan().to_degrees()),
            Self::NationalGrid => from_national_grid(first, second)?,
        };
        // What a client made of ±180 in metres and back may be a hair more.
        let within = |degrees: f64, most: f64| (degrees.abs() <= most + 1e-9).then(|| degrees.clamp(-most, most));
        Some((within(lon, 180.0)?, within(lat, 90.0)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_point_is_found_again_to_the_centimetre(lon in -6.0_f64..1.7, lat in 50.0_f64..60.0) {
            for crs in Crs::ALL {
                // Not all of the sea belongs to the National Grid.
                let Some([first, second]) = crs.write(lon, lat) else { continue };
                let (east, north) = crs.read(first, second).expect("it was written");
                prop_assert!((east - lon).abs() < 3e-7 && (north - lat).abs() < 3e-7, "{crs:?}: {east} {north}");
            }
        }
    }

    #[test]
    fn latitude_comes_first_where_epsg_says_so() {
        assert_eq!(Crs::Wgs84.write(-3.0, 51.5), Some([51.5, -3.0]));
        assert_eq!(Crs::Wgs84.read(51.5, -3.0), Some((-3.0, 51.5)));
        assert_eq!(Crs::Crs84.write(-3.0, 51.5), Some([-3.0, 51.5]));
    }

    #[test]
    fn web_mercator_is_where_epsg_says() {
        // EPSG guidance note 7-2, 1.3.3, "Popular Visualisation Pseudo-Mercator", its example.
        let [east, north] = Crs::WebMercator.write(-100.333_333_33, 24.381_786_94).expect("a point");
        assert!((east - -11_169_055.58).abs() < 0.02 && (north - 2_800_000.00).abs() < 0.02, "{east} {north}");
        assert_eq!(Crs::WebMercator.write(0.0, 90.0), None);
    }

    #[test]
    fn a_point_that_is_nowhere_is_none() {
        assert_eq!(Crs::Crs84.read(181.0, 0.0), None);
        assert_eq!(Crs::Wgs84.read(91.0, 0.0), None);
        assert_eq!(Crs::WebMercator.read(3e7, 0.0), None);
        assert_eq!(Crs::NationalGrid.read(-5e5, 0.0), None);
        assert_eq!(Crs::of("http://www.opengis.net/def/crs/EPSG/0/9999"), None);
    }
}
