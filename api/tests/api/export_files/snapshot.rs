//! The nightly snapshot of the open data.

use chrono::{Days, Utc};
use mendmap::exports::made::queries::ask_for_snapshot;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::exports::Snapshot;
use reqwest::StatusCode;

use super::{features, many, sha256, without_following};
use crate::harness::TestApp;

const DESCRIPTION: &str = "/api/v1/exports/snapshot/snapshot.json";

async fn described(app: &TestApp) -> Snapshot {
    serde_json::from_value(app.get(DESCRIPTION).await.expect(StatusCode::OK).body).unwrap()
}

#[actix_web::test]
async fn the_first_is_made_as_soon_as_the_house_is_kept_with_size_and_checksum_of_every_file() {
    let app = TestApp::start().await;
    many(&app, 1_200);
    app.sql("UPDATE reports SET visibility = 'hidden' WHERE id % 10 = 0");
    app.get(DESCRIPTION).await.expect_error(ErrorCode::NotFound);
    app.get("/exports/snapshot/reports.csv").await.expect_error(ErrorCode::NotFound);
    app.keep_house().await;
    app.keep_house().await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind = 'make_snapshot'"), 1);
    app.get("/exports/snapshot/reports.csv").await.expect_error(ErrorCode::NotFound);
    app.work_off().await;

    let snapshot = described(&app).await;
    assert_eq!((snapshot.rows, snapshot.files.len()), (1_080, 4));
    assert_eq!(snapshot.licence, app.config.site.data_licence);
    for one in snapshot.files {
        let whole = app.get(&one.file).await.expect(StatusCode::OK);
        assert_eq!((whole.bytes.len() as i64, sha256(&whole.bytes)), (one.bytes, one.sha256));
        assert!(whole.header("cache-control").starts_with("public, max-age="));
        let tag = whole.header("etag").to_owned();
        without_following(&app, &one.file, &[("if-none-match", &tag)], None).await.expect(StatusCode::NOT_MODIFIED);
        let part = without_following(&app, &one.file, &[("range", "bytes=10-19")], None).await;
        assert_eq!(part.expect(StatusCode::PARTIAL_CONTENT).bytes, whole.bytes[10..20]);
        let file = app.folder.path().join(format!("snapshot.{}", one.format));
        std::fs::write(&file, &whole.bytes).unwrap();
        match one.format.as_str() {
            "csv" => assert_eq!(csv::Reader::from_reader(whole.bytes.as_slice()).records().count(), 1_080),
            _ => assert_eq!(features(&file, &[]), 1_080, "{}", one.format),
        }
    }
    let tag = app.get(DESCRIPTION).await.header("etag").to_owned();
    without_following(&app, DESCRIPTION, &[("if-none-match", &tag)], None).await.expect(StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn the_old_one_is_served_until_the_new_one_is_complete_and_few_are_kept() {
    let app = TestApp::start().await;
    many(&app, 10);
    app.keep_house().await;
    app.work_off().await;
    let today = described(&app).await;
    let before = app.get("/exports/snapshot/reports.gpkg").await;
    for later in 1..=3 {
        many(&app, 10);
        let day = Utc::now().date_naive() + Days::new(later);
        assert!(ask_for_snapshot(&mut app.conn(), day).unwrap());
        assert!(!ask_for_snapshot(&mut app.conn(), day).unwrap(), "once a night");
        if later == 1 {
            assert_eq!(described(&app).await, today);
            assert_eq!(app.get("/exports/snapshot/reports.gpkg").await.header("etag"), before.header("etag"));
        }
        app.work_off().await;
        let now = described(&app).await;
        assert_eq!((now.date, now.rows), (day, 10 * (1 + later.cast_signed())));
        let after = app.get("/exports/snapshot/reports.gpkg").await;
        assert_ne!(after.header("etag"), before.header("etag"));
    }
    app.keep_house().await;
    app.get("/exports/snapshot/reports.gpkg").await.expect(StatusCode::OK);
    let folders = std::fs::read_dir(&app.config.storage.export_store).unwrap().count();
    assert_eq!((folders, app.count("SELECT count(*) FROM snapshots")), (2, 2));
}
