//! The server's own description: not stale, and true when a tool that nobody here wrote tries it out.

use std::path::PathBuf;
use std::process::Command;

use super::{key, published};
use crate::harness::TestApp;

/// The tool, where `make test` says it is.
fn schemathesis() -> Option<PathBuf> {
    let tool = std::env::var_os("SCHEMATHESIS").map(PathBuf::from).filter(|tool| tool.exists());
    assert!(tool.is_some() || std::env::var_os("CI").is_none(), "SCHEMATHESIS names no program: see the Makefile");
    tool
}

#[test]
fn the_committed_description_of_the_open311_server_is_not_stale() {
    let committed = include_str!("../../../../openapi/open311.json");
    let current = mendmap::openapi::open311::json().unwrap();
    assert!(committed == current, "openapi/open311.json is stale: run `make openapi`");
}

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_description_does_not_promise() {
    let Some(tool) = schemathesis() else { return };
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "10000")]).await;
    app.two_councils();
    // As the examples have it.
    app.sql("UPDATE bodies SET slug = 'newport' WHERE slug = 'south'; ALTER TABLE reports ALTER COLUMN id RESTART WITH 1204");
    let key = key(&app, "newport", true);
    published(&app, &key, &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(tool);
    command
        .args(["run", concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/open311.json"), "--url", &app.address])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "311", "--workers", "1"])
        // What a form lacks is told by its status, and which of its fields are forms of one thing no schema can say.
        .args(["--exclude-checks", "negative_data_rejection,positive_data_acceptance,missing_required_header"])
        .args(["--no-color", "--suppress-health-check", "all"])
        .current_dir(folder.path());
    let output = actix_web::web::block(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
