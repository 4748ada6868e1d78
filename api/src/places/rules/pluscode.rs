//! Plus codes (Open Location Code), whole or short.

use mendmap_shared::geo::LonLat;

const ALPHABET: &str = "23456789CFGHJMPQRVWX";
/// Digits before the plus sign in a whole code.
const DIGITS_BEFORE_PLUS: usize = 8;

/// A plus code as it was typed.
#[derive(Debug, Clone, PartialEq)]
pub enum PlusCode {
    /// It names a point by itself.
    Full {
        /// The code, in capitals.
        code: String,
        /// The middle of the square it names.
        location: LonLat,
    },
    /// Its first digits were left out.
    Short {
        /// The code, in capitals.
        code: String,
        /// The place named after it.
        locality: Option<String>,
    },
}

/// Reads `9C3VH2M3+4R`, `H2M3+4R Newport` or `H2M3+4R`. Digits beyond the tenth, which name less than 14 m, are dropped.
#[must_use]
pub fn parse_plus_code(typed: &str) -> Option<PlusCode> {
    let (code, rest) = typed.split_once([' ', ',']).unwrap_or((typed, ""));
    let code = code.to_ascii_uppercase();
    let (before, after) = code.split_once('+')?;
    let all_digits = |text: &str| text.chars().all(|c| ALPHABET.contains(c));
    if !all_digits(before) || !all_digits(after) || before.len() > DIGITS_BEFORE_PLUS || before.len() % 2 != 0 {
        return None;
    }
    // Nothing, or at least one pair; a single digit has no meaning.
    let after = match after.len() {
        0 => "",
        2..=7 => after.get(..2)?,
        _ => return None,
    };
    let code = format!("{before}+{after}");
    if before.len() == DIGITS_BEFORE_PLUS {
        return Some(PlusCode::Full { location: decode(&code)?, code });
    }
    // Two digits and nothing else is more likely somebody's "C2+".
    if before.len() < 4 || after.is_empty() {
        return None;
    }
    let locality = rest.trim_matches([' ', ',']);
    Some(PlusCode::Short { code, locality: (!locality.is_empty()).then(|| locality.to_owned()) })
}

/// The point a short code names: of all the points it could stand for, the one nearest to `reference`.
#[must_use]
pub fn recover(short: &str, reference: LonLat) -> Option<(String, LonLat)> {
    let missing = DIGITS_BEFORE_PLUS.checked_sub(short.find('+')?)?;
    let whole = encode(reference)?;
    // Degrees after which the digits that were given repeat.
    let step = match missing {
        2 => 20.0,
        4 => 1.0,
        _ => return None,
    };
    let middle = decode(&format!("{}{short}", whole.get(..missing)?))?;
    let nearest = |middle: f64, reference: f64| {
        let steps = ((reference - middle) / step).round();
        steps.mul_add(step, middle)
    };
    let lat = nearest(middle.lat(), reference.lat());
    let lat = if lat > 90.0 {
        lat - step
    } else if lat < -90.0 {
        lat + step
    } else {
        lat
    };
    let lon = nearest(middle.lon(), reference.lon());
    let lon = if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    };
    let location = LonLat::new(lon, lat).ok()?;
    Some((encode(location)?, location))
}

fn encode(point: LonLat) -> Option<String> {
    // The north pole and the date line have no cell of their own: they belong to the last one before them.
    let coordinate = pluscodes::Coordinate {
        latitude: point.lat().min(90.0 - 1.0 / 8000.0),
        longitude: point.lon().min(180.0 - 1.0 / 8000.0),
    };
    pluscodes::encode(&coordinate, 10).ok()
}

/// The middle of a whole code's square. `code` holds only digits of the alphabet: the crate panics on padding zeros.
fn decode(code: &str) -> Option<LonLat> {
    let middle = pluscodes::decode(code).ok()?;
    LonLat::new(middle.longitude, middle.latitude).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn newport() -> LonLat {
        LonLat::new(-2.9977, 51.5842).expect("valid")
    }

    #[test]
    fn a_whole_code_names_the_middle_of_its_square() {
        let Some(PlusCode::Full { code, location }) = parse_plus_code("9c3vh2m2+mw") else { panic!("a whole code") };
        assert_eq!(code, "9C3VH2M2+MW");
        assert!(location.metres_to(newport()) < 50.0, "{location}");
    }

    #[test]
    fn a_short_code_is_counted_from_its_place() {
        let Some(PlusCode::Short { code, locality }) = parse_plus_code("H2M2+MW, Newport, Wales") else {
            panic!("a short code")
        };
        assert_eq!(locality.as_deref(), Some("Newport, Wales"));
        let (whole, location) = recover(&code, newport()).expect("a point");
        assert_eq!(whole, "9C3VH2M2+MW");
        assert!(location.metres_to(newport()) < 50.0, "{location}");
    }

    #[test]
    fn other_texts_are_no_codes() {
        for typed in
            ["", "+", "Newport", "9C3V0000+", "C2M3+4", "ABCD+12", "12+", "H2M2+", "9C3VH2M2X+MW", "rock + roll", "é+é"]
        {
            assert_eq!(parse_plus_code(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_point_survives_its_whole_code(lon in -179.9_f64..179.9, lat in -89.9_f64..89.9) {
            let point = LonLat::new(lon, lat).expect("valid");
            let code = encode(point).expect("encodes");
            let Some(PlusCode::Full { location, .. }) = parse_plus_code(&code) else { panic!("{code} is whole") };
            prop_assert!((location.lon() - lon).abs() < 1.0 / 7900.0 && (location.lat() - lat).abs() < 1.0 / 7900.0);
        }

        #[test]
        fn a_short_code_comes_back_whole_near_its_point(
            lon in -179.9_f64..179.9, lat in -79.0_f64..79.0, east in -0.4_f64..0.4, north in -0.4_f64..0.4,
        ) {
            let point = LonLat::new(lon, lat).expect("valid");
            let code = encode(point).expect("encodes");
            let reference = LonLat::new((lon + east).clamp(-180.0, 180.0), lat + north).expect("valid");
            let (_, location) = recover(&code[4..], reference).expect("a point");
            let around = (location.lon() - lon).abs();
            prop_assert!(around.min(360.0 - around) < 1.0 / 7900.0 && (location.lat() - lat).abs() < 1.0 / 7900.0);
        }
    }
}
