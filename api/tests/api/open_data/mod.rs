//! Open data: what is told about reports, as answers and as files, and what changed.

mod changes;
mod command;
mod moments;
mod streams;
mod writers;

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::harness::{Answer, TestApp};

/// Adds so many published reports in Southshire, of all statuses, with details of so many characters.
pub fn add_reports(app: &TestApp, count: usize, characters: usize) {
    app.sql(&format!(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, status, fixed_by, visibility,
                              street, created_at, confirmed_at, updated_at, supporter_count)
         SELECT ST_SetSRID(ST_MakePoint(-3.05 + (n % 100) * 0.001, 51.5485 + (n / 100 % 80) * 0.001), 4326),
                'Report ' || n || ' \"quoted\" \\ and ü', rpad('Detail ' || n || E'\\n', {characters}, 'words '),
                CASE WHEN n % 2 = 0 THEN 'potholes' ELSE 'drains' END, 'Name', 'Roads', s.status,
                CASE WHEN s.status = 'fixed' THEN 'body' END, 'published', CASE WHEN n % 3 = 0 THEN 'Quay Street' END,
                '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour', '2026-01-02T00:00:00Z'::timestamptz + n * interval '1 hour',
                '2026-01-03T00:00:00.75Z'::timestamptz + n * interval '1 hour', n % 5
         FROM generate_series(1, {count}) AS n,
              LATERAL (SELECT (ARRAY['open', 'investigating', 'fixed', 'closed', 'no_further_action'])[n % 5 + 1] AS status) AS s
         ORDER BY n"
    ));
}

/// What the database holds, as features without what is reckoned from it: url, photo's address, easting and northing.
pub fn in_the_database(app: &TestApp) -> Vec<(i64, Value)> {
    let at = |column: &str| {
        format!("to_char(date_trunc('second', r.{column}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    };
    let area = |kind: &str| {
        format!(
            "(SELECT min(a.name) FROM report_areas l JOIN areas a ON a.id = l.area_id WHERE l.report_id = r.id AND a.kind = '{kind}')"
        )
    };
    let query = format!(
        "SELECT r.id, jsonb_build_object(
             'lon', ST_X(r.location), 'lat', ST_Y(r.location), 'id', r.id, 'title', r.title, 'description', r.detail,
             'category', r.category_code, 'category_name', r.category_name, 'group', r.category_group, 'status', r.status,
             'status_group', r.status_group,
             'body', (SELECT coalesce(string_agg(b.slug, ',' ORDER BY b.id), '') FROM report_bodies l JOIN bodies b ON b.id = l.body_id WHERE l.report_id = r.id),
             'ward', {}, 'council', {}, 'street', r.street, 'reported', {}, 'confirmed', {}, 'sent', {}, 'first_answer', {},
             'fixed', {}, 'closed', {}, 'updated', {}, 'supporters', r.supporter_count, 'updates', r.update_count,
             'photos', (SELECT count(*) FROM report_photos p WHERE p.report_id = r.id))
         FROM reports r WHERE r.visibility = 'published' ORDER BY r.id",
        area("ward"), area("council"), at("created_at"), at("confirmed_at"), at("sent_at"), at("answered_at"),
        at("fixed_at"), at("closed_at"), at("updated_at"),
    );
    diesel::dsl::sql::<(BigInt, Jsonb)>(&query).load(&mut app.conn()).unwrap()
}

/// The features of an answer, whichever of the two formats it has.
pub fn features(answer: &Answer) -> Vec<Value> {
    if answer.header("content-type") == "application/geo+json" {
        assert_eq!(answer.body["type"], "FeatureCollection");
        return answer.body["features"].as_array().unwrap().clone();
    }
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    lines(&answer.bytes)
}

/// One feature a line.
pub fn lines(bytes: &[u8]) -> Vec<Value> {
    std::str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The numbers of features.
pub fn ids(features: &[Value]) -> Vec<i64> {
    features.iter().map(|feature| feature["id"].as_i64().unwrap()).collect()
}

/// Whether it says that a report is gone.
pub fn is_gone(feature: &Value) -> bool {
    feature["properties"]["gone"] == true
}

/// What changed after a cursor or a moment, once there is as much as is expected: others on the same server may hold it back.
pub async fn changed(app: &TestApp, after: &str, filter: &str, expected: usize) -> (Vec<Value>, String) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = app.get(&format!("/reports.geojsonl?updated_after={after}&{filter}")).await.expect(StatusCode::OK);
        let found = features(&answer);
        if found.len() >= expected || Instant::now() > deadline {
            assert_eq!(found.len(), expected, "{found:?}");
            return (found, answer.header("x-changes-cursor").to_owned());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The place after everything that was committed.
pub async fn caught_up(app: &TestApp) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    // An answer has an ETag once nothing is open that could still come before it.
    loop {
        // A connection that rested for long may just be closed.
        if let Ok(answer) = app.request(Method::HEAD, "/reports.geojsonl").send().await
            && answer.headers().contains_key("etag")
        {
            return answer.headers()["x-changes-cursor"].to_str().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "somebody keeps a transaction open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
