//! The Open311 server, as clients that nobody here wrote would use it.

mod bulk;
mod contract;
mod description;
mod errors;
mod media;
mod requests;
mod updates;

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Answer, TestApp};

/// A key of this body.
pub fn key(app: &TestApp, body: &str, trusted: bool) -> String {
    let mut conn = app.conn();
    let body = mendmap::bodies::queries::id_of(&mut conn, body).unwrap();
    mendmap::api_keys::queries::create(&mut conn, body, "a back office", trusted, None).unwrap().1
}

/// A path of the server, answered.
pub async fn get(app: &TestApp, path: &str) -> Answer {
    app.get(&format!("/open311/v2/{path}")).await
}

/// A form, posted.
pub async fn post(app: &TestApp, path: &str, form: &[(&str, &str)]) -> Answer {
    Answer::of(app.request(Method::POST, &format!("/open311/v2/{path}")).form(form).send().await).await
}

/// What every request needs; `more` comes on top.
pub fn request<'a>(key: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("api_key", key),
        ("service_code", "potholes"),
        ("lat", "51.56"),
        ("long", "-2.9977"),
        ("description", "Deep pothole by the bus stop. It grows."),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    form
}

/// Sends a report with a trusted key, and answers its number.
pub async fn published(app: &TestApp, key: &str, more: &[(&str, &str)]) -> String {
    let answer = post(app, "requests.json", &request(key, more)).await.expect(reqwest::StatusCode::CREATED);
    answer.body[0]["service_request_id"].as_str().unwrap().to_owned()
}

/// The one item of a list of one.
pub fn only(list: &Value) -> &Value {
    let items = list.as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    &items[0]
}
