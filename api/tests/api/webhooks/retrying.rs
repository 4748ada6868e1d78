//! What happens when a webhook's server does not take what it is told.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{ALL, Town, answering, taking, verified};
use crate::harness::TestApp;
use crate::outside::{Asked, OutsideServer, Reply};

#[actix_web::test]
async fn an_event_is_tried_again_by_the_table_and_parked_after_four_days() {
    let town = Town::start().await;
    let server = answering(503);
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let minutes = "SELECT round(extract(epoch FROM run_at - now()) / 60)::bigint FROM jobs WHERE kind = 'call_webhook'";
    for (attempt, wait) in [(1, 1), (2, 5), (3, 30), (4, 120)] {
        let row = town.log(&hook).await.remove(0);
        assert_eq!((&row["state"], &row["attempts"]), (&json!("pending"), &json!(attempt)));
        assert_eq!((&row["status"], &row["words"]), (&json!(503), &json!("not now")));
        assert_eq!(town.app.count(minutes), wait);
        town.skip_waiting();
        town.app.work_off().await;
    }
    town.app.sql("UPDATE jobs SET run_at = now(), created_at = now() - interval '95 hours'");
    town.app.work_off().await;
    assert_eq!(town.log(&hook).await[0]["state"], "parked");
    town.app.assert_no_jobs_left();
    assert!(town.shown(&hook).await["enabled"].as_bool().unwrap(), "four days are not enough to give it up");

    let calls = server.asked();
    assert_eq!(calls.len(), 6);
    let said = verified(&calls[5], &hook.secret);
    assert_eq!(said["timestamp"], verified(&calls[0], &hook.secret)["timestamp"]);
    assert!(calls.iter().all(|call| call.header("webhook-id") == calls[0].header("webhook-id")));
}

#[actix_web::test]
async fn what_had_to_rest_is_told_in_order_still() {
    let town = Town::start().await;
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = OutsideServer::start(move |_| {
        let status = if first.swap(false, std::sync::atomic::Ordering::Relaxed) { 500 } else { 200 };
        Reply::Say(status, "text/plain", Vec::new())
    });
    let hook = town.hook(&server, json!({})).await;
    let mut reports = Vec::new();
    for _ in 0..6 {
        reports.push(town.app.published_report(&town.author).await);
    }
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 1, "the others rest with it");
    town.skip_waiting();
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let said = |call: &Asked| verified(call, &hook.secret)["data"]["report"]["id"].as_i64().unwrap();
    let told: Vec<i64> = server.asked()[1..].iter().map(said).collect();
    assert_eq!(told, reports);
}

#[actix_web::test]
async fn a_server_that_is_gone_is_called_no_more_and_the_administrators_learn_it() {
    let town = Town::start().await;
    let server = answering(410);
    let hook = town.hook(&server, json!({})).await;
    town.app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    for _ in 0..3 {
        town.app.published_report(&town.author).await;
    }
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    assert_eq!(server.asked().len(), 1);
    let shown = town.shown(&hook).await;
    assert_eq!((&shown["enabled"], &shown["disabled_why"]), (&json!(false), &json!("gone")));
    assert!(town.log(&hook).await.iter().all(|row| row["state"] == "parked"));
    let about = |to: &str| {
        let mails = town.app.mails();
        mails.iter().filter(|mail| mail.header("To") == to && mail.text.contains("is not told of changes")).count()
    };
    assert_eq!((about("admin@south.example.org"), about("officer@south.example.org")), (1, 0));
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 1);
}

#[actix_web::test]
async fn five_days_of_nothing_but_failure_switch_a_webhook_off_with_one_mail() {
    let town = Town::start().await;
    let server = answering(500);
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let told = || town.app.mails().iter().filter(|mail| mail.text.contains("is not told of changes")).count();
    town.app.sql("UPDATE webhooks SET failing_since = now() - interval '4 days 23 hours'");
    town.skip_waiting();
    town.app.work_off().await;
    assert!(town.shown(&hook).await["enabled"].as_bool().unwrap());
    town.app.sql("UPDATE webhooks SET failing_since = now() - interval '5 days'");
    town.skip_waiting();
    town.app.work_off().await;
    let shown = town.shown(&hook).await;
    assert_eq!((&shown["enabled"], &shown["disabled_why"]), (&json!(false), &json!("failing")));
    town.app.assert_no_jobs_left();
    assert_eq!(told(), 1);
    let mail = town.app.last_mail_to("admin@south.example.org");
    assert!(mail.text.contains("/desk/south/integrations") && !mail.text.contains("/in\""));

    // Switched on again it begins afresh.
    let again = json!({ "url": format!("{}/in", server.address), "events": ALL, "enabled": true });
    let shown = town.send(Method::PUT, &hook.path(""), again).await.expect(StatusCode::OK).body;
    assert_eq!((&shown["enabled"], shown.get("failing_since"), shown.get("disabled_why")), (&json!(true), None, None));
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    assert!(town.shown(&hook).await["enabled"].as_bool().unwrap());
    assert_eq!(told(), 1);
}

#[actix_web::test]
async fn one_success_ends_the_count_of_days() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    town.app.sql("UPDATE webhooks SET failing_since = now() - interval '9 days'");
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    assert_eq!(town.shown(&hook).await.get("failing_since"), None);
}

#[actix_web::test]
async fn a_secret_that_cannot_be_opened_any_more_is_said_to_staff_at_once() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    town.app.sql("UPDATE webhooks SET secret = set_byte(secret, 40, 255 - get_byte(secret, 40))");
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let row = town.log(&hook).await.remove(0);
    assert_eq!(row["state"], "parked");
    assert!(row["words"].as_str().unwrap().contains("make a new one"), "{row}");
    town.app.post_as(&town.admin, &hook.path("/test"), json!({})).await.expect_error(ErrorCode::Conflict);
    town.send(Method::POST, &hook.path("/secret"), json!({})).await.expect(StatusCode::CREATED);
    // The one before cannot be opened either, and is not worth failing for.
    town.send(Method::POST, &hook.path("/replay"), json!({ "event": row["event"] })).await.expect(StatusCode::CREATED);
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 1);
}

#[actix_web::test]
async fn nobody_is_sent_elsewhere() {
    let town = Town::start().await;
    let elsewhere = taking();
    let to = elsewhere.address.clone();
    let server = OutsideServer::start(move |_| Reply::Redirect(to.clone()));
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let row = town.log(&hook).await.remove(0);
    assert_eq!((&row["state"], &row["status"]), (&json!("pending"), &json!(302)));
    assert_eq!((server.asked().len(), elsewhere.asked().len()), (1, 0));
}

#[actix_web::test]
async fn only_public_addresses_are_taken_and_only_they_are_called() {
    let town = Town::of(TestApp::start_with(&[("OUTBOUND_ALLOW", "")]).await).await;
    let inside = taking();
    for url in [
        inside.address.clone(),
        "http://169.254.169.254/latest/meta-data".into(),
        "http://[::1]/".into(),
        "ftp://example.org/".into(),
        "https://user:password@example.org/".into(),
        "example.org".into(),
    ] {
        let new = json!({ "url": url, "events": ["report.published"] });
        let answer = town.app.post_as(&town.admin, "/desk/bodies/south/webhooks", new).await;
        assert_eq!(answer.expect_error(ErrorCode::ValidationFailed).body["error"]["fields"]["url"]["code"], "invalid");
    }
    // One that leads inside since: its name, or whoever writes to the database, says so.
    let new = json!({ "url": "https://example.org/in", "events": ["report.published"] });
    let made = town.app.post_as(&town.admin, "/desk/bodies/south/webhooks", new).await.expect(StatusCode::CREATED);
    let path = format!("/desk/bodies/south/webhooks/{}", made.body["id"].as_str().unwrap());
    for url in [inside.address.clone(), inside.address.replace("127.0.0.1", "localhost")] {
        town.app.sql(&format!("UPDATE webhooks SET url = '{url}'"));
        let tried = town.app.post_as(&town.admin, &format!("{path}/test"), json!({})).await.expect(StatusCode::OK).body;
        assert_eq!((&tried["taken"], tried.get("status")), (&json!(false), None));
        assert!(tried["words"].as_str().unwrap().contains("public internet"), "{tried}");
        town.app.published_report(&town.author).await;
        town.app.work_off().await;
    }
    let log = town.app.get_as(&town.admin, &format!("{path}/deliveries")).await.body;
    assert!(log["items"][0]["words"].as_str().unwrap().contains("public internet"));
    assert_eq!(inside.asked().len(), 0);
}
