//! Pictures of which only the address was sent.

use serde_json::Value;

use super::{get, key, only, published};
use crate::harness::TestApp;
use crate::outside::{OutsideServer, Reply};

fn pictures(found: &Value) -> usize {
    only(found)["extended_attributes"]["photos"].as_array().unwrap().len()
}

#[actix_web::test]
async fn pictures_are_fetched_before_the_report_is_handed_over_and_what_is_no_picture_is_left_out() {
    let app = TestApp::start().await;
    app.two_councils();
    let server = OutsideServer::start(|asked| match asked.path.as_str() {
        "/one.jpg" => Reply::Say(200, "image/jpeg", crate::photos::jpeg_of_shade(40)),
        "/moved.jpg" => Reply::Redirect("/two.jpg".into()),
        "/two.jpg" => Reply::Say(200, "image/jpeg", crate::photos::jpeg_of_shade(200)),
        "/inside.jpg" => Reply::Redirect("http://[::1]:9/".into()),
        "/page.jpg" => Reply::Say(200, "text/html", b"<html>".to_vec()),
        _ => Reply::Say(404, "text/plain", Vec::new()),
    });
    let address = |name: &str| format!("{}/{name}", server.address);
    let all = ["one.jpg", "moved.jpg", "inside.jpg", "page.jpg", "none.jpg"].map(address);
    let more: Vec<(&str, &str)> = all.iter().map(|address| ("media_url", address.as_str())).collect();
    let id = published(&app, &key(&app, "south", true), &more).await;
    assert_eq!(app.count("SELECT count(*) FROM deliveries"), 0, "it waits for its pictures");
    app.work_off().await;
    app.assert_no_jobs_left();
    let found = get(&app, &format!("requests/{id}.json?extensions=true")).await;
    assert_eq!(pictures(&found.body), 2);
    let mail = &app.mails()[0].text;
    assert_eq!(mail.matches("/full.jpg").count(), 2 * 2, "both, in words and as a page: {mail}");
    assert_eq!(app.count("SELECT count(*) FROM report_media WHERE state = 'refused' AND reason IS NOT NULL"), 3);
}

#[actix_web::test]
async fn a_server_that_is_away_keeps_a_report_from_its_body_for_minutes_and_not_for_days() {
    let app = TestApp::start().await;
    app.two_councils();
    let server = OutsideServer::start(|_| Reply::Say(503, "text/plain", Vec::new()));
    let address = format!("{}/a.jpg", server.address);
    published(&app, &key(&app, "south", true), &[("media_url", &address)]).await;
    app.work_off().await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL"), 1, "it is tried again");
    app.sql("UPDATE report_media SET created_at = now() - interval '6 minutes'; UPDATE jobs SET run_at = now()");
    app.work_off().await;
    app.assert_no_jobs_left();
    assert_eq!(app.mails().len(), 1);
}

#[actix_web::test]
async fn a_picture_that_takes_its_workers_along_does_not_keep_the_report_for_ever() {
    let app = TestApp::start().await;
    app.two_councils();
    published(&app, &key(&app, "south", true), &[("media_url", "http://127.0.0.1:9/a.jpg")]).await;
    app.sql("UPDATE report_media SET created_at = now() - interval '16 minutes'; UPDATE jobs SET attempts = 3");
    app.work_off().await;
    app.assert_no_jobs_left();
    assert_eq!(app.count("SELECT count(*) FROM report_media WHERE reason = 'no try came to an end'"), 1);
    assert_eq!(app.mails().len(), 1, "the body has the report");
}
