//! What the importers take, change, remove and refuse.

use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use mendmap::places::import::{AreaKind, Counts, ImportError, Options, areas, osm, postcodes, streets};
use mendmap::site::queries::credits;
use mendmap_shared::wire::places::PlaceKind;

use super::{file, find, in_database, load_areas, load_postcodes, load_streets, names, point, street_file};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(conn: &mut PgConnection, table: &str) -> i64 {
    sql_query(format!("SELECT count(*) FROM {table}")).get_result::<Count>(conn).expect("counts").count
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    in_database(|conn| {
        load_areas(conn);
        let rows = "High Street,Stryd Fawr,residential,51.60,-3.01\nMill Lane,,service,51.61,-3.02";
        let first = load_streets(conn, "streets", rows);
        assert_eq!(first.parts[0].1, Counts { read: 2, new: 2, ..Counts::default() });
        let again = load_streets(conn, "streets", rows);
        assert_eq!(again.parts[0].1, Counts { read: 2, unchanged: 2, ..Counts::default() });
        assert!(again.changed_nothing());
    });
}

#[test]
fn a_newer_file_changes_adds_and_removes() {
    in_database(|conn| {
        load_streets(conn, "streets", "High Street,,,51.60,-3.01\nMill Lane,,,51.61,-3.02\nOld Road,,,51.62,-3.02");
        let newer = load_streets(
            conn,
            "streets",
            "High Street,Stryd Fawr,,51.60,-3.01\nMill Lane,,,51.61,-3.02\nNew Road,,,51.62,-3.03",
        );
        let counts = Counts { read: 3, new: 1, changed: 1, unchanged: 1, removed: 1, refused: 0 };
        assert_eq!(newer.parts[0].1, counts);
        assert!(!names(conn, "Old Road").contains(&"Old Road".to_owned()));
        assert_eq!(names(conn, "New Road")[0], "New Road");
    });
}

#[test]
fn a_file_that_would_remove_most_of_what_is_there_is_refused_unless_told_to() {
    in_database(|conn| {
        load_streets(conn, "streets", "High Street,,,51.60,-3.01\nMill Lane,,,51.61,-3.02\nOld Road,,,51.62,-3.02");
        let other_town = street_file("Old Road,,,51.62,-3.02\nElsewhere,,,52.0,-1.0");
        let refused = streets(conn, other_town.path(), "streets", &Options::quiet()).expect_err("refused").to_string();
        assert!(refused.contains("lacks 2 of the 3 streets") && refused.contains("\"streets\""), "{refused}");
        assert!(refused.contains("--source") && refused.contains("--replace"), "{refused}");
        assert_eq!(count(conn, "places"), 3);

        streets(conn, other_town.path(), "elsewhere", &Options::quiet()).expect("a source of its own");
        assert_eq!(count(conn, "places"), 5);
        let replace = Options { replace: true, ..Options::quiet() };
        let replaced = streets(conn, other_town.path(), "streets", &replace).expect("told to");
        assert_eq!(replaced.parts[0].1.removed, 2);
    });
}

#[test]
fn a_file_without_rows_is_refused_and_removes_nothing() {
    in_database(|conn| {
        load_streets(conn, "streets", "High Street,,,51.60,-3.01");
        load_postcodes(conn, "NP20 1AA,51.590,-2.997");
        let everything = Options { replace: true, skip_bad: true, ..Options::quiet() };
        let no_streets = file("name,latitude,longitude\n,51.6,-3.0\n");
        let no_postcodes = file("postcode,latitude,longitude\n");
        let no_areas = file(r#"{"type":"FeatureCollection","features":[]}"#);
        let told = [
            streets(conn, no_streets.path(), "streets", &everything).expect_err("no streets"),
            postcodes(conn, no_postcodes.path(), &everything).expect_err("no postcodes"),
            areas(conn, no_areas.path(), AreaKind::Ward, &everything).expect_err("no areas"),
        ];
        for error in told {
            assert!(error.to_string().contains("no row that can be taken"), "{error}");
        }
        assert_eq!(count(conn, "places") + count(conn, "postcodes"), 2);
    });
}

#[test]
fn a_character_the_database_cannot_hold_is_named_by_its_line() {
    in_database(|conn| {
        let bad = file("name,latitude,longitude\nHigh Street,51.6,-3.0\nMill\0Lane,51.6,-3.1\n");
        let error = streets(conn, bad.path(), "streets", &Options::quiet()).expect_err("refused").to_string();
        assert!(error.contains("line 3: it holds a NUL character"), "{error}");
        let bad = file(
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"gss":"A","name":"A\u0000B"},
            "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0]]]}}]}"#,
        );
        let error = areas(conn, bad.path(), AreaKind::Ward, &Options::quiet()).expect_err("refused").to_string();
        assert!(error.contains("feature 1: it has no name"), "{error}");
    });
}

#[test]
fn a_council_or_ward_is_found_by_its_name_unless_a_gazetteer_has_a_place_of_that_name_in_it() {
    in_database(|conn| {
        load_areas(conn);
        assert_eq!(names(conn, "West Bank"), ["West Bank (West Bank, Riverton)", "East Bank (East Bank, Riverton)"]);
        assert_eq!(find(conn, "riverton")[0].kind, PlaceKind::Locality);
        sql_query(
            "INSERT INTO places (kind, name, location, source, source_key)
             VALUES ('locality', 'West Bank', ST_SetSRID(ST_MakePoint(-3.06, 51.64), 4326), 'gazetteer', '1')",
        )
        .execute(conn)
        .expect("a place");
        load_streets(conn, "streets", "High Street,,,51.60,-3.01");
        let shown = find(conn, "West Bank");
        let west: Vec<_> = shown.iter().filter(|place| place.name == "West Bank").collect();
        assert_eq!(west.len(), 1);
        assert!(west[0].location.metres_to(point(-3.06, 51.64)) < 1.0);
    });
}

#[test]
fn whom_places_credit_is_remembered_with_them() {
    in_database(|conn| {
        let credited = |conn: &mut PgConnection, text: Option<&str>| {
            let options = Options { attribution: text.map(str::to_owned), ..Options::quiet() };
            streets(conn, street_file("High Street,,,51.60,-3.01").path(), "streets", &options).expect("streets");
            credits(conn).expect("credits")
        };
        assert_eq!(credited(conn, None), []);
        let known = [("streets/streets".to_owned(), "© Somebody".to_owned())];
        assert_eq!(credited(conn, Some("© Somebody")), known);
        assert_eq!(credited(conn, None), known, "a later import that says nothing changes nothing");
    });
}

#[test]
fn one_gazetteer_leaves_the_streets_of_another_alone() {
    in_database(|conn| {
        load_streets(conn, "north", "High Street,,,51.64,-3.01");
        let south = load_streets(conn, "south", "Low Street,,,51.56,-3.01");
        assert_eq!(south.parts[0].1.removed, 0);
        assert_eq!(count(conn, "places"), 2);
    });
}

#[test]
fn a_bad_row_is_named_by_its_line_and_nothing_is_written() {
    in_database(|conn| {
        let text = "name,latitude,longitude\nHigh Street,51.6,-3.0\n\"Two\nLines\",51.6,-3.1\n,51.6,-3.0\nFar Away,151.6,-3.0\n\
                    Nowhere,north,-3.0\nShort,51.6\nHigh Street,51.6,-3.0\n";
        let bad = file(text);
        let error = streets(conn, bad.path(), "streets", &Options::quiet()).expect_err("refused");
        let ImportError::BadRows { rows, .. } = &error else { panic!("bad rows, not {error}") };
        let told: Vec<String> = rows.first.iter().map(|row| format!("{}: {}", row.place, row.reason)).collect();
        assert_eq!(
            told,
            [
                "line 5: there is no name",
                "line 6: latitude must be between -90 and 90",
                "line 7: the latitude \"north\" is not a number",
                "line 8: it has 2 fields, the first line has 3",
                "line 9: the same street stands on line 2 already",
            ]
        );
        assert!(error.to_string().contains("nothing was written"));
        assert_eq!(count(conn, "places"), 0);
    });
}

#[test]
fn bad_rows_are_left_out_and_counted_on_request() {
    in_database(|conn| {
        let bad = file("postcode,latitude,longitude\nNP20 1AA,51.58973,-2.99732\nNP20 1AB,,\n?,51.5,-3.0\n");
        let options = Options { skip_bad: true, ..Options::quiet() };
        let imported = postcodes(conn, bad.path(), &options).expect("imported");
        assert_eq!(imported.parts[0].1, Counts { read: 3, new: 1, refused: 2, ..Counts::default() });
        assert!(imported.to_string().contains("line 3: there is no latitude"));
        assert_eq!(find(conn, "np201aa").len(), 1);
    });
}

#[test]
fn a_bad_feature_is_named_by_its_number() {
    in_database(|conn| {
        let bow_tie = r#"{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}"#;
        let bad = file(&format!(
            r#"{{"type":"FeatureCollection","features":[
                {{"type":"Feature","properties":{{"gss":"A","name":"A"}},"geometry":{bow_tie}}},
                {{"type":"Feature","properties":{{"name":"No code"}},"geometry":null}},
                {{"type":"Feature","properties":{{"gss":"C","name":"C"}},"geometry":{{"type":"Point","coordinates":[0,0]}}}},
                {{"type":"Nonsense"}}]}}"#
        ));
        let error = areas(conn, bad.path(), AreaKind::Ward, &Options::quiet()).expect_err("refused").to_string();
        for told in [
            "feature 1: its outline is not valid",
            "feature 2: it has no code",
            "feature 3: its outline is no polygon",
            "feature 4: it is no feature",
        ] {
            assert!(error.contains(told), "{told} in {error}");
        }
        assert_eq!(count(conn, "areas"), 0);
    });
}

#[test]
fn a_file_of_another_kind_is_refused_in_one_line() {
    in_database(|conn| {
        let text = file("this is\nno such file\n");
        let quiet = Options::quiet();
        let told = [
            areas(conn, text.path(), AreaKind::Ward, &quiet).expect_err("no GeoJSON").to_string(),
            postcodes(conn, text.path(), &quiet).expect_err("no postcodes").to_string(),
            osm(conn, text.path(), "osm", &quiet).expect_err("no OpenStreetMap").to_string(),
            streets(conn, "/no/such/file".as_ref(), "streets", &quiet).expect_err("no file").to_string(),
        ];
        for line in told {
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    });
}

#[test]
fn areas_are_changed_and_never_removed() {
    in_database(|conn| {
        load_areas(conn);
        let renamed = file(
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"gss":"W1","name":"West Shore"},
            "geometry":{"type":"Polygon","coordinates":[[[-3.07,51.55],[-3.0,51.55],[-3.0,51.65],[-3.07,51.55]]]}}]}"#,
        );
        let imported = areas(conn, renamed.path(), AreaKind::Ward, &Options::quiet()).expect("imported");
        assert_eq!(imported.parts[0].1, Counts { read: 1, changed: 1, ..Counts::default() });
        assert_eq!(count(conn, "areas"), 3);
    });
}

#[test]
fn places_are_told_their_areas_whichever_is_imported_first() {
    in_database(|conn| {
        load_streets(conn, "streets", "High Street,,,51.60,-3.01");
        load_postcodes(conn, "NP20 1AA,51.60,-2.99");
        assert_eq!(names(conn, "High Street"), ["High Street"]);
        load_areas(conn);
        assert_eq!(names(conn, "High Street"), ["High Street (West Bank, Riverton)"]);
        assert_eq!(names(conn, "NP20 1AA"), ["NP20 1AA (East Bank, Riverton)"]);
        load_streets(conn, "streets", "High Street,,,51.60,-3.01\nMill Lane,,,51.60,-2.99");
        assert_eq!(names(conn, "Mill Lane"), ["Mill Lane (East Bank, Riverton)"]);
    });
}

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Shown {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    source: String,
}

#[test]
fn a_street_of_two_sources_is_shown_once_whichever_came_first() {
    // The same street 100 m apart, the fuller one in "b"; a street of the same name 2 km away stays its own.
    let a = "High Street,,,51.600,-3.010\nHigh St.,,,51.620,-3.010";
    let b = "HIGH STREET,Stryd Fawr,,51.601,-3.010";
    for order in [[("a", a), ("b", b)], [("b", b), ("a", a)]] {
        in_database(|conn| {
            for (source, rows) in order {
                load_streets(conn, source, rows);
            }
            let shown: Vec<Shown> = sql_query("SELECT name, source FROM places WHERE NOT shadowed ORDER BY source")
                .load(conn)
                .expect("rows");
            let shown: Vec<_> = shown.iter().map(|row| (row.name.as_str(), row.source.as_str())).collect();
            assert_eq!(shown, [("High St.", "a"), ("HIGH STREET", "b")]);
            assert_eq!(find(conn, "high street").len(), 2);

            // Without the fuller one, the other is shown again.
            let without = street_file("Elsewhere,,,51.7,-3.0");
            let replace = Options { replace: true, ..Options::quiet() };
            streets(conn, without.path(), "b", &replace).expect("streets");
            assert_eq!(find(conn, "high street").iter().filter(|place| place.name.starts_with("High")).count(), 2);
        });
    }
}
