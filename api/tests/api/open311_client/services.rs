//! Our categories and a server's service list, kept in step.

use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{DEFINITION, SERVICES, asked_for, connected, council, later, resource, text, xml};
use crate::harness::TestApp;

async fn category(app: &TestApp, code: &str) -> Option<Value> {
    let here = app.get("/categories?lon=-2.9977&lat=51.56").await.expect(StatusCode::OK).body;
    let groups = here["groups"].as_array().unwrap().clone();
    groups.iter().find_map(|group| {
        let found = group["categories"].as_array().unwrap().iter().find(|category| category["code"] == code)?;
        let mut found = found.clone();
        found["group"] = group["name"].clone();
        Some(found)
    })
}

#[actix_web::test]
async fn new_renamed_gone_and_changed_services_change_our_categories_and_protected_fields_stay() {
    let app = TestApp::start().await;
    let list = Arc::new(Mutex::new((SERVICES.to_owned(), DEFINITION.to_owned())));
    let told = list.clone();
    let server = council(move |asked| match resource(asked) {
        "services.xml" => Some(xml(told.lock().unwrap().0.clone())),
        "services/P1.xml" => Some(xml(told.lock().unwrap().1.clone())),
        _ => None,
    });
    let (_, admin) = connected(&app, &server, json!({})).await;
    // Ours of the same name became theirs, and kept its name, group and help.
    let potholes = category(&app, "potholes").await.unwrap();
    assert_eq!((&potholes["name"], &potholes["group"]), (&json!("Potholes"), &json!("Roads")));
    assert_eq!(potholes["questions"][0]["code"], "danger");
    assert_eq!(potholes["questions"][0]["choices"][1]["blocks"], "Phone 999", "a message of ours stays");
    assert_eq!(potholes["questions"].as_array().unwrap().len(), 2, "what we fill in is not asked");
    let light = category(&app, "street-light-out").await.unwrap();
    assert_eq!((&light["name"], &light["group"]), (&json!("Street light out"), &json!("Lighting")));
    assert!(category(&app, "drains").await.is_some(), "what the server does not have is delivered by mail");

    *list.lock().unwrap() = (
        SERVICES.replace("Street light out", "Street lamp").replace("<service_name>Potholes", "<service_name>Craters"),
        DEFINITION.replace("How deep?", "How deep, in mm?").replace("<required>false", "<required>true"),
    );
    later(&app).await;
    assert_eq!(category(&app, "street-light-out").await.unwrap()["name"], "Street lamp");
    let potholes = category(&app, "potholes").await.unwrap();
    assert_eq!(potholes["name"], "Potholes", "it is protected");
    assert_eq!(
        (&potholes["questions"][1]["label"], &potholes["questions"][1]["required"]),
        (&json!("How deep, in mm?"), &json!(true))
    );

    let bind = json!({ "service": "P1", "category": "potholes", "protected": ["questions"] });
    app.send(Method::PUT, "/desk/bodies/south/open311/services", Some(&admin), &bind).await.expect(StatusCode::CREATED);
    *list.lock().unwrap() = (
        SERVICES
            .replace("L7", "L8")
            .replace("Street light out", "Lamp post")
            .replace("<service_name>Potholes", "<service_name>Craters"),
        DEFINITION.replace("depth", "width"),
    );
    app.post_as(&admin, "/desk/bodies/south/open311/sync", json!({})).await.expect(StatusCode::ACCEPTED);
    app.work_off().await;
    let potholes = category(&app, "potholes").await.unwrap();
    assert_eq!(
        (&potholes["name"], &potholes["questions"][1]["label"]),
        (&json!("Craters"), &json!("How deep, in mm?"))
    );
    assert!(category(&app, "street-light-out").await.is_none(), "it is gone");
    assert!(category(&app, "lamp-post").await.is_some());
    *list.lock().unwrap() = (SERVICES.to_owned(), DEFINITION.to_owned());
    later(&app).await;
    assert!(category(&app, "street-light-out").await.is_some(), "it is back");
    assert!(category(&app, "lamp-post").await.is_none());
    let shown = app.get_as(&admin, "/desk/bodies/south/open311").await.expect(StatusCode::OK).body;
    let gone = shown["services"].as_array().unwrap().iter().find(|service| service["service"] == "L8").unwrap();
    assert_eq!((&gone["gone"], &gone["live"]), (&json!(true), &json!(false)));
    assert!(shown["sync"]["words"].as_str().unwrap().starts_with("2 services"));
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind = 'open311_sync'"), 1);
}

#[actix_web::test]
async fn a_list_that_is_empty_broken_or_refused_takes_nothing_away_and_says_why() {
    let app = TestApp::start().await;
    let body = Arc::new(Mutex::new(SERVICES.to_owned()));
    let told = body.clone();
    let server = council(move |asked| (resource(asked) == "services.xml").then(|| xml(told.lock().unwrap().clone())));
    connected(&app, &server, json!({})).await;
    let cases = [
        ("<services/>", "the service list is empty: nothing is changed"),
        ("<html><body>Maintenance</body></html>", "the answer is no list of services, but <html>"),
        ("<services><service><service_code>P1", "the answer ends inside <service_code>"),
    ];
    for (failures, (answer, words)) in (1..).zip(cases) {
        answer.clone_into(&mut body.lock().unwrap());
        later(&app).await;
        assert_eq!(text(&app, "SELECT sync_words FROM open311_servers"), words);
        assert_eq!(app.count("SELECT sync_failures::bigint FROM open311_servers"), failures);
        assert!(category(&app, "street-light-out").await.is_some());
    }
    // One entry without a code: the others are kept in step, and nobody is taken for gone.
    *body.lock().unwrap() = "<services><service><service_name>?</service_name></service><service><service_code>P1</service_code></service></services>".into();
    later(&app).await;
    assert!(category(&app, "street-light-out").await.is_some());
    assert!(text(&app, "SELECT sync_words FROM open311_servers").contains("service 1 has no service_code"));
    assert_eq!(app.count("SELECT sync_failures::bigint FROM open311_servers"), 0);
    assert!(asked_for(&server, "GET", "services.xml").len() >= 5);
}

#[actix_web::test]
async fn words_of_a_service_make_it_private_or_withdraw_it() {
    let app = TestApp::start().await;
    let list = "<services><service><service_code>a</service_code><service_name>Abuse</service_name><keywords>private, other</keywords></service>\
                <service><service_code>b</service_code><service_name>Old one</service_name><keywords>inactive</keywords></service>\
                <service><service_code>c</service_code><service_name>Abuse!</service_name></service></services>";
    let server = council(move |asked| (resource(asked) == "services.xml").then(|| xml(list)));
    connected(&app, &server, json!({})).await;
    assert_eq!(category(&app, "abuse").await.unwrap()["private"], true);
    assert!(category(&app, "old-one").await.is_none());
    assert_eq!(category(&app, "abuse-2").await.unwrap()["private"], false);
}

#[actix_web::test]
async fn a_service_that_is_to_be_no_category_is_left_out_and_what_it_was_goes_by_mail() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (author, admin) = connected(&app, &server, json!({})).await;
    let none = json!({ "service": "P1" });
    let shown = app.send(Method::PUT, "/desk/bodies/south/open311/services", Some(&admin), &none).await;
    assert_eq!(shown.expect(StatusCode::CREATED).body["ignored"], json!(["P1"]));
    later(&app).await;
    app.published_report(&author).await;
    app.work_off().await;
    assert!(asked_for(&server, "POST", "requests.xml").is_empty());
    assert!(app.last_mail_to("streets@south.example.org").text.contains("Deep pothole"));
    let again = json!({ "service": "P1", "category": "potholes" });
    let shown = app.send(Method::PUT, "/desk/bodies/south/open311/services", Some(&admin), &again).await;
    assert_eq!(shown.expect(StatusCode::CREATED).body["ignored"], json!([]));
    app.work_off().await;
    app.published_report(&author).await;
    app.work_off().await;
    assert_eq!(asked_for(&server, "POST", "requests.xml").len(), 1);
}
