//! Every method in both formats, with the same content.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{get, key, only, post, published, request};
use crate::harness::TestApp;

/// Name, children, text.
type Element = (String, Vec<(String, Value)>, String);

/// XML as JSON: elements of a list by their name in the list, and everything as text.
fn read_xml(bytes: &[u8]) -> Value {
    use quick_xml::events::Event;
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{text}");
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<Element> = vec![(String::new(), Vec::new(), String::new())];
    let close = |(name, children, text): Element| {
        let lists = ["services", "attributes", "values", "service_requests", "errors", "notes", "photos", "formats"];
        let is_list =
            lists.contains(&name.as_str()) || ["endpoints", "service_request_updates"].contains(&name.as_str());
        let value = if is_list {
            Value::Array(children.into_iter().map(|(_, value)| value).collect())
        } else if children.is_empty() {
            Value::String(text)
        } else {
            Value::Object(children.into_iter().collect())
        };
        (name, value)
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open.push((String::from_utf8(tag.name().as_ref().to_vec()).unwrap(), Vec::new(), String::new()));
            }
            Event::Empty(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                let (name, value) = close((name, Vec::new(), String::new()));
                open.last_mut().unwrap().1.push((name, value));
            }
            Event::Text(text) => open.last_mut().unwrap().2.push_str(&text.decode().unwrap()),
            Event::GeneralRef(reference) => {
                let known = match &*reference.decode().unwrap() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("&{other};"),
                };
                open.last_mut().unwrap().2.push(known);
            }
            Event::End(_) => {
                let mut closed = open.pop().unwrap();
                if !closed.1.is_empty() {
                    closed.2.clear();
                }
                let (name, value) = close(closed);
                open.last_mut().unwrap().1.push((name, value));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().unwrap().1.pop().unwrap().1
}

/// JSON with everything as text, as XML has it.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Null => json!(""),
        Value::Bool(value) => json!(value.to_string()),
        Value::Number(value) => json!(value.to_string()),
        Value::String(text) => json!(text),
        Value::Array(items) => Value::Array(items.iter().map(as_text).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), as_text(value))).collect())
        }
    }
}

async fn same_in_both(app: &TestApp, path: &str) -> Value {
    let (name, query) = path.split_once('?').map_or((path, String::new()), |(name, query)| (name, format!("?{query}")));
    let json = get(app, &format!("{name}.json{query}")).await.expect(StatusCode::OK);
    assert_eq!(json.header("content-type"), "application/json; charset=utf-8");
    let xml = get(app, &format!("{name}.xml{query}")).await.expect(StatusCode::OK);
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    assert_eq!(as_text(&json.body), read_xml(&xml.bytes), "{path}");
    json.body
}

#[actix_web::test]
async fn every_reading_method_says_the_same_in_xml_and_in_json() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let id = published(&app, &key, &[("description", "Tom & Jerry's \"hole\" < 2 m\r\nsecond line – ünïcode")]).await;
    let update = [
        ("api_key", key.as_str()),
        ("service_request_id", &id),
        ("update_id", "w1"),
        ("status", "IN_PROGRESS"),
        ("updated_datetime", "2030-01-01T00:00:00Z"),
        ("description", "Under way & soon done."),
    ];
    let late = chrono::Utc::now().to_rfc3339();
    let update: Vec<_> =
        update.iter().map(|(name, value)| (*name, if *name == "updated_datetime" { &*late } else { *value })).collect();
    post(&app, "servicerequestupdates.json", &update).await.expect(StatusCode::CREATED);

    let discovery = same_in_both(&app, "discovery").await;
    assert_eq!(discovery["endpoints"][0]["specification"], "http://wiki.open311.org/GeoReport_v2");
    assert_eq!(discovery["endpoints"][0]["formats"].as_array().unwrap().len(), 2);

    let services = same_in_both(&app, "services?jurisdiction_id=south").await;
    let potholes = services.as_array().unwrap().iter().find(|service| service["service_code"] == "potholes").unwrap();
    assert_eq!(potholes["metadata"], json!(true));
    assert_eq!((&potholes["type"], &potholes["group"]), (&json!("realtime"), &json!("Roads")));
    let needles = services.as_array().unwrap().iter().find(|service| service["service_code"] == "needles").unwrap();
    assert_eq!((&needles["type"], &needles["metadata"]), (&json!("blackbox"), &json!(false)));

    let definition = same_in_both(&app, "services/potholes").await;
    assert_eq!(definition["service_code"], "potholes");
    let depth = &definition["attributes"][0];
    assert_eq!((&depth["code"], &depth["datatype"], &depth["order"]), (&json!("depth"), &json!("number"), &json!(1)));
    assert_eq!((&depth["variable"], &depth["required"]), (&json!(true), &json!(false)));
    assert_eq!(definition["attributes"][1]["values"][1], json!({ "key": "yes", "name": "Yes" }));

    let list = same_in_both(&app, "requests").await;
    let report = only(&list);
    assert_eq!(report["service_request_id"], json!(id));
    assert!(report["lat"].is_f64() && report["long"].is_f64());
    assert_eq!((&report["status"], &report["status_notes"]), (&json!("open"), &json!("Under way & soon done.")));
    assert_eq!(report["description"], "Tom & Jerry's \"hole\" < 2 m\nsecond line – ünïcode");
    assert_eq!(report["agency_responsible"], "Southshire Council");
    assert_eq!(report["address"], "Quay Street, Quay, Southshire");
    assert_eq!((&report["zipcode"], &report["media_url"]), (&Value::Null, &Value::Null));

    let extended = same_in_both(&app, &format!("requests/{id}?extensions=true")).await;
    assert_eq!(only(&extended)["extended_attributes"]["status"], "in_progress");
    assert_eq!(only(&extended)["notes"][0]["description"], "Under way & soon done.");
    let updates = same_in_both(&app, "servicerequestupdates").await;
    assert_eq!((&only(&updates)["status"], &only(&updates)["service_request_id"]), (&json!("in_progress"), &json!(id)));
    app.work_off().await;
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn without_extensions_a_request_has_the_fields_of_the_standard_and_no_other() {
    let app = TestApp::start().await;
    app.two_councils();
    let id = published(&app, &key(&app, "south", true), &[]).await;
    let answer = get(&app, &format!("requests/{id}.json")).await;
    let names: std::collections::BTreeSet<&str> =
        only(&answer.body).as_object().unwrap().keys().map(String::as_str).collect();
    let standard = [
        "service_request_id",
        "status",
        "status_notes",
        "service_name",
        "service_code",
        "description",
        "agency_responsible",
        "service_notice",
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
        "address",
        "address_id",
        "zipcode",
        "lat",
        "long",
        "media_url",
    ];
    assert_eq!(names, standard.into());
}

#[actix_web::test]
async fn services_are_those_of_a_jurisdiction_of_a_place_or_of_both() {
    let app = TestApp::start().await;
    app.two_councils();
    let codes = async |path: &str| -> Vec<String> {
        let answer = get(&app, path).await.expect(StatusCode::OK);
        let code = |service: &Value| service["service_code"].as_str().unwrap().to_owned();
        answer.body.as_array().unwrap().iter().map(code).collect()
    };
    assert_eq!(codes("services.json").await.len(), 3);
    assert!(!codes("services.json?jurisdiction_id=north").await.contains(&"needles".to_owned()));
    assert!(codes("services.json?lat=51.56&long=-2.9977").await.contains(&"needles".to_owned()));
    // Both cover this point; there the north is preferred for potholes.
    let shared = "lat=51.595&long=-2.9977";
    assert!(!codes(&format!("services.json?{shared}&jurisdiction_id=south")).await.contains(&"potholes".to_owned()));
    assert!(codes(&format!("services.json?{shared}&jurisdiction_id=north")).await.contains(&"potholes".to_owned()));
    assert!(codes("services.json?lat=10&long=10").await.is_empty(), "nobody takes anything there");
    assert_eq!(codes("services.json?jurisdiction_id=&lat=&long=").await.len(), 3, "what is empty is absent");
}

#[actix_web::test]
async fn the_operator_chooses_whom_a_call_means_that_names_nobody() {
    let app = TestApp::start_with(&[("OPEN311_JURISDICTION", "north")]).await;
    app.two_councils();
    let services = get(&app, "services.json").await.expect(StatusCode::OK);
    assert!(!services.body.to_string().contains("needles"));
}

#[actix_web::test]
async fn a_key_is_taken_from_the_form_and_from_the_head() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let form: Vec<_> = request(&key, &[]).into_iter().filter(|(name, _)| *name != "api_key").collect();
    let asked = app.request(reqwest::Method::POST, "/open311/v2/requests.xml").bearer_auth(&key).form(&form);
    let answer = crate::harness::Answer::of(asked.send().await).await.expect(StatusCode::CREATED);
    let read = read_xml(&answer.bytes);
    assert!(only(&read)["service_request_id"].as_str().unwrap().parse::<i64>().is_ok());
    assert_eq!(app.count("SELECT count(*) FROM api_keys WHERE last_used_at IS NOT NULL"), 1);
}

#[actix_web::test]
async fn every_writing_method_answers_in_the_format_of_its_address() {
    let app = TestApp::start().await;
    app.two_councils();
    let trusted = key(&app, "south", true);
    let other = key(&app, "south", false);
    let json = post(&app, "requests.json", &request(&trusted, &[])).await.expect(StatusCode::CREATED);
    let xml = post(&app, "requests.xml", &request(&trusted, &[])).await.expect(StatusCode::CREATED);
    let read = read_xml(&xml.bytes);
    let names = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(only(&json.body)), names(only(&read)));
    let id = only(&read)["service_request_id"].as_str().unwrap().to_owned();

    let form = request(&other, &[("email", "ada@example.org")]);
    let xml = post(&app, "requests.xml", &form).await.expect(StatusCode::CREATED);
    let token = only(&read_xml(&xml.bytes))["token"].as_str().unwrap().to_owned();
    let waiting = same_in_both(&app, &format!("tokens/{token}")).await;
    assert_eq!((&only(&waiting)["service_request_id"], &only(&waiting)["token"]), (&Value::Null, &json!(token)));

    let at = chrono::Utc::now().to_rfc3339();
    for (format, number) in [("json", "w1"), ("xml", "w2")] {
        let form = [
            ("api_key", trusted.as_str()),
            ("service_request_id", &id),
            ("update_id", number),
            ("status", "UNCHANGED"),
            ("updated_datetime", &at),
            ("description", "Words."),
        ];
        let taken = post(&app, &format!("servicerequestupdates.{format}"), &form).await.expect(StatusCode::CREATED);
        let taken = if format == "xml" { read_xml(&taken.bytes) } else { taken.body };
        assert!(only(&taken)["update_id"].as_str().unwrap().parse::<i64>().is_ok(), "{taken}");
    }
}

#[actix_web::test]
async fn all_six_datatypes_are_asked_for_and_answered() {
    let app = TestApp::start().await;
    app.two_councils();
    let choices = json!([{ "key": "a", "name": "A" }, { "key": "b", "name": "B" }]);
    let question = |code: &str, datatype: &str| {
        let lists = datatype.ends_with("list");
        json!({ "code": code, "label": format!("{code}?"), "datatype": datatype, "required": true,
                "choices": if lists { choices.clone() } else { json!([]) } })
    };
    let questions = json!([
        question("line", "string"),
        question("size", "number"),
        question("since", "datetime"),
        question("more", "text"),
        question("one", "singlevaluelist"),
        question("some", "multivaluelist"),
    ]);
    app.sql(&format!("UPDATE categories SET questions = '{questions}' WHERE code = 'drains'"));
    let definition = same_in_both(&app, "services/drains").await;
    let datatypes: Vec<&Value> =
        definition["attributes"].as_array().unwrap().iter().map(|attribute| &attribute["datatype"]).collect();
    assert_eq!(datatypes, ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]);
    let key = key(&app, "south", true);
    let answers = [
        ("service_code", "drains"),
        ("attribute[line]", "By the gate"),
        ("attribute[size]", "12.5"),
        ("attribute[since]", "2026-03-01T10:00:00+01:00"),
        ("attribute[more]", "Two\r\nlines"),
        ("attribute[one]", "b"),
        ("attribute[some][]", "b"),
        ("attribute[some][]", "a"),
    ];
    published(&app, &key, &answers).await;
    for missing in 1..=6 {
        let some = (0..).zip(answers).filter(|(n, _)| *n != missing && !(missing == 6 && *n == 7));
        let some: Vec<_> = some.map(|(_, field)| field).collect();
        post(&app, "requests.json", &request(&key, &some)).await.expect(StatusCode::BAD_REQUEST);
    }
    app.work_off().await;
    let mail = &app.mails()[0].text;
    for words in ["By the gate", "12.5", "A, B"] {
        assert!(mail.contains(words), "{words} in {mail}");
    }
}
