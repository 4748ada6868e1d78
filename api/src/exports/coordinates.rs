//! Coordinates of the National Grid of Great Britain.
//!
//! By OSTN15, Ordnance Survey's definition of how the grid (EPSG:27700) lies in ETRS89, which is taken for WGS 84 here as it is
//! by Ordnance Survey's users everywhere: the two drift apart by 2.5 cm a year, less than a metre today. Within OSTN15's ground
//! the transformation itself is exact to a centimetre; outside of it there is none.

use lonlat_bng::{convert_osgb36, convert_osgb36_to_ll};

/// Easting and northing in metres, to the centimetre, of a point in degrees; none outside Great Britain.
#[must_use]
pub fn to_national_grid(lon: f64, lat: f64) -> Option<(f64, f64)> {
    let (easting, northing) = convert_osgb36(lon, lat).ok()?;
    let centimetres = |metres: f64| (metres * 100.0).round() / 100.0;
    Some((centimetres(easting), centimetres(northing)))
}

/// Degrees east and north of a point on the grid, in metres; none outside Great Britain.
#[must_use]
pub fn from_national_grid(easting: f64, northing: f64) -> Option<(f64, f64)> {
    convert_osgb36_to_ll(easting, northing).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_point_of_the_grid_is_found_again_to_the_centimetre(easting in 300_000_f64..500_000.0, northing in 150_000_f64..400_000.0) {
            let (lon, lat) = from_national_grid(easting, northing).expect("in England or Wales");
            let (east, north) = to_national_grid(lon, lat).expect("the same");
            prop_assert!((east - easting).abs() < 0.02 && (north - northing).abs() < 0.02, "{east} {north}");
        }
    }

    #[test]
    fn there_is_no_grid_elsewhere() {
        assert_eq!(to_national_grid(13.4, 52.5), None, "Berlin");
        assert_eq!(from_national_grid(-1_000_000.0, 0.0), None);
    }
}
