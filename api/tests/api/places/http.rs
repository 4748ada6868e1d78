//! Places over HTTP: answers, caching, errors.

use mendmap_shared::geo::TileXyz;
use reqwest::{Method, StatusCode};

use super::{load_areas, load_streets, point};
use crate::harness::TestApp;

#[actix_web::test]
async fn a_search_answers_and_is_not_sent_twice() {
    let app = TestApp::start().await;
    load_streets(&mut app.conn(), "streets", "Commercial Street,Stryd Fasnachol,primary,51.585,-2.994");
    let answer = app.get("/places?q=commercial%20st").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["places"][0]["name"], "Commercial Street");
    assert_eq!(answer.body["places"][0]["name_alt"], "Stryd Fasnachol");
    assert_eq!(answer.body["places"][0]["kind"], "street");

    let first = app.request(Method::GET, "/places?q=commercial%20st").send().await.expect("an answer");
    let tag = first.headers()["etag"].clone();
    let again = app.request(Method::GET, "/places?q=commercial%20st").header("If-None-Match", tag).send().await;
    assert_eq!(again.expect("an answer").status(), StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn a_parameter_that_is_missing_or_wrong_is_named() {
    let app = TestApp::start().await;
    let long = format!("/places?q={}", "x".repeat(201));
    for (path, field) in [
        ("/places", "q"),
        ("/places?q=%20", "q"),
        (long.as_str(), "q"),
        ("/places?q=a&lon=x&lat=1", "lon"),
        ("/places/reverse?lat=51.5", "lon"),
        ("/places/reverse?lon=1&lat=91", "lat"),
        ("/places/streets?lon=181&lat=1", "lon"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.body["error"]["fields"].get(field).is_some(), "{path}: {}", answer.body);
    }
}

#[actix_web::test]
async fn the_nearest_street_comes_with_the_areas_largest_first() {
    let app = TestApp::start().await;
    load_areas(&mut app.conn());
    load_streets(&mut app.conn(), "streets", "High Street,,,51.600,-3.010\nMill Lane,,,51.601,-3.010");
    let here = app.get("/places/reverse?lon=-3.0101&lat=51.6001").await.body;
    assert_eq!(here["street"]["name"], "High Street");
    assert_eq!(here["areas"][0]["kind"], "council");
    assert_eq!(here["areas"][1]["name"], "West Bank");
    let nowhere = app.get("/places/reverse?lon=10&lat=10").await.body;
    assert!(nowhere["street"].is_null());
    assert_eq!(nowhere["areas"].as_array().map(Vec::len), Some(0));

    let near = app.get("/places/streets?lon=-3.0101&lat=51.6001").await.body;
    let names: Vec<_> =
        near["streets"].as_array().expect("a list").iter().map(|street| street["name"].clone()).collect();
    assert_eq!(names, ["High Street", "Mill Lane"]);
}

#[actix_web::test]
async fn a_tile_of_streets_may_be_kept_an_hour_and_an_empty_one_says_so() {
    let app = TestApp::start().await;
    // Around the middle of a tile, so that nothing touches its neighbours.
    let middle = TileXyz::containing(point(-3.01, 51.6), 15).expect("a tile").bbox().centre();
    let (lon, lat) = (middle.lon(), middle.lat());
    let at = |east: f64, north: f64| format!("{} {}", lon + east / 1e3, lat + north / 1e3);
    app.sql(&format!(
        "INSERT INTO street_lines (class, name, geom, source, source_key) VALUES
         ('main', 'High Street', 'SRID=4326;LINESTRING({west}, {bend})', 'test', '1'),
         ('main', 'High Street', 'SRID=4326;LINESTRING({bend}, {east})', 'test', '2'),
         ('path', NULL, 'SRID=4326;LINESTRING({bend}, {north})', 'test', '3')",
        west = at(-1.0, 0.0),
        bend = at(0.0, 0.5),
        east = at(1.0, 0.0),
        north = at(0.0, 1.0),
    ));
    let path = |z: u8| {
        let tile = TileXyz::containing(middle, z).expect("a tile");
        format!("/map/streets/{z}/{}/{}.json", tile.x(), tile.y())
    };
    let answer = app.request(Method::GET, &path(15)).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "public, max-age=3600, stale-while-revalidate=86400");
    assert!(answer.headers().contains_key("etag"));
    // Two lines that touch are one, drawn above the path.
    let tile = app.get(&path(15)).await.body;
    let lines: Vec<_> =
        tile["streets"].as_array().expect("lines").iter().map(|line| (&line["class"], &line["name"])).collect();
    assert_eq!(lines, [(&"path".into(), &serde_json::Value::Null), (&"main".into(), &"High Street".into())]);
    let tile = app.get(&path(13)).await.body;
    assert_eq!(tile["streets"].as_array().map(Vec::len), Some(1));
    assert!(tile["streets"][0].get("name").is_none());

    let empty = app.request(Method::GET, "/map/streets/15/0/0.json").send().await.expect("an answer");
    assert_eq!(empty.status(), StatusCode::NO_CONTENT);
    assert_eq!(empty.headers()["cache-control"], "public, max-age=3600, stale-while-revalidate=86400");
    assert_eq!(app.get("/map/streets/9/1/1.json").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/map/streets/12/4096/0.json").await.status, StatusCode::BAD_REQUEST);
}
