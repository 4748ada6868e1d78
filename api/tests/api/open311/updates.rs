//! Updates both ways.

use chrono::{Duration, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{get, key, only, post, published};
use crate::harness::{Answer, TestApp};

/// An update that happened so many minutes ago.
async fn update(
    app: &TestApp,
    key: &str,
    report: &str,
    id: &str,
    status: &str,
    ago: i64,
    more: &[(&str, &str)],
) -> Answer {
    let at = (Utc::now() - Duration::minutes(ago)).to_rfc3339();
    let mut form = vec![
        ("api_key", key),
        ("service_request_id", report),
        ("update_id", id),
        ("status", status),
        ("updated_datetime", &at),
    ];
    form.extend_from_slice(more);
    post(app, "servicerequestupdates.json", &form).await
}

fn status(app: &TestApp, report: &str) -> String {
    use diesel::RunQueryDsl as _;
    diesel::dsl::sql::<diesel::sql_types::Text>(&format!("SELECT status FROM reports WHERE id = {report}"))
        .get_result(&mut app.conn())
        .unwrap()
}

#[actix_web::test]
async fn a_back_office_moves_a_report_through_the_workflow_in_its_bodys_name() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let id = published(&app, &key, &[]).await;
    let said = [("description", "Our crew is on site.")];
    let taken = update(&app, &key, &id, "w1", "IN_PROGRESS", 5, &said).await.expect(StatusCode::CREATED);
    let number = only(&taken.body)["update_id"].as_str().unwrap().to_owned();
    assert_eq!(status(&app, &id), "in_progress");
    let page = app.get(&format!("/reports/{id}/updates")).await;
    assert_eq!(page.body["items"][0]["by"]["body"]["slug"], "south");
    update(&app, &key, &id, "w2", "FIXED", 4, &[]).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "fixed");
    let list = get(&app, "servicerequestupdates.json").await;
    let words: Vec<&Value> = list.body.as_array().unwrap().iter().map(|update| &update["status"]).collect();
    assert_eq!(words, [&json!("in_progress"), &json!("fixed")]);
    assert_eq!(list.body[0]["update_id"], json!(number));
    app.work_off().await;
    assert_eq!(app.mails().len(), 1, "the body is told of the report, and not of what it said itself");
}

#[actix_web::test]
async fn a_repeated_update_changes_nothing_and_says_so() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let id = published(&app, &key, &[]).await;
    update(&app, &key, &id, "w1", "CLOSED", 5, &[]).await.expect(StatusCode::CREATED);
    let again = update(&app, &key, &id, "w1", "OPEN", 1, &[]).await.expect(StatusCode::BAD_REQUEST);
    assert!(again.body[0]["description"].as_str().unwrap().contains("already exists"));
    assert_eq!(status(&app, &id), "closed");
    let at_once = futures_util::future::join_all((0..6).map(|_| update(&app, &key, &id, "w2", "OPEN", 1, &[]))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == StatusCode::CREATED).count(), 1);
    assert_eq!(app.count("SELECT count(*) FROM updates"), 2);
}

#[actix_web::test]
async fn an_update_that_was_overtaken_never_moves_the_status_back() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let id = published(&app, &key, &[]).await;
    update(&app, &key, &id, "w3", "FIXED", 5, &[]).await.expect(StatusCode::CREATED);
    let late = [("description", "We are looking into it.")];
    update(&app, &key, &id, "w1", "INVESTIGATING", 20, &late).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "fixed");
    assert_eq!(app.count("SELECT count(*) FROM updates WHERE status IS NULL"), 1, "its words are kept");
    update(&app, &key, &id, "w4", "REOPEN", 1, &[]).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "open");
}

#[actix_web::test]
async fn updates_of_residents_keep_their_names_and_leave_the_workflow_to_the_body() {
    let app = TestApp::start().await;
    app.two_councils();
    let trusted = key(&app, "south", true);
    let id = published(&app, &trusted, &[]).await;
    let ada =
        [("description", "Still there."), ("first_name", "Ada"), ("last_name", "B"), ("email", "ada@example.org")];
    update(&app, &trusted, &id, "r1", "INVESTIGATING", 5, &ada).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "open", "no resident sets that");
    let page = app.get(&format!("/reports/{id}/updates")).await;
    assert_eq!(page.body["items"][0]["by"], json!({ "kind": "resident", "name": "Ada B" }));
    assert!(!page.body.to_string().contains("ada@example.org"));
    let hidden = [("description", "Me too."), ("first_name", "Eve"), ("public_anonymity_required", "TRUE")];
    update(&app, &trusted, &id, "r2", "OPEN", 5, &hidden).await.expect(StatusCode::CREATED);
    assert!(!app.get(&format!("/reports/{id}/updates")).await.body.to_string().contains("Eve"));
    update(&app, &trusted, &id, "r3", "FIXED", 5, &ada).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "fixed");
    update(&app, &trusted, &id, "r4", "OPEN", 0, &ada).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "fixed", "senders repeat the status they know");
    update(&app, &trusted, &id, "r5", "REOPEN", 0, &ada).await.expect(StatusCode::CREATED);
    assert_eq!(status(&app, &id), "open");
    app.work_off().await;
    assert_eq!(app.mails().len(), 6, "the body hears of the report and of each resident");
    // Somebody whom the key does not vouch for confirms by mail.
    let other = key(&app, "south", false);
    update(&app, &other, &id, "r6", "OPEN", 5, &ada).await.expect(StatusCode::CREATED);
    assert_eq!(app.count("SELECT count(*) FROM updates WHERE visibility = 'unconfirmed'"), 1);
}

#[actix_web::test]
async fn what_an_update_lacks_or_has_too_much_of_is_said() {
    let app = TestApp::start().await;
    app.two_councils();
    let south = key(&app, "south", true);
    let north = key(&app, "north", true);
    let id = published(&app, &south, &[]).await;
    for (key, report, status, more, code, words) in [
        (&south, id.as_str(), "MENDED", vec![("description", "x")], 400, "status"),
        (&south, id.as_str(), "UNCHANGED", vec![], 400, "description"),
        (&south, id.as_str(), "OPEN", vec![], 400, "already"),
        (&south, id.as_str(), "OPEN", vec![("description", "<i>x</i>")], 400, "HTML"),
        (&south, "999999", "OPEN", vec![("description", "x")], 404, "request"),
        (&south, "abc", "OPEN", vec![("description", "x")], 404, "request"),
        (&north, id.as_str(), "OPEN", vec![("description", "x")], 404, "request"),
        (&south, id.as_str(), "OPEN", vec![("description", "x"), ("jurisdiction_id", "north")], 403, "another"),
    ] {
        let answer = update(&app, key, report, "w", status, 1, &more).await;
        assert_eq!(answer.status.as_u16(), code, "{status} {more:?}");
        assert!(answer.body[0]["description"].as_str().unwrap().contains(words), "{}", answer.body);
    }
    for missing in ["update_id", "status", "updated_datetime", "service_request_id"] {
        let form = [
            ("api_key", south.as_str()),
            ("update_id", "w"),
            ("status", "CLOSED"),
            ("updated_datetime", "2026-01-01T00:00:00Z"),
            ("service_request_id", &id),
        ];
        let form: Vec<_> = form.into_iter().filter(|(name, _)| *name != missing).collect();
        let answer = post(&app, "servicerequestupdates.json", &form).await.expect(StatusCode::BAD_REQUEST);
        assert!(answer.body[0]["description"].as_str().unwrap().contains(missing));
    }
    assert_eq!(app.count("SELECT count(*) FROM updates"), 0);
}

#[actix_web::test]
async fn only_public_updates_of_public_reports_are_listed_and_only_those_asked_for() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let (one, other) = (published(&app, &key, &[]).await, published(&app, &key, &[]).await);
    for (report, id) in [(&one, "a"), (&other, "b")] {
        update(&app, &key, report, id, "UNCHANGED", 1, &[("description", "Words.")]).await.expect(StatusCode::CREATED);
    }
    let count = async |query: &str| {
        let answer = get(&app, &format!("servicerequestupdates.json?{query}")).await.expect(StatusCode::OK);
        answer.body.as_array().unwrap().len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count("jurisdiction_id=north").await, 0);
    assert_eq!(count(&format!("service_request_id={one}")).await, 1);
    assert_eq!(count("start_date=2020-01-01&end_date=2020-02-01").await, 0);
    assert_eq!(count("page_size=1&page=2").await, 1);
    app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {one}"));
    assert_eq!(count("").await, 1);
    app.sql("UPDATE updates SET visibility = 'hidden'");
    assert_eq!(count("").await, 0);
}
