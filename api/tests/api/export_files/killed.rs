//! A worker that is killed in the middle of an export.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use super::{features, many, sha256};
use crate::harness::{SECRET, TestApp};

/// Enough that it takes a while.
const MANY: usize = 20_000;

/// A process that is killed when it is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn worker(app: &TestApp) -> Worker {
    let process = Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .arg("worker")
        .env("DATABASE_URL", &app.database.url)
        .env("DATA_DIR", app.folder.path())
        .env("BASE_URL", &app.address)
        .env("SECRET_KEY", SECRET)
        .env("JOB_LEASE_SECONDS", "2")
        .env("LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    Worker(process)
}

async fn until(what: &str, ready: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !ready() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn a_worker_killed_in_the_middle_leaves_no_half_file_and_another_makes_the_export() {
    let app = TestApp::start().await;
    many(&app, MANY);
    let told = app.get("/exports/reports.gpkg").await.expect(StatusCode::ACCEPTED);
    let (at, id) = (told.header("location").to_owned(), told.body["id"].as_str().unwrap().to_owned());
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&app.config.storage.export_store).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };

    let first = worker(&app);
    until("the middle of it", || app.count("SELECT count(*) FROM exports WHERE row_count BETWEEN 2000 AND 19000") == 1)
        .await;
    drop(first);
    let left = names();
    assert!(left.len() == 1 && left[0].starts_with(".part-"), "a beginning, and nothing that looks whole: {left:?}");
    let now = app.get(&at).await.body;
    assert_eq!((&now["state"], now["file"].as_str()), (&"making".into(), None));
    app.get(&format!("{at}/reports.gpkg")).await.expect(StatusCode::NOT_FOUND);

    let _second = worker(&app);
    until("the whole of it", || app.count("SELECT count(*) FROM exports WHERE state = 'ready'") == 1).await;
    assert_eq!(names(), [id], "what the first had begun is gone");
    let ready = app.get(&at).await.body;
    let whole = app.get(ready["file"].as_str().unwrap()).await.expect(StatusCode::OK);
    assert_eq!(sha256(&whole.bytes), ready["sha256"]);
    let file = app.folder.path().join("whole.gpkg");
    std::fs::write(&file, &whole.bytes).unwrap();
    assert_eq!(features(&file, &[]), MANY);
}
