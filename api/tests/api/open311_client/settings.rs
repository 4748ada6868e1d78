//! Who sets up a body's server, and what they see of it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use mendmap::auth::tokens::Keys;
use mendmap::delivery::open311::queries;
use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{KEY, asked_for, connected, council, deliveries, later, refuses, resource};
use crate::harness::{TestApp, new_report};

const PATH: &str = "/desk/bodies/south/open311";

#[actix_web::test]
async fn an_administrator_sets_a_server_and_nobody_ever_reads_its_key() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (stranger, admin) = connected(&app, &server, json!({})).await;
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    let shown = app.get_as(&admin, PATH).await.expect(StatusCode::OK);
    assert_eq!(
        (&shown.body["has_key"], &shown.body["format"], &shown.body["photos"]),
        (&json!(true), &json!("xml"), &json!("links"))
    );
    assert!(!String::from_utf8_lossy(&shown.bytes).contains(KEY));
    assert_eq!(
        app.count(&format!("SELECT count(*) FROM open311_servers WHERE position('{KEY}'::bytea IN key_sealed) > 0")),
        0
    );
    assert_eq!(app.count(&format!("SELECT count(*) FROM audit_log WHERE detail::text LIKE '%{KEY}%'")), 0);
    assert_eq!(app.count(&format!("SELECT count(*) FROM idempotency_keys WHERE response::text LIKE '%{KEY}%'")), 0);
    assert_eq!(app.count("SELECT count(*) FROM audit_log WHERE action = 'open311.set'"), 1);
    // Without a key in it, a change keeps the one there is; an empty one takes it away.
    let change = json!({ "endpoint": format!("{}/v2", server.address) });
    let shown = app.send(Method::PUT, PATH, Some(&admin), &change).await.expect(StatusCode::CREATED).body;
    assert_eq!((&shown["has_key"], &shown["extended_statuses"]), (&json!(true), &json!(false)));
    let change = json!({ "endpoint": format!("{}/v2", server.address), "key": "" });
    let shown = app.send(Method::PUT, PATH, Some(&admin), &change).await.expect(StatusCode::CREATED).body;
    assert_eq!(shown["has_key"], false);
    for (session, code) in [(&officer, ErrorCode::Forbidden), (&stranger, ErrorCode::NotFound)] {
        app.get_as(session, PATH).await.expect_error(code);
        app.send(Method::PUT, PATH, Some(session), &change).await.expect_error(code);
        app.send(Method::DELETE, PATH, Some(session), &json!({})).await.expect_error(code);
        app.send(Method::POST, &format!("{PATH}/sync"), Some(session), &json!({})).await.expect_error(code);
        let bind = json!({ "service": "a", "category": "drains" });
        app.send(Method::PUT, &format!("{PATH}/services"), Some(session), &bind).await.expect_error(code);
    }
    for endpoint in ["http://10.0.0.1/", "ftp://example.org/", "http://user:secret@example.org/", ""] {
        let answer = app.send(Method::PUT, PATH, Some(&admin), &json!({ "endpoint": endpoint })).await;
        answer.expect_error(ErrorCode::ValidationFailed);
    }
    let unknown = json!({ "service": "a", "category": "no-such" });
    app.send(Method::PUT, &format!("{PATH}/services"), Some(&admin), &unknown)
        .await
        .expect_error(ErrorCode::ValidationFailed);
}

#[actix_web::test]
async fn a_server_that_is_taken_away_leaves_everything_that_waits_to_the_mail() {
    let app = TestApp::start().await;
    let server = council(|asked| (asked.method == "POST").then(|| refuses(500, "Broken")));
    let (author, admin) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert!(deliveries(&app).iter().all(|(state, _)| state == "pending"));
    app.send(Method::DELETE, PATH, Some(&admin), &json!({})).await.expect(StatusCode::NO_CONTENT);
    app.get_as(&admin, PATH).await.expect_error(ErrorCode::NotFound);
    later(&app).await;
    assert_eq!(deliveries(&app), vec![("sent".to_owned(), None); 2]);
    let letters = app.mails().into_iter().filter(|mail| mail.header("To") == "streets@south.example.org").count();
    assert_eq!(letters, 2);
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn one_category_may_go_to_the_server_and_another_by_mail() {
    let app = TestApp::start().await;
    let server = council(|asked| (resource(asked) == "services.xml").then(|| super::xml("<services/>")));
    let (author, admin) = connected(&app, &server, json!({})).await;
    let bind = json!({ "service": "DR-1", "category": "drains" });
    app.send(Method::PUT, &format!("{PATH}/services"), Some(&admin), &bind).await.expect(StatusCode::CREATED);
    app.published_report(&author).await;
    let mut drain = new_report();
    drain["category"] = json!("drains");
    drain["answers"] = json!({});
    app.post_as(&author, "/reports", drain).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let sent = asked_for(&server, "POST", "requests.xml");
    assert_eq!(
        sent.iter().map(|asked| super::field(&super::form(asked), "service_code")).collect::<Vec<_>>(),
        ["DR-1"]
    );
    let letters = app.mails().into_iter().filter(|mail| mail.header("To").starts_with("streets@")).count();
    assert_eq!(letters, 1);
}

#[actix_web::test]
async fn the_command_line_sets_shows_and_removes_a_server_without_telling_its_key() {
    let app = TestApp::start().await;
    app.two_councils();
    let run = |arguments: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mendmap"))
            .args(["admin", "open311"])
            .args(arguments)
            .env("DATABASE_URL", &app.database.url)
            .env("DATA_DIR", app.folder.path())
            .env("SECRET_KEY", crate::harness::SECRET)
            .env("OUTBOUND_ALLOW", "127.0.0.0/8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        command.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = command.wait_with_output().unwrap();
        (
            done.status.success(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (fine, _) = run(
        &["set", "south", "http://127.0.0.1:9/v2", "--key-stdin", "--format", "json", "--extended-statuses"],
        &format!("{KEY}\n"),
    );
    assert!(fine);
    let (fine, shown) = run(&["show", "south"], "");
    assert!(
        fine && shown.contains("\"has_key\": true") && shown.contains("\"format\": \"json\"") && !shown.contains(KEY),
        "{shown}"
    );
    let keys = Keys::new(crate::harness::SECRET).unwrap();
    let server = app.count("SELECT id FROM open311_servers");
    let server = queries::server(&mut app.conn(), &keys, server).unwrap().unwrap();
    assert_eq!(server.key.as_deref(), Some(KEY), "the line's end is no part of it");
    let (fine, words) = run(&["set", "south", "http://10.1.2.3/"], "");
    assert!(!fine && words.contains("public internet"), "{words}");
    assert!(run(&["remove", "south"], "").0);
    assert!(!run(&["show", "south"], "").0);
}
