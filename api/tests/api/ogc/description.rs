//! The description: not stale, complete, and true when a tool that nobody here wrote tries it out.

use std::path::PathBuf;
use std::process::Command;

use super::start_with;

/// The tool, where `make test` says it is.
fn schemathesis() -> Option<PathBuf> {
    let tool = std::env::var_os("SCHEMATHESIS").map(PathBuf::from).filter(|tool| tool.exists());
    assert!(tool.is_some() || std::env::var_os("CI").is_none(), "SCHEMATHESIS names no program: see the Makefile");
    tool
}

#[test]
fn the_committed_description_of_ogc_api_features_is_not_stale() {
    let committed = include_str!("../../../../openapi/ogc.json");
    let current = mendmap::openapi::ogc::json().unwrap();
    assert!(committed == current, "openapi/ogc.json is stale: run `make openapi`");
}

#[test]
fn oas30_every_address_of_every_collection_is_described_with_what_gdal_looks_for() {
    let document = mendmap::openapi::ogc::document();
    for collection in &mendmap::ogc::collections::ALL {
        let path = format!("/collections/{}", collection.id);
        for more in ["", "/queryables", "/items", "/items/{featureId}"] {
            let operation = &document["paths"][format!("{path}{more}")]["get"];
            assert!(operation["operationId"].is_string(), "{path}{more}");
            assert!(operation["responses"]["200"].is_object() && operation["responses"]["400"].is_object());
        }
        let parameters = document["paths"][format!("{path}/items")]["get"]["parameters"].as_array().unwrap();
        let referred =
            |name: &str| parameters.iter().any(|one| one["$ref"] == format!("#/components/parameters/{name}"));
        for name in ["bbox", "datetime", "crs", "bbox-crs", "filter", "filter-lang", "filter-crs"] {
            assert!(referred(name), "{name} of {path}");
        }
        let limit = parameters.iter().find(|one| one["name"] == "limit").unwrap();
        assert_eq!(
            (limit["schema"]["minimum"].as_i64(), limit["schema"]["maximum"].as_i64()),
            (Some(1), Some(collection.shape.page_max()))
        );
    }
    let languages = &document["components"]["parameters"]["filter-lang"]["schema"]["enum"];
    assert_eq!(*languages, serde_json::json!(["cql2-text", "cql-text", "cql2-json"]));
}

#[actix_web::test]
async fn schemathesis_finds_no_answer_that_the_description_does_not_promise() {
    let Some(tool) = schemathesis() else { return };
    let app = start_with(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(tool);
    // The collections differ in their properties only: one with all there is, and one where geometries may lack.
    let paths = [
        "/",
        "/api",
        "/conformance",
        "/collections",
        "/collections/reports",
        "/collections/reports/queryables",
        "/collections/reports/items",
        "/collections/reports/items/{featureId}",
        "/collections/bodies/items",
    ];
    command
        .args([
            "run",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/ogc.json"),
            "--url",
            &format!("{}/ogc", app.address),
        ])
        .args(["--phases", "examples,fuzzing", "--max-examples", "4", "--seed", "27700", "--workers", "1"])
        // More features than there are to a page are as many as there are; a filter is more than its schema says; clients ask for what
        // they cannot read and get what there is.
        .args(["--exclude-checks", "negative_data_rejection,positive_data_acceptance,missing_required_header"])
        .args(paths.iter().flat_map(|path| ["--include-path", path]))
        .args(["--no-color", "--suppress-health-check", "all"])
        .current_dir(folder.path());
    let output = actix_web::web::block(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
