//! Who may manage webhooks and keys, and what is shown of them.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Town, taking};

const KEYS: &str = "/desk/bodies/south/api-keys";
const HOOKS: &str = "/desk/bodies/south/webhooks";

#[actix_web::test]
async fn only_administrators_of_the_body_manage_its_keys_and_webhooks() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    let key = town.app.post_as(&town.admin, KEYS, json!({ "name": "Back office" })).await.expect(StatusCode::CREATED);
    let key = format!("{KEYS}/{}", key.body["id"].as_str().unwrap());
    let officer = town.app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    let other = town.app.sign_in_staff("admin@north.example.org", "north", "administrator").await;
    let new = json!({ "url": "https://example.org/", "events": ["report.hidden"] });
    let everything = [
        (Method::GET, HOOKS.to_owned(), Value::Null),
        (Method::POST, HOOKS.to_owned(), new.clone()),
        (Method::GET, hook.path(""), Value::Null),
        (Method::PUT, hook.path(""), new),
        (Method::DELETE, hook.path(""), Value::Null),
        (Method::POST, hook.path("/secret"), json!({})),
        (Method::POST, hook.path("/test"), json!({})),
        (Method::GET, hook.path("/deliveries"), Value::Null),
        (Method::POST, hook.path("/replay"), json!({ "event": 1 })),
        (Method::GET, "/desk/bodies/south/areas".to_owned(), Value::Null),
        (Method::GET, KEYS.to_owned(), Value::Null),
        (Method::POST, KEYS.to_owned(), json!({ "name": "Another" })),
        (Method::DELETE, key.clone(), Value::Null),
    ];
    for (who, code) in [
        (Some(&officer), ErrorCode::Forbidden),
        (Some(&other), ErrorCode::NotFound),
        (Some(&town.author), ErrorCode::NotFound),
        (None, ErrorCode::Unauthenticated),
    ] {
        for (method, path, body) in &everything {
            town.app.send(method.clone(), path, who, body).await.expect_error(code);
        }
    }
    // Nor those of another body through one's own.
    for (method, path, body) in &everything[2..] {
        if path.contains(&hook.id) || *path == key {
            let path = path.replace("/south/", "/north/");
            town.app.send(method.clone(), &path, Some(&other), body).await.expect_error(ErrorCode::NotFound);
        }
    }
    let areas = town.app.get_as(&town.admin, "/desk/bodies/south/areas").await.expect(StatusCode::OK).body;
    let names: Vec<&str> = areas.as_array().unwrap().iter().filter_map(|area| area["name"].as_str()).collect();
    assert_eq!(names, ["Southshire", "Quay"]);
    assert_eq!(server.asked().len(), 0);
    assert_eq!(
        town.app.count("SELECT count(*) FROM audit_log WHERE action LIKE 'webhook.%' OR action LIKE 'api_key.%'"),
        2
    );
}

#[actix_web::test]
async fn a_key_is_shown_once_and_opens_nothing_once_it_is_revoked() {
    let town = Town::start().await;
    let new = json!({ "name": " Back  office " });
    let made = town.app.send_with_key(Method::POST, KEYS, Some(&town.admin), &new, "one").await;
    let made = made.expect(StatusCode::CREATED).body;
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("mendmap_"));
    // Who comes again with the same request gets no second key, and not the first one either.
    let again = town.app.send_with_key(Method::POST, KEYS, Some(&town.admin), &new, "one").await;
    let again = again.expect_error(ErrorCode::Conflict);
    assert!(!String::from_utf8_lossy(&again.bytes).contains(&key));
    let other = json!({ "name": "Another" });
    town.app
        .send_with_key(Method::POST, KEYS, Some(&town.admin), &other, "one")
        .await
        .expect_error(ErrorCode::IdempotencyMismatch);
    let list = town.app.get_as(&town.admin, KEYS).await.expect(StatusCode::OK);
    assert_eq!((list.body.as_array().unwrap().len(), &list.body[0]["name"]), (1, &json!("Back office")));
    assert_eq!(list.body[0]["hint"], key[..12]);
    assert!(!String::from_utf8_lossy(&list.bytes).contains(&key));
    for table in ["idempotency_keys", "audit_log", "api_keys"] {
        let seen = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{key}%'");
        assert_eq!(town.app.count(&seen), 0, "{table}");
    }

    let find = || mendmap::api_keys::queries::find(&mut town.app.conn(), &key).unwrap();
    assert!(find().is_some());
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    town.send(Method::DELETE, &path, Value::Null).await.expect(StatusCode::NO_CONTENT);
    assert!(find().is_none());
    town.send(Method::DELETE, &path, Value::Null).await.expect_error(ErrorCode::NotFound);
    assert_eq!(town.app.get_as(&town.admin, KEYS).await.body, json!([]));
    assert_eq!(
        town.app.count("SELECT count(*) FROM audit_log WHERE action IN ('api_key.create', 'api_key.revoke')"),
        2
    );
}

#[actix_web::test]
async fn a_webhooks_secret_is_shown_once_and_stands_nowhere_to_be_read() {
    let town = Town::start().await;
    let new = json!({ "url": "https://works.example.org/in?token=zebra", "events": ["report.hidden"] });
    let made = town.app.send_with_key(Method::POST, HOOKS, Some(&town.admin), &new, "one").await;
    let made = made.expect(StatusCode::CREATED).body;
    let secret = made["secret"].as_str().unwrap();
    town.app.send_with_key(Method::POST, HOOKS, Some(&town.admin), &new, "one").await.expect_error(ErrorCode::Conflict);
    let list = town.app.get_as(&town.admin, HOOKS).await.expect(StatusCode::OK);
    assert_eq!(list.body.as_array().unwrap().len(), 1);
    assert!(!String::from_utf8_lossy(&list.bytes).contains(secret));
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for table in ["idempotency_keys", "audit_log", "webhooks"] {
        let seen = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE '%{secret}%' OR t::text LIKE '%{hex}%'");
        assert_eq!(town.app.count(&seen), 0, "{table}");
    }
    assert_eq!(town.app.count("SELECT count(*) FROM audit_log t WHERE t::text LIKE '%zebra%'"), 0);
}

#[actix_web::test]
async fn what_a_webhook_is_for_must_be_there_and_is_named_by_field() {
    let town = Town::start().await;
    let new = json!({
        "url": "https://works.example.org/", "events": [], "body": "nowhere", "category": "dragons", "area": 0,
    });
    let fields = town.app.post_as(&town.admin, HOOKS, new.clone()).await.expect_error(ErrorCode::ValidationFailed).body;
    assert_eq!(fields["error"]["fields"]["events"]["code"], "required");
    let mut new = new;
    new["events"] = json!(["report.published", "report.published"]);
    let fields = town.app.post_as(&town.admin, HOOKS, new.clone()).await.expect_error(ErrorCode::ValidationFailed).body;
    for field in ["body", "category", "area"] {
        assert_eq!(fields["error"]["fields"][field]["code"], "unknown", "{field}");
    }
    new["events"] = json!(["report.eaten"]);
    town.app.post_as(&town.admin, HOOKS, new).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(town.app.count("SELECT count(*) FROM webhooks"), 0);
}

#[actix_web::test]
async fn a_webhook_is_changed_and_deleted_and_each_time_somebody_answers_for_it() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    let off = json!({ "url": format!("{}/other", server.address), "events": ["report.hidden"], "body": "south", "enabled": false });
    let shown = town.send(Method::PUT, &hook.path(""), off).await.expect(StatusCode::OK).body;
    assert_eq!((&shown["disabled_why"], &shown["body"]), (&json!("staff"), &json!("south")));
    assert_eq!((&shown["events"], shown.get("category")), (&json!(["report.hidden"]), None));
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 0);
    town.send(Method::POST, &hook.path("/test"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(server.asked()[0].path, "/other");
    town.send(Method::DELETE, &hook.path(""), Value::Null).await.expect(StatusCode::NO_CONTENT);
    town.send(Method::DELETE, &hook.path(""), Value::Null).await.expect_error(ErrorCode::NotFound);
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let entries = "SELECT count(*) FROM audit_log WHERE action IN ('webhook.create', 'webhook.change', 'webhook.test', 'webhook.delete')";
    assert_eq!(town.app.count(entries), 4);
}

#[actix_web::test]
async fn a_body_has_no_more_webhooks_than_it_may() {
    let town = Town::start().await;
    let new = json!({ "url": "https://works.example.org/", "events": ["report.hidden"] });
    for _ in 0..20 {
        town.app.post_as(&town.admin, HOOKS, new.clone()).await.expect(StatusCode::CREATED);
    }
    town.app.post_as(&town.admin, HOOKS, new).await.expect_error(ErrorCode::Conflict);
}
