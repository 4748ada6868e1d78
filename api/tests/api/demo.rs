//! What fills an empty database: that it is whole, consistent, the same every time, and that the product works on it.

use std::path::Path;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use mendmap::bodies::councils;
use mendmap::config::Config;
use mendmap::demo::{self, Album};
use mendmap::photos::store::PhotoStore;
use mendmap::places::import::{self, AreaKind};
use mendmap::site::queries::note_filling;
use mendmap::site::{Content, Site};
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::Demonstration;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{TestApp, TestDatabase, real_data};

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:34:56.789Z".parse().unwrap()
}

pub fn number(conn: &mut PgConnection, query: &str) -> i64 {
    diesel::dsl::sql::<BigInt>(query).get_result(conn).unwrap()
}

/// Everything there is in the tables a demo fills, but for what is random on purpose and the clock's defaults.
pub fn everything(conn: &mut PgConnection) -> Vec<String> {
    let tables = [
        "areas",
        "bodies",
        "body_areas",
        "categories",
        "places",
        "postcodes",
        "street_lines",
        "users",
        "staff",
        "reports",
        "report_contacts",
        "report_bodies",
        "report_areas",
        "report_photos",
        "updates",
        "notes",
        "desk_reads",
        "supporters",
        "alerts",
        "deliveries",
    ];
    tables
        .iter()
        .map(|table| {
            let clock = if *table == "bodies" { "created_at" } else { "-" };
            let alert = if *table == "alerts" { "id" } else { "-" };
            let row = format!("(to_jsonb(t) - 'password_hash' - '{clock}' - '{alert}')::text");
            let query = format!("SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg({row}, '|' ORDER BY {row})), '') FROM {table} t");
            diesel::dsl::sql::<Text>(&query).get_result(conn).unwrap()
        })
        .collect()
}

/// Each finds rows that must not exist.
pub const CONTRADICTIONS: &[(&str, &str)] = &[
    ("a job is left", "SELECT count(*) FROM jobs"),
    (
        "a supporter count is wrong",
        "SELECT count(*) FROM reports r WHERE supporter_count <> (SELECT count(*) FROM supporters s WHERE s.report_id = r.id)",
    ),
    (
        "an update count is wrong",
        "SELECT count(*) FROM reports r WHERE update_count <> (SELECT count(*) FROM updates u WHERE u.report_id = r.id AND visibility = 'published')",
    ),
    (
        "a report is not what its last step says",
        "SELECT count(*) FROM reports r WHERE status <> coalesce((SELECT u.status FROM updates u WHERE u.report_id = r.id AND u.status IS NOT NULL ORDER BY id DESC LIMIT 1), 'open')",
    ),
    (
        "fixed by somebody else than the last step says",
        "SELECT count(*) FROM reports r WHERE status = 'fixed' AND fixed_by <> (SELECT CASE WHEN u.body_id IS NOT NULL THEN 'body' WHEN u.by_author THEN 'author' ELSE 'resident' END FROM updates u WHERE u.report_id = r.id AND u.status = 'fixed' ORDER BY id DESC LIMIT 1)",
    ),
    (
        "an update comes before its report or from the future",
        "SELECT count(*) FROM updates u JOIN reports r ON r.id = u.report_id WHERE u.created_at <= r.confirmed_at OR u.created_at > r.updated_at OR u.created_at >= '2026-11-22T12:34:56Z'",
    ),
    (
        "updates are not in order of time",
        "SELECT count(*) FROM updates a JOIN updates b ON a.report_id = b.report_id AND a.id < b.id AND a.created_at >= b.created_at",
    ),
    (
        "reports are not in order of time",
        "SELECT count(*) FROM reports a JOIN reports b ON b.id = a.id + 1 AND b.created_at < a.created_at",
    ),
    (
        "a report is more than a year old",
        "SELECT count(*) FROM reports WHERE created_at < '2025-11-20' OR confirmed_at < created_at OR updated_at < confirmed_at",
    ),
    (
        "something went to a body that does not cover the place",
        "SELECT count(*) FROM report_bodies b JOIN reports r ON r.id = b.report_id WHERE NOT EXISTS (SELECT FROM body_areas c JOIN areas a ON a.id = c.area_id WHERE c.body_id = b.body_id AND ST_Covers(a.geom, r.location))",
    ),
    (
        "a delivery is missing, double or not sent",
        "SELECT count(*) FROM report_bodies b FULL JOIN deliveries d USING (report_id, body_id) WHERE d.id IS NULL OR b.report_id IS NULL OR d.state <> 'sent' OR d.sent_at IS NULL OR d.update_id IS NOT NULL",
    ),
    (
        "a category is not its body's",
        "SELECT count(*) FROM report_bodies b JOIN categories c ON c.id = b.category_id JOIN reports r ON r.id = b.report_id WHERE c.body_id <> b.body_id OR c.code <> r.category_code",
    ),
    (
        "a body speaks about a report it did not get",
        "SELECT count(*) FROM updates u WHERE body_id IS NOT NULL AND NOT EXISTS (SELECT FROM report_bodies b WHERE b.report_id = u.report_id AND b.body_id = u.body_id)",
    ),
    (
        "a due time is not the target's",
        "SELECT count(*) FROM reports r WHERE due_at IS DISTINCT FROM confirmed_at + (SELECT min(target_hours) FROM report_bodies b JOIN categories c ON c.id = b.category_id WHERE b.report_id = r.id) * interval '1 hour'",
    ),
    (
        "a duplicate names nothing, itself, a later one or another kind of problem",
        "SELECT count(*) FROM reports r LEFT JOIN reports o ON o.id = r.duplicate_of WHERE (r.status = 'duplicate') <> (o.id IS NOT NULL) OR o.id >= r.id OR o.category_code <> r.category_code OR ST_Distance(o.location::geography, r.location::geography) > 50",
    ),
    (
        "a report lies in areas it is not in",
        "SELECT count(*) FROM report_areas l JOIN areas a ON a.id = l.area_id JOIN reports r ON r.id = l.report_id WHERE ST_Distance(a.geom::geography, r.location::geography) > 300",
    ),
    (
        "a report's council or ward is missing",
        "SELECT count(*) FROM reports r WHERE (SELECT count(*) FROM report_areas l WHERE l.report_id = r.id) <> 2 OR area IS NULL OR street IS NULL",
    ),
    ("somebody's name is shown", "SELECT count(*) FROM reports WHERE public_name IS NOT NULL"),
    (
        "a placeholder was not filled in",
        "SELECT (SELECT count(*) FROM reports WHERE title || detail LIKE '%{%') + (SELECT count(*) FROM updates WHERE text LIKE '%{%' OR text = '')",
    ),
    (
        "preferred does not win",
        "SELECT count(*) FROM reports r JOIN report_bodies b ON b.report_id = r.id JOIN bodies o ON o.id = b.body_id WHERE r.category_code = 'potholes' AND o.slug = 'wrenmouth'",
    ),
    (
        "a shared category does not go to both",
        "SELECT count(*) FROM reports r WHERE r.category_code IN ('signs', 'drains') AND (SELECT count(*) FROM report_bodies b WHERE b.report_id = r.id) <> 2 AND EXISTS (SELECT FROM bodies WHERE slug = 'wrenmouth')",
    ),
];

fn assert_consistent(conn: &mut PgConnection) {
    for (what, query) in CONTRADICTIONS {
        assert_eq!(number(conn, query), 0, "{what}: {query}");
    }
    let groups = ["open", "fixed", "closed"]
        .map(|group| number(conn, &format!("SELECT count(*) FROM reports WHERE status_group = '{group}'")));
    assert_eq!(groups, [135, 120, 45]);
    assert_eq!(number(conn, "SELECT count(DISTINCT status) FROM reports"), 11, "every status is shown");
}

#[test]
fn the_same_moment_gives_the_same_rows_and_none_contradicts_another() {
    let (one, two) = (TestDatabase::create(), TestDatabase::create());
    let (mut one, mut two) = (one.connect(), two.connect());
    assert!(demo::is_empty(&mut one).unwrap());
    demo::fill_demo_with(&mut one, &Album::default(), now()).unwrap();
    demo::fill_demo_with(&mut two, &Album::default(), now()).unwrap();
    assert_eq!(everything(&mut one), everything(&mut two));
    assert_consistent(&mut one);
    assert_eq!(demo::sign_ins(&mut one).unwrap().len(), 5);
    let shown = Site::read(&mut one).unwrap().public_config(&Config::from_lookup(&|_| None).unwrap());
    assert_eq!(shown.demo, Some(Demonstration { invented_places: true, sends_mail: false }));
    assert!(shown.credits.is_empty() && shown.map.attribution.is_none(), "nobody owns an invented borough");
    assert_eq!(number(&mut one, "SELECT count(DISTINCT status) FROM reports WHERE author_id IS NOT NULL"), 11);
    assert!(
        number(
            &mut one,
            "SELECT count(DISTINCT name) FROM street_lines WHERE class IN ('trunk', 'main', 'minor', 'path')"
        ) >= 200
    );

    let again = demo::fill_demo_with(&mut one, &Album::default(), now());
    assert!(again.unwrap_err().to_string().contains("not empty"), "what is there is left alone");
}

#[test]
fn the_wards_tile_the_borough() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    demo::fill_demo_with(conn, &Album::default(), now()).unwrap();
    assert_eq!(number(conn, "SELECT count(*) FROM areas WHERE NOT ST_IsValid(geom)"), 0);
    assert_eq!(number(conn, "SELECT count(*) FROM areas WHERE kind = 'ward'"), 8);
    let overlaps = "SELECT count(*) FROM areas a JOIN areas b ON a.kind = 'ward' AND b.kind = 'ward' AND a.id < b.id AND ST_Area(ST_Intersection(a.geom, b.geom)) > 1e-12";
    assert_eq!(number(conn, overlaps), 0);
    let gap = "SELECT (1e9 * ST_Area(ST_SymDifference(c.geom, (SELECT ST_Union(geom) FROM areas WHERE kind = 'ward'))) / ST_Area(c.geom))::bigint FROM areas c WHERE kind = 'council'";
    assert_eq!(number(conn, gap), 0);
}

#[actix_web::test]
async fn the_demo_is_searched_signed_in_to_and_seen_with_its_photos() {
    let app = TestApp::start().await;
    let store = PhotoStore::open(&app.config.storage.photo_store).unwrap();
    let mut conn = app.conn();
    let filled = actix_web::web::block(move || demo::fill_demo(&mut conn, &store, Utc::now())).await.unwrap().unwrap();
    assert_eq!(filled.reports.values().sum::<usize>(), 300);

    let with_photo = app.count("SELECT min(id) FROM reports JOIN report_photos ON report_id = id");
    let report = app.get(&format!("/reports/{with_photo}")).await.expect(StatusCode::OK).body;
    for size in ["full", "page", "thumb"] {
        let file = app.get(report["photos"][0][size].as_str().unwrap()).await.expect(StatusCode::OK);
        assert!(image::load_from_memory(&file.bytes).is_ok());
    }
    let share = app.count("SELECT count(DISTINCT report_id) FROM report_photos");
    assert!((150..=210).contains(&share), "about 60 % have photos: {share}");

    let lanes = app.get("/places?q=Mill+Lane").await.expect(StatusCode::OK).body.to_string();
    assert!(
        lanes.contains("Old Town, Wrenmouth") && lanes.contains("Tidemills, Wrenmouth"),
        "two of one name: {lanes}"
    );
    assert!(app.get("/places?q=Stryd+Fawr").await.body.to_string().contains("High Street"));
    assert!(app.get("/places?q=ZZ1+1AE").await.body.to_string().contains("Wrenmouth"));

    let password = demo::accounts::PASSWORD;
    for (email, path) in [
        ("resident@example.org", "/me/reports"),
        ("officer@example.org", "/desk/wrenmouth/counts"),
        ("administrator@example.org", "/desk/wrenmouth/reports"),
        ("highways-officer@example.org", "/desk/wrenshire-highways/reports"),
    ] {
        let session = app.post("/auth/sessions", json!({ "email": email, "password": password })).await;
        let session = session.expect(StatusCode::CREATED).session();
        app.get_as(&session, path).await.expect(StatusCode::OK);
    }
    app.assert_no_jobs_left();
}

#[test]
fn every_council_becomes_a_body_once_and_what_was_edited_stays() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    for (code, name, west) in [("W06000022", "Newport", 0), ("X1", "Elsewhere", 2)] {
        let square = format!("ST_Multi(ST_MakeEnvelope({west}, 50, {}, 51, 4326))", west + 1);
        diesel::sql_query(format!(
            "INSERT INTO areas (kind, code, name, geom) VALUES ('council', '{code}', '{name}', {square})"
        ))
        .execute(conn)
        .unwrap();
    }
    assert_eq!(councils::bodies_for_councils(conn).unwrap(), 2);
    let edits = [
        "UPDATE bodies SET name = 'Edited', email = 'edited@example.org' WHERE slug = 'newport'",
        "DELETE FROM categories WHERE code = 'trees'",
    ];
    for edit in edits {
        diesel::sql_query(edit).execute(conn).unwrap();
    }
    assert_eq!(councils::bodies_for_councils(conn).unwrap(), 0);
    assert_eq!(number(conn, "SELECT count(*) FROM bodies WHERE name = 'Edited' AND email = 'edited@example.org'"), 1);
    assert_eq!(
        number(
            conn,
            "SELECT count(*) FROM bodies WHERE name = 'Elsewhere Council' AND email = 'street-problems@elsewhere.example.org'"
        ),
        1
    );
    assert_eq!(number(conn, "SELECT count(*) FROM categories"), 16);
}

#[test]
fn real_newport_loads_with_its_bodies_and_reports() {
    let Some(data) = real_data() else { return };
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    let folder = tempfile::tempdir().unwrap();
    let store = PhotoStore::open(folder.path()).unwrap();
    // A start that was killed after the first step: something is there, and it is known that more should be.
    let councils = data.join("boundaries/newport_councils_filled.geojson");
    import::areas(conn, &councils, AreaKind::Council, &import::Options::quiet()).unwrap();
    note_filling(conn, &region(&data), false).unwrap();
    assert!(demo::unfinished(conn).unwrap().unwrap().contains("only a part"));
    demo::ensure_filled(conn, &store, Some(&data), now()).unwrap();
    assert_eq!(demo::unfinished(conn).unwrap(), None);
    assert_consistent(conn);
    assert_eq!(number(conn, "SELECT count(*) FROM bodies WHERE slug = 'newport' AND name = 'Newport City Council'"), 1);
    assert_eq!(number(conn, "SELECT count(*) FROM categories"), 45);
    let newport =
        number(conn, "SELECT count(*) FROM report_bodies b JOIN bodies o ON o.id = b.body_id WHERE o.slug = 'newport'");
    assert!(newport > 200, "{newport}");

    let before = everything(conn);
    demo::ensure_filled(conn, &store, Some(&data), now()).unwrap();
    demo::ensure_filled(conn, &store, None, now()).unwrap();
    assert_eq!(everything(conn), before, "what is whole is left alone");

    // One that was killed before its last step.
    note_filling(conn, &region(&data), false).unwrap();
    diesel::sql_query("DELETE FROM users").execute(conn).unwrap();
    demo::ensure_filled(conn, &store, Some(&data), now()).unwrap();
    assert_eq!(demo::sign_ins(conn).unwrap().len(), 4);
    assert_consistent(conn);

    let shown = Site::read(conn).unwrap().public_config(&Config::from_lookup(&|_| None).unwrap());
    assert_eq!(shown.demo, Some(Demonstration { invented_places: false, sends_mail: false }));
    assert_eq!(shown.map.attribution.as_deref(), Some("© OpenStreetMap contributors"));
    for owed in ["OpenStreetMap", "National Statistics", "Royal Mail"] {
        assert!(shown.credits.iter().any(|credit| credit.contains(owed)), "{owed} in {:?}", shown.credits);
    }
    assert!(shown.map.centre.metres_to(LonLat::new(-2.9977, 51.5842).unwrap()) < 5_000.0);
}

fn region(folder: &Path) -> Content {
    Content::Region(folder.canonicalize().unwrap().display().to_string())
}

#[test]
fn a_region_is_never_mixed_with_something_else_nor_silently_left_out() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    let (photos, folder, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = PhotoStore::open(photos.path()).unwrap();
    let (folder, other) = (folder.path(), other.path());
    let refused = |conn: &mut PgConnection, region: Option<&Path>| {
        demo::ensure_filled(conn, &store, region, now()).expect_err("refused").to_string()
    };

    note_filling(conn, &region(folder), false).unwrap();
    let told = refused(conn, None);
    assert!(told.contains("a part of the region") && told.contains(&folder.display().to_string()), "{told}");
    note_filling(conn, &region(folder), true).unwrap();
    let told = refused(conn, Some(other));
    assert!(told.contains("already") && told.contains("DATA_DIR"), "{told}");

    diesel::sql_query("DELETE FROM settings").execute(conn).unwrap();
    demo::fill_demo_with(conn, &Album::default(), now()).unwrap();
    let told = refused(conn, Some(folder));
    assert!(told.contains("the demonstration already") && told.contains("DATA_DIR") && !told.contains('\n'), "{told}");

    diesel::sql_query("DELETE FROM settings").execute(conn).unwrap();
    assert!(refused(conn, Some(folder)).contains("holds something already"));
    // What somebody put together by hand is no demonstration, whichever way it is started.
    demo::ensure_filled(conn, &store, None, now()).unwrap();
    assert!(!Site::read(conn).unwrap().is_demonstration());
}
