//! What a search finds, and in which order.

use mendmap::places::queries;
use mendmap_shared::wire::places::PlaceKind;

use super::{find, in_database, load_areas, load_postcodes, load_streets, names, newport, point};

const STREETS: &str = "Commercial Street,Stryd Fasnachol,primary,51.585,-3.005\n\
    Commercial Road,Heol Fasnachol,tertiary,51.579,-2.990\n\
    Heol Las,,residential,51.600,-3.020\n\
    Church Road,,residential,51.600,-3.010\n\
    Church Road,,residential,51.640,-2.940\n\
    St Mary's Street,,residential,51.610,-3.010\n\
    Tŷ-du Close,,residential,51.610,-3.020\n\
    Old Commercial Street,,residential,51.620,-3.010";

#[test]
fn the_exact_name_comes_before_longer_ones_and_those_before_similar_ones() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        assert_eq!(names(conn, "commercial street"), ["Commercial Street", "Old Commercial Street", "Commercial Road"]);
        assert_eq!(names(conn, "commercial")[..2], ["Commercial Street", "Commercial Road"]);
    });
}

#[test]
fn abbreviations_accents_and_apostrophes_make_no_difference() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        for (typed, wanted) in [
            ("Commercial St", "Commercial Street"),
            ("commercial st.", "Commercial Street"),
            ("COMMERCIAL RD", "Commercial Road"),
            ("Saint Marys Street", "St Mary's Street"),
            ("St. Mary’s St", "St Mary's Street"),
            ("Ty-du Cl", "Tŷ-du Close"),
            ("tŷ du close", "Tŷ-du Close"),
        ] {
            assert_eq!(names(conn, typed).first().map(String::as_str), Some(wanted), "{typed}");
        }
    });
}

#[test]
fn typing_mistakes_and_unfinished_words_still_find() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        for typed in ["Comercial Street", "Commercail Street", "Commercial Stre", "Commercial Sreet", "comm"] {
            assert_eq!(names(conn, typed).first().map(String::as_str), Some("Commercial Street"), "{typed}");
        }
        assert_eq!(names(conn, "Zzyzx"), [""; 0]);
    });
}

#[test]
fn the_welsh_name_finds_as_well_as_the_english() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        assert_eq!(names(conn, "Stryd Fasnachol")[0], "Commercial Street");
        assert_eq!(names(conn, "Heol"), ["Commercial Road", "Heol Las"]);
    });
}

#[test]
fn two_of_one_name_are_told_apart_by_area_and_the_nearer_comes_first() {
    in_database(|conn| {
        load_areas(conn);
        load_streets(conn, "streets", STREETS);
        let (west, east) = ("Church Road (West Bank, Riverton)", "Church Road (East Bank, Riverton)");
        assert_eq!(names(conn, "church road"), [west, east]);
        assert_eq!(names(conn, "Church Rd, East Bank")[0], east);
        assert_eq!(names(conn, "Church Rd East Bank")[0], east);
        let near = queries::search(
            conn,
            &mendmap::places::rules::Wanted::parse("church road", newport()),
            point(-2.94, 51.64),
        );
        assert_eq!(near.expect("a search")[0].area.as_deref(), Some("East Bank, Riverton"));
    });
}

#[test]
fn postcodes_are_found_whole_and_begun() {
    in_database(|conn| {
        load_postcodes(
            conn,
            "NP20 1AA,51.590,-2.997\nNP20 1AB,51.591,-2.997\nNP20 2AA,51.592,-2.997\nNP2 0AA,51.593,-2.997",
        );
        for typed in ["NP20 1AA", "np201aa", "Np20  1aa"] {
            let found = find(conn, typed);
            assert_eq!(found.len(), 1, "{typed}");
            assert_eq!((found[0].kind, found[0].name.as_str()), (PlaceKind::Postcode, "NP20 1AA"), "{typed}");
        }
        assert_eq!(names(conn, "NP20 1"), ["NP20 1AA", "NP20 1AB"]);
        assert_eq!(names(conn, "np201"), ["NP20 1AA", "NP20 1AB"]);
        assert_eq!(names(conn, "NP20"), ["NP20 1AA", "NP20 1AB", "NP20 2AA", "NP2 0AA"]);
        assert_eq!(names(conn, "NP2 0"), ["NP2 0AA"]);
        assert_eq!(names(conn, "ZZ9 9ZZ"), [""; 0]);
    });
}

#[test]
fn a_house_nobody_knows_leads_to_its_street_and_its_postcode() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        load_postcodes(conn, "NP20 1LP,51.5852,-2.9941");
        let found = names(conn, "999 Commercial Street, Newport NP20 1LP");
        assert_eq!(found.first().map(String::as_str), Some("Commercial Street"));
        assert_eq!(found.last().map(String::as_str), Some("NP20 1LP"));
    });
}

#[test]
fn written_points_are_found_with_their_area() {
    in_database(|conn| {
        load_areas(conn);
        load_streets(conn, "streets", STREETS);
        for typed in ["51.60000, -3.01000", "-3.01,51.6", "9C3RJX2R+22", "ST 301 895"] {
            let found = find(conn, typed);
            assert_eq!(found.len(), 1, "{typed}");
            assert_eq!(found[0].kind, PlaceKind::Coordinates, "{typed}");
            assert_eq!(found[0].area.as_deref(), Some("West Bank, Riverton"), "{typed}");
            assert!(found[0].location.metres_to(point(-3.01, 51.60)) < 100.0, "{typed}: {}", found[0].location);
        }
        assert_eq!(names(conn, "JX2R+22 Nowhere at all"), [""; 0]);
        assert_eq!(find(conn, "JX2R+22 Church Road")[0].location, find(conn, "9C3RJX2R+22")[0].location);
    });
}

#[test]
fn marks_that_mean_something_to_a_database_mean_nothing() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        for typed in ["%", "_", "'; DROP TABLE places; --", "\\", "%%%%", "100% Street", "😀", "\u{202e}"] {
            find(conn, typed);
        }
        assert_eq!(names(conn, "%"), [""; 0]);
    });
}

#[test]
fn a_point_in_the_gap_between_two_wards_belongs_to_the_nearest() {
    in_database(|conn| {
        load_areas(conn);
        let mut at = |lon: f64| -> Vec<String> {
            let areas = queries::areas_at(conn, point(lon, 51.6)).expect("areas");
            areas.into_iter().map(|area| format!("{} {}", area.kind, area.name)).collect()
        };
        assert_eq!(at(-3.01), ["council Riverton", "ward West Bank"]);
        assert_eq!(at(-2.9995), ["council Riverton", "ward West Bank"]);
        assert_eq!(at(-2.9975), ["council Riverton", "ward East Bank"]);
        // 280 m beyond the ward and the council: near enough for a ward, and in no council.
        assert_eq!(at(-2.926), ["ward East Bank"]);
        assert_eq!(at(-2.92), [""; 0]);
    });
}

#[test]
fn without_street_lines_the_gazetteer_names_the_nearest_street() {
    in_database(|conn| {
        load_streets(conn, "streets", STREETS);
        let street = queries::nearest_street(conn, point(-3.0101, 51.6001)).expect("a query").expect("a street");
        assert_eq!(street.name, "Church Road");
        assert!((10.0..16.0).contains(&street.distance_m), "{} m", street.distance_m);
        assert_eq!(queries::nearest_street(conn, point(-3.2, 51.6)).expect("a query"), None);
        let near = queries::streets_near(conn, point(-3.0101, 51.6001), 30).expect("a query");
        assert_eq!(near.len(), 1);
    });
}
