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

    /// Longitude and latitude, easting and northing of a point.
    type Point = (&'static str, f64, f64, f64, f64);

    /// All the points that Ordnance Survey publishes to check a transformation by, from the Isles of Scilly to Shetland and St
    /// Kilda: `OSTN15_OSGM15_TestInput_ETRStoOSGB.txt` and `OSTN15_OSGM15_TestOutput_ETRStoOSGB.txt` of its developer pack
    /// (ordnancesurvey.co.uk, Coordinate transformations, Resources for developers).
    const PUBLISHED: [Point; 40] = [
        ("TP01", -6.299_777_52, 49.922_263_94, 91492.146, 11318.804),
        ("TP02", -5.203_046_1, 49.960_061_38, 170_370.718, 11572.405),
        ("TP03", -4.108_645_636, 50.438_858_26, 250_359.811, 62016.569),
        ("TP04", -1.297_822_772, 50.575_636_65, 449_816.371, 75335.861),
        ("TP05", -1.450_514_337, 50.931_279_38, 438_710.92, 114_792.25),
        ("TP06", -3.551_283_492, 51.400_782_2, 292_184.87, 168_003.465),
        ("TP07", 1.444_547_304, 51.374_470_26, 639_821.835, 169_565.858),
        ("TP08", -2.544_076_183, 51.427_547_43, 362_269.991, 169_978.69),
        ("TP09", -0.119_925_572, 51.489_365_65, 530_624.974, 178_388.464),
        ("TP10", -4.308_524_77, 51.858_908_96, 241_124.584, 220_332.641),
        ("TP11", 0.897_243_27, 51.894_366_37, 599_445.59, 225_722.826),
        ("TP12", -2.154_586_144, 52.255_293_82, 389_544.19, 261_912.153),
        ("TP13", -0.912_489_57, 52.251_609_51, 474_335.969, 262_047.755),
        ("TP14", 0.401_535_471, 52.751_366_87, 562_180.547, 319_784.995),
        ("TP15", -1.197_476_559, 52.962_191_09, 454_002.834, 340_834.943),
        ("TP16", -2.640_493_208, 53.344_802_8, 357_455.843, 383_290.436),
        ("TP17", -4.289_180_698, 53.416_285_16, 247_958.971, 393_492.909),
        ("TP18", -4.289_177_929, 53.416_309_25, 247_959.241, 393_495.583),
        ("TP19", -3.040_454_907, 53.779_110_26, 331_534.564, 431_920.794),
        ("TP20", -1.663_791_682, 53.800_215_2, 422_242.186, 433_818.701),
        ("TP21", -4.634_521_682, 54.086_663_18, 227_778.33, 468_847.388),
        ("TP22", -0.077_731_332, 54.116_851_44, 525_745.67, 470_703.214),
        ("TP23", -4.388_491_181, 54.329_195_41, 244_780.636, 495_254.887),
        ("TP24", -2.938_277_411, 54.895_423_4, 339_921.145, 556_034.761),
        ("TP25", -1.616_576_852, 54.979_122_74, 424_639.355, 565_012.703),
        ("TP26", -4.296_490_163, 55.853_999_53, 256_340.925, 664_697.269),
        ("TP27", -3.294_792_193, 55.924_782_66, 319_188.434, 670_947.534),
        ("TP28", -5.828_366_919, 57.006_066_96, 167_634.202, 797_067.144),
        ("TP29", -2.048_560_307, 57.139_025_19, 397_160.491, 805_349.736),
        ("TP30", -4.219_263_986, 57.486_250_01, 267_056.768, 846_176.972),
        ("TP31", -8.578_544_561, 57.813_518_38, 9587.909, 899_448.996),
        ("TP32", -7.592_555_606, 58.212_622_47, 71713.132, 938_516.404),
        ("TP33", -6.260_914_555, 58.515_603_61, 151_968.652, 966_483.78),
        ("TP34", -3.726_310_221, 58.581_204_61, 299_721.891, 967_202.992),
        ("TP35", -3.214_540_011, 59.037_438_71, 330_398.323, 1_017_347.016),
        ("TP36", -4.417_576_746, 59.093_350_35, 261_596.778, 1_025_447.602),
        ("TP37", -5.827_993_398, 59.096_716_17, 180_862.461, 1_029_604.114),
        ("TP38", -1.625_169_661, 59.534_707_94, 421_300.525, 1_072_147.239),
        ("TP39", -1.274_869_104, 59.854_099_14, 440_725.073, 1_107_878.448),
        ("TP40", -2.073_828_228, 60.133_080_92, 395_999.668, 1_138_728.951),
    ];

    #[test]
    fn ordnance_surveys_own_points_are_where_it_says_to_the_centimetre() {
        for (name, lon, lat, easting, northing) in PUBLISHED {
            let (east, north) = to_national_grid(lon, lat).expect(name);
            // Half a centimetre is lost in rounding, and a millimetre in what the points are given in.
            assert!((east - easting).abs() < 0.0065 && (north - northing).abs() < 0.0065, "{name}: {east} {north}");
            let (back_lon, back_lat) = from_national_grid(easting, northing).expect(name);
            // A ten-millionth of a degree is at most a centimetre.
            assert!((back_lon - lon).abs() < 1e-7 && (back_lat - lat).abs() < 1e-7, "{name}: {back_lon} {back_lat}");
        }
    }

    #[test]
    fn there_is_no_grid_elsewhere() {
        assert_eq!(to_national_grid(13.4, 52.5), None, "Berlin");
        assert_eq!(from_national_grid(-1_000_000.0, 0.0), None);
    }
}
