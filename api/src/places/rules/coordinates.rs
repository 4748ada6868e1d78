//! Latitude and longitude as people copy them from other maps.

use mendmap_shared::geo::LonLat;

/// A point so far from the map's middle was not meant, if read the other way round it is near.
const FAR_METRES: f64 = 500_000.0;

/// One of the two numbers, with the half of the Earth it names, if it does.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Number {
    degrees: f64,
    /// `Some(true)` for N or S, `Some(false)` for E or W.
    is_latitude: Option<bool>,
}

/// Reads `51.5842, -2.9977`, `51.5842 -2.9977` or `51.5842°N 2.9977°W`: degrees, latitude first.
///
/// Longitude first is understood where it cannot be anything else: a letter says so, the first number is no latitude,
/// or only read that way round does the point lie near `centre`.
#[must_use]
pub fn parse_coordinates(typed: &str, centre: LonLat) -> Option<LonLat> {
    let parts: Vec<&str> = typed.split([',', ';', ' ']).filter(|part| !part.is_empty()).collect();
    let [first, second] = parts.as_slice() else { return None };
    // "12 34" is no point: without a comma both must be fractions.
    let both_fractions = first.contains('.') && second.contains('.');
    if !both_fractions && !typed.contains([',', ';']) {
        return None;
    }
    let (first, second) = (parse_number(first)?, parse_number(second)?);
    let latitude_first = || LonLat::new(second.degrees, first.degrees).ok();
    let longitude_first = || LonLat::new(first.degrees, second.degrees).ok();
    match (first.is_latitude, second.is_latitude) {
        (Some(true), Some(true)) | (Some(false), Some(false)) => None,
        (Some(true), _) | (_, Some(false)) => latitude_first(),
        (Some(false), _) | (_, Some(true)) => longitude_first(),
        (None, None) => match (latitude_first(), longitude_first()) {
            (Some(usual), Some(other)) => {
                let other_meant = usual.metres_to(centre) > FAR_METRES && other.metres_to(centre) < FAR_METRES;
                Some(if other_meant { other } else { usual })
            }
            (usual, other) => usual.or(other),
        },
    }
}

fn parse_number(part: &str) -> Option<Number> {
    let (digits, letter) = match part.char_indices().last()? {
        (at, letter @ ('N' | 'n' | 'S' | 's' | 'E' | 'e' | 'W' | 'w')) => {
            (&part[..at], Some(letter.to_ascii_uppercase()))
        }
        _ => (part, None),
    };
    let digits = digits.strip_suffix('°').unwrap_or(digits);
    // `parse` also takes "inf", "1e5" and the like, which nobody means by a place.
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
        return None;
    }
    let degrees: f64 = digits.parse().ok()?;
    let degrees = if matches!(letter, Some('S' | 'W')) { -degrees } else { degrees };
    Some(Number { degrees, is_latitude: letter.map(|letter| matches!(letter, 'N' | 'S')) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn newport() -> LonLat {
        LonLat::new(-2.9977, 51.5842).expect("valid")
    }

    #[test]
    fn latitude_comes_first() {
        for typed in
            ["51.5842,-2.9977", "51.5842 -2.9977", "51.5842;  -2.9977", "51.5842°N, 2.9977°W", "51.5842N 2.9977W"]
        {
            assert_eq!(parse_coordinates(typed, newport()), Some(newport()), "{typed}");
        }
    }

    #[test]
    fn longitude_first_is_understood_where_it_is_unambiguous() {
        assert_eq!(parse_coordinates("-2.9977,51.5842", newport()), Some(newport()));
        assert_eq!(parse_coordinates("2.9977W 51.5842N", newport()), Some(newport()));
        let fiji = LonLat::new(178.44, -18.14).expect("valid");
        assert_eq!(parse_coordinates("178.44, -18.14", newport()), Some(fiji));
    }

    #[test]
    fn words_and_house_numbers_are_no_coordinates() {
        for typed in
            ["12 34", "12 High", "1,2,3", "51.5", "inf, nan", "1e1,2e1", "91.5, 181.0", "51.5N 51.6N", "--1,2", ","]
        {
            assert_eq!(parse_coordinates(typed, newport()), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_point_near_the_map_is_read_in_either_order(lon in -4.0_f64..-2.0, lat in 51.0_f64..53.0) {
            let read = parse_coordinates(&format!("{lat:.6}, {lon:.6}"), newport()).expect("a point");
            prop_assert!((read.lat() - lat).abs() < 1e-6 && (read.lon() - lon).abs() < 1e-6);
            prop_assert_eq!(parse_coordinates(&format!("{lon:.6},{lat:.6}"), newport()), Some(read));
        }
    }
}
