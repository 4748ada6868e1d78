//! Signing in, staying in, getting out, and telling nobody who has an account.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, Session, TestApp};

async fn refresh(app: &TestApp, session: &Session) -> Answer {
    Answer::of(app.request(Method::POST, "/auth/sessions/refresh").header("Cookie", &session.cookie).send().await).await
}

#[actix_web::test]
async fn a_refresh_token_rotates_and_showing_it_twice_ends_the_family() {
    let app = TestApp::start().await;
    let first = app.sign_in("person@example.org").await;
    let second = refresh(&app, &first).await.expect(StatusCode::OK).session();
    assert_ne!(first.cookie, second.cookie);
    refresh(&app, &first).await.expect_error(ErrorCode::Unauthenticated);
    refresh(&app, &second).await.expect_error(ErrorCode::Unauthenticated);
    let other_device = app.sign_in("person@example.org").await;
    refresh(&app, &other_device).await.expect(StatusCode::OK);
}

#[actix_web::test]
async fn a_session_that_is_ended_while_it_is_carried_on_is_ended() {
    let app = TestApp::start().await;
    for _ in 0..8 {
        let session = app.sign_in("person@example.org").await;
        let out = app.request(Method::DELETE, "/auth/sessions").header("Cookie", &session.cookie).send();
        let (next, out) = tokio::join!(refresh(&app, &session), out);
        Answer::of(out).await.expect(StatusCode::NO_CONTENT);
        if next.status == StatusCode::OK {
            refresh(&app, &next.session()).await.expect_error(ErrorCode::Unauthenticated);
        }
    }
    assert_eq!(app.count("SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NULL"), 0);
}

#[actix_web::test]
async fn two_sites_on_two_ports_of_one_host_have_cookies_of_their_own() {
    let (one, other) = (TestApp::start().await, TestApp::start().await);
    let (here, there) = (one.sign_in("person@example.org").await, other.sign_in("person@example.org").await);
    let name = |session: &Session| session.cookie.split('=').next().unwrap_or_default().to_owned();
    assert_ne!(name(&here), name(&there));
}

#[actix_web::test]
async fn no_other_site_makes_a_visitors_browser_sign_in_or_ask_for_mail() {
    let app = TestApp::start().await;
    app.two_councils();
    app.post("/reports", crate::harness::new_report()).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let token = app.last_mail_to("reporter@example.org").link_token();
    let foreign = app.request(Method::POST, "/confirmations").header("Origin", "https://evil.example");
    let foreign = Answer::of(foreign.json(&json!({ "token": token })).send().await).await;
    assert_eq!(foreign.expect_error(ErrorCode::Forbidden).header("set-cookie"), "");
    // Without this type a browser would ask nobody before it posts.
    for kind in [None, Some("text/plain")] {
        let request = app.request(Method::POST, "/auth/sign-in-links").body(r#"{"email":"victim@example.org"}"#);
        let request = match kind {
            Some(kind) => request.header("Content-Type", kind),
            None => request,
        };
        Answer::of(request.send().await).await.expect_error(ErrorCode::UnsupportedMediaType);
    }
}

#[actix_web::test]
async fn what_is_wrong_with_a_sign_in_is_named() {
    let app = TestApp::start().await;
    for (body, field, code) in [
        (json!({}), "email", "required"),
        (json!({ "email": "a@example.org" }), "password", "required"),
        (json!({ "email": "nobody", "password": "x" }), "email", "invalid_email"),
    ] {
        let answer = app.post("/auth/sessions", body).await.expect_error(ErrorCode::ValidationFailed);
        assert_eq!(answer.body["error"]["fields"][field]["code"], code);
    }
}

#[actix_web::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start_with(&[("BASE_URL", "https://mend.example.org")]).await;
    app.post("/auth/sign-in-links", json!({ "email": "person@example.org" })).await.expect(StatusCode::ACCEPTED);
    app.work_off().await;
    let token = app.last_mail_to("person@example.org").link_token();
    let foreign = app
        .request(Method::POST, "/auth/sessions")
        .header("Origin", "https://evil.example")
        .json(&json!({ "token": token }));
    Answer::of(foreign.send().await).await.expect_error(ErrorCode::Forbidden);
    let answer = app.post("/auth/sessions", json!({ "token": token })).await.expect(StatusCode::CREATED);
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(answer.header("strict-transport-security").contains("max-age"));
}

#[actix_web::test]
async fn signing_out_ends_the_session() {
    let app = TestApp::start().await;
    let session = app.sign_in("person@example.org").await;
    let out = app.request(Method::DELETE, "/auth/sessions").header("Cookie", &session.cookie).send().await;
    Answer::of(out).await.expect(StatusCode::NO_CONTENT);
    refresh(&app, &session).await.expect_error(ErrorCode::Unauthenticated);
    let nobody = app.request(Method::POST, "/auth/sessions/refresh").send().await;
    Answer::of(nobody).await.expect_error(ErrorCode::Unauthenticated);
}

#[actix_web::test]
async fn a_password_signs_in_and_changing_it_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let session = app.sign_in("person@example.org").await;
    let other_device = app.sign_in("person@example.org").await;
    let put = |session: &Session, body: serde_json::Value| {
        app.request(Method::PUT, "/me/password")
            .bearer_auth(&session.token)
            .header("Cookie", &session.cookie)
            .json(&body)
            .send()
    };
    let short =
        Answer::of(put(&session, json!({ "password": "short" })).await).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(short.body["error"]["fields"]["password"]["code"], "too_short");
    Answer::of(put(&session, json!({ "password": "correct horse battery" })).await)
        .await
        .expect(StatusCode::NO_CONTENT);
    refresh(&app, &other_device).await.expect_error(ErrorCode::Unauthenticated);
    refresh(&app, &session).await.expect(StatusCode::OK);
    let wrong =
        Answer::of(put(&session, json!({ "password": "another password", "current_password": "wrong" })).await).await;
    assert_eq!(
        wrong.expect_error(ErrorCode::ValidationFailed).body["error"]["fields"]["current_password"]["code"],
        "invalid"
    );

    let credentials = json!({ "email": "Person@Example.org", "password": "correct horse battery" });
    app.post("/auth/sessions", credentials).await.expect(StatusCode::CREATED);
}

#[actix_web::test]
async fn no_answer_tells_whether_an_address_has_an_account() {
    let app = TestApp::start().await;
    app.sign_in("known@example.org").await;
    let answers = [
        app.post("/auth/sign-in-links", json!({ "email": "known@example.org" })).await,
        app.post("/auth/sign-in-links", json!({ "email": "unknown@example.org" })).await,
    ];
    assert_eq!(answers[0].status, answers[1].status);
    assert_eq!(answers[0].bytes, answers[1].bytes);
    let wrong = [
        app.post("/auth/sessions", json!({ "email": "known@example.org", "password": "a wrong password" })).await,
        app.post("/auth/sessions", json!({ "email": "unknown@example.org", "password": "a wrong password" })).await,
    ];
    for answer in wrong {
        let answer = answer.expect_error(ErrorCode::WrongCredentials);
        assert_eq!(answer.body["error"]["message"], "The e-mail address or the password is wrong.");
    }
    // Asking for a link makes no account: only opening it does.
    assert_eq!(app.count("SELECT count(*) FROM users"), 1);
}

#[actix_web::test]
async fn a_token_that_does_not_hold_is_refused_and_not_taken_for_nobodys() {
    let app = TestApp::start().await;
    let session = Session { token: "nonsense".into(), cookie: String::new() };
    app.get_as(&session, "/reports/1").await.expect_error(ErrorCode::Unauthenticated);
    app.get_as(&session, "/me").await.expect_error(ErrorCode::Unauthenticated);
    app.get("/me").await.expect_error(ErrorCode::Unauthenticated);
}

#[actix_web::test]
async fn the_link_leads_back_to_a_page_of_this_site_only() {
    let app = TestApp::start().await;
    for (wish, result) in [
        ("/reports/7", json!("/reports/7")),
        ("//evil.example", json!(null)),
        ("/\\evil.example", json!(null)),
        ("https://evil.example", json!(null)),
    ] {
        app.post("/auth/sign-in-links", json!({ "email": "person@example.org", "return_to": wish }))
            .await
            .expect(StatusCode::ACCEPTED);
        app.work_off().await;
        let token = app.last_mail_to("person@example.org").link_token();
        let session = app.post("/auth/sessions", json!({ "token": token })).await.expect(StatusCode::CREATED);
        assert_eq!(session.body.get("return_to").cloned().unwrap_or_default(), result);
    }
}
