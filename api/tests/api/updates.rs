//! Answering: staff and residents change a report by the workflow, and everybody who follows hears of it once.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, TestApp, new_report};

#[actix_web::test]
async fn staff_answer_and_the_author_and_followers_get_one_mail_each_with_one_click_unsubscribe() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let follower = app.sign_in("follower@example.org").await;
    let followed = app.send(Method::PUT, &format!("/reports/{id}/follow"), Some(&follower), &json!({})).await;
    assert_eq!(followed.body["following"], true);
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    app.work_off().await;

    let list = app.get_as(&officer, "/desk/south/reports?sort=unread").await.expect(StatusCode::OK).body;
    assert_eq!(list["items"][0]["unread"], true);
    let desk = app.get_as(&officer, &format!("/desk/reports/{id}")).await.expect(StatusCode::OK).body;
    assert_eq!(desk["author"]["email"], "author@example.org");
    assert_eq!(desk["answers"][0], json!({ "question": "How deep?", "answer": "12" }));
    let list = app.get_as(&officer, "/desk/south/reports?sort=unread").await.body;
    assert_eq!(list["items"][0]["unread"], false);

    let before = app.mails().len();
    app.post_as(
        &officer,
        &format!("/desk/reports/{id}/updates"),
        json!({ "text": "We will mend it on Monday.", "status": "action_scheduled" }),
    )
    .await
    .expect(StatusCode::CREATED);
    app.work_off().await;
    assert_eq!(app.mails().len() - before, 2);
    let mail = app.last_mail_to("author@example.org");
    assert!(mail.text.contains("We will mend it on Monday.") && mail.text.contains("scheduled for action"));
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let address = mail.header("List-Unsubscribe").trim_matches(['<', '>']).to_owned();
    let path = address.strip_prefix(&app.address).unwrap().to_owned();
    let click = app
        .request(Method::POST, &path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("List-Unsubscribe=One-Click");
    Answer::of(click.send().await).await.expect(StatusCode::NO_CONTENT);

    app.post_as(&officer, &format!("/desk/reports/{id}/updates"), json!({ "status": "fixed" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert_eq!(app.mails().len() - before, 3, "the author had unsubscribed, the follower had not");
    let report = app.get(&format!("/reports/{id}")).await.body;
    assert_eq!(
        (&report["status"], &report["fixed_by"], &report["updates"]),
        (&json!("fixed"), &json!("body"), &json!(2))
    );
    let updates = app.get(&format!("/reports/{id}/updates")).await.body;
    assert_eq!(
        updates["items"][0]["by"],
        json!({ "kind": "body", "body": { "slug": "south", "name": "Southshire Council" } })
    );
    assert_eq!(app.count("SELECT count(*) FROM audit_log WHERE action = 'report.answer'"), 2);
    let list = app.get_as(&officer, "/desk/south/reports?sort=unread").await.body;
    assert_eq!(list["items"][0]["unread"], false, "one's own answer is no news");
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn a_story_is_told_in_the_order_in_which_it_became_public() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    let path = format!("/reports/{id}/updates");
    let waiting = json!({ "status": "fixed", "author": { "name": "Neighbour", "email": "neighbour@example.org" } });
    app.post(&path, waiting).await.expect(StatusCode::CREATED);
    app.work_off().await;
    app.post_as(&officer, &format!("/desk{path}"), json!({ "status": "investigating" }))
        .await
        .expect(StatusCode::CREATED);
    let first = app.get(&format!("{path}?limit=1")).await.body;
    assert_eq!(first["items"][0]["status"], "investigating");
    let token = app.last_mail_to("neighbour@example.org").link_token();
    app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    app.post_as(&author, &path, json!({ "text": "Thank you!" })).await.expect(StatusCode::CREATED);

    let mut cursor = String::new();
    let mut story = Vec::new();
    loop {
        let page = app.get(&format!("{path}?limit=1&cursor={cursor}")).await.expect(StatusCode::OK).body;
        let update = &page["items"][0];
        story.push(update["status"].as_str().or(update["text"].as_str()).unwrap_or_default().to_owned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(story, ["investigating", "fixed", "Thank you!"]);
}

#[actix_web::test]
async fn a_private_note_is_the_bodys_own() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let viewer = app.sign_in_staff("viewer@example.org", "south", "viewer").await;
    app.post_as(&viewer, &format!("/desk/reports/{id}/notes"), json!({ "text": "Known troublemaker drain" }))
        .await
        .expect(StatusCode::CREATED);
    let desk = app.get_as(&viewer, &format!("/desk/reports/{id}")).await.body;
    assert_eq!(desk["notes"][0]["text"], "Known troublemaker drain");
    app.post_as(&viewer, &format!("/desk/reports/{id}/updates"), json!({ "text": "x" }))
        .await
        .expect_error(ErrorCode::Forbidden);
    for path in [format!("/reports/{id}"), format!("/reports/{id}/updates")] {
        assert!(!String::from_utf8_lossy(&app.get_as(&author, &path).await.bytes).contains("troublemaker"));
    }
    app.post_as(&author, &format!("/desk/reports/{id}/notes"), json!({ "text": "x" }))
        .await
        .expect_error(ErrorCode::NotFound);
    app.get_as(&author, &format!("/desk/reports/{id}")).await.expect_error(ErrorCode::NotFound);
    app.get_as(&author, "/desk/south/reports").await.expect_error(ErrorCode::NotFound);
    app.get("/desk/south/reports").await.expect_error(ErrorCode::Unauthenticated);
    let unconfirmed = app.post("/reports", new_report()).await.expect(StatusCode::CREATED).body["id"].clone();
    for path in ["notes", "updates"] {
        app.post_as(&viewer, &format!("/desk/reports/{unconfirmed}/{path}"), json!({ "text": "x" }))
            .await
            .expect_error(ErrorCode::NotFound);
    }
}

#[actix_web::test]
async fn the_author_says_fixed_and_reopens_with_a_reason_that_reaches_the_body() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let path = format!("/reports/{id}/updates");
    app.post_as(&author, &path, json!({ "status": "fixed", "text": "Gone!" })).await.expect(StatusCode::CREATED);
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["fixed_by"], "author");
    let refused =
        app.post_as(&author, &path, json!({ "status": "open" })).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(refused.body["error"]["fields"]["text"]["code"], "required");
    app.post_as(&author, &path, json!({ "status": "in_progress" })).await.expect_error(ErrorCode::TransitionNotAllowed);
    app.post_as(&author, &path, json!({ "status": "open", "text": "It is back." })).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let mail = app.last_mail_to("streets@south.example.org");
    assert!(mail.text.contains("It is back.") && mail.text.contains("opened it again"), "{}", mail.text);
    let report = app.get(&format!("/reports/{id}")).await.body;
    assert_eq!(report["status"], "open");
    assert_eq!(report.get("fixed_by"), None);
}

#[actix_web::test]
async fn another_resident_says_fixed_by_a_mailed_link_unless_the_body_forbids_it() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let path = format!("/reports/{id}/updates");
    let update = json!({ "status": "fixed", "author": { "name": "Neighbour", "email": "neighbour@example.org" } });
    let taken = app.post(&path, update.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(taken.body["visibility"], "unconfirmed");
    assert_eq!(app.get(&path).await.body["items"], json!([]));
    app.work_off().await;
    let token = app.last_mail_to("neighbour@example.org").link_token();
    app.sql("UPDATE bodies SET residents_may_fix = false");
    app.post("/confirmations", json!({ "token": token })).await.expect_error(ErrorCode::TransitionNotAllowed);
    app.sql("UPDATE bodies SET residents_may_fix = true");
    let confirmed = app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    assert_eq!(confirmed.body["what"], "update");
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["fixed_by"], "resident");
    assert_eq!(app.get(&path).await.body["items"][0]["by"], json!({ "kind": "resident", "name": "Neighbour" }));
}

#[actix_web::test]
async fn a_duplicate_names_a_report_that_everybody_can_see() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let (first, second) = (app.published_report(&author).await, app.published_report(&author).await);
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    let path = format!("/desk/reports/{second}/updates");
    for wrong in [
        json!({ "status": "duplicate" }),
        json!({ "status": "duplicate", "duplicate_of": second }),
        json!({ "status": "duplicate", "duplicate_of": 99999 }),
        json!({ "text": "x", "duplicate_of": first }),
    ] {
        app.post_as(&officer, &path, wrong).await.expect_error(ErrorCode::ValidationFailed);
    }
    app.post_as(&officer, &path, json!({ "status": "duplicate", "duplicate_of": first }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(app.get(&format!("/reports/{second}")).await.body["duplicate_of"], first);
    app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {first}"));
    assert_eq!(app.get(&format!("/reports/{second}")).await.body.get("duplicate_of"), None, "nobody can see it now");
    let updates = app.get(&format!("/reports/{second}/updates")).await.body;
    assert_eq!(updates["items"][0].get("duplicate_of"), None);
    app.post_as(&officer, &path, json!({ "status": "open" })).await.expect(StatusCode::CREATED);
    assert_eq!(app.get(&format!("/reports/{second}")).await.body.get("duplicate_of"), None);
}

#[actix_web::test]
async fn following_without_an_account_waits_for_the_mailed_link() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let path = format!("/reports/{id}/follow");
    let answer =
        app.send(Method::PUT, &path, None, &json!({ "email": "watcher@example.org" })).await.expect(StatusCode::OK);
    assert_eq!(answer.body["following"], false);
    app.work_off().await;
    let token = app.last_mail_to("watcher@example.org").link_token();
    let confirmed = app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    let watcher = confirmed.session();
    assert_eq!(app.get_as(&watcher, &format!("/reports/{id}")).await.body["viewer"]["following"], true);
    app.send(Method::DELETE, &path, Some(&watcher), &json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.get_as(&watcher, &format!("/reports/{id}")).await.body["viewer"]["following"], false);
}

#[actix_web::test]
async fn the_desk_lists_newest_unread_and_overdue_first_and_pages_see_all() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    // Drains have no target time.
    let mut report = new_report();
    report["category"] = json!("drains");
    report["answers"] = json!({});
    let mut ids = vec![app.post_as(&author, "/reports", report).await.body["id"].as_i64().unwrap()];
    for n in 0..7 {
        let mut report = new_report();
        report["title"] = json!(format!("Hole {n}"));
        ids.push(app.post_as(&author, "/reports", report).await.body["id"].as_i64().unwrap());
    }
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    app.sql(&format!("UPDATE reports SET due_at = now() - interval '1 day' WHERE id = {}; UPDATE reports SET due_at = now() - interval '9 days' WHERE id = {}", ids[3], ids[5]));
    app.get_as(&officer, &format!("/desk/reports/{}", ids[7])).await.expect(StatusCode::OK);
    let counts = app.get_as(&officer, "/desk/south/counts").await.body;
    assert_eq!(counts, json!({ "open": 8, "unread": 7, "overdue": 2, "parked": 0 }));
    for (sort, first) in [("newest", ids[7]), ("unread", ids[6]), ("overdue", ids[5])] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app
                .get_as(&officer, &format!("/desk/south/reports?sort={sort}&limit=3&cursor={cursor}"))
                .await
                .expect(StatusCode::OK)
                .body;
            seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["report"]["id"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen[0], first, "{sort}");
        seen.sort_unstable();
        assert_eq!(seen, ids, "{sort}");
    }
    let found = app.get_as(&officer, "/desk/south/reports?q=hole+3").await.body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let found = app.get_as(&officer, &format!("/desk/south/reports?q={}", ids[1])).await.body;
    assert!(found["items"].as_array().unwrap().iter().any(|row| row["report"]["id"] == ids[1]));
}
