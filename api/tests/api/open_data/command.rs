//! `mendmap export`: the same from the command line, gone on with where it was killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use reqwest::StatusCode;
use serde_json::Value;

use super::{add_reports, caught_up, features, ids, is_gone, lines};
use crate::harness::{SECRET, TestApp};

fn command(app: &TestApp, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mendmap"));
    command
        .arg("export")
        .args(arguments)
        .env("DATABASE_URL", &app.database.url)
        .env("DATA_DIR", app.folder.path())
        .env("SECRET_KEY", SECRET)
        .env("BASE_URL", &app.address)
        .env("LOG", "warn");
    command
}

fn export(app: &TestApp, arguments: &[&str]) -> Output {
    command(app, arguments).output().unwrap()
}

fn written(app: &TestApp, arguments: &[&str]) -> Output {
    let output = export(app, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn refused(app: &TestApp, arguments: &[&str], says: &str) {
    let output = export(app, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains(says), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

/// Runs it until the file has so many bytes more, and kills it; whether it was still running.
fn kill_after(app: &TestApp, arguments: &[&str], file: &Path, bytes: u64) -> bool {
    let length = || fs::metadata(file).map_or(0, |known| known.len());
    let before = length();
    let mut running = command(app, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while length() < before + bytes && running.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "nothing is written");
        std::thread::sleep(Duration::from_millis(1));
    }
    let was_running = running.try_wait().unwrap().is_none();
    let _ = running.kill();
    let _ = running.wait();
    was_running
}

/// What is published, by number.
fn published(app: &TestApp) -> BTreeMap<i64, String> {
    diesel::dsl::sql::<(BigInt, Text)>("SELECT id, title FROM reports WHERE visibility = 'published'")
        .load::<(i64, String)>(&mut app.conn())
        .unwrap()
        .into_iter()
        .collect()
}

/// What somebody has who read a file from its first line to its last.
fn read(file: &Path) -> BTreeMap<i64, String> {
    let mut copy = BTreeMap::new();
    for feature in lines(&fs::read(file).unwrap()) {
        let id = feature["id"].as_i64().unwrap();
        if is_gone(&feature) {
            copy.remove(&id);
        } else {
            copy.insert(id, feature["properties"]["title"].as_str().unwrap().to_owned());
        }
    }
    copy
}

#[actix_web::test]
async fn a_file_holds_what_the_server_answers() {
    let app = TestApp::start().await;
    add_reports(&app, 2_300, 40);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reports.geojsonl").display().to_string();
    for (format, filters, query) in [
        ("geojsonl", vec![], ""),
        ("geojson", vec![], ""),
        (
            "geojsonl",
            vec!["--status", "open", "--bbox", "-3.0355,51.5,-3.0205,51.6"],
            "status=open&bbox=-3.0355,51.5,-3.0205,51.6",
        ),
        ("geojson", vec!["--until", "2026-01-01T00:00:00Z"], "until=2026-01-01T00:00:00Z"),
    ] {
        let arguments = [&["--format", format][..], &filters].concat();
        caught_up(&app).await;
        let answer = app.get(&format!("/reports.{format}?{query}")).await.expect(StatusCode::OK);
        let output = written(&app, &[&arguments[..], &["--output", &file]].concat());
        assert!(output.stdout.is_empty());
        let bytes = fs::read(&file).unwrap();
        assert!(bytes == answer.bytes, "{format} {query}");
        assert!(written(&app, &arguments).stdout == bytes, "on standard output: {format} {query}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(&format!("{} features", features(&answer).len())), "{told}");
        assert!(told.contains(answer.header("x-changes-cursor")), "{told}");
    }
    refused(&app, &["--polygon", "POLYGON((0 0,2 2,2 0,0 2,0 0))"], "Self-intersection");
    refused(&app, &["--status", "mended"], "status takes");
    refused(&app, &["--updated-after", "yesterday"], "updated_after is a moment");
    refused(&app, &["--output", "/nowhere/at/all"], "/nowhere/at/all cannot be written");
}

#[actix_web::test]
async fn killed_at_any_moment_it_goes_on_and_nothing_is_lost_or_doubled() {
    let app = TestApp::start().await;
    add_reports(&app, 5_500, 300);
    caught_up(&app).await;
    let folder = tempfile::tempdir().unwrap();
    for format in ["geojsonl", "geojson"] {
        let path = folder.path().join(format!("reports.{format}"));
        let file = path.display().to_string();
        let arguments = ["--format", format, "--resume", "--output", &file];
        for _ in 0..2 {
            assert!(kill_after(&app, &arguments, &path, 1), "it was faster than the one who kills it");
        }
        // Half a line that reached the disk without being counted.
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"type\":\"Fea");
        fs::write(&path, bytes).unwrap();
        written(&app, &arguments);
        caught_up(&app).await;
        let answer = app.get(&format!("/reports.{format}")).await.expect(StatusCode::OK);
        assert!(fs::read(&path).unwrap() == answer.bytes, "{format} is not what an undisturbed run writes");
    }
}

#[actix_web::test]
async fn what_changed_since_is_written_behind() {
    let app = TestApp::start().await;
    app.two_councils();
    add_reports(&app, 2_500, 40);
    caught_up(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.geojsonl");
    let file = path.display().to_string();
    let resume = ["--resume", "--output", &file];
    // Killed after a batch or two, and then a report that was written already changes.
    kill_after(&app, &resume, &path, 1);
    app.sql("UPDATE reports SET title = 'Changed' WHERE id = 3; UPDATE reports SET visibility = 'hidden' WHERE id IN (4, 2400)");
    caught_up(&app).await;
    written(&app, &resume);
    written(&app, &resume);
    assert_eq!(read(&path), published(&app));
    let length = fs::metadata(&path).unwrap().len();
    written(&app, &resume);
    assert_eq!(fs::metadata(&path).unwrap().len(), length, "nothing has changed");

    // Many changes, and killed in the middle of them.
    app.sql("UPDATE reports SET title = 'Again' WHERE id % 2 = 0; DELETE FROM reports WHERE id % 5 = 0");
    add_reports(&app, 1_500, 40);
    caught_up(&app).await;
    kill_after(&app, &resume, &path, 1);
    written(&app, &resume);
    assert_eq!(read(&path), published(&app));
    let appended = lines(&fs::read(&path).unwrap()[usize::try_from(length).unwrap()..]);
    let mut once = ids(&appended);
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), appended.len(), "a change was written twice");

    refused(&app, &["--resume", "--output", &file, "--status", "open"], "other filters");
    let changes = folder.path().join("changes.geojson").display().to_string();
    let cursor = caught_up(&app).await;
    app.sql("UPDATE reports SET title = 'Last' WHERE id = 1; UPDATE reports SET visibility = 'hidden' WHERE id = 3");
    caught_up(&app).await;
    written(&app, &["--updated-after", &cursor, "--format", "geojson", "--output", &changes]);
    let document: Value = serde_json::from_slice(&fs::read(&changes).unwrap()).unwrap();
    let found = document["features"].as_array().unwrap();
    assert_eq!((ids(found), is_gone(&found[0]), is_gone(&found[1])), (vec![1, 3], false, true));
    refused(&app, &["--resume", "--format", "geojson", "--output", &changes], "nothing can be added");
    assert!(written(&app, &["--updated-after", document["changes_cursor"].as_str().unwrap()]).stdout.is_empty());

    mendmap_admin(&app);
    refused(&app, &resume, "start again");
    written(&app, &["--output", &file]);
    assert_eq!(read(&path), published(&app));
}

fn mendmap_admin(app: &TestApp) {
    let mut admin = Command::new(env!("CARGO_BIN_EXE_mendmap"));
    admin.args(["admin", "restart-changes"]).env("DATABASE_URL", &app.database.url).env("DATA_DIR", app.folder.path());
    assert!(admin.env("SECRET_KEY", SECRET).env("LOG", "warn").output().unwrap().status.success());
}
