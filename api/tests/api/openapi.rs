//! The API's description says what the API does.

use std::collections::BTreeSet;

use mendmap::exports::handlers::PostedPolygon;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope};
use mendmap_shared::wire::integrations_open311 as open311;
use mendmap_shared::wire::{
    Page, auth, categories, config, desk, embeds, exports, integrations, map, photos, reports, stats, updates,
};
use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::harness::{Answer, TestApp};

/// Operations that need no database.
const WITHOUT_DATABASE: [&str; 3] = ["get_config", "get_health", "open_unsubscribe_page"];

pub fn description() -> Value {
    serde_json::from_str(&mendmap::openapi::json().unwrap()).unwrap()
}

/// A path with something in place of its parameters.
pub fn filled_in(pattern: &str) -> String {
    let mut path = String::new();
    for part in pattern.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(_) => path.push('1'),
            None => path.push_str(part.trim_end_matches('{')),
        }
    }
    path
}

/// Every operation with its method and its path.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap();
        operations.iter().map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    })
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

/// What stands there, or what it refers to.
fn resolved<'d>(document: &'d Value, found: &'d Value) -> &'d Value {
    match found["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => found,
    }
}

/// The example of a body, or of its type.
fn example<'d>(document: &'d Value, content: &'d Value) -> &'d Value {
    if content["example"].is_null() { &resolved(document, &content["schema"])["example"] } else { &content["example"] }
}

#[test]
fn the_committed_description_of_the_api_is_not_stale() {
    let committed = include_str!("../../../openapi/mendmap.json");
    let current = mendmap::openapi::json().unwrap();
    assert!(committed == current, "openapi/mendmap.json is stale: run `make openapi`");
}

#[test]
fn every_operation_is_described_with_an_id_a_tag_and_what_it_answers() {
    let document = description();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(!id(operation).is_empty(), "{method} {path} has no operation id");
        assert!(ids.insert(id(operation)), "{} stands twice", id(operation));
        assert!(!operation["tags"].as_array().unwrap().is_empty(), "{path} has no tag");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{path} has no summary");
        for (status, response) in operation["responses"].as_object().unwrap() {
            let text = resolved(&document, response)["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{status} of {method} {path} is not described");
        }
    }
    assert!(ids.len() > 30);
}

#[test]
fn every_operation_lists_the_errors_that_its_kind_can_answer_with() {
    let document = description();
    for (method, path, operation) in operations(&document) {
        let lists = |status: &str| operation["responses"].get(status).is_some();
        let parameters = operation["parameters"].as_array();
        let has = |place: &str| parameters.into_iter().flatten().any(|parameter| parameter["in"] == place);
        let takes_json = operation["requestBody"]["content"].get("application/json").is_some();
        let uses_database = !WITHOUT_DATABASE.contains(&id(operation));
        for (status, can_happen) in [
            ("400", takes_json || has("query")),
            ("401", operation.get("security").is_some()),
            ("404", has("path")),
            ("413", takes_json),
            ("415", takes_json),
            ("422", takes_json),
            ("429", method != "get"),
            ("500", uses_database),
            ("503", uses_database),
        ] {
            assert!(lists(status) || !can_happen, "{method} {path} does not list {status}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            if !status.starts_with(['4', '5']) {
                continue;
            }
            let content = &resolved(&document, response)["content"]["application/json"];
            let shown: ErrorEnvelope = serde_json::from_value(example(&document, content).clone())
                .unwrap_or_else(|error| panic!("the example of {status} of {method} {path}: {error}"));
            assert_eq!(shown.error.code.http_status().to_string(), *status, "{method} {path}");
        }
    }
}

#[test]
fn every_body_has_an_example() {
    let document = description();
    for (method, path, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap().iter();
        let good = answers.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
        for body in good.chain(operation.get("requestBody")) {
            for (kind, content) in body["content"].as_object().into_iter().flatten() {
                assert!(
                    !kind.ends_with("json") || !example(&document, content).is_null(),
                    "no example of a body of {method} {path}"
                );
            }
        }
    }
}

/// Reads an example into its type and back; what the type does not know, or would write otherwise, is an error.
macro_rules! check {
    ($name:expr, $example:expr, $($type:ty: $known:literal),+ $(,)?) => {
        match $name {
            $($known => {
                let value: $type = serde_json::from_value($example.clone()).unwrap_or_else(|error| panic!("{}: {error}", $name));
                assert_eq!(serde_json::to_value(value).unwrap(), *$example, "{}", $name);
            })+
            "PasswordChange" => drop(serde_json::from_value::<auth::PasswordChange>($example.clone()).unwrap()),
            other => panic!("the example of {other} is read by nobody"),
        }
    };
}

#[test]
fn every_example_is_read_into_its_type() {
    let document = description();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let Some(example) = schema.get("example") else { continue };
        check!(name.as_str(), example,
            auth::LinkToken: "LinkToken", auth::Me: "Me", auth::MeChange: "MeChange", auth::Session: "Session",
            auth::SignIn: "SignIn", auth::SignInLinkRequest: "SignInLinkRequest",
            categories::AreaRef: "AreaRef", categories::BodyRef: "BodyRef", categories::CategoriesAt: "CategoriesAt",
            categories::CategoryRef: "CategoryRef", config::PublicConfig: "PublicConfig",
            desk::DeskCounts: "DeskCounts", desk::DeskReport: "DeskReport", desk::DeskRow: "DeskRow",
            exports::Export: "Export", exports::NewDeskExport: "NewDeskExport", exports::Snapshot: "Snapshot",
            desk::NewNote: "NewNote", desk::Note: "Note", map::LiveReport: "LiveReport", map::MapTile: "MapTile", map::StreetTile: "StreetTile", map::TileJson: "TileJson",
            open311::NewOpen311Server: "NewOpen311Server", open311::NewOpen311Service: "NewOpen311Service",
            open311::Open311Server: "Open311Server",
            integrations::ApiKey: "ApiKey", integrations::ApiKeyMade: "ApiKeyMade", integrations::Event: "Event",
            integrations::NewApiKey: "NewApiKey", integrations::NewWebhook: "NewWebhook",
            integrations::Replay: "Replay", integrations::Replayed: "Replayed", integrations::Webhook: "Webhook",
            integrations::WebhookDelivery: "WebhookDelivery", integrations::WebhookSecret: "WebhookSecret",
            integrations::WebhookTried: "WebhookTried", Page<integrations::WebhookDelivery>: "Page_WebhookDelivery",
            Page<desk::DeskRow>: "Page_DeskRow", Page<reports::MyReport>: "Page_MyReport",
            Page<reports::ReportSummary>: "Page_ReportSummary", Page<updates::Update>: "Page_Update",
            PostedPolygon: "PostedPolygon",
            photos::Photo: "Photo", reports::Confirmed: "Confirmed", reports::Followed: "Followed",
            reports::FollowRequest: "FollowRequest", reports::MyReport: "MyReport", reports::NewReport: "NewReport",
            reports::Report: "Report", reports::ReportSummary: "ReportSummary", reports::ReportTaken: "ReportTaken",
            reports::Supported: "Supported", reports::SupportRequest: "SupportRequest",
            stats::BodyStats: "BodyStats", stats::ReportStats: "ReportStats", embeds::Embed: "Embed",
            updates::NewUpdate: "NewUpdate", updates::Update: "Update", updates::UpdateTaken: "UpdateTaken",
        );
    }
}

#[test]
fn every_property_of_open_data_is_described_with_its_type() {
    use mendmap::exports::record::{Kind, PROPERTIES};
    let document = description();
    let described = &document["components"]["schemas"]["ReportFeatureProperties"];
    let names = PROPERTIES.map(|property| property.name);
    assert_eq!(described["properties"].as_object().unwrap().len(), names.len());
    assert_eq!(described["required"], serde_json::json!(names));
    for property in PROPERTIES {
        let schema = &described["properties"][property.name];
        assert_eq!(schema["description"], property.meaning);
        let kind = match property.kind {
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Text | Kind::Moment => "string",
        };
        assert_eq!(schema["type"], serde_json::json!([kind, "null"]), "{}", property.name);
        assert_eq!(schema["format"] == "date-time", property.kind == Kind::Moment, "{}", property.name);
    }
    for operation in ["get", "post"] {
        let shown = &document["paths"]["/api/v1/reports.geojson"][operation]["responses"]["200"]["content"];
        let properties = &shown["application/geo+json"]["example"]["features"][0]["properties"];
        assert_eq!(properties.as_object().unwrap().keys().collect::<Vec<_>>(), names);
    }
}

#[test]
fn every_event_is_described_as_its_receiver_gets_it() {
    let document = description();
    let webhooks = document["webhooks"].as_object().unwrap();
    let named: Vec<&str> = webhooks.keys().map(String::as_str).collect();
    for kind in integrations::EventKind::ALL {
        assert!(named.contains(&kind.as_str()), "{kind}");
    }
    assert!(named.contains(&"mendmap.test"));
    for (name, request) in webhooks {
        let content = &request["post"]["requestBody"]["content"]["application/json"];
        let example = example(&document, content);
        assert_eq!(example["type"], *name);
        let read: integrations::Event = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), *example, "{name}");
    }
}

#[actix_web::test]
async fn a_session_is_asked_for_where_the_description_says_so() {
    let app = TestApp::start().await;
    let document = description();
    for (method, path, operation) in operations(&document) {
        let ask = |token: Option<&str>| {
            let query: Vec<(&str, String)> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
                .map(|parameter| {
                    let value = &parameter["example"];
                    (parameter["name"].as_str().unwrap(), value.as_str().map_or(value.to_string(), str::to_owned))
                })
                .collect();
            let address = url::Url::parse_with_params(&format!("{}{}", app.address, filled_in(path)), query).unwrap();
            let mut request = Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap()
                .request(method.to_uppercase().parse().unwrap(), address)
                .header("Idempotency-Key", format!("{} {token:?}", id(operation)).replace(' ', "-"));
            if let Some(content) = operation["requestBody"]["content"].get("application/json") {
                request = request.json(example(&document, content));
            }
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            async { Answer::of(request.send().await).await }
        };
        let (without, with_a_bad_one) = (ask(None).await, ask(Some("nonsense")).await);
        match operation["security"].as_array().map(Vec::len) {
            None => assert_eq!(with_a_bad_one.status, without.status, "{method} {path} looks at the session"),
            Some(1) => {
                without.expect_error(ErrorCode::Unauthenticated);
                with_a_bad_one.expect_error(ErrorCode::Unauthenticated);
            }
            Some(_) => {
                assert_ne!(without.status, StatusCode::UNAUTHORIZED, "{method} {path} needs a session");
                with_a_bad_one.expect_error(ErrorCode::Unauthenticated);
            }
        }
    }
}
