//! What staff take out of their desk.

use std::collections::BTreeMap;

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{features, without_following};
use crate::harness::{Answer, Session, TestApp, new_report};

const SOUTH: &str = "/api/v1/desk/bodies/south/exports";

/// Southshire with a published report, a private one and a hidden one, and one that is Northshire's.
async fn site() -> TestApp {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("zebra@example.org").await;
    for (category, title, lat) in [
        ("potholes", "published", 51.56),
        ("needles", "private", 51.56),
        ("drains", "hidden", 51.56),
        ("drains", "of the north", 51.65),
    ] {
        let mut report = new_report();
        report["title"] = json!(title);
        report["category"] = json!(category);
        report["location"] = json!({ "lon": -2.9977, "lat": lat });
        report["anonymous"] = json!(true);
        report["author"] = json!({ "name": "=Zebra", "phone": "01633 999 111" });
        if category != "potholes" {
            report["answers"] = json!({});
        }
        app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED);
    }
    app.sql("UPDATE reports SET visibility = 'hidden' WHERE title = 'hidden'");
    app.work_off().await;
    app
}

async fn ask(app: &TestApp, session: &Session, wanted: Value) -> Answer {
    app.post_as(session, SOUTH, wanted).await
}

/// Has it made, and fetches it.
async fn made(app: &TestApp, session: &Session, wanted: Value) -> (String, Answer) {
    let told = ask(app, session, wanted).await.expect(StatusCode::ACCEPTED);
    app.work_off().await;
    let ready = app.get_as(session, told.header("location")).await.expect(StatusCode::OK).body;
    let address = ready["file"].as_str().expect("a file").to_owned();
    let file = app.get_as(session, &address).await.expect(StatusCode::OK);
    (address, file)
}

fn table(file: &Answer) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(file.bytes.as_slice()).deserialize().map(|row| row.unwrap()).collect()
}

#[actix_web::test]
async fn officers_and_administrators_of_the_body_take_out_what_the_desk_shows_and_nobody_else_does() {
    let app = site().await;
    let wanted = json!({ "format": "csv" });
    app.post(SOUTH, wanted.clone()).await.expect_error(ErrorCode::Unauthenticated);
    let stranger = app.sign_in("stranger@example.org").await;
    ask(&app, &stranger, wanted.clone()).await.expect_error(ErrorCode::NotFound);
    for (role, body, refused) in [
        ("viewer", "south", ErrorCode::Forbidden),
        ("inspector", "south", ErrorCode::Forbidden),
        ("officer", "north", ErrorCode::NotFound),
        ("administrator", "north", ErrorCode::NotFound),
    ] {
        let session = app.sign_in_staff(&format!("{role}@{body}.example.org"), body, role).await;
        ask(&app, &session, wanted.clone()).await.expect_error(refused);
    }
    assert_eq!(
        app.count(
            "SELECT (SELECT count(*) FROM exports) + (SELECT count(*) FROM audit_log WHERE action = 'reports.export')"
        ),
        0
    );
    for role in ["officer", "administrator"] {
        let session = app.sign_in_staff(&format!("{role}@south.example.org"), "south", role).await;
        let (_, file) = made(&app, &session, wanted.clone()).await;
        let rows = table(&file);
        let titles: Vec<&str> = rows.iter().map(|row| row["title"].as_str()).collect();
        assert_eq!(titles, ["published", "private"]);
        for (row, visibility) in rows.iter().zip(["published", "private"]) {
            assert_eq!(row["visibility"], visibility);
            assert_eq!(
                (row["reporter_name"].as_str(), row["reporter_email"].as_str()),
                ("'=Zebra", "zebra@example.org")
            );
            assert_eq!((row["reporter_phone"].as_str(), row["reporter_anonymous"].as_str()), ("01633 999 111", "yes"));
        }
        assert_eq!(rows[0]["answers"], "How deep?: 12; Danger?: No");
        assert!(rows[0]["due"].ends_with('Z'));
    }
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn each_is_noted_once_with_who_what_and_how() {
    let app = site().await;
    let officer = app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    let wanted = json!({ "format": "gpkg", "status": "open", "category": "potholes" });
    let key = "the same key";
    let key = key.replace(' ', "-");
    let first =
        app.send_with_key(Method::POST, SOUTH, Some(&officer), &wanted, &key).await.expect(StatusCode::ACCEPTED);
    let again =
        app.send_with_key(Method::POST, SOUTH, Some(&officer), &wanted, &key).await.expect(StatusCode::ACCEPTED);
    assert_eq!((&first.body, first.header("location")), (&again.body, again.header("location")));
    assert_eq!(app.count("SELECT count(*) FROM exports"), 1);
    assert_eq!(
        app.count(&format!(
            "SELECT count(*) FROM audit_log a JOIN users u ON u.id = a.actor_id JOIN bodies b ON b.id = a.object_id
             WHERE action = 'reports.export' AND object_type = 'body' AND b.slug = 'south' AND u.email = 'officer@south.example.org'
               AND detail @> '{{\"export\": {}, \"format\": \"gpkg\", \"filter\": {{\"status\": \"open\", \"category\": \"potholes\"}}}}'",
            first.body["id"]
        )),
        1
    );
    assert_eq!(app.count("SELECT count(*) FROM audit_log WHERE action = 'reports.export'"), 1);
}

#[actix_web::test]
async fn only_whoever_asked_for_it_gets_the_file_while_they_may_and_nothing_keeps_it() {
    let app = site().await;
    let officer = app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    let (address, file) = made(&app, &officer, json!({ "format": "csv" })).await;
    assert_eq!(file.header("cache-control"), "private, no-store");
    let part = without_following(&app, &address, &[("range", "bytes=0-9")], Some(&officer)).await;
    assert_eq!(part.expect(StatusCode::PARTIAL_CONTENT).bytes, file.bytes[..10]);
    let at = address.rsplit_once('/').unwrap().0.to_owned();
    let id = at.rsplit('/').next().unwrap();
    let elsewhere = [format!("/api/v1/exports/{id}"), format!("/api/v1/exports/{id}/reports.csv")];
    let colleague = app.sign_in_staff("colleague@south.example.org", "south", "administrator").await;
    let stranger = app.sign_in("stranger@example.org").await;
    for path in [&address, &at] {
        app.get(path).await.expect_error(ErrorCode::Unauthenticated);
        app.get_as(&colleague, path).await.expect_error(ErrorCode::NotFound);
        app.get_as(&stranger, path).await.expect_error(ErrorCode::NotFound);
    }
    for path in &elsewhere {
        app.get(path).await.expect_error(ErrorCode::NotFound);
        app.get_as(&officer, path).await.expect_error(ErrorCode::NotFound);
    }
    app.get_as(&officer, &address.replace("/south/", "/north/")).await.expect_error(ErrorCode::NotFound);
    app.sql("UPDATE staff SET role = 'viewer' WHERE user_id = (SELECT id FROM users WHERE email = 'officer@south.example.org')");
    app.get_as(&officer, &address).await.expect_error(ErrorCode::Forbidden);
    app.sql("UPDATE staff SET role = 'officer'; UPDATE exports SET expires_at = now() - interval '1 second'");
    app.get_as(&officer, &address).await.expect_error(ErrorCode::NotFound);
    app.keep_house().await;
    assert!(!app.config.storage.export_store.join(id).exists());
}

#[actix_web::test]
async fn it_is_narrowed_down_like_the_list_and_comes_in_every_format() {
    let app = site().await;
    let officer = app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    let number = app.count("SELECT id FROM reports WHERE title = 'private'");
    for (wanted, expected) in [
        (json!({ "format": "csv", "category": "Cleaning" }), vec!["private"]),
        (json!({ "format": "csv", "q": "published" }), vec!["published"]),
        (json!({ "format": "csv", "q": format!("#{number}") }), vec!["private"]),
        (json!({ "format": "csv", "status": "fixed,closed" }), vec![]),
        (json!({ "format": "csv", "status": "", "q": " " }), vec!["published", "private"]),
    ] {
        let (_, file) = made(&app, &officer, wanted.clone()).await;
        let rows = table(&file);
        assert_eq!(rows.iter().map(|row| row["title"].as_str()).collect::<Vec<_>>(), expected, "{wanted}");
    }
    for format in ["geojsonl", "gpkg", "fgb"] {
        let (_, answer) = made(&app, &officer, json!({ "format": format })).await;
        let file = app.folder.path().join(format!("staff.{format}"));
        std::fs::write(&file, &answer.bytes).unwrap();
        assert_eq!(features(&file, &[]), 2);
        let told = super::gdal("ogrinfo", &["-ro", "-al", "-q", file.to_str().unwrap()]);
        assert!(told.contains("reporter_email (String) = zebra@example.org"), "{told}");
    }
    for (wanted, refused) in [
        (json!({ "format": "shp" }), ErrorCode::ValidationFailed),
        (json!({}), ErrorCode::ValidationFailed),
        (json!({ "format": "csv", "status": "mended" }), ErrorCode::InvalidRequest),
        (json!({ "format": "csv", "q": "x".repeat(300) }), ErrorCode::ValidationFailed),
        (json!({ "format": "csv", "category": "a\u{0}b" }), ErrorCode::ValidationFailed),
    ] {
        ask(&app, &officer, wanted).await.expect_error(refused);
    }
}
