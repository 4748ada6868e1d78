//! Exports as files: every format against the database, with GDAL reading them; those the worker makes; staff's; the snapshot.

mod formats;
mod killed;
mod making;
mod snapshot;
mod staff;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use mendmap::exports::record::{Kind, PROPERTIES};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::harness::{Answer, Session, TestApp};
use crate::open_data::in_the_database;

/// So many published reports on a grid around Newport, in Southshire's drains, of every status that needs no more words.
fn many(app: &TestApp, count: usize) {
    app.sql(&format!(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, status, visibility, confirmed_at)
         SELECT ST_SetSRID(ST_MakePoint(-3.05 + (n % 100) * 0.001, 51.50 + (n / 100) * 0.0005), 4326), 'Report ' || n, 'Detail ' || n,
                'drains', 'Drains', 'Roads', (ARRAY['open', 'investigating', 'in_progress', 'closed'])[1 + n % 4], 'published', now()
         FROM generate_series(1, {count}) n"
    ));
}

/// What a program of GDAL's says.
fn gdal(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("Debian's gdal-bin is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    // GeoJSON has no type for moments, and says so.
    let wrong = |line: &&str| !line.contains("does not natively support DateTime");
    let wrong: Vec<&str> = errors.lines().filter(|line| !line.is_empty()).filter(wrong).collect();
    assert!(output.status.success() && wrong.is_empty(), "{wrong:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Features by number.
fn by_number(lines: &str) -> BTreeMap<i64, Value> {
    let read = |line: &str| {
        let feature: Value = serde_json::from_str(line).unwrap();
        (feature["properties"]["id"].as_i64().unwrap(), feature)
    };
    lines.lines().map(read).collect()
}

/// Whether GDAL says of a property what we say. It has a form of its own for moments.
fn is_same(kind: Kind, ours: &Value, theirs: &Value) -> bool {
    let digits = |value: &Value| -> Option<String> {
        Some(value.as_str()?.chars().filter(char::is_ascii_digit).take(14).collect())
    };
    match kind {
        Kind::Moment => digits(ours) == digits(theirs),
        Kind::Number => match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-6,
            (ours, theirs) => ours == theirs,
        },
        Kind::Integer | Kind::Text => ours == theirs,
    }
}

/// What GDAL reads out of a file is what the database holds: everything that is published, and nothing else.
fn assert_is_the_database(app: &TestApp, file: &Path) {
    let path = file.to_str().unwrap();
    let read = gdal("ogr2ogr", &["-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=15", "/vsistdout/", path]);
    let (read, kept) = (by_number(&read), in_the_database(app));
    let numbers: Vec<i64> = read.keys().copied().collect();
    assert_eq!(numbers, kept.iter().map(|(id, _)| *id).collect::<Vec<_>>(), "{path}");
    for (feature, (id, row)) in read.values().zip(&kept) {
        let row = row.as_object().unwrap();
        for (place, name) in ["lon", "lat"].into_iter().enumerate() {
            let told = feature["geometry"]["coordinates"][place].as_f64().unwrap();
            assert!((told - row[name].as_f64().unwrap()).abs() < 1e-12, "{path}: {name} of {id} is {told}");
        }
        let mut compared = 2;
        for property in PROPERTIES {
            let Some(ours) = row.get(property.name) else { continue };
            let theirs = &feature["properties"][property.name];
            assert!(is_same(property.kind, ours, theirs), "{path}: {} of {id}: {ours} {theirs}", property.name);
            compared += 1;
        }
        assert_eq!(compared, row.len(), "all but the place are properties");
    }
}

/// How many features of a file GDAL sees, with these options.
fn features(file: &Path, options: &[&str]) -> usize {
    let told = gdal("ogrinfo", &[&["-ro", "-so", "-al"], options, &[file.to_str().unwrap()]].concat());
    let line = told.lines().find_map(|line| line.strip_prefix("Feature Count: ")).expect("a count");
    line.trim().parse().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer as it is, wherever it leads.
async fn without_following(app: &TestApp, path: &str, headers: &[(&str, &str)], session: Option<&Session>) -> Answer {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut request = client.request(Method::GET, format!("{}{path}", app.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(session) = session {
        request = request.bearer_auth(&session.token);
    }
    Answer::of(request.send().await).await
}
