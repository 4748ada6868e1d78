//! Delivery: retried by the rule, parked for a person, and never twice to a receiver that knows a Message-ID when it sees one.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{TestApp, until};
use crate::smtp::{CutLine, MailServer, slow_line};

/// A worker process of its own, as in production.
fn worker(app: &TestApp, smtp_url: &str, lease: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .arg("worker")
        .env("DATABASE_URL", &app.database.url)
        .env("DATA_DIR", app.folder.path())
        .env("SMTP_URL", smtp_url)
        .env("JOB_LEASE_SECONDS", lease)
        .env("LOG", "warn")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn stop(mut worker: Child) {
    worker.kill().unwrap();
    worker.wait().unwrap();
}

#[actix_web::test]
async fn a_worker_killed_between_sending_and_recording_sends_the_same_message_again_and_no_other() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    let server = MailServer::start();
    let line = CutLine::to(&server);

    let doomed = worker(&app, &format!("smtp://127.0.0.1:{}", line.port), "1");
    line.taken.recv_timeout(Duration::from_secs(20)).expect("the mail server takes the mail");
    stop(doomed);
    assert_eq!(app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'"), 0);

    let next = worker(&app, &server.url(), "1");
    until("the delivery", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 1).await;
    stop(next);
    let mut ids = server.message_ids();
    assert_eq!(ids.len(), 2, "it was sent again, because nobody knows that it arrived");
    ids.dedup();
    assert_eq!(ids.len(), 1, "and it carries the same Message-ID, so that the receiver does");
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn a_mail_server_slower_than_a_lease_gets_the_mail_once() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    let server = MailServer::start();
    let port = slow_line(&server, Duration::from_millis(500));
    let url = format!("smtp://127.0.0.1:{port}");
    let workers = [worker(&app, &url, "1"), worker(&app, &url, "1")];
    until("the delivery", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 1).await;
    until("the queue", || app.count("SELECT count(*) FROM jobs") == 0).await;
    workers.into_iter().for_each(stop);
    assert_eq!(server.message_ids().len(), 1);
}

#[test]
fn a_worker_that_lost_its_job_to_another_records_nothing_about_it() {
    use mendmap::delivery::{Outcome, record_done, record_failure};
    use mendmap::jobs::queries::Take;
    use mendmap::jobs::{Job, queries};
    let database = crate::harness::TestDatabase::create();
    let mut conn = database.connect();
    let job = Job::NotifyFollowers { update: 1 };
    queries::enqueue(&mut conn, &job).unwrap();
    let first = queries::claim(&mut conn, Take::Any, 0).unwrap().expect("a job");
    let second = queries::claim(&mut conn, Take::Any, 60).unwrap().expect("the lease has run out");
    assert!(!first.taken_over && second.taken_over);
    let follow_up = || Outcome::Enqueue(vec![Job::NotifyFollowers { update: 2 }]);
    record_done(&mut conn, &first, &job, follow_up()).unwrap();
    record_failure(&mut conn, &first, Some(&job), &anyhow::anyhow!("too late")).unwrap();
    assert!(
        queries::claim(&mut conn, Take::Any, 60).unwrap().is_none(),
        "the second still holds it, and nothing was added"
    );
    record_done(&mut conn, &second, &job, follow_up()).unwrap();
    assert_eq!(queries::claim(&mut conn, Take::Any, 60).unwrap().expect("what follows").attempts, 1);
    assert!(queries::claim(&mut conn, Take::Any, 60).unwrap().is_none());
}

#[actix_web::test]
async fn many_workers_killed_at_any_moment_lose_and_double_nothing() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    for _ in 0..12 {
        app.published_report(&author).await;
    }
    let server = MailServer::start();
    for round in 0..4 {
        let workers = [worker(&app, &server.url(), "1"), worker(&app, &server.url(), "1")];
        // Long enough to be in the middle of something, differently each time.
        tokio::time::sleep(Duration::from_millis(120 + 60 * round)).await;
        workers.into_iter().for_each(stop);
    }
    let last = worker(&app, &server.url(), "1");
    until("all deliveries", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 12).await;
    until("the queue", || app.count("SELECT count(*) FROM jobs") == 0).await;
    stop(last);
    let mut ids = server.message_ids();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

#[actix_web::test]
async fn a_mail_server_that_is_away_is_tried_again_and_given_up_after_four_days_until_staff_ask() {
    let server = MailServer::start();
    let url = server.url();
    drop(server);
    let app = TestApp::start_with(&[("SMTP_URL", &url)]).await;
    app.two_councils();
    // Signed in by password: no mail can leave.
    let hash = mendmap::auth::passwords::hash("a long password").unwrap();
    app.sql(&format!(
        "INSERT INTO users (email, name, password_hash) VALUES ('author@example.org', 'A', '{hash}'), ('officer@example.org', 'O', '{hash}');
         INSERT INTO staff SELECT u.id, b.id, 'officer' FROM users u, bodies b WHERE u.email = 'officer@example.org' AND b.slug = 'south'"
    ));
    let sign_in = async |email: &str| {
        app.post("/auth/sessions", json!({ "email": email, "password": "a long password" })).await.session()
    };
    let (author, officer) = (sign_in("author@example.org").await, sign_in("officer@example.org").await);
    let id = app.published_report(&author).await;
    app.work_off().await;

    let minutes = "SELECT round(extract(epoch FROM run_at - now()) / 60)::bigint FROM jobs WHERE kind = 'deliver'";
    for (attempt, wait) in [(1, 1), (2, 5), (3, 30), (4, 120)] {
        let desk = app.get_as(&officer, &format!("/desk/reports/{id}")).await.expect(StatusCode::OK).body;
        let delivery = &desk["deliveries"][0];
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("pending"), &json!(attempt)));
        assert!(delivery["last_error"].as_str().unwrap().contains("mail server"));
        assert!(!delivery["last_error"].as_str().unwrap().contains("streets@south.example.org"));
        assert_eq!(app.count(minutes), wait);
        app.sql("UPDATE jobs SET run_at = now()");
        app.work_off().await;
    }
    app.sql("UPDATE jobs SET run_at = now(), created_at = now() - interval '95 hours'");
    app.work_off().await;
    let desk = app.get_as(&officer, &format!("/desk/reports/{id}")).await.body;
    assert_eq!(desk["deliveries"][0]["state"], "parked");
    assert_eq!(app.get_as(&officer, "/desk/south/counts").await.body["parked"], 1);
    let second = app.published_report(&author).await;
    let list = app.get_as(&officer, "/desk/south/reports?sort=parked").await.expect(StatusCode::OK).body;
    assert_eq!((&list["items"][0]["report"]["id"], &list["items"][1]["report"]["id"]), (&json!(id), &json!(second)));
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["deliveries"][0].get("sent_at"), None);

    let path = format!("/desk/deliveries/{id}/south/retry");
    app.post_as(&author, &path, json!({})).await.expect_error(ErrorCode::NotFound);
    app.post_as(&officer, &path, json!({})).await.expect(StatusCode::NO_CONTENT);
    let desk = app.get_as(&officer, &format!("/desk/reports/{id}")).await.body;
    assert_eq!(desk["deliveries"][0]["state"], "pending");
    let back = MailServer::start();
    let next = worker(&app, &back.url(), "5");
    until("the delivery", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 2).await;
    stop(next);
    app.post_as(&officer, &path, json!({})).await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn a_waiting_worker_hears_of_new_work_at_once() {
    let server = MailServer::start();
    let app = TestApp::start().await;
    app.two_councils();
    let waiting = worker(&app, &server.url(), "5");
    let listens = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    until("the worker", || app.count(listens) > 0).await;
    let begun = std::time::Instant::now();
    app.post("/auth/sign-in-links", json!({ "email": "person@example.org" })).await.expect(StatusCode::ACCEPTED);
    until("the mail", || !server.mails().is_empty()).await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    stop(waiting);
}

#[actix_web::test]
async fn a_hidden_report_is_not_delivered_any_more() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    app.sql("UPDATE reports SET visibility = 'hidden'");
    app.work_off().await;
    assert!(app.mails().iter().all(|mail| mail.header("To") != "streets@south.example.org"));
    app.assert_no_jobs_left();
    assert_eq!(app.count("SELECT count(*) FROM deliveries WHERE state = 'withheld' AND sent_at IS NULL"), 1);
    app.sql("UPDATE reports SET visibility = 'published'");
    let report = app.get(&format!("/reports/{id}")).await.body;
    assert_eq!(report["deliveries"][0].get("sent_at"), None, "nothing was sent, and nobody is told that it was");
}

#[test]
fn two_claims_never_take_the_same_job() {
    let database = crate::harness::TestDatabase::create();
    let mut conn = database.connect();
    for _ in 0..40 {
        let link = uuid::Uuid::new_v4();
        mendmap::jobs::queries::enqueue(&mut conn, &mendmap::jobs::Job::SignInMail { link }).unwrap();
    }
    let taken: Vec<uuid::Uuid> = std::thread::scope(|scope| {
        let claim_all = || {
            let mut conn = PgConnection::establish(&database.url).unwrap();
            let mut mine = Vec::new();
            while let Some(job) =
                mendmap::jobs::queries::claim(&mut conn, mendmap::jobs::queries::Take::Any, 60).unwrap()
            {
                mine.push(job.id);
            }
            mine
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(claim_all)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let unique: std::collections::HashSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), unique.len()), (40, 40));
}

#[test]
fn of_one_lane_one_job_runs_at_a_time_and_letters_do_not_wait_for_it() {
    use mendmap::jobs::queries::{self, Take};
    let database = crate::harness::TestDatabase::create();
    let mut conn = database.connect();
    let put = |conn: &mut PgConnection, lane: &str, number: i32| {
        let sql = format!(
            "INSERT INTO jobs (id, kind, payload, lane, run_at) VALUES (gen_random_uuid(), 'call', '{{\"n\": {number}}}', \
             {lane}, now() - interval '1 hour' + {number} * interval '1 second')"
        );
        diesel::sql_query(sql).execute(conn).unwrap();
    };
    for (lane, number) in [("'slow'", 1), ("'slow'", 2), ("'other'", 3), ("NULL", 4)] {
        put(&mut conn, lane, number);
    }
    let number = |claimed: &queries::Claimed| claimed.payload["n"].as_i64().unwrap();
    let first = queries::claim(&mut conn, Take::Calls, 60).unwrap().unwrap();
    assert_eq!(number(&first), 1);
    let second = queries::claim(&mut conn, Take::Calls, 60).unwrap().unwrap();
    assert_eq!(number(&second), 3, "the first lane is taken");
    assert!(queries::claim(&mut conn, Take::Calls, 60).unwrap().is_none());
    assert!(queries::next_due(&mut conn, Take::Calls).unwrap().unwrap() > chrono::Utc::now(), "nobody runs in circles");
    assert_eq!(number(&queries::claim(&mut conn, Take::Letters, 60).unwrap().unwrap()), 4);
    assert!(queries::finish(&mut conn, &first).unwrap());
    let third = queries::claim(&mut conn, Take::Any, 0).unwrap().unwrap();
    assert_eq!(number(&third), 2);
    // Its worker dies: the job is taken over, and nothing else of the lane overtakes it.
    put(&mut conn, "'slow'", 0);
    assert_eq!(number(&queries::claim(&mut conn, Take::Calls, 60).unwrap().unwrap()), 2);
    assert!(queries::claim(&mut conn, Take::Calls, 60).unwrap().is_none());
}

#[test]
fn workers_that_race_for_one_lane_never_run_two_of_it_at_once() {
    use mendmap::jobs::queries::{self, Take};
    let database = crate::harness::TestDatabase::create();
    let mut conn = database.connect();
    let sql = "INSERT INTO jobs (id, kind, payload, lane) SELECT gen_random_uuid(), 'call', '{}', 'slow' FROM generate_series(1, 40)";
    diesel::sql_query(sql).execute(&mut conn).unwrap();
    let running = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut conn = PgConnection::establish(&database.url).unwrap();
                while queries::next_due(&mut conn, Take::Calls).unwrap().is_some() {
                    let Some(job) = queries::claim(&mut conn, Take::Calls, 60).unwrap() else { continue };
                    assert_eq!(running.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    running.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    assert!(queries::finish(&mut conn, &job).unwrap());
                }
            });
        }
    });
    assert_eq!(queries::next_due(&mut conn, Take::Any).unwrap(), None);
}
