//! Telling a webhook again, its secrets, and trying it.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{ALL, Town, answering, headers, kinds, taking, verified};

#[actix_web::test]
async fn what_happened_is_told_again_under_the_same_name_as_it_may_be_told_now() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    let reports = [town.app.published_report(&town.author).await, town.app.published_report(&town.author).await];
    town.app.work_off().await;
    town.app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {}", reports[0]));
    town.app.work_off().await;
    let first = server.asked();
    assert_eq!(first.len(), 3);

    let since = json!({ "since": chrono::Utc::now() - chrono::Duration::days(30) });
    let replayed = town.send(Method::POST, &hook.path("/replay"), since).await.expect(StatusCode::CREATED).body;
    assert_eq!(replayed, json!({ "events": 3 }));
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let again = server.asked().split_off(3);
    assert_eq!(
        kinds(&server),
        ["report.published", "report.published", "report.hidden", "report.published", "report.hidden"]
    );
    assert_eq!(verified(&again[0], &hook.secret)["data"]["report"]["id"], reports[1], "the first is hidden");
    assert_eq!(again[0].header("webhook-id"), first[1].header("webhook-id"));
    assert_eq!(again[1].header("webhook-id"), first[2].header("webhook-id"));

    let event = town.log(&hook).await[1]["event"].clone();
    let one = json!({ "event": event });
    let replayed = town.send(Method::POST, &hook.path("/replay"), one).await.expect(StatusCode::CREATED).body;
    assert_eq!(replayed["events"], 1);
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 6);
}

#[actix_web::test]
async fn a_webhook_can_be_told_what_it_missed_while_it_was_off() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({ "enabled": false })).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 0);
    let since = json!({ "since": chrono::Utc::now() - chrono::Duration::hours(1) });
    town.send(Method::POST, &hook.path("/replay"), since.clone()).await.expect_error(ErrorCode::Conflict);
    let on = json!({ "url": format!("{}/in", server.address), "events": ALL });
    town.send(Method::PUT, &hook.path(""), on).await.expect(StatusCode::OK);
    town.send(Method::POST, &hook.path("/replay"), since).await.expect(StatusCode::CREATED);
    town.app.work_off().await;
    assert_eq!(kinds(&server), ["report.published"]);
}

#[actix_web::test]
async fn what_was_parked_runs_again_with_its_attempts_counted_afresh() {
    let town = Town::start().await;
    let server = answering(500);
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    town.app.sql("UPDATE jobs SET run_at = now(), created_at = now() - interval '96 hours'");
    town.app.work_off().await;
    let row = town.log(&hook).await.remove(0);
    assert_eq!(row["state"], "parked");
    let one = json!({ "event": row["event"] });
    town.send(Method::POST, &hook.path("/replay"), one).await.expect(StatusCode::CREATED);
    town.app.work_off().await;
    let row = town.log(&hook).await.remove(0);
    assert_eq!((&row["state"], &row["attempts"]), (&json!("pending"), &json!(1)));
}

#[actix_web::test]
async fn the_log_ends_after_thirty_days_and_is_read_page_by_page() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    for _ in 0..3 {
        town.app.published_report(&town.author).await;
    }
    town.app.work_off().await;
    let page = town.app.get_as(&town.admin, &hook.path("/deliveries?limit=2")).await.expect(StatusCode::OK).body;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let next = format!("/deliveries?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = town.app.get_as(&town.admin, &hook.path(&next)).await.expect(StatusCode::OK).body;
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next_cursor")), (1, None));

    let old = rest["items"][0]["event"].as_i64().unwrap();
    town.app.sql(&format!("UPDATE report_events SET at = now() - interval '30 days 1 minute' WHERE id = {old}"));
    town.app.keep_house().await;
    assert_eq!(town.log(&hook).await.len(), 2);
    let answer = town.send(Method::POST, &hook.path("/replay"), json!({ "event": old })).await;
    assert_eq!(answer.expect_error(ErrorCode::ValidationFailed).body["error"]["fields"]["event"]["code"], "unknown");
    for wrong in
        [json!({}), json!({ "since": "2020-01-01T00:00:00Z" }), json!({ "event": 1, "since": chrono::Utc::now() })]
    {
        town.send(Method::POST, &hook.path("/replay"), wrong).await.expect_error(ErrorCode::ValidationFailed);
    }
}

#[actix_web::test]
async fn for_a_day_after_a_new_secret_calls_are_signed_with_both() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    let made = town.send(Method::POST, &hook.path("/secret"), json!({})).await.expect(StatusCode::CREATED).body;
    let secret = made["secret"].as_str().unwrap();
    assert_ne!(secret, hook.secret);
    assert!(town.shown(&hook).await["old_secret_until"].is_string());
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let call = server.asked().pop().unwrap();
    verified(&call, secret);
    verified(&call, &hook.secret);
    assert_eq!(call.header("webhook-signature").unwrap().split(' ').count(), 2);

    town.app.sql("UPDATE webhooks SET old_secret_until = now() - interval '1 second'");
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    let call = server.asked().pop().unwrap();
    verified(&call, secret);
    assert!(Webhook::new(&hook.secret).unwrap().verify(&call.body, &headers(&call)).is_err());
    assert_eq!(town.shown(&hook).await.get("old_secret_until"), None);
}

#[actix_web::test]
async fn trying_a_webhook_answers_what_its_server_said() {
    let town = Town::start().await;
    let (good, bad) = (taking(), answering(418));
    let hook = town.hook(&good, json!({ "enabled": false })).await;
    let tried = town.send(Method::POST, &hook.path("/test"), json!({})).await.expect(StatusCode::OK).body;
    assert_eq!((&tried["taken"], &tried["status"], &tried["words"]), (&json!(true), &json!(200), &json!("thank you")));
    let said = verified(&good.asked()[0], &hook.secret);
    assert_eq!((&said["type"], &said["data"]), (&json!("mendmap.test"), &json!({ "webhook": hook.id })));
    let hook = town.hook(&bad, json!({})).await;
    let tried = town.send(Method::POST, &hook.path("/test"), json!({})).await.expect(StatusCode::OK).body;
    assert_eq!((&tried["taken"], &tried["status"]), (&json!(false), &json!(418)));
    assert!(town.shown(&hook).await["enabled"].as_bool().unwrap());
    drop(bad);
    let tried: Value = town.send(Method::POST, &hook.path("/test"), json!({})).await.expect(StatusCode::OK).body;
    assert_eq!((&tried["taken"], tried.get("status")), (&json!(false), None));
    assert!(tried["words"].as_str().unwrap().contains("cannot be reached"));
}
