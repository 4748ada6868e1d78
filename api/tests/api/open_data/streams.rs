//! Reports as GeoJSON: everything, pages, filters, and what travels with them.

use std::io::Read as _;

use actix_web::web::{Bytes, Data};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use futures_util::StreamExt as _;
use mendmap::exports::feature::{Format, Members};
use mendmap::exports::params::FilterParams;
use mendmap::exports::queries::Names;
use mendmap::exports::record::{PROPERTIES, Source};
use mendmap::exports::stream::{self, BATCH, Reading};
use mendmap::exports::{changes, coordinates};
use mendmap::serve;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::{FEATURES_PER_PAGE, POLYGON_VERTICES};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{add_reports, caught_up, features, ids, in_the_database, lines};
use crate::harness::{Answer, SECRET, TestApp};

/// More than two batches.
const MANY: usize = 2 * BATCH as usize + 300;

#[actix_web::test]
async fn everything_that_is_published_comes_as_it_is_in_the_database() {
    let app = TestApp::start_with(&[("DATA_LICENCE", "https://example.org/licence")]).await;
    app.two_councils();
    add_reports(&app, MANY, 80);
    app.sql(
        "UPDATE reports SET visibility = 'hidden' WHERE id % 50 = 0;
         DELETE FROM reports WHERE id % 71 = 0;
         INSERT INTO report_areas SELECT r.id, a.id FROM reports r JOIN areas a ON ST_Covers(a.geom, r.location);
         INSERT INTO report_bodies (report_id, body_id) SELECT r.id, b.id FROM reports r JOIN bodies b ON b.slug = 'south' OR r.id % 3 = 0;
         INSERT INTO photos (id, width, height, used) VALUES (repeat('ab', 32), 1, 1, true), (repeat('cd', 32), 1, 1, true);
         INSERT INTO report_photos SELECT id, 0, repeat('ab', 32) FROM reports WHERE id % 7 = 0;
         INSERT INTO report_photos SELECT id, 1, repeat('cd', 32) FROM reports WHERE id % 14 = 0;
         UPDATE reports SET location = ST_SetSRID(ST_MakePoint(13.4, 52.5), 4326) WHERE id = 8",
    );
    let expected = in_the_database(&app);
    assert!(expected.len() > 2 * BATCH as usize);
    let found = features(&app.get("/reports.geojsonl").await.expect(StatusCode::OK));
    assert_eq!(found.len(), expected.len());
    for (feature, (id, row)) in found.iter().zip(&expected) {
        let properties = feature["properties"].as_object().unwrap();
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(names, PROPERTIES.map(|property| property.name), "every property of {id}, in order");
        assert_eq!(feature["id"], *id);
        assert_eq!(feature["geometry"], json!({ "type": "Point", "coordinates": [row["lon"], row["lat"]] }));
        for (name, value) in row.as_object().unwrap().iter().filter(|(name, _)| !matches!(name.as_str(), "lon" | "lat"))
        {
            assert_eq!(properties[name], *value, "{name} of {id}");
        }
        assert_eq!(properties["url"], format!("{}/reports/{id}", app.address));
        let photo = if id % 7 == 0 {
            json!(format!("{}/photos/{}/full.jpg", app.address, "ab".repeat(32)))
        } else {
            Value::Null
        };
        assert_eq!(properties["photo"], photo);
        assert_eq!(properties["licence"], "https://example.org/licence");
        let grid = coordinates::to_national_grid(row["lon"].as_f64().unwrap(), row["lat"].as_f64().unwrap());
        assert_eq!(properties["easting"], json!(grid.map(|(easting, _)| easting)));
        assert_eq!(properties["northing"], json!(grid.map(|(_, northing)| northing)));
        assert_eq!(grid.is_none(), *id == 8, "Berlin lies outside");
    }
    let document = app.get("/reports.geojson").await.expect(StatusCode::OK);
    assert_eq!(features(&document), found);
    assert_eq!(document.body["next_cursor"], Value::Null);
    assert_eq!(document.body["changes_cursor"], document.header("x-changes-cursor"));
}

#[actix_web::test]
async fn pages_make_up_the_whole_while_reports_are_added_and_taken() {
    let app = TestApp::start().await;
    add_reports(&app, 50, 10);
    for format in ["geojson", "geojsonl"] {
        let (mut seen, mut path) = (Vec::new(), format!("/reports.{format}?limit=7&status=open"));
        let expected = ids(&features(&app.get(&format!("/reports.{format}?status=open")).await));
        loop {
            let page = app.get(&path).await.expect(StatusCode::OK);
            seen.extend(ids(&features(&page)));
            let next = page.header("x-next-cursor");
            if format == "geojson" {
                assert_eq!(page.body["next_cursor"].as_str().unwrap_or_default(), next);
            }
            if next.is_empty() {
                assert_eq!(page.header("link"), "");
                break;
            }
            let link = page.header("link");
            let address = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).unwrap();
            path = address.strip_prefix(&app.address).unwrap().to_owned();
            // What went before, and what is not published, moves nothing.
            add_reports(&app, 5, 10);
            app.sql("UPDATE reports SET visibility = 'hidden' WHERE id > 50; UPDATE reports SET visibility = 'private' WHERE id = 1");
        }
        seen.retain(|id| *id != 1);
        assert_eq!(seen, expected.into_iter().filter(|id| *id != 1).collect::<Vec<_>>());
    }
    let all = features(&app.get(&format!("/reports.geojson?limit={FEATURES_PER_PAGE}")).await);
    assert_eq!(all.len(), 49);
}

#[actix_web::test]
async fn every_filter_chooses_what_the_database_would() {
    let app = TestApp::start().await;
    app.two_councils();
    add_reports(&app, 300, 10);
    app.sql(
        "INSERT INTO report_areas SELECT r.id, a.id FROM reports r JOIN areas a ON ST_Covers(a.geom, r.location);
         INSERT INTO report_bodies (report_id, body_id) SELECT r.id, 1 FROM reports r WHERE id % 4 = 0",
    );
    let ward = app.count("SELECT id FROM areas WHERE kind = 'ward'");
    for (filter, condition) in [
        (format!("area={ward}"), "EXISTS (SELECT FROM report_areas a JOIN areas w ON w.id = a.area_id WHERE a.report_id = r.id AND w.kind = 'ward')"),
        ("bbox=-3.0355,51.50,-3.0205,51.60".into(), "ST_X(location) BETWEEN -3.0355 AND -3.0205"),
        ("polygon=POLYGON((-3.0355 51.5,-3.0205 51.5,-3.0205 51.6,-3.0355 51.6,-3.0355 51.5))".into(), "ST_X(location) BETWEEN -3.0355 AND -3.0205"),
        ("polygon={\"type\":\"Polygon\",\"coordinates\":[[[-3.0355,51.5],[-3.0205,51.5],[-3.0205,51.6],[-3.0355,51.6],[-3.0355,51.5]]]}".into(), "ST_X(location) BETWEEN -3.0355 AND -3.0205"),
        ("body=south".into(), "id % 4 = 0"),
        ("category=potholes".into(), "id % 2 = 0"),
        ("category=Roads".into(), "true"),
        ("status=open".into(), "status_group = 'open'"),
        ("status=fixed,no_further_action".into(), "status IN ('fixed', 'no_further_action')"),
        ("q=%22detail 7%22".into(), "id = 7"),
        ("since=2026-01-05T00:00:00Z".into(), "created_at >= '2026-01-05T00:00:00Z'"),
        ("until=2026-01-05T00:00:00Z".into(), "created_at < '2026-01-05T00:00:00Z'"),
        ("since=2026-01-04T00:00:00Z&until=2026-01-05T00:00:00Z&status=open".into(), "created_at >= '2026-01-04T00:00:00Z' AND created_at < '2026-01-05T00:00:00Z' AND status_group = 'open'"),
    ] {
        let expected: Vec<i64> =
            diesel::dsl::sql::<BigInt>(&format!("SELECT id FROM reports r WHERE visibility = 'published' AND {condition} ORDER BY id"))
                .load(&mut app.conn())
                .unwrap();
        assert!(!expected.is_empty(), "{filter} is no test");
        for format in ["geojson", "geojsonl"] {
            let answer = app.get(&format!("/reports.{format}?{filter}")).await.expect(StatusCode::OK);
            assert_eq!(ids(&features(&answer)), expected, "{filter}");
        }
    }
}

#[actix_web::test]
async fn a_polygon_can_be_posted() {
    let app = TestApp::start().await;
    add_reports(&app, 300, 10);
    let square = json!({ "type": "Polygon", "coordinates": [[[-3.0355, 51.5], [-3.0205, 51.5], [-3.0205, 51.6], [-3.0355, 51.6], [-3.0355, 51.5]]] });
    let post =
        |path: &str, kind: &str, body: String| app.request(Method::POST, path).header("Content-Type", kind).body(body);
    let send = async |request: RequestBuilder| Answer::of(request.send().await).await;
    let expected = ids(&features(&app.get("/reports.geojsonl?status=open&bbox=-3.0355,51.5,-3.0205,51.6").await));
    assert!(!expected.is_empty());
    for (path, kind, body) in [
        ("/reports.geojson?status=open", "application/json", json!({ "polygon": square })),
        ("/reports.geojsonl?status=open", "application/json", square.clone()),
        ("/reports.geojson?status=open", "application/geo+json", square.clone()),
    ] {
        let answer = send(post(path, kind, body.to_string())).await.expect(StatusCode::OK);
        assert_eq!(ids(&features(&answer)), expected, "{path} {kind}");
    }
    // As many positions as are taken fit into a body, and pages go on by the same body.
    let round = |count: usize| {
        let at = |n: usize| {
            let angle = n as f64 / count as f64 * std::f64::consts::TAU;
            json!([-3.0 + 0.2 * angle.cos(), 51.55 + 0.2 * angle.sin()])
        };
        let ring: Vec<Value> = (0..count).map(at).chain([at(0)]).collect();
        json!({ "polygon": { "type": "Polygon", "coordinates": [ring] } }).to_string()
    };
    let large = round(POLYGON_VERTICES - 1);
    let mut path = "/reports.geojsonl?limit=200".to_owned();
    let first = send(post(&path, "application/json", large.clone())).await.expect(StatusCode::OK);
    path += &format!("&cursor={}", first.header("x-next-cursor"));
    assert_eq!(first.header("link"), "", "nobody finds by GET what was posted");
    let second = send(post(&path, "application/json", large)).await.expect(StatusCode::OK);
    assert_eq!((features(&first).len(), features(&second).len()), (200, 100));

    let bow_tie = json!({ "type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]] });
    for (body, says) in [
        (bow_tie.to_string(), "Self-intersection[1 1]"),
        (round(POLYGON_VERTICES), "at most 5000"),
        (json!({ "type": "Point", "coordinates": [0, 0] }).to_string(), "no Polygon"),
        (json!({ "polygon": 1 }).to_string(), "GeoJSON geometry"),
        ("[]".to_owned(), "GeoJSON geometry"),
    ] {
        let answer =
            send(post("/reports.geojson", "application/json", body)).await.expect_error(ErrorCode::InvalidRequest);
        let said = answer.body["error"]["fields"]["polygon"]["message"].as_str().unwrap().to_owned();
        assert!(said.contains(says), "{said}");
    }
    let refused = async |kind: &str, body: &str, code| {
        send(post("/reports.geojsonl", kind, body.to_owned())).await.expect_error(code);
    };
    refused("application/json", "{", ErrorCode::InvalidRequest).await;
    refused("text/plain", "{}", ErrorCode::UnsupportedMediaType).await;
    refused("application/json", &" ".repeat(300_000), ErrorCode::TooLarge).await;
}

#[actix_web::test]
async fn pages_of_other_sites_may_post_a_polygon_and_write_nothing() {
    let app = TestApp::start().await;
    add_reports(&app, 3, 10);
    let origin = "https://gis.example.org";
    let preflight = async |path: &str, method: &str, headers: &str| {
        let request = app
            .request(Method::OPTIONS, path)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", method)
            .header("Access-Control-Request-Headers", headers);
        Answer::of(request.send().await).await
    };
    let square = json!({ "type": "Polygon", "coordinates": [[[-3.1, 51.5], [-2.9, 51.5], [-2.9, 51.6], [-3.1, 51.6], [-3.1, 51.5]]] });
    for path in ["/reports.geojson", "/reports.geojsonl", "/stats/reports"] {
        let allowed = preflight(path, "POST", "content-type").await.expect(StatusCode::OK);
        assert_eq!(allowed.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(allowed.header("access-control-allow-methods"), "GET, HEAD, POST", "{path}");
        assert!(allowed.header("access-control-allow-headers").to_ascii_lowercase().contains("content-type"), "{path}");
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
        let request = app.request(Method::POST, path).header("Origin", origin).json(&square);
        let posted = Answer::of(request.send().await).await.expect(StatusCode::OK);
        assert_eq!(posted.header("access-control-allow-origin"), "*", "{path}");
        // Neither in somebody's name, nor anything else.
        for (method, headers) in [("POST", "authorization"), ("PUT", "content-type"), ("DELETE", "content-type")] {
            let refused = preflight(path, method, headers).await;
            assert!(refused.status.is_client_error(), "{method} {path} with {headers}: {}", refused.status);
            assert_eq!(refused.header("access-control-allow-methods"), "");
        }
    }
    for path in ["/reports", "/reports/1/updates", "/auth/sessions", "/reports.json", "/ogc/collections/reports/items"]
    {
        preflight(path, "POST", "content-type").await.expect_error(ErrorCode::Forbidden);
        let reading = preflight(path, "GET", "accept").await.expect(StatusCode::OK);
        assert!(!reading.header("access-control-allow-methods").contains("POST"), "{path}");
    }
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_and_named() {
    let app = TestApp::start().await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=5001", "limit"),
        ("limit=many", "limit"),
        ("cursor=xyz", "cursor"),
        ("bbox=1,2,3", "bbox"),
        ("area=x", "area"),
        ("status=mended", "status"),
        ("since=yesterday", "since"),
        ("until=tomorrow", "until"),
        ("polygon=POLYGON((0 0,2 2,2 0,0 2,0 0))", "polygon"),
        ("polygon=POLYGON((0 0,2 2,2 0))", "polygon"),
        ("updated_after=yesterday", "updated_after"),
        ("updated_after=2026-01-01T00:00:00Z&polygon=POLYGON((0 0,2 2,2 0,0 2,0 0))", "polygon"),
        ("category=%00", "category"),
    ] {
        for format in ["geojson", "geojsonl"] {
            let answer = app.get(&format!("/reports.{format}?{query}")).await.expect_error(ErrorCode::InvalidRequest);
            assert!(answer.body["error"]["fields"][name].is_object(), "{query}: {}", answer.body);
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

#[actix_web::test]
async fn an_answer_travels_compressed_and_may_be_read_by_any_site() {
    let app = TestApp::start().await;
    add_reports(&app, MANY, 80);
    let plain = app.get("/reports.geojsonl").await.expect(StatusCode::OK);
    for coding in ["gzip", "br"] {
        let request = app.request(Method::GET, "/reports.geojsonl").header("Accept-Encoding", coding);
        let answer = Answer::of(request.header("Origin", "https://gis.example.org").send().await).await;
        assert_eq!(answer.header("content-encoding"), coding);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        for name in ["x-changes-cursor", "x-next-cursor", "link", "etag"] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
        let mut read = Vec::new();
        match coding {
            "gzip" => flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_end(&mut read).unwrap(),
            _ => brotli::Decompressor::new(&answer.bytes[..], 4096).read_to_end(&mut read).unwrap(),
        };
        assert!(answer.bytes.len() * 4 < read.len(), "{} of {}", answer.bytes.len(), read.len());
        assert_eq!(lines(&read), lines(&plain.bytes));
    }
    let head = app.request(Method::HEAD, "/reports.geojson").send().await.unwrap();
    assert_eq!(
        (head.status(), &head.headers()["content-type"]),
        (StatusCode::OK, &"application/geo+json".parse().unwrap())
    );
    assert_eq!(head.bytes().await.unwrap(), Bytes::new());
}

#[actix_web::test]
async fn what_somebody_has_already_is_not_read_again_until_something_changes() {
    let app = TestApp::start().await;
    app.two_councils();
    add_reports(&app, 3, 10);
    caught_up(&app).await;
    let ask = async |path: &str, tag: &str| {
        Answer::of(app.request(Method::GET, path).header("If-None-Match", tag).send().await).await
    };
    let all = ["/reports.geojson", "/reports.geojsonl", "/reports.geojsonl?limit=2", "/reports.geojsonl?status=open"];
    let mut tags = Vec::new();
    for path in all {
        let answer = app.get(path).await.expect(StatusCode::OK);
        assert!(answer.header("cache-control").contains("no-cache"));
        tags.push(answer.header("etag").to_owned());
    }
    assert!(
        tags.iter().all(|tag| !tag.is_empty() && tags.iter().filter(|other| *other == tag).count() == 1),
        "{tags:?}"
    );
    {
        // Nobody gets at the reports now.
        let mut locked = app.conn();
        locked.batch_execute("BEGIN; LOCK TABLE reports IN ACCESS EXCLUSIVE MODE").unwrap();
        for (path, tag) in all.iter().zip(&tags) {
            let answer = ask(path, tag).await.expect(StatusCode::NOT_MODIFIED);
            assert_eq!((answer.header("etag"), answer.bytes.len()), (tag.as_str(), 0));
            assert!(!answer.header("x-changes-cursor").is_empty());
        }
    }
    for change in [
        "UPDATE reports SET supporter_count = 9 WHERE id = 1",
        "UPDATE reports SET visibility = 'hidden' WHERE id = 2",
        "UPDATE areas SET name = 'Harbour' WHERE kind = 'ward'",
    ] {
        app.sql(change);
        caught_up(&app).await;
        for (path, tag) in all.iter().zip(&mut tags) {
            let answer = ask(path, tag).await.expect(StatusCode::OK);
            assert_ne!(answer.header("etag"), *tag, "{change}");
            *tag = answer.header("etag").to_owned();
        }
    }
    let known = ask("/reports.geojsonl?updated_after=2000-01-01T00:00:00Z", "*").await.expect(StatusCode::OK);
    assert_eq!((known.header("etag"), known.header("cache-control")), ("", "no-store"));
}

#[actix_web::test]
async fn an_answer_is_handed_on_in_small_pieces_and_ends_where_nobody_reads_on() {
    let app = TestApp::start().await;
    // More batches than are under way at once.
    let many = 5 * BATCH as usize + 300;
    add_reports(&app, many, 600);
    let data = Data::new(serve::app_state(app.config.clone(), app.place.db.clone(), SECRET).unwrap());
    let filter = FilterParams::default().filter().unwrap();
    let (place, names) =
        app.place.db.blocking(|conn| Ok((changes::standing(conn)?.place, Names::load(conn)?))).unwrap();
    let source = Source { base_url: "https://example.org".into(), licence: "l".into() };
    let reading = Reading { filter: filter.into(), names: names.into(), source: source.into(), place };
    let begin = async || {
        let first = reading.batch(&data, 0, BATCH).await.unwrap();
        let room = data.exports.enter([192, 0, 2, 1].into()).unwrap();
        stream::whole(data.clone(), reading.clone(), Format::GeoJsonL, first, Members::default(), room)
    };
    let (mut pieces, mut all) = (0, Vec::new());
    let mut whole = std::pin::pin!(begin().await);
    while let Some(piece) = whole.next().await {
        let piece = piece.unwrap();
        assert!(piece.len() <= 64 * 1024);
        pieces += 1;
        all.extend_from_slice(&piece);
    }
    assert_eq!(lines(&all).len(), many);
    assert!(pieces * 32 >= many, "{pieces} pieces of {many} reports");

    // The reports are taken away while it is read: what was begun is cut off, and never looks like a whole.
    let mut cut = Box::pin(begin().await);
    cut.next().await.unwrap().unwrap();
    app.sql("ALTER TABLE reports RENAME TO elsewhere");
    let mut outcome = Ok(());
    while let Some(piece) = cut.next().await {
        outcome = piece.map(drop);
    }
    assert!(outcome.is_err(), "an answer that is not whole ends in an error");
    app.sql("ALTER TABLE elsewhere RENAME TO reports");
}

#[actix_web::test]
async fn one_caller_reads_some_copies_at_once_and_hanging_up_makes_room() {
    let app = TestApp::start().await;
    // More than lies in buffers between a server and a client that does not read.
    add_reports(&app, 4_000, 4_000);
    let mut open = Vec::new();
    let refused = loop {
        let answer = app.request(Method::GET, "/reports.geojsonl").send().await.unwrap();
        if answer.status() != StatusCode::OK {
            break answer;
        }
        open.push(answer);
        assert!(open.len() < 50, "everybody is let in");
    };
    assert_eq!(open.len(), 4);
    let refused = Answer::of(Ok(refused)).await.expect_error(ErrorCode::RateLimited);
    assert!(!refused.header("retry-after").is_empty());
    // What is bounded is answered all the same.
    app.get("/reports").await.expect(StatusCode::OK);
    app.get("/reports.geojsonl?limit=1").await.expect(StatusCode::OK);
    drop(open);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while app.request(Method::GET, "/reports.geojsonl").send().await.unwrap().status() != StatusCode::OK {
        assert!(std::time::Instant::now() < deadline, "nobody who hung up made room");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
