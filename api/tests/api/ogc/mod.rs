//! OGC API Features, as its standards' abstract tests ask and as geographic information systems use it.

mod core;
mod crs;
mod description;
mod filters;
mod gdal;
mod many_filters;
mod pages;
mod recorder;
mod requirements;

use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::{Answer, TestApp};

/// Reports that everybody may see.
const PUBLISHED: usize = 60;

/// A server with reports, updates, areas, bodies and streets.
async fn start() -> TestApp {
    start_with(&[]).await
}

async fn start_with(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with(settings).await;
    app.two_councils();
    app.sql(include_str!("ground.sql"));
    app
}

/// What an address under `/ogc` answers, which has to be what was asked for.
async fn get(app: &TestApp, path: &str) -> Answer {
    app.get(&format!("/ogc{path}")).await.expect(StatusCode::OK)
}

/// The features of a page.
fn features(answer: &Answer) -> &Vec<Value> {
    answer.body["features"].as_array().unwrap()
}

/// The numbers of a page's features.
fn ids(answer: &Answer) -> Vec<i64> {
    features(answer).iter().map(|feature| feature["id"].as_i64().unwrap()).collect()
}

/// The numbers of all reports that a query of the database finds, in order.
fn expected(app: &TestApp, condition: &str) -> Vec<i64> {
    use diesel::prelude::*;
    use diesel::sql_types::{Array, BigInt};
    diesel::dsl::sql::<Array<BigInt>>(&format!(
        "SELECT coalesce(array_agg(id ORDER BY id), '{{}}') FROM reports WHERE visibility = 'published' AND ({condition})"
    ))
    .get_result(&mut app.conn())
    .unwrap()
}

/// The link of this relation, without the address of the server.
fn link<'a>(app: &TestApp, body: &'a Value, rel: &str) -> Option<&'a str> {
    let links = body["links"].as_array().unwrap();
    let link = links.iter().find(|link| link["rel"] == rel)?;
    assert!(link["type"].is_string(), "{link}");
    Some(link["href"].as_str().unwrap().strip_prefix(&app.address).unwrap_or_else(|| panic!("{link} leads elsewhere")))
}

/// The names and the values of a query, escaped.
fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
