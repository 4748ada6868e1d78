//! Tiles by HTTP: what they hold, how they are asked for, how long they may be kept.

use geo_types::Geometry;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::wire::map::{Cluster, MapTile};
use mvt_reader::Reader;
use mvt_reader::feature::Feature;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::harness::TestApp;

/// Reports in a row along a street, two of them on one spot far off.
const REPORTS: &str = "
    INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, status, fixed_by)
    SELECT ST_SetSRID(ST_MakePoint(-2.9977 + n * 0.00002, 51.5842), 4326), 'Report ' || n, 'd', 'potholes', 'Potholes', 'Roads & paths',
           'published', CASE WHEN n % 3 = 0 THEN 'fixed' ELSE 'open' END, CASE WHEN n % 3 = 0 THEN 'body' END
    FROM generate_series(1, 150) AS n
    UNION ALL
    SELECT ST_SetSRID(ST_MakePoint(-3.4, 51.6), 4326), 'Alone', 'd', 'lamps', 'Lamps', 'Lighting', 'published', 'closed', NULL";

fn tile_at(lon: f64, lat: f64, zoom: u8) -> String {
    let tile = TileXyz::containing(LonLat::new(lon, lat).expect("a place"), zoom).expect("a tile");
    format!("{}/{}/{}", tile.z(), tile.x(), tile.y())
}

async fn tile(app: &TestApp, at: &str, query: &str) -> MapTile {
    let answer = app.get(&format!("/map/{at}.json{query}")).await.expect(StatusCode::OK);
    serde_json::from_slice(&answer.bytes).expect("a tile")
}

#[actix_web::test]
async fn a_crowd_is_counted_a_few_are_pins_and_near_enough_all_are() {
    let app = TestApp::start().await;
    app.sql(REPORTS);
    let far = tile(&app, &tile_at(-2.9977, 51.5842, 8), "").await;
    assert_eq!(far.clusters.iter().map(|cluster| cluster.total()).sum::<i64>(), 150);
    assert_eq!((far.clusters[0].open, far.clusters[0].fixed, far.clusters[0].closed), (100, 50, 0));
    // Somebody alone in the cell is a pin with all that a pin tells, also from afar.
    assert_eq!(far.pins.len(), 1);
    assert_eq!((far.pins[0].title.as_str(), far.pins[0].category.as_str()), ("Alone", "Lamps"));
    let near = tile(&app, &tile_at(-2.9977, 51.5842, 14), "").await;
    assert!(near.pins.is_empty() && !near.clusters.is_empty());
    let fixed = tile(&app, &tile_at(-2.9977, 51.5842, 14), "?status=fixed").await;
    assert_eq!((fixed.pins.len(), fixed.clusters.len()), (50, 0));
    let all = tile(&app, &tile_at(-2.9967, 51.5842, 19), "").await;
    assert!(all.clusters.is_empty() && all.pins.len() > 10);
}

/// Where this place stands in a tile of 4096 units, by the formula of the Web Mercator map.
fn units(at: &str, place: LonLat) -> (f64, f64) {
    let at: Vec<f64> = at.split('/').map(|part| part.parse().expect("a number")).collect();
    let across = place.lon() / 360.0 + 0.5;
    let down = 0.5 - place.lat().to_radians().tan().asinh() / std::f64::consts::TAU;
    let size = at[0].exp2();
    ((across * size - at[1]) * 4096.0, (down * size - at[2]) * 4096.0)
}

/// Whether a feature of a tile stands at this place.
fn stands(feature: &Feature, at: &str, place: LonLat) -> bool {
    // The decoder takes any points for several, also where there is one.
    let Geometry::MultiPoint(points) = &feature.geometry else { panic!("{:?} is no point", feature.geometry) };
    let [point] = points.0[..] else { panic!("{points:?} is not one point") };
    let (x, y) = units(at, place);
    (f64::from(point.x()) - x).abs() <= 1.0 && (f64::from(point.y()) - y).abs() <= 1.0
}

#[actix_web::test]
async fn vector_tiles_say_the_same_to_a_decoder_that_knows_nothing_of_us() {
    let app = TestApp::start().await;
    app.sql(REPORTS);
    for (zoom, query) in [(9, ""), (14, ""), (14, "?status=fixed"), (19, "")] {
        let at = tile_at(-2.9967, 51.5842, zoom);
        let mut shown = tile(&app, &at, query).await;
        assert!(!shown.pins.is_empty() || !shown.clusters.is_empty());
        let answer = app.get(&format!("/map/{at}.mvt{query}")).await.expect(StatusCode::OK);
        assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
        let reader = Reader::new(answer.bytes).expect("a vector tile");
        let layers = reader.get_layer_metadata().expect("layers");
        assert!(layers.iter().all(|layer| layer.version == 2 && layer.extent == 4096));
        for layer in &layers {
            for feature in reader.get_features(layer.layer_index).expect("features") {
                let properties = feature.properties.as_ref().expect("properties");
                let number = |name: &str| match properties[name] {
                    mvt_reader::feature::Value::Int(n) => n,
                    ref other => panic!("{name} is {other:?}"),
                };
                if layer.name == "clusters" {
                    assert_eq!(number("count"), number("open") + number("fixed") + number("closed"));
                    let numbers = (number("open"), number("fixed"), number("closed"));
                    let is_it = |cluster: &Cluster| {
                        (cluster.open, cluster.fixed, cluster.closed) == numbers
                            && stands(&feature, &at, cluster.location)
                    };
                    let place = shown.clusters.iter().position(is_it);
                    shown.clusters.swap_remove(place.expect("a cluster of the tile, at its place"));
                } else {
                    assert_eq!(layer.name, "reports");
                    let place = shown.pins.iter().position(|pin| pin.id == number("id"));
                    let pin = shown.pins.swap_remove(place.expect("a pin of the tile"));
                    assert!(stands(&feature, &at, pin.location), "{pin:?} is at {:?}", feature.geometry);
                    assert_eq!(feature.id, Some(pin.id.unsigned_abs()));
                    let text = |name: &str| match &properties[name] {
                        mvt_reader::feature::Value::String(text) => text.clone(),
                        other => panic!("{name} is {other:?}"),
                    };
                    assert_eq!((text("title"), text("category")), (pin.title, pin.category));
                    assert_eq!(text("status_group"), pin.status_group.as_str());
                }
            }
        }
        assert!(shown.pins.is_empty() && shown.clusters.is_empty(), "{at}{query} lacks {shown:?}");
    }
}

#[actix_web::test]
async fn one_view_has_one_address_and_others_lead_to_it_or_are_refused() {
    let app = TestApp::start().await;
    app.sql(REPORTS);
    let at = tile_at(-2.9977, 51.5842, 14);
    let client = Client::builder().redirect(Policy::none()).build().expect("a client");
    for (asked, written) in [
        ("?category=potholes&status=open", "?status=open&category=potholes"),
        ("?status=fixed,open", "?status=open,fixed"),
        ("?status=open%2Cfixed", "?status=open,fixed"),
        ("?status=open,fixed,closed", ""),
        ("?category=Roads+%26+paths", "?category=Roads%20%26%20paths"),
        ("?category=%70otholes", "?category=potholes"),
        ("?body=", ""),
        ("?age=3&status=", "?age=3"),
        ("?body=Newport", "?body=newport"),
    ] {
        let answer =
            client.get(format!("{}/api/v1/map/{at}.json{asked}", app.address)).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{asked}");
        assert_eq!(answer.headers()["location"], format!("/api/v1/map/{at}.json{written}"), "{asked}");
        let end = client.get(format!("{}/api/v1/map/{at}.json{written}", app.address)).send().await.expect("an answer");
        assert!(end.status() == StatusCode::OK || end.status() == StatusCode::NO_CONTENT, "{written}");
    }
    for asked in [
        "?sort=newest",
        "?x=1",
        "?status=investigating",
        "?age=2",
        "?status=open&status=fixed",
        "?category=%00",
        "?body=a%20b",
    ] {
        let answer = app.get(&format!("/map/{at}.json{asked}")).await.expect_error(ErrorCode::InvalidRequest);
        let name = asked.trim_start_matches('?').split('=').next().expect("a name");
        assert!(answer.body["error"]["fields"][name].is_object(), "{asked}: {}", answer.body);
    }
}

#[actix_web::test]
async fn what_is_no_tile_is_refused_and_an_empty_one_has_no_body() {
    let app = TestApp::start().await;
    for at in ["21/0/0", "3/8/0", "3/0/8", "-1/0/0", "300/0/0", "x/0/0", "3/0/y", "3/0.5/0", "3/99999999999/0"] {
        for kind in ["json", "mvt"] {
            app.get(&format!("/map/{at}.{kind}")).await.expect_error(ErrorCode::InvalidRequest);
        }
    }
    for address in ["/map/0/0/0.json", "/map/20/1048575/1048575.mvt", "/map/14/8055/5453.json?body=nobody"] {
        let answer = app.get(address).await.expect(StatusCode::NO_CONTENT);
        assert!(answer.bytes.is_empty());
        assert!(answer.header("cache-control").contains("s-maxage=3"));
    }
}

#[actix_web::test]
async fn a_tile_that_is_known_is_not_sent_again_until_it_changes() {
    let app = TestApp::start().await;
    app.sql(REPORTS);
    let address = format!("/map/{}.json", tile_at(-2.9977, 51.5842, 12));
    let first = app.get(&address).await.expect(StatusCode::OK);
    let keep = first.header("cache-control");
    assert!(keep.contains("s-maxage=") && keep.contains("stale-while-revalidate="), "{keep}");
    let again = |tag: String| app.request(reqwest::Method::GET, &address).header("If-None-Match", tag).send();
    let tag = first.header("etag").to_owned();
    assert_eq!(again(tag.clone()).await.expect("an answer").status(), StatusCode::NOT_MODIFIED);
    app.sql("UPDATE reports SET visibility = 'hidden' WHERE title = 'Report 7'");
    let changed = again(tag).await.expect("an answer");
    assert_eq!(changed.status(), StatusCode::OK);
    let shown: MapTile = changed.json().await.expect("a tile");
    assert_eq!(shown.clusters.iter().map(|cluster| cluster.total()).sum::<i64>(), 149);
}

#[actix_web::test]
async fn tilejson_leads_to_the_vector_tiles_with_its_filter() {
    let app = TestApp::start().await;
    app.sql(REPORTS);
    let answer = app.get("/map/tilejson.json?status=open").await.expect(StatusCode::OK);
    assert_eq!(answer.body["tilejson"], "3.0.0");
    assert_eq!((&answer.body["minzoom"], &answer.body["maxzoom"]), (&0.into(), &20.into()));
    let tiles = answer.body["tiles"][0].as_str().expect("an address");
    let (z, rest) = ("14", tile_at(-2.9977, 51.5842, 14));
    let mut parts = rest.split('/').skip(1);
    let address =
        tiles.replace("{z}", z).replace("{x}", parts.next().expect("x")).replace("{y}", parts.next().expect("y"));
    assert!(address.starts_with(&app.address) && address.ends_with(".mvt?status=open"), "{address}");
    assert_eq!(reqwest::get(address).await.expect("an answer").status(), StatusCode::OK);
    app.get("/map/tilejson.json?sort=1").await.expect_error(ErrorCode::InvalidRequest);
}
