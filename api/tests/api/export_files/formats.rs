//! What is in the files.

use std::collections::BTreeMap;
use std::io::Cursor;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text};
use mendmap::exports::record::PROPERTIES;
use mendmap_shared::error::ErrorCode;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{assert_is_the_database, by_number, features, gdal, is_same, many};
use crate::harness::TestApp;

/// Texts that hurt who is careless: formulas, line ends, quotes, commas, markup, all of Unicode.
const HOSTILE: &str = r#"
    INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, street, confirmed_at)
    SELECT ST_SetSRID(ST_MakePoint(-2.98 + n * 0.0001, 51.57 + n * 0.0001), 4326), title, E'first, "line"\r\nsecond;\n\nlast\\',
           'drains', 'Drains', 'Roads', 'published', NULL, now()
    FROM unnest(ARRAY['=HYPERLINK("http://x.example","y")', '-1+1', '@SUM(A1)', E'\ttab', '"', '', '<script>&amp;', '🚧 Schlagloch – 路面の穴 e\u0301 \u202e',
                      E'it''s "over"\nthere']) WITH ORDINALITY AS t (title, n);
    INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
    SELECT ST_SetSRID(ST_MakePoint(-2.98, 51.57), 4326), 'zebra-hidden', 'x', 'drains', 'Drains', 'Roads', v
    FROM unnest(ARRAY['hidden', 'private', 'unconfirmed']) v;
    -- In Berlin there is no National Grid.
    INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
    VALUES (ST_SetSRID(ST_MakePoint(13.4, 52.5), 4326), 'Far away', 'x', 'drains', 'Drains', 'Roads', 'published')"#;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    reported: String,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
}

fn rows(app: &TestApp) -> Vec<Row> {
    let utc = r#"to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#;
    diesel::sql_query(format!(
        "SELECT id, title, detail, status, {utc} AS reported, ST_X(location) AS lon, ST_Y(location) AS lat
         FROM reports WHERE visibility = 'published' ORDER BY id"
    ))
    .load(&mut app.conn())
    .unwrap()
}

/// A site with reports that went through it, and others made for the purpose.
async fn site() -> TestApp {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    for status in ["investigating", "fixed"] {
        let update = json!({ "text": "We know.", "status": status });
        app.post_as(&officer, &format!("/desk/reports/{id}/updates"), update).await.expect(StatusCode::CREATED);
    }
    app.sql(HOSTILE);
    many(&app, 1_500);
    app
}

#[actix_web::test]
async fn a_table_has_every_report_with_everything_that_councils_ask_for_and_no_formula() {
    let app = site().await;
    let file = app.get("/exports/reports.csv").await.expect(StatusCode::OK);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"reports.csv\"");
    let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let expected: Vec<&str> = PROPERTIES.iter().map(|column| column.name).chain(["longitude", "latitude"]).collect();
    assert_eq!(names, expected);
    let read: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.unwrap()).collect();
    let rows = rows(&app);
    assert_eq!(read.len(), rows.len());
    for (cells, row) in read.iter().zip(&rows) {
        let text = |text: &str| {
            let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
            if formula { format!("'{text}") } else { text.to_owned() }
        };
        assert_eq!(cells["id"], row.id.to_string());
        assert_eq!((&cells["title"], &cells["description"]), (&text(&row.title), &text(&row.detail)));
        assert_eq!((&cells["status"], &cells["reported"]), (&row.status, &row.reported));
        assert_eq!(cells["longitude"].parse::<f64>().unwrap().to_bits(), row.lon.to_bits());
        assert_eq!(cells["latitude"].parse::<f64>().unwrap().to_bits(), row.lat.to_bits());
        assert_eq!(cells["licence"], app.config.site.data_licence);
    }
    let first = &read[0];
    assert_eq!(first["url"], format!("{}/reports/{}", app.address, rows[0].id));
    assert_eq!(
        (first["ward"].as_str(), first["council"].as_str(), first["body"].as_str()),
        ("Quay", "Southshire", "south")
    );
    assert!(["reported", "sent", "first_answer", "fixed"].iter().all(|moment| first[*moment].ends_with('Z')));
    assert_eq!(first["closed"], "");
    let far = read.iter().find(|cells| cells["title"] == "Far away").unwrap();
    assert_eq!((far["easting"].as_str(), far["northing"].as_str()), ("", ""));
    assert!(first["easting"].parse::<f64>().unwrap() > 300_000.0);
}

#[actix_web::test]
async fn lines_of_geojson_tell_the_same_as_the_table() {
    let app = site().await;
    let table = app.get("/exports/reports.csv").await;
    let lines = app.get("/exports/reports.geojsonl").await.expect(StatusCode::OK);
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let features = by_number(std::str::from_utf8(&lines.bytes).unwrap());
    let mut reader = csv::Reader::from_reader(table.bytes.as_slice());
    let mut count = 0;
    for cells in reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap) {
        count += 1;
        let feature = &features[&cells["id"].parse().unwrap()];
        let at = &feature["geometry"]["coordinates"];
        assert_eq!(at[0].as_f64(), cells["longitude"].parse().ok());
        assert_eq!(at[1].as_f64(), cells["latitude"].parse().ok());
        for property in PROPERTIES {
            let told = match &feature["properties"][property.name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                number => number.as_f64().unwrap().to_string(),
            };
            let cell = &cells[property.name];
            let same = *cell == told || cell.strip_prefix('\'') == Some(told.as_str());
            assert!(same, "{}: {cell:?} and {told:?}", property.name);
        }
    }
    assert_eq!(count, features.len());
}

#[actix_web::test]
async fn gdal_reads_out_of_geopackage_and_flatgeobuf_what_the_lines_say() {
    let app = site().await;
    let ours = by_number(std::str::from_utf8(&app.get("/exports/reports.geojsonl").await.bytes).unwrap());
    let inside = app.count(
        "SELECT count(*) FROM reports WHERE visibility = 'published' AND location && ST_MakeEnvelope(-3.0005, 51.5001, -2.9805, 51.5701, 4326)",
    );
    assert!(inside > 100 && (inside as usize) < ours.len() / 2, "{inside} of {}", ours.len());
    for (format, kind) in [("gpkg", "application/geopackage+sqlite3"), ("fgb", "application/vnd.flatgeobuf")] {
        let answer = app.get(&format!("/exports/reports.{format}")).await.expect(StatusCode::OK);
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
        let file = app.folder.path().join(format!("reports.{format}"));
        std::fs::write(&file, &answer.bytes).unwrap();
        assert_eq!(features(&file, &[]), ours.len());
        assert_is_the_database(&app, &file);
        assert_eq!(features(&file, &["-spat", "-3.0005", "51.5001", "-2.9805", "51.5701"]), inside as usize);
        let told = gdal("ogrinfo", &["-ro", "-so", "-al", file.to_str().unwrap()]);
        assert!(told.contains("Extent: (-3.050000, 51.500000) - (13.400000, 52.500000)"), "{told}");
        assert!(told.contains("Geometry: Point") && told.contains("ID[\"EPSG\",4326]"), "{told}");
        let theirs = gdal(
            "ogr2ogr",
            &["-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=15", "/vsistdout/", file.to_str().unwrap()],
        );
        let theirs = by_number(&theirs);
        assert_eq!(theirs.len(), ours.len());
        for (id, feature) in &ours {
            let read = &theirs[id];
            for n in [0, 1] {
                let at = |feature: &Value| feature["geometry"]["coordinates"][n].as_f64().unwrap();
                assert!((at(feature) - at(read)).abs() < 1e-12, "{format} {id}");
            }
            for property in PROPERTIES {
                let (ours, theirs) = (&feature["properties"][property.name], &read["properties"][property.name]);
                assert!(is_same(property.kind, ours, theirs), "{format} {id} {}: {ours} {theirs}", property.name);
            }
        }
    }
}

#[actix_web::test]
async fn the_geopackage_is_one_by_the_book_and_its_index_follows_changes() {
    let app = site().await;
    let file = app.folder.path().join("reports.gpkg");
    std::fs::write(&file, app.get("/exports/reports.gpkg").await.bytes).unwrap();
    let path = file.to_str().unwrap();
    let conn = rusqlite::Connection::open(&file).unwrap();
    let number = |query: &str| conn.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT application_id FROM pragma_application_id"), 0x4750_4B47);
    assert_eq!(number("SELECT user_version FROM pragma_user_version"), 10_301);
    let text = |query: &str| conn.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let all = number("SELECT count(*) FROM reports");
    assert_eq!(number("SELECT count(*) FROM rtree_reports_geom"), all);
    assert_eq!(number("SELECT count(*) FROM reports WHERE fid = id"), all);
    assert_eq!(number("SELECT count(*) FROM gpkg_spatial_ref_sys WHERE srs_id IN (-1, 0, 4326)"), 3);
    assert!(text("SELECT description FROM gpkg_contents").contains(&app.config.site.data_licence));
    let has = gdal("ogrinfo", &["-ro", "-q", path, "-sql", "SELECT HasSpatialIndex('reports', 'geom')"]);
    assert!(has.contains("HasSpatialIndex (Integer) = 1"), "{has}");
    let least = number("SELECT min(fid) FROM reports");
    gdal("ogrinfo", &["-q", path, "-sql", &format!("DELETE FROM reports WHERE fid = {least}")]);
    assert_eq!(number("SELECT count(*) FROM rtree_reports_geom"), all - 1, "GDAL runs the triggers");
}

#[actix_web::test]
async fn the_flatgeobuf_says_what_its_columns_are_and_has_an_index() {
    let app = site().await;
    let answer = app.get("/exports/reports.fgb?status=open").await.expect(StatusCode::OK);
    let expected = app.count("SELECT count(*) FROM reports WHERE visibility = 'published' AND status_group = 'open'");
    let mut file = Cursor::new(answer.bytes);
    let reader = flatgeobuf::FgbReader::open(&mut file).unwrap();
    let header = reader.header();
    assert_eq!(header.index_node_size(), 16);
    assert_eq!(i64::try_from(header.features_count()).unwrap(), expected);
    let columns = header.columns().unwrap();
    assert_eq!(columns.len(), PROPERTIES.len());
    assert!(columns.iter().zip(PROPERTIES).all(|(column, known)| column.description() == Some(known.meaning)));
}

#[actix_web::test]
async fn nothing_that_matches_is_a_file_without_reports_and_no_error() {
    let app = TestApp::start().await;
    for format in ["csv", "geojsonl", "gpkg", "fgb"] {
        let answer = app.get(&format!("/exports/reports.{format}?category=unheard-of")).await.expect(StatusCode::OK);
        let file = app.folder.path().join(format!("reports.{format}"));
        std::fs::write(&file, &answer.bytes).unwrap();
        match format {
            "csv" => assert_eq!(csv::Reader::from_reader(answer.bytes.as_slice()).records().count(), 0),
            "geojsonl" => assert!(answer.bytes.is_empty()),
            _ => assert_eq!(features(&file, &[]), 0, "{format}"),
        }
    }
}

#[actix_web::test]
async fn the_filters_are_those_of_the_list() {
    let app = site().await;
    let count = |answer: crate::harness::Answer| csv::Reader::from_reader(answer.bytes.as_slice()).records().count();
    for (query, condition) in [
        ("category=potholes", "category_code = 'potholes'"),
        ("status=closed", "status_group = 'closed'"),
        (
            "bbox=-3.0005,51.5001,-2.9805,51.5701",
            "location && ST_MakeEnvelope(-3.0005, 51.5001, -2.9805, 51.5701, 4326)",
        ),
        ("q=Schlagloch", "title LIKE '%Schlagloch%'"),
        ("body=south", "id IN (SELECT report_id FROM report_bodies)"),
        ("polygon=POLYGON((13 52,14 52,14 53,13 52.9,13 52))", "title = 'Far away'"),
    ] {
        let expected =
            app.count(&format!("SELECT count(*) FROM reports WHERE visibility = 'published' AND {condition}"));
        let answer =
            app.get(&format!("/exports/reports.csv?{}", query.replace(' ', "%20"))).await.expect(StatusCode::OK);
        assert!(expected > 0);
        assert_eq!(count(answer) as i64, expected, "{query}");
    }
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_before_a_file_begins() {
    let app = TestApp::start().await;
    for query in ["bbox=1,2,3", "status=mended", "area=x", "since=yesterday", "q=%00", "polygon=POLYGON((0%200))"] {
        let error = app.get(&format!("/exports/reports.gpkg?{query}")).await.expect_error(ErrorCode::InvalidRequest);
        assert!(error.body["error"]["fields"].as_object().is_some_and(|fields| !fields.is_empty()), "{query}");
    }
    for address in [
        "/exports/reports.shp",
        "/exports/reports.",
        "/exports/7",
        "/exports/7/reports.csv",
        "/exports/snapshot/reports.shp",
    ] {
        app.get(address).await.expect_error(ErrorCode::NotFound);
    }
}
