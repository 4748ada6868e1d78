//! Exports that the worker makes.

use mendmap_shared::error::ErrorCode;
use reqwest::StatusCode;
use serde_json::json;

use super::{assert_is_the_database, features, many, sha256, without_following};
use crate::harness::TestApp;

/// More than are answered at once.
const MANY: usize = 5_001;

async fn large() -> TestApp {
    let app = TestApp::start().await;
    many(&app, MANY);
    app
}

/// The folders in the store.
fn kept(app: &TestApp) -> Vec<String> {
    let entries = std::fs::read_dir(&app.config.storage.export_store).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[actix_web::test]
async fn a_large_export_is_told_of_made_and_fetched() {
    let app = large().await;
    for format in ["csv", "geojsonl", "gpkg", "fgb"] {
        let address = format!("/api/v1/exports/reports.{format}");
        let told = without_following(&app, &address, &[], None).await.expect(StatusCode::ACCEPTED);
        assert_eq!((&told.body["state"], &told.body["rows"]), (&json!("waiting"), &json!(0)));
        let at = told.header("location").to_owned();
        assert_eq!(at, format!("/api/v1/exports/{}", told.body["id"].as_str().unwrap()));
        assert!(told.header("retry-after").parse::<u32>().unwrap() > 0);
        app.get(&format!("{at}/reports.{format}")).await.expect_error(ErrorCode::NotFound);

        app.work_off().await;
        let ready = app.get(&at).await.expect(StatusCode::OK);
        assert_eq!(ready.header("cache-control"), "no-store");
        assert_eq!((&ready.body["state"], &ready.body["rows"]), (&json!("ready"), &json!(MANY)));
        assert_eq!(ready.body["total"], json!(MANY));
        let again = without_following(&app, &address, &[], None).await.expect(StatusCode::SEE_OTHER);
        assert_eq!(again.header("location"), ready.body["file"]);
        app.get(&format!("{at}/reports.{}", if format == "csv" { "gpkg" } else { "csv" }))
            .await
            .expect_error(ErrorCode::NotFound);

        let whole = app.get(ready.body["file"].as_str().unwrap()).await.expect(StatusCode::OK);
        assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"reports.{format}\""));
        assert_eq!(json!(whole.bytes.len()), ready.body["bytes"]);
        assert_eq!(json!(sha256(&whole.bytes)), ready.body["sha256"]);
        let file = app.folder.path().join(format!("reports.{format}"));
        std::fs::write(&file, &whole.bytes).unwrap();
        match format {
            "csv" => {
                let mut reader = csv::Reader::from_reader(whole.bytes.as_slice());
                let ids: std::collections::BTreeSet<String> =
                    reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
                assert_eq!(ids.len(), MANY);
            }
            "geojsonl" => assert_eq!(features(&file, &[]), MANY),
            _ => {
                assert_eq!(features(&file, &[]), MANY, "{format}");
                assert_is_the_database(&app, &file);
            }
        }
    }
    app.assert_no_jobs_left();
    assert!(kept(&app).iter().all(|name| !name.starts_with('.')), "{:?}", kept(&app));
}

#[actix_web::test]
async fn a_file_is_fetched_in_parts_and_not_again_when_it_is_known() {
    let app = large().await;
    let told = app.get("/exports/reports.csv").await;
    app.work_off().await;
    let ready = app.get(told.header("location")).await.body;
    let address = ready["file"].as_str().unwrap();
    let whole = app.get(address).await;
    let (tag, length) = (whole.header("etag").to_owned(), whole.bytes.len());
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let middle = length / 2;
    let mut joined = Vec::new();
    for range in [format!("bytes=0-{}", middle - 1), format!("bytes={middle}-")] {
        // Compressing parts would make them parts of another file.
        let headers = [("range", range.as_str()), ("if-range", &tag), ("accept-encoding", "gzip")];
        let part = without_following(&app, address, &headers, None).await.expect(StatusCode::PARTIAL_CONTENT);
        assert!(part.header("content-range").ends_with(&format!("/{length}")));
        joined.extend(part.bytes);
    }
    assert_eq!(joined, whole.bytes);
    let stale = [("range", "bytes=0-9"), ("if-range", "\"another\"")];
    assert_eq!(without_following(&app, address, &stale, None).await.expect(StatusCode::OK).bytes, whole.bytes);
    without_following(&app, address, &[("if-none-match", &tag)], None).await.expect(StatusCode::NOT_MODIFIED);
    let beyond = [("range", "bytes=999999999-")];
    without_following(&app, address, &beyond, None).await.expect(StatusCode::RANGE_NOT_SATISFIABLE);
}

#[actix_web::test]
async fn whoever_asks_for_the_same_gets_the_same_export_while_it_is_made_and_for_an_hour() {
    let app = large().await;
    let one = |query: &str| {
        let path = format!("/api/v1/exports/reports.csv?{query}");
        let app = &app;
        async move { without_following(app, &path, &[], None).await.expect(StatusCode::ACCEPTED).body["id"].clone() }
    };
    let asked = futures_util::future::join_all((0..8).map(|_| one("category=drains&since=2020-01-01T00:00:00Z"))).await;
    assert!(asked.iter().all(|id| *id == asked[0]), "{asked:?}");
    assert_eq!(one("since=2020-01-01T01:00:00%2B01:00&category=drains&unknown=1").await, asked[0]);
    assert_ne!(one("category=drains").await, asked[0]);
    assert_eq!(app.count("SELECT count(*) FROM exports"), 2);
    assert_eq!(app.count("SELECT count(*) FROM jobs"), 2);
    app.work_off().await;
    app.sql("UPDATE exports SET created_at = now() - interval '59 minutes'");
    without_following(&app, "/api/v1/exports/reports.csv?category=drains", &[], None)
        .await
        .expect(StatusCode::SEE_OTHER);
    app.sql("UPDATE exports SET created_at = now() - interval '61 minutes'");
    assert_ne!(one("category=drains").await, asked[0], "it is not what is there now");
}

#[actix_web::test]
async fn after_its_day_an_export_is_gone_with_its_file() {
    let app = large().await;
    let told = app.get("/exports/reports.csv").await;
    app.work_off().await;
    let (at, id) = (told.header("location").to_owned(), told.body["id"].as_str().unwrap().to_owned());
    let file = format!("{at}/reports.csv");
    app.keep_house().await;
    app.get(&file).await.expect(StatusCode::OK);
    assert!(kept(&app).contains(&id));
    let hours = app.count("SELECT round(extract(epoch FROM expires_at - now()) / 3600)::bigint FROM exports");
    assert_eq!(hours, 24);
    app.sql("UPDATE exports SET expires_at = now() - interval '1 second'");
    app.get(&at).await.expect_error(ErrorCode::NotFound);
    app.get(&file).await.expect_error(ErrorCode::NotFound);
    app.keep_house().await;
    assert_eq!(app.count("SELECT count(*) FROM exports"), 0);
    assert!(!kept(&app).contains(&id), "{:?}", kept(&app));
}

#[actix_web::test]
async fn an_export_whose_time_is_over_before_its_turn_comes_is_not_made() {
    let app = large().await;
    app.get("/exports/reports.csv").await.expect(StatusCode::ACCEPTED);
    app.sql("UPDATE exports SET expires_at = now() - interval '1 second'");
    app.work_off().await;
    app.assert_no_jobs_left();
    assert_eq!(kept(&app), [""; 0]);
}

#[actix_web::test]
async fn a_store_that_cannot_be_written_leaves_no_half_and_the_export_is_made_later() {
    let app = large().await;
    let told = app.get("/exports/reports.gpkg").await.expect(StatusCode::ACCEPTED);
    let store = &app.config.storage.export_store;
    std::fs::remove_dir_all(store).unwrap();
    std::fs::write(store, "a file in its place").unwrap();
    app.work_off().await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL"), 1);
    assert_eq!(app.get(told.header("location")).await.body["state"], "waiting");
    std::fs::remove_file(store).unwrap();
    std::fs::create_dir(store).unwrap();
    app.sql("UPDATE jobs SET run_at = now()");
    app.work_off().await;
    assert_eq!(app.get(told.header("location")).await.body["state"], "ready");
}

#[actix_web::test]
async fn nobody_fills_the_queue_or_the_disk() {
    let app = large().await;
    let columns = "INSERT INTO exports (id, format, query, state, bytes, sha256, expires_at)";
    app.sql(&format!(
        "{columns} SELECT gen_random_uuid(), 'csv', 'q=' || n, 'waiting', NULL, NULL, now() + interval '1 day' FROM generate_series(1, 20) n"
    ));
    let full = app.get("/exports/reports.csv").await.expect_error(ErrorCode::Unavailable);
    assert!(full.header("retry-after").parse::<u32>().unwrap() > 0);
    app.sql("DELETE FROM exports");
    app.sql(&format!(
        "{columns} VALUES (gen_random_uuid(), 'csv', 'q=1', 'ready', 20000000000, 'x', now() + interval '1 day')"
    ));
    app.get("/exports/reports.csv").await.expect_error(ErrorCode::Unavailable);
    app.sql("DELETE FROM exports");
    app.get("/exports/reports.csv").await.expect(StatusCode::ACCEPTED);
}

#[actix_web::test]
async fn one_address_has_few_large_exports_made() {
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "1")]).await;
    many(&app, MANY);
    for n in 0..6 {
        app.get(&format!("/exports/reports.csv?since=2020-01-0{}T00:00:00Z", n + 1)).await.expect(StatusCode::ACCEPTED);
    }
    app.get("/exports/reports.csv").await.expect_error(ErrorCode::RateLimited);
    // What is being made already costs nothing.
    app.get("/exports/reports.csv?since=2020-01-01T00:00:00Z").await.expect(StatusCode::ACCEPTED);
}
