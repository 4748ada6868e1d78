//! Real worker processes, killed at any moment.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::{asked_for, connected, council, field, form, resource, xml};
use crate::harness::{TestApp, until};

/// A worker process of its own. It knows the test server's secret, to open its keys.
pub fn worker(app: &TestApp, lease: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .arg("worker")
        .env("DATABASE_URL", &app.database.url)
        .env("DATA_DIR", app.folder.path())
        .env("SECRET_KEY", crate::harness::SECRET)
        .env("OUTBOUND_ALLOW", "127.0.0.0/8")
        .env("JOB_LEASE_SECONDS", lease)
        .env("LOG", "warn")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn stop(mut worker: Child) {
    worker.kill().unwrap();
    worker.wait().unwrap();
}

#[actix_web::test]
async fn a_worker_killed_while_the_server_takes_a_report_does_not_make_it_two() {
    let app = TestApp::start().await;
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = taken.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") => {
            kept.lock().unwrap().push(field(&form(asked), "description"));
            std::thread::sleep(Duration::from_secs(2));
            None
        }
        ("GET", "requests.xml") => {
            let reports = kept.lock().unwrap().clone();
            let told: String = (1..).zip(reports).map(|(n, words)| format!("<request><service_request_id>K{n}</service_request_id><description>{words}</description></request>")).collect();
            Some(xml(format!("<service_requests>{told}</service_requests>")))
        }
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there" }))
        .await
        .expect(StatusCode::CREATED);
    let doomed = worker(&app, "1");
    until("the report", || !taken.lock().unwrap().is_empty()).await;
    stop(doomed);
    let next = worker(&app, "1");
    until("the delivery", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 2).await;
    stop(next);
    assert_eq!(taken.lock().unwrap().len(), 1);
    assert_eq!(super::text(&app, "SELECT request_id FROM open311_requests"), "K1");
    let update = &form(&asked_for(&server, "POST", "servicerequestupdates.xml")[0]);
    assert_eq!(field(update, "service_request_id"), "K1");
}

#[actix_web::test]
async fn workers_killed_at_any_moment_lose_no_report_no_update_and_no_look() {
    let app = TestApp::start().await;
    let known: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let kept = known.clone();
    // A server that knows an Idempotency-Key when it sees one.
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") => {
            let key = asked.header("idempotency-key").unwrap_or_default().to_owned();
            let mut known = kept.lock().unwrap();
            if !known.iter().any(|(seen, _)| *seen == key) {
                let number = format!("N{}", known.len() + 1);
                known.push((key.clone(), number));
            }
            let number = known.iter().find(|(seen, _)| *seen == key).unwrap().1.clone();
            Some(xml(format!(
                "<service_requests><request><service_request_id>{number}</service_request_id></request></service_requests>"
            )))
        }
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    for _ in 0..6 {
        let id = app.published_report(&author).await;
        for words in ["one", "two"] {
            app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": words }))
                .await
                .expect(StatusCode::CREATED);
        }
    }
    for round in 0..4 {
        let workers = [worker(&app, "1"), worker(&app, "1")];
        tokio::time::sleep(Duration::from_millis(150 + 70 * round)).await;
        workers.into_iter().for_each(stop);
    }
    let last = worker(&app, "1");
    until("all deliveries", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 18).await;
    until("the queue", || app.count("SELECT count(*) FROM jobs WHERE run_at < now() + interval '1 second'") == 0).await;
    stop(last);
    assert_eq!(known.lock().unwrap().len(), 6);
    assert_eq!(app.count("SELECT count(DISTINCT request_id) FROM open311_requests"), 6);
    assert_eq!(
        app.count("SELECT count(*) FROM jobs WHERE kind IN ('open311_poll', 'open311_sync')"),
        2,
        "the looks go on"
    );
    // Each report's updates in order, whatever was sent twice.
    let posted: Vec<_> = asked_for(&server, "POST", "servicerequestupdates.xml").iter().map(form).collect();
    for (_, number) in known.lock().unwrap().iter() {
        let mut words: Vec<String> = posted
            .iter()
            .filter(|form| field(form, "service_request_id") == *number)
            .map(|form| field(form, "description"))
            .collect();
        words.dedup();
        assert_eq!(words, ["one", "two"]);
    }
}

#[actix_web::test]
async fn updates_that_many_write_while_others_are_on_their_way_arrive_once_each() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    let workers = [worker(&app, "5"), worker(&app, "5")];
    let path = format!("/reports/{id}/updates");
    for round in 0..6 {
        let write = |n: i32| app.post_as(&author, &path, json!({ "text": format!("word {}", round * 4 + n) }));
        let (a, b, c, d) = tokio::join!(write(0), write(1), write(2), write(3));
        for answer in [a, b, c, d] {
            answer.expect(StatusCode::CREATED);
        }
    }
    until("all updates", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 25).await;
    workers.into_iter().for_each(stop);
    let posted: Vec<_> = asked_for(&server, "POST", "servicerequestupdates.xml").iter().map(form).collect();
    let mut words: Vec<_> = posted.iter().map(|form| field(form, "description")).collect();
    assert_eq!(words.len(), 24);
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 24);
    let round = |form: &Vec<(String, String)>| field(form, "description")[5..].parse::<usize>().unwrap() / 4;
    assert!(posted.iter().map(round).is_sorted());
}
