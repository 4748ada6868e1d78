//! What bodies and followers are sent, and what they can do with it.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, TestApp, new_report};
use crate::photos::{png, upload};

const BODY: &str = "streets@south.example.org";

#[actix_web::test]
async fn the_letter_to_the_body_has_the_words_as_text_and_html_and_reaches_the_resident() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let mut report = new_report();
    report["anonymous"] = json!(true);
    report["photos"] = json!([photo["id"]]);
    report["detail"] = json!("Deep, <b>really</b> deep.\r\nBcc: everybody@example.org");
    let id = app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED).body["id"].clone();
    app.work_off().await;
    let mail = app.last_mail_to(BODY);
    assert_eq!(mail.header("Reply-To"), "author@example.org", "also of somebody whose name is not public");
    assert_eq!(mail.header("Bcc"), "");
    let (plain, html) = mail.text.split_once("text/html").expect("both forms");
    assert!(plain.contains("text/plain") && plain.contains("Deep, <b>really</b> deep."));
    assert!(html.contains("&#60;b&#62;really&#60;/b&#62;") || html.contains("&lt;b&gt;really&lt;/b&gt;"), "{html}");
    assert!(plain.contains("Reporter Name") && plain.contains(&format!("{}/desk/reports/{id}", app.address)));
    assert!(plain.contains(&format!("{}/photos/", app.address)));
    assert!(app.get(&format!("/reports/{id}")).await.body.get("author_name").is_none_or(serde_json::Value::is_null));
}

#[actix_web::test]
async fn the_body_opens_the_photos_of_a_private_report_from_its_mail() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let mut report = new_report();
    report["category"] = json!("needles");
    report["answers"] = json!({});
    report["photos"] = json!([photo["id"]]);
    app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let mail = app.last_mail_to(BODY);
    let at = mail.text.find("/photos/").expect("a link to the photo");
    let link: String = mail.text[at..].chars().take_while(|c| !c.is_whitespace()).collect();
    app.get(&link).await.expect(StatusCode::OK);
    app.get(link.split('?').next().unwrap()).await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn a_residents_update_reaches_the_body_with_photos_and_a_way_to_answer() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let update = json!({ "text": "Here is a picture.", "photos": [photo["id"]], "anonymous": true,
        "author": { "name": "Quiet Neighbour", "email": "neighbour@example.org" } });
    app.post(&format!("/reports/{id}/updates"), update).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let token = app.last_mail_to("neighbour@example.org").link_token();
    app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    app.work_off().await;
    let to_body = app.last_mail_to(BODY);
    assert_eq!(to_body.header("Reply-To"), "neighbour@example.org");
    for words in ["Here is a picture.", "Quiet Neighbour", "/photos/"] {
        assert!(to_body.text.contains(words), "{words} in {}", to_body.text);
    }
    let to_author = app.last_mail_to("author@example.org");
    assert!(to_author.text.contains("/photos/") && !to_author.text.contains("Quiet Neighbour"));
}

#[actix_web::test]
async fn whoever_may_not_see_a_report_any_more_is_told_no_more_about_it() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let follower = app.sign_in("follower@example.org").await;
    app.send(Method::PUT, &format!("/reports/{id}/follow"), Some(&follower), &json!({})).await.expect(StatusCode::OK);
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    app.work_off().await;
    app.sql("UPDATE reports SET visibility = 'private'");
    app.post_as(&officer, &format!("/desk/reports/{id}/updates"), json!({ "text": "About your house" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert!(app.last_mail_to("author@example.org").text.contains("About your house"));
    assert!(!app.last_mail_to("follower@example.org").text.contains("About your house"));
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn the_link_of_an_old_mail_ends_the_subscription_also_after_following_anew() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let follower = app.sign_in("follower@example.org").await;
    let follow = format!("/reports/{id}/follow");
    app.send(Method::PUT, &follow, Some(&follower), &json!({})).await.expect(StatusCode::OK);
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there." }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    let mail = app.last_mail_to("follower@example.org");
    let address = mail.header("List-Unsubscribe").trim_matches(['<', '>']).to_owned();
    let path = address.strip_prefix(&app.address).unwrap().to_owned();
    app.send(Method::DELETE, &follow, Some(&follower), &json!({})).await.expect(StatusCode::OK);
    app.send(Method::PUT, &follow, Some(&follower), &json!({})).await.expect(StatusCode::OK);

    // A mail program that knows nothing of one-click opens the address as a page, and that alone ends nothing.
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = Answer::of(browser.get(&address).send().await).await.expect(StatusCode::SEE_OTHER);
    assert!(page.header("location").starts_with("/unsubscribe#"));
    assert_eq!(app.get_as(&follower, &format!("/reports/{id}")).await.body["viewer"]["following"], true);

    app.request(Method::POST, &path).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(app.get_as(&follower, &format!("/reports/{id}")).await.body["viewer"]["following"], false);
}

#[actix_web::test]
async fn staff_who_may_send_again_are_told_once_a_day_of_what_is_parked() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    app.sign_in_staff("officer@example.org", "south", "officer").await;
    app.sign_in_staff("viewer@example.org", "south", "viewer").await;
    app.work_off().await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Worse now." }))
        .await
        .expect(StatusCode::CREATED);
    app.sql(
        "UPDATE deliveries SET state = 'parked' WHERE update_id IS NOT NULL; DELETE FROM jobs WHERE kind = 'deliver'",
    );
    app.work_off().await;
    let before = app.mails().len();
    for _ in 0..2 {
        app.keep_house().await;
        app.work_off().await;
    }
    assert_eq!(app.mails().len() - before, 1, "one person may send again, and is told once");
    let mail = app.last_mail_to("officer@example.org");
    assert!(mail.text.contains(&format!("{}/desk/south?sort=parked", app.address)), "{}", mail.text);

    let officer = app.sign_in("officer@example.org").await;
    assert_eq!(app.get_as(&officer, "/desk/south/counts").await.body["parked"], 1);
    let desk = app.get_as(&officer, &format!("/desk/reports/{id}")).await.body;
    let states: Vec<_> = desk["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["state"].as_str(), row["update_id"].is_i64()))
        .collect();
    assert_eq!(states, [(Some("sent"), false), (Some("parked"), true)]);
    app.sql("UPDATE parked_summaries SET day = day - 1");
    app.keep_house().await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind = 'parked_summary'"), 1, "the next day's");
}
