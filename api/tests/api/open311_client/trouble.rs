//! Servers that are slow, lie, break off, never end, or send us elsewhere.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use super::{asked_for, connected, council, deliveries, refuses, resource, text, xml};
use crate::harness::{TestApp, new_report};
use crate::outside::{OutsideServer, Reply};

#[actix_web::test]
async fn whatever_a_server_answers_to_a_report_staff_read_what_it_was() {
    let cases: Vec<(Reply, &str, &str)> = vec![
        (refuses(403, "Invalid api_key"), "parked", "the server refuses (403): Invalid api_key"),
        (
            Reply::Say(404, "text/html", b"<html><h1>Not here</h1></html>".to_vec()),
            "parked",
            "the server refuses (404): Not here",
        ),
        (
            Reply::Redirect("http://127.0.0.1:1/elsewhere".into()),
            "parked",
            "the server refuses (302): it sends us elsewhere to http://127.0.0.1:1/elsewhere, and redirects are not followed",
        ),
        (Reply::Say(500, "text/plain", Vec::new()), "pending", "the server cannot answer now (500)"),
        (Reply::Say(429, "text/plain", b"Slower".to_vec()), "pending", "the server cannot answer now (429): Slower"),
        (xml("<service_requests/>"), "pending", "the answer names no report"),
        (
            xml("<service_requests><request><service_notice>Thanks</service_notice></request></service_requests>"),
            "pending",
            "the server answered with neither a number nor a token for the report",
        ),
        (xml("hello"), "pending", "the answer is neither XML nor JSON; it begins with \"hello\""),
        (Reply::Endless, "pending", "the answer is larger than 4194304 bytes"),
        (Reply::Raw(b"\x00\x01\x02".to_vec()), "pending", "the server cannot be reached"),
    ];
    for (reply, state, words) in cases {
        let app = TestApp::start().await;
        let answer = reply.clone();
        let server = council(move |asked| (asked.method == "POST").then(|| answer.clone()));
        let (author, _) = connected(&app, &server, json!({})).await;
        app.published_report(&author).await;
        let begun = Instant::now();
        app.work_off().await;
        assert!(begun.elapsed() < Duration::from_secs(15), "{reply:?}");
        let (now, error) = deliveries(&app).remove(0);
        assert!(now == state && error.as_deref().is_some_and(|error| error.starts_with(words)), "{now}: {error:?}");
        assert_eq!(asked_for(&server, "POST", "requests.xml").len(), 1);
        if state == "pending" {
            let wait = app.count(
                "SELECT round(extract(epoch FROM run_at - now()))::bigint FROM jobs WHERE kind = 'open311_deliver'",
            );
            assert!((50..=60).contains(&wait), "{wait} seconds");
        }
    }
}

#[actix_web::test]
async fn a_silent_server_keeps_one_thread_busy_while_other_servers_and_letters_go_out() {
    let app = TestApp::start().await;
    let slow = council(|asked| (asked.method == "POST").then(|| Reply::Drip(Duration::from_millis(100))));
    let quick = council(|_| None);
    let (author, _) = connected(&app, &slow, json!({})).await;
    // Northshire has a server of its own, and mail for what it does not take.
    app.sql(&format!(
        "INSERT INTO open311_servers (body_id, endpoint) SELECT id, '{}/v2' FROM bodies WHERE slug = 'north';
         INSERT INTO open311_services (category_id, server_id, code) SELECT c.id, s.id, 'P1' FROM categories c JOIN open311_servers s USING (body_id)
         JOIN bodies b ON b.id = s.body_id WHERE b.slug = 'north' AND c.code = 'potholes'",
        quick.address
    ));
    let north = |category: &str| {
        let mut report = new_report();
        report["location"] = json!({ "lon": -2.9977, "lat": 51.65 });
        report["category"] = json!(category);
        report["answers"] = json!({});
        report
    };
    for _ in 0..4 {
        app.published_report(&author).await;
    }
    for category in ["potholes", "potholes", "drains", "drains"] {
        app.post_as(&author, "/reports", north(category)).await.expect(StatusCode::CREATED);
    }
    let worker = super::processes::worker(&app, "30");
    let begun = Instant::now();
    crate::harness::until("the others", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 4)
        .await;
    assert!(begun.elapsed() < Duration::from_secs(9));
    assert_eq!(asked_for(&quick, "POST", "requests.xml").len(), 2);
    crate::harness::until("the slow one", || !asked_for(&slow, "POST", "requests.xml").is_empty()).await;
    assert_eq!(asked_for(&slow, "POST", "requests.xml").len(), 1, "one at a time");
    super::processes::stop(worker);
}

#[actix_web::test]
async fn a_look_that_fails_is_told_taken_again_and_never_given_up() {
    let app = TestApp::start().await;
    let server = OutsideServer::start(|asked| match resource(asked) {
        "services.xml" => Reply::Redirect("/login".into()),
        _ => Reply::Endless,
    });
    connected(&app, &server, json!({})).await;
    assert!(text(&app, "SELECT sync_words FROM open311_servers").contains("redirects are not followed"));
    assert!(text(&app, "SELECT poll_words FROM open311_servers").contains("asking for less at once"));
    for _ in 0..14 {
        super::later(&app).await;
    }
    assert_eq!(app.count("SELECT poll_minutes::bigint FROM open311_servers"), 2);
    assert!(app.count("SELECT poll_failures::bigint FROM open311_servers") >= 1);
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind LIKE 'open311_%' AND parked_at IS NULL"), 2);
    // One that got lost all the same is made anew.
    app.sql(
        "DELETE FROM jobs WHERE kind = 'open311_poll'; UPDATE jobs SET parked_at = now() WHERE kind = 'open311_sync'",
    );
    app.keep_house().await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind LIKE 'open311_%' AND parked_at IS NULL"), 2);
}
