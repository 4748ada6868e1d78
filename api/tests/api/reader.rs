//! Reading from a copy that follows the writer: it lags, it goes away, and it takes over.

use std::time::{Duration, Instant};

use mendmap_shared::error::ErrorCode;
use mendmap_shared::geo::{LonLat, TileXyz};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, TestApp, new_report, until};
use crate::replicated::Replicated;

/// The promise: what changed shows by then.
const PROMISED: Duration = Duration::from_secs(5);

async fn fit(app: &TestApp) {
    until("the reader's use", || app.place.db.reader_is_fit()).await;
}

fn tile() -> String {
    let tile = TileXyz::containing(LonLat::new(-2.9977, 51.56).expect("a place"), 18).expect("a tile");
    format!("/map/{}/{}/{}.json", tile.z(), tile.x(), tile.y())
}

/// How many reports the public is shown, by the map and by the list.
async fn shown(app: &TestApp) -> (usize, usize) {
    let map = app.get(&tile()).await;
    let pins = map.body["pins"].as_array().map_or(0, Vec::len);
    let list = app.get("/reports").await.expect(StatusCode::OK);
    assert!(map.status == StatusCode::OK || map.status == StatusCode::NO_CONTENT, "{}", map.status);
    (pins, list.body["items"].as_array().expect("a list").len())
}

async fn all_shown(app: &TestApp, expected: usize) {
    let began = Instant::now();
    while shown(app).await != (expected, expected) {
        assert!(began.elapsed() < PROMISED, "{:?} are shown, not {expected}", shown(app).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn the_public_reads_from_the_reader_and_whoever_wrote_sees_it_at_once() {
    let pair = Replicated::start();
    let app = pair.app(&[]).await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    fit(&app).await;
    all_shown(&app, 1).await;
    // The last thing that a list asks for.
    let asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%report_photos%' AND pid <> pg_backend_pid()";
    until("a list from the reader", || pair.standby.count(asked) > 0).await;

    pair.standby.pause();
    let answer = app.post_as(&author, "/reports", new_report()).await.expect(StatusCode::CREATED);
    let (id, cookie) = (&answer.body["id"], answer.header("set-cookie"));
    assert!(
        cookie.starts_with("mendmap_wrote=") && cookie.contains("Max-Age=5") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().expect("a cookie");
    assert_eq!(pair.standby.count("SELECT count(*) FROM reports"), 1, "the reader has not got it");
    let listed = |answer: &Answer| answer.body["items"].as_array().expect("a list").len();
    let own = Answer::of(app.request(Method::GET, "/reports").header("Cookie", cookie).send().await).await;
    assert_eq!(listed(&own), 2, "by the cookie");
    assert_eq!(listed(&app.get_as(&author, "/reports").await), 2, "by the session");
    app.get(&format!("/reports/{id}")).await.expect(StatusCode::OK);
}

#[actix_web::test]
async fn without_a_reader_nobody_gets_a_cookie_for_writing() {
    let app = TestApp::start().await;
    let answer = app.post("/auth/sign-in-links", json!({ "email": "somebody@example.org" })).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::ACCEPTED, ""));
}

#[actix_web::test]
async fn what_is_hidden_is_gone_within_five_seconds_for_good_though_the_reader_lags() {
    let pair = Replicated::start();
    let app = pair.app(&[("CACHE_MEGABYTES", "16")]).await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    fit(&app).await;
    all_shown(&app, 1).await;

    pair.standby.pause();
    app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {id}"));
    all_shown(&app, 0).await;
    assert_eq!(pair.standby.count("SELECT count(*) FROM reports WHERE visibility = 'published'"), 1, "it lags");
    for _ in 0..20 {
        assert_eq!(shown(&app).await, (0, 0), "it came back");
        app.get(&format!("/reports/{id}")).await.expect_error(ErrorCode::NotFound);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!app.place.db.reader_is_fit(), "it is not asked");

    // The writer goes, too: better no answer than what was hidden.
    pair.writer.crash();
    until("the writer's absence", || app.place.db.writer_is_gone()).await;
    app.get("/reports").await.expect_error(ErrorCode::Unavailable);
    pair.standby.resume();
    fit(&app).await;
    assert_eq!(shown(&app).await, (0, 0), "now it has everything, and stands in");
}

#[actix_web::test]
async fn a_reader_that_is_lost_costs_nobody_an_error_and_is_used_again_when_it_is_back() {
    let pair = Replicated::start();
    let app = pair.app(&[]).await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    fit(&app).await;
    all_shown(&app, 1).await;
    let lose = async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        actix_web::web::block(move || (pair.standby.crash(), pair).1).await.expect("a thread")
    };
    let read = async {
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            assert_eq!(shown(&app).await, (1, 1));
        }
    };
    let (pair, ()) = tokio::join!(lose, read);
    assert!(!app.place.db.reader_is_fit());
    app.published_report(&author).await;
    pair.standby.start();
    fit(&app).await;
    assert_eq!(shown(&app).await, (2, 2));
}

#[actix_web::test]
async fn without_its_writer_the_site_is_read_and_after_a_promotion_it_is_written_without_a_restart() {
    let pair = Replicated::start();
    let app = pair.app(&[]).await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    fit(&app).await;
    all_shown(&app, 1).await;

    pair.writer.crash();
    let path = format!("/reports/{id}/updates");
    let update = json!({ "text": "It is still there." });
    for _ in 0..5 {
        let refused = app.post_as(&author, &path, update.clone()).await.expect_error(ErrorCode::Unavailable);
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(shown(&app).await, (1, 1), "reads go on");
    }
    app.get(&format!("/reports/{id}")).await.expect(StatusCode::OK);
    app.get_as(&author, "/me").await.expect(StatusCode::OK);
    app.get("/readyz").await.expect(StatusCode::OK);

    pair.standby.promote();
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = app.post_as(&author, &path, update.clone()).await;
        if answer.status == StatusCode::CREATED {
            break;
        }
        answer.expect_error(ErrorCode::Unavailable);
        assert!(Instant::now() < deadline, "nothing can be written");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(pair.standby.count("SELECT count(*) FROM updates WHERE text = 'It is still there.'"), 1);
    app.work_off().await;
    assert_eq!(shown(&app).await, (1, 1));
}
