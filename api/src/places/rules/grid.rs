//! References to the National Grid of Great Britain.

use lonlat_bng::convert_osgb36_to_ll;
use mendmap_shared::geo::LonLat;

/// Reads `ST 311 884`, `ST3118488412` and the like: two letters, then 4 to 10 digits, eastings first.
///
/// Answers the reference as it is usually written, and the middle of the square it names (100 m across for six digits).
/// A square outside Great Britain's grid, where the official transformation is not defined, is no reference.
#[must_use]
pub fn parse_grid_reference(typed: &str) -> Option<(String, LonLat)> {
    let compact = typed.to_ascii_uppercase();
    let letters = compact.get(..2)?;
    let rest = compact.get(2..)?.trim_start();
    let groups: Vec<&str> = rest.split_whitespace().collect();
    let (eastings, northings) = match groups.as_slice() {
        [both] if both.len() % 2 == 0 && both.is_ascii() => both.split_at(both.len() / 2),
        [eastings, northings] => (*eastings, *northings),
        _ => return None,
    };
    if eastings.len() != northings.len() || !(2..=5).contains(&eastings.len()) {
        return None;
    }
    let (east_100km, north_100km) = parse_letters(letters)?;
    let cell = 10_f64.powi(5 - i32::try_from(eastings.len()).ok()?);
    let metres = |square: u32, digits: &str| -> Option<f64> {
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let within: u32 = digits.parse().ok()?;
        Some((f64::from(within) + 0.5).mul_add(cell, f64::from(square) * 100_000.0))
    };
    let (lon, lat) = convert_osgb36_to_ll(metres(east_100km, eastings)?, metres(north_100km, northings)?).ok()?;
    Some((format!("{letters} {eastings} {northings}"), LonLat::new(lon, lat).ok()?))
}

/// The square of 100 km two letters name, counted east and north from the grid's false origin.
fn parse_letters(letters: &str) -> Option<(u32, u32)> {
    let mut numbers = letters.bytes().map(|letter| match letter {
        b'A'..=b'H' => Some(u32::from(letter - b'A')),
        b'J'..=b'Z' => Some(u32::from(letter - b'A') - 1),
        _ => None,
    });
    let (first, second) = (numbers.next()??, numbers.next()??);
    // Squares of 500 km count from V, two to the west and one to the south of the origin; rows run north to south.
    let east = ((first % 5) * 5 + second % 5).checked_sub(10)?;
    let north = (24 - (first / 5) * 5 - second / 5).checked_sub(5)?;
    (east < 7 && north < 13).then_some((east, north))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ordnance Survey's own worked example for OSTN15: Caister Water Tower, TG 51409.9 13177.3.
    fn tower() -> LonLat {
        LonLat::new(1.716_073_97, 52.658_007_83).expect("valid")
    }

    #[test]
    fn a_reference_names_the_middle_of_its_square() {
        // A square's middle is never farther from a point in it than half its diagonal.
        for (typed, edge_metres) in [
            ("TG 51409 13177", 1.0),
            ("tg5140913177", 1.0),
            ("TG 5140 1317", 10.0),
            ("TG 514 131", 100.0),
            ("TG5113", 1000.0),
        ] {
            let (_, point) = parse_grid_reference(typed).expect(typed);
            let metres = point.metres_to(tower());
            assert!(metres < edge_metres * 0.71 + 0.5, "{typed}: {metres} m away at {point}");
        }
    }

    #[test]
    fn a_reference_is_shown_as_it_is_usually_written() {
        assert_eq!(parse_grid_reference("st3118488412").expect("a reference").0, "ST 31184 88412");
    }

    #[test]
    fn other_texts_are_no_references() {
        for typed in [
            "ST 1",
            "ST 31 884",
            "ST 311 88",
            "ST 311 884 1",
            "SI 311 884",
            "AA 311 884",
            "ST",
            "",
            "ST １２３ 456",
            "ST+1 123",
        ] {
            assert_eq!(parse_grid_reference(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn more_digits_stay_within_the_square_of_fewer(east in 0_u32..100_000, north in 0_u32..100_000) {
            let fine = parse_grid_reference(&format!("ST {east:05} {north:05}")).expect("in Somerset or Wales").1;
            let coarse = parse_grid_reference(&format!("ST {:03} {:03}", east / 100, north / 100)).expect("the same").1;
            prop_assert!(fine.metres_to(coarse) < 72.0);
        }
    }
}
