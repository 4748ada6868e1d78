//! Exports as files: every format against the database, with GDAL reading them; those the worker makes; staff's; the snapshot.

mod formats;
mod killed;
mod making;
mod snapshot;
mod staff;

use std::path::Path;
use std::process::Command;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use sha2::{Digest as _, Sha256};

use crate::harness::{Answer, Session, TestApp};

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
