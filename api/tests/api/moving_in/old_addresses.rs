//! Old addresses lead on.

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::{Theirs, text};
use crate::harness::TestApp;

/// Where an address leads, or nothing.
async fn leads(app: &TestApp, path: &str) -> Option<String> {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let answer = client.get(format!("{}{path}", app.address)).send().await.unwrap();
    let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    assert_eq!(answer.status() == StatusCode::MOVED_PERMANENTLY, to.is_some(), "{path}: {}", answer.status());
    to
}

async fn moved_in(app: &TestApp) {
    let (mut conn, store) = (app.conn(), app.config.storage.photo_store.clone());
    actix_web::web::block(move || drop(Theirs::start().move_into(&mut conn, &store))).await.unwrap();
}

#[actix_web::test]
async fn what_stands_in_old_mails_and_other_systems_is_found() {
    let app = TestApp::start().await;
    app.sql(include_str!("ground.sql"));
    assert_eq!(leads(&app, "/report/101").await, None);
    moved_in(&app).await;
    let photo = |report: i64, place: i64| {
        let id = text(
            &mut app.conn(),
            &format!("SELECT photo_id FROM report_photos WHERE (report_id, position) = ({report}, {place})"),
        );
        Some(format!("/photos/{id}/full.jpg"))
    };
    for (path, to) in [
        ("/report/101", Some("/reports/101".to_owned())),
        ("/report/101?token=x", Some("/reports/101".to_owned())),
        ("/report/118", None),
        ("/report/999", None),
        ("/around?lat=51.56&lon=-2.99&zoom=3", Some("/map?lon=-2.99&lat=51.56&zoom=16".to_owned())),
        ("/around?pc=NP20", Some("/map".to_owned())),
        ("/reports", Some("/map".to_owned())),
        ("/reports/Southshire", Some("/map?body=southshire-council".to_owned())),
        ("/reports/Westmoor+Borough+Council/Quay", Some("/map?body=westmoor-borough-council".to_owned())),
        ("/report/of/Westmoor", Some("/map?body=westmoor-borough-council".to_owned())),
        ("/reports/Elsewhere", None),
        ("/report/new?latitude=51.56&longitude=-2.99", Some("/report/new?lon=-2.99&lat=51.56".to_owned())),
        ("/my", Some("/my/reports".to_owned())),
        ("/photo/101.1.full.jpeg?4f", photo(101, 1)),
        ("/photo/218.jpeg", photo(218, 0)),
        // Private, and never there.
        ("/photo/210.1.jpeg", None),
        ("/photo/101.7.jpeg", None),
    ] {
        assert_eq!(leads(&app, path).await, to, "{path}");
    }
    assert!(leads(&app, "/photo/c/1.0.jpeg").await.is_some());
    let report = app.get("/reports/101").await.expect(StatusCode::OK);
    assert_eq!(report.body["title"], "Title 1");
}

#[actix_web::test]
async fn a_number_that_is_taken_here_becomes_another_and_the_old_address_leads_to_it() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let first = app.published_report(&author).await;
    app.sql(&format!("SELECT setval('reports_id_seq', 100 + {first} - 1)"));
    let ours = app.published_report(&author).await;
    app.work_off().await;
    assert_eq!(ours, 101);
    moved_in(&app).await;
    let theirs = leads(&app, "/report/101").await.expect("an address");
    let number: i64 = theirs.rsplit('/').next().unwrap().parse().unwrap();
    assert!(number > 220, "{theirs}");
    assert_eq!(app.get(&theirs).await.expect(StatusCode::OK).body["title"], "Title 1");
    assert_eq!(app.get("/reports/101").await.expect(StatusCode::OK).body["title"], "Deep pothole by the bus stop");
    assert_eq!(leads(&app, "/report/102").await.as_deref(), Some("/reports/102"));
    // The body of that name that was here before is theirs, and stays as it is.
    assert_eq!(leads(&app, "/reports/Southshire").await.as_deref(), Some("/map?body=south"));
    assert_eq!(text(&mut app.conn(), "SELECT email FROM bodies WHERE slug = 'south'"), "streets@south.example.org");
    app.assert_no_jobs_left();
}
