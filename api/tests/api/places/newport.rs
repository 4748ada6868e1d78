//! Real Newport, whole. One load, many questions: it takes some seconds.

use std::path::Path;

use diesel::sql_types::{BigInt, Double, Nullable, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use mendmap::map::streets::street_tile;
use mendmap::places::import::{AreaKind, Counts, Imported, Options, areas, osm, postcodes, streets};
use mendmap::places::queries;
use mendmap_shared::geo::TileXyz;
use mendmap_shared::wire::map::{STREET_TILE_EXTENT, StreetClass};
use mendmap_shared::wire::places::{Place, PlaceKind};

use super::{find, in_database, names, newport, point};
use crate::harness::real_data;

fn load(conn: &mut PgConnection, data: &Path) -> Vec<(&'static str, Counts)> {
    let quiet = Options::quiet();
    let imported: [Imported; 5] = [
        areas(conn, &data.join("boundaries/newport_councils_filled.geojson"), AreaKind::Council, &quiet)
            .expect("councils"),
        areas(conn, &data.join("boundaries/newport_wards_2013_detailed.geojson"), AreaKind::Ward, &quiet)
            .expect("wards"),
        postcodes(conn, &data.join("postcodes/newport_postcodes.csv"), &quiet).expect("postcodes"),
        streets(conn, &data.join("streets/newport_streets.csv"), "streets", &quiet).expect("streets"),
        osm(conn, &data.join("osm/newport.osm.pbf"), "osm", &quiet).expect("OpenStreetMap"),
    ];
    imported.into_iter().flat_map(|imported| imported.parts).collect()
}

#[test]
fn real_newport_loads_whole_twice_and_answers() {
    let Some(data) = real_data() else { return };
    in_database(|conn| {
        let first = load(conn, &data);
        let read: Vec<_> = first.iter().map(|(what, counts)| (*what, counts.read)).collect();
        assert_eq!(read[..4], [("councils", 5), ("wards", 148), ("postcodes", 48_648), ("streets", 1_440)]);
        for (what, counts) in &first {
            assert_eq!((counts.new, counts.refused), (counts.read, 0), "{what}");
        }
        plans(conn);
        for (what, counts) in load(conn, &data) {
            assert_eq!((counts.unchanged, counts.removed), (counts.read, 0), "{what} the second time");
        }
        searches(conn);
        addresses(conn);
        mistakes(conn);
        points(conn);
        tiles(conn);
    });
}

fn searches(conn: &mut PgConnection) {
    let postcode = &find(conn, "NP20 1AA")[0];
    assert_eq!((postcode.kind, postcode.name.as_str()), (PlaceKind::Postcode, "NP20 1AA"));
    assert_eq!(postcode.area.as_deref(), Some("Stow Hill, Newport"));

    let street = "Commercial Street (Stow Hill, Newport)";
    for typed in ["Commercial St", "Comercial Street", "Stryd Fasnachol", "commercial st newport", "commercial stre"] {
        assert_eq!(names(conn, typed).first().map(String::as_str), Some(street), "{typed}");
    }
    // Both the gazetteer and OpenStreetMap have it; there is one of this name in Newport.
    assert_eq!(names(conn, "Commercial Street").iter().filter(|name| *name == street).count(), 1);

    let heol = find(conn, "Heol");
    assert_eq!(heol.len(), 10);
    for place in &heol {
        let both = format!("{} {}", place.name, place.name_alt.as_deref().unwrap_or_default());
        assert!(both.contains("Heol"), "{both}");
    }
    assert_eq!(names(conn, "Casnewydd")[0], "Newport (Stow Hill, Newport)");
    assert_eq!(find(conn, "172 Commercial St")[0].kind, PlaceKind::Address);
    let welsh = &find(conn, "Tŷ-du")[0];
    assert_eq!((welsh.kind, welsh.name.as_str()), (PlaceKind::Locality, "Rogerstone"));
    // Short plus codes are counted from the place named after them.
    assert!(find(conn, "H2M2+MW Newport")[0].location.metres_to(newport()) < 50.0);
}

/// What people write beside the name, and what they look for beside streets.
fn addresses(conn: &mut PgConnection) {
    for (typed, wanted) in [
        ("Malpas", "Malpas"),
        ("Bettws", "Bettws"),
        ("Langstone", "Langstone"),
        ("Torfaen", "Torfaen"),
        ("Cardiff", "Cardiff"),
        ("NP20 1AA, Newport", "NP20 1AA"),
        ("NP20 1AA, UK", "NP20 1AA"),
        ("NP2O 1AA", "NP20 1AA"),
        ("Flat 2, 172 Commercial St", "172 Commercial Street"),
        ("172 Commercial St, Newport, UK", "172 Commercial Street"),
    ] {
        assert_eq!(find(conn, typed).first().map(|place| place.name.as_str()), Some(wanted), "{typed}");
    }
    // Councils and wards are found where no gazetteer knows the name; Newport it does, so there is one of it.
    assert_eq!(find(conn, "Malpas")[0].kind, PlaceKind::Locality);
    let newports = find(conn, "Newport").into_iter().filter(|place| place.kind == PlaceKind::Locality);
    assert_eq!(newports.filter(|place| place.name == "Newport").count(), 1);
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Mistakes in the middle of a street's first word, in so many streets: how many still come first, and how many are among
/// what is offered. Measured, with a little room below.
fn mistakes(conn: &mut PgConnection) {
    let streets: Vec<Name> = sql_query(
        "SELECT name FROM places WHERE kind = 'street' AND NOT shadowed AND name ~ '^[A-Z][a-z]{3,} '
         GROUP BY name ORDER BY md5(name) LIMIT 400",
    )
    .load(conn)
    .expect("streets");
    assert_eq!(streets.len(), 400);
    type Mistake = fn(&mut Vec<char>, usize);
    let table: [(&str, Mistake, usize, usize, usize); 4] = [
        ("two letters swapped", |word, at| word.swap(at, at + 1), 400, 390, 397),
        ("a letter left out", |word, at| word.splice(at..=at, []).for_each(drop), 100, 97, 98),
        ("a letter doubled", |word, at| word.insert(at, word[at]), 100, 97, 98),
        ("another letter", |word, at| word[at] = if word[at] == 'e' { 'r' } else { 'e' }, 100, 95, 98),
    ];
    for (what, make, of, least_first, least_offered) in table {
        let (mut first, mut offered, mut lost) = (0, 0, Vec::new());
        for Name { name } in &streets[..of] {
            let (word, rest) = name.split_once(' ').expect("two words");
            let mut letters: Vec<char> = word.chars().collect();
            let middle = letters.len() / 2 - 1;
            make(&mut letters, middle);
            let typed = format!("{} {rest}", letters.iter().collect::<String>());
            let found = find(conn, &typed);
            let same = |place: &Place| place.name == *name;
            first += usize::from(found.first().is_some_and(same));
            if found.iter().any(same) {
                offered += 1;
            } else {
                lost.push(typed);
            }
        }
        assert!(
            first >= least_first && offered >= least_offered,
            "{what}: {first} first, {offered} offered, not: {lost:?}"
        );
    }
}

#[derive(QueryableByName)]
struct PlanLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// What is asked while somebody types is answered from an index, with as few rows as a town has.
fn plans(conn: &mut PgConnection) {
    let together = |lines: Vec<PlanLine>| lines.into_iter().map(|row| row.line).collect::<Vec<_>>().join("\n");
    for threshold in ["0.45", "0.3"] {
        sql_query(format!("SET pg_trgm.word_similarity_threshold = {threshold}")).execute(conn).expect("a setting");
        let plan = sql_query(concat!("EXPLAIN ", include_str!("../../../src/places/sql/search.sql")))
            .bind::<Text, _>("12 Commercial St")
            .bind::<Text, _>("Commercial St")
            .bind::<Nullable<Text>, _>(Some("12"))
            .bind::<Nullable<Text>, _>(None::<&str>)
            .bind::<Double, _>(-2.9977)
            .bind::<Double, _>(51.5842)
            .bind::<BigInt, _>(10)
            .bind::<BigInt, _>(60)
            .load(conn)
            .map(together)
            .expect("a plan");
        assert!(plan.contains("places_form_idx") && plan.contains("places_address_idx"), "{threshold}: {plan}");
    }
    let plan = sql_query(concat!("EXPLAIN ", include_str!("../../../src/places/sql/nearest_street.sql")))
        .bind::<Double, _>(-2.9977)
        .bind::<Double, _>(51.5842)
        .bind::<Double, _>(500.0)
        .load(conn)
        .map(together)
        .expect("a plan");
    assert_eq!(plan.matches("street_lines_named_geom_idx").count(), 2, "{plan}");
    let plan = sql_query(concat!("EXPLAIN ", include_str!("../../../src/places/sql/postcodes.sql")))
        .bind::<Text, _>("NP201AA")
        .bind::<Nullable<Text>, _>(None::<&str>)
        .bind::<Double, _>(-2.9977)
        .bind::<Double, _>(51.5842)
        .bind::<BigInt, _>(1)
        .load(conn)
        .map(together)
        .expect("a plan");
    assert!(plan.contains("postcodes_pkey"), "{plan}");
}

fn points(conn: &mut PgConnection) {
    // On the road over the Usk: in no ward, and in Newport.
    let bridge = point(-2.993_8, 51.590_5);
    let areas = queries::areas_at(conn, bridge).expect("areas");
    let kinds: Vec<_> = areas.iter().map(|area| area.kind.as_str()).collect();
    assert_eq!(kinds, ["council", "ward"]);
    assert_eq!((areas[0].name.as_str(), areas[0].name_alt.as_deref()), ("Newport", Some("Casnewydd")));
    let street = queries::nearest_street(conn, bridge).expect("a query").expect("a street");
    assert_eq!(street.name, "Newport Bridge");

    let cwmbran = queries::areas_at(conn, point(-3.0237, 51.6536)).expect("areas");
    assert_eq!(cwmbran[0].name, "Torfaen");

    let shop = point(-2.994_34, 51.585_19);
    let street = queries::nearest_street(conn, shop).expect("a query").expect("a street");
    assert_eq!((street.name.as_str(), street.name_alt.as_deref()), ("Commercial Street", Some("Stryd Fasnachol")));
    let near = queries::streets_near(conn, shop, queries::STREETS_NEAR).expect("a query");
    assert_eq!(near.len(), 30);
    assert!(near.is_sorted_by(|a, b| a.distance_m <= b.distance_m));
    assert_eq!(near[0].name, "Commercial Street");
}

fn tiles(conn: &mut PgConnection) {
    let mut tile =
        |z: u8| street_tile(conn, TileXyz::containing(newport(), z).expect("a tile")).expect("a query").streets;
    let has = |lines: &[mendmap_shared::wire::map::StreetLine], class| lines.iter().any(|line| line.class == class);
    for z in [10, 13, 15] {
        let lines = tile(z);
        assert!(has(&lines, StreetClass::Main), "{z}");
        assert_eq!(has(&lines, StreetClass::Minor), z >= 13, "{z}");
        assert_eq!(has(&lines, StreetClass::Path), z >= 15, "{z}");
        assert_eq!(lines.iter().any(|line| line.name.is_some()), z >= 15, "{z}");
        for line in &lines {
            assert!(line.points.len() >= 4 && line.points.len() % 2 == 0);
            assert!(
                line.points.iter().all(|at| (-64..=STREET_TILE_EXTENT + 64).contains(at)),
                "{z}: {:?}",
                line.points
            );
        }
    }
    let at_sea = TileXyz::containing(point(-10.0, 50.0), 14).expect("a tile");
    assert!(street_tile(conn, at_sea).expect("a query").streets.is_empty());
}
