//! What Amazon SES tells by SNS about mails of ours.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

const PASSWORD: &str = "the password of the mail service";

async fn app() -> TestApp {
    TestApp::start_with(&[("MAIL_FEEDBACK_SECRET", PASSWORD)]).await
}

async fn tell(app: &TestApp, password: Option<&str>, message: &Value) -> Answer {
    // As SNS sends it.
    let mut request = app.request(Method::POST, "/mail-feedback").header("Content-Type", "text/plain; charset=UTF-8");
    if let Some(password) = password {
        request = request.basic_auth("sns", Some(password));
    }
    Answer::of(request.body(message.to_string()).send().await).await
}

fn notification(message: &Value) -> Value {
    json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-2:1:mail", "Message": message.to_string() })
}

fn bounce(address: &str, message_id: &str) -> Value {
    notification(&json!({
        "notificationType": "Bounce",
        "bounce": { "bounceType": "Permanent", "bouncedRecipients": [{ "emailAddress": address }] },
        "mail": { "headers": [{ "name": "Message-ID", "value": message_id }] },
    }))
}

#[actix_web::test]
async fn nobody_without_the_secret_tells_us_anything() {
    let without = TestApp::start().await;
    tell(&without, Some(PASSWORD), &bounce("a@example.org", "")).await.expect_error(ErrorCode::NotFound);

    let app = app().await;
    let asked = tell(&app, None, &bounce("a@example.org", "")).await.expect_error(ErrorCode::Unauthenticated);
    assert!(asked.header("www-authenticate").starts_with("Basic "), "SNS shows its password only when asked");
    for wrong in ["", "another", "the password of the mail servicf"] {
        tell(&app, Some(wrong), &bounce("a@example.org", "")).await.expect_error(ErrorCode::Unauthenticated);
    }
    for nonsense in [json!({}), json!([]), json!({ "Type": "Other" })] {
        tell(&app, Some(PASSWORD), &nonsense).await.expect_error(ErrorCode::InvalidRequest);
    }
    assert_eq!(app.count("SELECT count(*) FROM mail_feedback"), 0);
}

#[actix_web::test]
async fn an_address_that_bounces_or_complains_gets_no_more_mail_and_is_not_kept() {
    let app = app().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.sign_in("follower@example.org").await;
    app.published_report(&author).await;
    app.work_off().await;
    let mails = |app: &TestApp, to: &str| app.mails().iter().filter(|mail| mail.header("To") == to).count();
    let before = (mails(&app, "author@example.org"), mails(&app, "follower@example.org"));

    let complaint = notification(&json!({
        "eventType": "Complaint",
        "complaint": { "complaintFeedbackType": "abuse", "complainedRecipients": [{ "emailAddress": "Author@Example.org" }] },
        "mail": {},
    }));
    tell(&app, Some(PASSWORD), &complaint).await.expect(StatusCode::NO_CONTENT);
    app.work_off().await;
    assert_eq!(app.count("SELECT count(*) FROM mail_feedback"), 0, "the message is gone");
    assert_eq!(app.count("SELECT count(*) FROM refused_addresses WHERE reason = 'complained'"), 1);
    assert_eq!(app.count("SELECT count(*) FROM refused_addresses r WHERE r::text ILIKE '%author%'"), 0);

    for address in ["author@example.org", "follower@example.org"] {
        app.post("/auth/sign-in-links", json!({ "email": address })).await.expect(StatusCode::ACCEPTED);
    }
    app.work_off().await;
    app.assert_no_jobs_left();
    assert_eq!(mails(&app, "author@example.org"), before.0);
    assert_eq!(mails(&app, "follower@example.org"), before.1 + 1);
}

#[actix_web::test]
async fn what_a_body_could_not_be_mailed_waits_on_its_desk() {
    let app = app().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let officer = app.sign_in_staff("officer@south.example.org", "south", "officer").await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    let desk = async |id: i64| app.get_as(&officer, &format!("/desk/reports/{id}")).await;
    let delivery = desk(id).await.body["deliveries"][0].clone();
    assert_eq!(delivery["state"], "sent");
    let letter = app.last_mail_to("streets@south.example.org").header("Message-ID").to_owned();

    tell(&app, Some(PASSWORD), &bounce("streets@south.example.org", &letter)).await.expect(StatusCode::NO_CONTENT);
    app.work_off().await;
    let answer = desk(id).await.body;
    assert_eq!(answer["deliveries"][0]["state"], "parked");
    let told = answer["deliveries"][0]["last_error"].as_str().unwrap();
    assert!(told.contains("came back") && !told.contains('@'), "{told}");

    // The next one is not even tried.
    let next = app.published_report(&author).await;
    app.work_off().await;
    assert_eq!(desk(next).await.body["deliveries"][0]["state"], "parked");
    assert_eq!(app.mails().iter().filter(|mail| mail.header("To") == "streets@south.example.org").count(), 1);

    // Another address, and a person who sends both again.
    app.sql("UPDATE bodies SET email = 'roads@south.example.org' WHERE slug = 'south'");
    for id in [id, next] {
        app.post_as(&officer, &format!("/desk/deliveries/{id}/south/retry"), json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
    }
    app.work_off().await;
    assert_eq!(app.mails().iter().filter(|mail| mail.header("To") == "roads@south.example.org").count(), 2);
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn a_subscription_that_names_another_server_is_not_confirmed_there() {
    let app = app().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = visits.clone();
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let message = json!({ "Type": "SubscriptionConfirmation", "SubscribeURL": format!("http://{address}/?Action=ConfirmSubscription") });
    tell(&app, Some(PASSWORD), &message).await.expect(StatusCode::NO_CONTENT);
    app.work_off().await;
    app.assert_no_jobs_left();
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}
