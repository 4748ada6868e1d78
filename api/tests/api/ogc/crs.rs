//! Part 2: coordinate reference systems.

use serde_json::{Value, json};

use super::{expected, features, get, ids, query, start};

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

fn first_point(answer: &crate::harness::Answer) -> (f64, f64) {
    let point = &features(answer)[0]["geometry"]["coordinates"];
    (point[0].as_f64().unwrap(), point[1].as_f64().unwrap())
}

#[actix_web::test]
async fn each_system_has_its_own_coordinates_and_order_and_says_which_it_is() {
    let app = start().await;
    let plain = get(&app, "/collections/reports/items?limit=1").await;
    assert_eq!(plain.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    let (lon, lat) = first_point(&plain);
    for (code, expected) in
        [("4326", (lat, lon)), ("27700", (325_000.0, 179_000.0)), ("3857", (-343_640.0, 6_713_600.0))]
    {
        let page = get(&app, &format!("/collections/reports/items?limit=1&crs={EPSG}{code}")).await;
        assert_eq!(page.header("content-crs"), format!("<{EPSG}{code}>"));
        let (first, second) = first_point(&page);
        let slack = if code == "4326" { 1e-9 } else { 1_500.0 };
        assert!((first - expected.0).abs() < slack && (second - expected.1).abs() < slack, "{code}: {first} {second}");
        let item = get(&app, &format!("/collections/reports/items/1?crs={EPSG}{code}")).await;
        assert_eq!(item.body["geometry"], features(&page)[0]["geometry"]);
        assert_eq!(item.header("content-crs"), format!("<{EPSG}{code}>"));
    }
    let grid = get(&app, &format!("/collections/reports/items?crs={EPSG}27700")).await;
    for feature in features(&grid) {
        let (point, told) = (&feature["geometry"]["coordinates"], &feature["properties"]);
        assert_eq!(point[0].as_f64(), told["easting"].as_f64(), "as its properties say");
        assert_eq!(point[1].as_f64(), told["northing"].as_f64());
    }
}

#[actix_web::test]
async fn lines_and_outlines_are_brought_over_too() {
    let app = start().await;
    for (id, depth) in [("areas", 3), ("bodies", 3), ("streets", 1)] {
        let page = get(&app, &format!("/collections/{id}/items?crs={EPSG}27700")).await;
        let mut coordinates = &features(&page)[0]["geometry"]["coordinates"];
        for _ in 0..depth {
            coordinates = &coordinates[0];
        }
        let (east, north) = (coordinates[0].as_f64().unwrap(), coordinates[1].as_f64().unwrap());
        assert!(
            (320_000.0..340_000.0).contains(&east) && (175_000.0..205_000.0).contains(&north),
            "{id}: {coordinates}"
        );
    }
}

#[actix_web::test]
async fn what_lies_beyond_the_national_grid_has_no_place_on_it() {
    let app = start().await;
    app.sql("UPDATE reports SET location = ST_SetSRID(ST_MakePoint(13.4, 52.5), 4326) WHERE id = 1");
    let page = get(&app, &format!("/collections/reports/items/1?crs={EPSG}27700")).await;
    assert_eq!(page.body["geometry"], Value::Null);
    assert_eq!(page.body["properties"]["easting"], Value::Null);
    let page = get(&app, "/collections/reports/items/1").await;
    assert_eq!(page.body["geometry"]["coordinates"], json!([13.4, 52.5]));
}

#[actix_web::test]
async fn a_box_means_what_its_system_says() {
    let app = start().await;
    let west = "ST_X(location) BETWEEN -3.05 AND -2.99";
    for (bbox, code) in [("51.5,-3.05,51.6,-2.99", "4326"), ("-339524.44,6700000,-332845.32,6730000", "3857")] {
        let page = get(&app, &format!("/collections/reports/items?bbox={bbox}&bbox-crs={EPSG}{code}")).await;
        assert_eq!(ids(&page), expected(&app, west), "{code}");
    }
    // The National Grid's boxes are crooked in degrees: told by the eastings and northings that are told.
    let all = get(&app, "/collections/reports/items").await;
    for (west, south, east, north) in
        [(325_000.0, 180_000.0, 331_000.0, 186_000.0), (0.0, 0.0, 329_000.5, 1_300_000.0), (-1e6, -1e6, 2e6, 182_345.6)]
    {
        let inside = |feature: &&Value| {
            let number = |name: &str| feature["properties"][name].as_f64().unwrap();
            (west..=east).contains(&number("easting")) && (south..=north).contains(&number("northing"))
        };
        let wanted: Vec<i64> =
            features(&all).iter().filter(inside).map(|feature| feature["id"].as_i64().unwrap()).collect();
        assert!(!wanted.is_empty() && wanted.len() < 60);
        let page =
            get(&app, &format!("/collections/reports/items?bbox={west},{south},{east},{north}&bbox-crs={EPSG}27700"))
                .await;
        assert_eq!(ids(&page), wanted, "{west} {south} {east} {north}");
    }
    let beyond = get(&app, &format!("/collections/reports/items?bbox=-9e5,-9e5,-8e5,-8e5&bbox-crs={EPSG}27700")).await;
    assert!(ids(&beyond).is_empty());
}

#[actix_web::test]
async fn a_drawn_polygon_means_what_its_system_says() {
    let app = start().await;
    let all = get(&app, "/collections/reports/items").await;
    let inside = |feature: &&Value| {
        let number = |name: &str| feature["properties"][name].as_f64().unwrap();
        (325_000.0..=331_000.0).contains(&number("easting")) && (180_000.0..=186_000.0).contains(&number("northing"))
    };
    let wanted: Vec<i64> =
        features(&all).iter().filter(inside).map(|feature| feature["id"].as_i64().unwrap()).collect();
    let polygon =
        "s_within(geometry, POLYGON((325000 180000, 331000 180000, 331000 186000, 325000 186000, 325000 180000)))";
    let asked = query(&[("filter", polygon), ("filter-crs", &format!("{EPSG}27700"))]);
    assert_eq!(ids(&get(&app, &format!("/collections/reports/items?{asked}")).await), wanted);
    let asked = query(&[
        ("filter", "s_intersects(geometry, BBOX(51.5, -3.05, 51.6, -2.99))"),
        ("filter-crs", &format!("{EPSG}4326")),
    ]);
    assert_eq!(
        ids(&get(&app, &format!("/collections/reports/items?{asked}")).await),
        expected(&app, "ST_X(location) BETWEEN -3.05 AND -2.99")
    );
}
