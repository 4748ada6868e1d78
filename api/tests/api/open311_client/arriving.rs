//! Updates that come back from a body's server.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use mendmap::delivery::open311::fetch::Stretch;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{KEY, asked_for, connected, council, field, form, later, query, refuses, resource, xml};
use crate::harness::{Session, TestApp};
use crate::outside::{OutsideServer, Reply};

/// Number, report, status, moment, words.
type Told = (String, String, String, DateTime<Utc>, String);

/// What the server tells of.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Vec<Told>>>);

impl Feed {
    fn say(&self, id: &str, status: &str, at: DateTime<Utc>, words: &str) {
        self.0.lock().unwrap().push((id.into(), "R1".into(), status.into(), at, words.into()));
    }

    fn answer(&self) -> Reply {
        let mut body = "<service_request_updates>".to_owned();
        for (id, report, status, at, words) in self.0.lock().unwrap().iter() {
            let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
            write!(
                body,
                "<request_update><update_id>{id}</update_id><service_request_id>{report}</service_request_id><status>{status}</status>\
                 <updated_datetime>{at}</updated_datetime><description>{words}</description></request_update>"
            )
            .unwrap();
        }
        xml(body + "</service_request_updates>")
    }
}

async fn fed(app: &TestApp, more: Value) -> (Feed, OutsideServer, Session, i64) {
    let feed = Feed::default();
    let told = feed.clone();
    let server = council(move |asked| {
        ((asked.method.as_str(), resource(asked)) == ("GET", "servicerequestupdates.xml")).then(|| told.answer())
    });
    let (author, _) = connected(app, &server, more).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    (feed, server, author, id)
}

async fn story(app: &TestApp, id: i64) -> Vec<(Option<String>, Option<String>)> {
    let page = app.get(&format!("/reports/{id}/updates")).await.expect(StatusCode::OK).body;
    let text = |item: &Value, name: &str| item[name].as_str().map(str::to_owned);
    page["items"].as_array().unwrap().iter().map(|item| (text(item, "text"), text(item, "status"))).collect()
}

fn said(text: Option<&str>, status: Option<&str>) -> (Option<String>, Option<String>) {
    (text.map(str::to_owned), status.map(str::to_owned))
}

#[actix_web::test]
async fn each_update_is_taken_once_in_the_order_of_its_date_in_the_name_of_the_body_and_followers_hear_of_it() {
    let app = TestApp::start().await;
    let (feed, server, _, id) = fed(&app, json!({})).await;
    let now = Utc::now();
    let before = app.mails().len();
    feed.say("3", "fixed", now - Duration::seconds(10), "Mended");
    feed.say("1", "INVESTIGATING", now - Duration::seconds(30), "We look at it");
    feed.say("2", "investigating", now - Duration::seconds(20), "We still do");
    feed.say("4", "unchanged", now - Duration::seconds(5), "");
    later(&app).await;
    later(&app).await;
    let expected = [
        said(Some("We look at it"), Some("investigating")),
        said(Some("We still do"), None),
        said(Some("Mended"), Some("fixed")),
    ];
    assert_eq!(story(&app, id).await, expected);
    let report = app.get(&format!("/reports/{id}")).await.body;
    assert_eq!((&report["status"], &report["fixed_by"]), (&json!("fixed"), &json!("body")));
    let page = app.get(&format!("/reports/{id}/updates")).await.body;
    assert_eq!(
        page["items"][0]["by"],
        json!({ "kind": "body", "body": { "slug": "south", "name": "Southshire Council" } })
    );
    assert_eq!(app.mails().len() - before, 3, "the author follows their report");
    assert!(asked_for(&server, "POST", "servicerequestupdates.xml").is_empty(), "nothing goes back where it came from");
    let asked = query(&asked_for(&server, "GET", "servicerequestupdates.xml")[0]);
    assert_eq!(
        (field(&asked, "api_key").as_str(), field(&asked, "jurisdiction_id").as_str()),
        (KEY, "south.example.org")
    );
    let moment = |name| DateTime::parse_from_rfc3339(&field(&asked, name)).unwrap();
    assert!(moment("start_date") < moment("end_date"));
    assert_eq!(app.count("SELECT count(*) FROM open311_updates WHERE incoming"), 4);
}

#[actix_web::test]
async fn an_older_update_adds_its_words_and_moves_nothing_backwards() {
    let app = TestApp::start().await;
    let (feed, _server, author, id) = fed(&app, json!({})).await;
    let now = Utc::now();
    feed.say("1", "in_progress", now - Duration::seconds(30), "At it");
    later(&app).await;
    feed.say("2", "investigating", now - Duration::seconds(60), "We had a look");
    later(&app).await;
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["status"], "in_progress");
    assert_eq!(story(&app, id).await[1], said(Some("We had a look"), None));
    // Nor over what somebody said here meanwhile.
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "status": "fixed" }))
        .await
        .expect(StatusCode::CREATED);
    feed.say("3", "action_scheduled", now - Duration::seconds(5), "Planned");
    later(&app).await;
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["status"], "fixed");
    feed.say("4", "action_scheduled", Utc::now() + Duration::seconds(1), "Not quite: planned");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    later(&app).await;
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["status"], "action_scheduled");
}

#[actix_web::test]
async fn unknown_words_and_strange_reports_are_passed_over_and_told_to_staff() {
    let app = TestApp::start().await;
    let (feed, _server, _, id) = fed(&app, json!({})).await;
    let now = Utc::now();
    feed.say("1", "awaiting pigeons", now, "We wait");
    feed.say("2", "duplicate", now - Duration::days(300), "Ancient history");
    feed.0.lock().unwrap().push(("3".into(), "nobody's".into(), "fixed".into(), now, "Whose?".into()));
    later(&app).await;
    assert_eq!(story(&app, id).await, [said(Some("We wait"), None)]);
    let words = super::text(&app, "SELECT poll_words FROM open311_servers");
    assert!(words.contains("\"awaiting pigeons\" is not known") && words.contains("2 passed over"), "{words}");
    feed.say("5", "duplicate", now, "We have it already");
    later(&app).await;
    assert_eq!(app.get(&format!("/reports/{id}")).await.body["status"], "closed", "no other report is named");
}

#[actix_web::test]
async fn our_own_updates_that_come_back_are_known_even_if_their_number_never_reached_us() {
    let app = TestApp::start().await;
    let feed = Feed::default();
    let told = feed.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("GET", "servicerequestupdates.xml") => Some(told.answer()),
        ("POST", "servicerequestupdates.xml") => {
            let words = field(&form(asked), "description");
            let number = format!("theirs-{words}");
            told.say(&number, "open", Utc::now(), &words);
            Some(if words == "lost" {
                Reply::Raw(b"HTTP/1.1 200 OK\r\n".to_vec())
            } else {
                xml(format!(
                    "<service_request_updates><request_update><update_id>{number}</update_id></request_update></service_request_updates>"
                ))
            })
        }
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    for words in ["told", "lost"] {
        app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": words }))
            .await
            .expect(StatusCode::CREATED);
        app.work_off().await;
    }
    later(&app).await;
    later(&app).await;
    assert_eq!(story(&app, id).await, [said(Some("told"), None), said(Some("lost"), None)]);
}

#[actix_web::test]
async fn a_server_without_updates_of_its_own_is_asked_about_its_reports() {
    let app = TestApp::start().await;
    let now: Arc<Mutex<(String, String)>> = Arc::new(Mutex::new(("open".into(), String::new())));
    let told = now.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        (_, "servicerequestupdates.xml") => Some(refuses(404, "Not found")),
        // It takes no lists.
        ("GET", "requests.xml") => Some(xml("<service_requests/>")),
        ("GET", "requests/R1.xml") => {
            let (status, notes) = told.lock().unwrap().clone();
            let at = Utc::now().to_rfc3339();
            Some(xml(format!(
                "<service_requests><request><service_request_id>R1</service_request_id><status>{status}</status><status_notes>{notes}</status_notes><updated_datetime>{at}</updated_datetime></request></service_requests>"
            )))
        }
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({ "extended_statuses": false })).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    later(&app).await;
    assert!(story(&app, id).await.is_empty());
    *now.lock().unwrap() = ("closed".into(), "Filled on Monday".into());
    later(&app).await;
    assert_eq!(story(&app, id).await, [said(Some("Filled on Monday"), Some("fixed"))]);
    later(&app).await;
    assert_eq!(story(&app, id).await.len(), 1, "it is dated anew each time, and says nothing new");
    *now.lock().unwrap() = ("open".into(), "Filled on Monday".into());
    later(&app).await;
    *now.lock().unwrap() = ("closed".into(), "Filled on Monday".into());
    later(&app).await;
    let statuses: Vec<_> = story(&app, id).await.into_iter().skip(1).collect();
    assert_eq!(statuses, [said(None, Some("open")), said(None, Some("fixed"))]);
    // What residents write goes by letter, as the server takes none.
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Thank you" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert!(app.last_mail_to("streets@south.example.org").text.contains("Thank you"));
}

#[test]
fn stretches_of_time_reach_back_overlap_and_always_get_on() {
    let now = Utc::now();
    for minutes in [2, 4, 60, 1440, i32::MAX] {
        let mut done = now - Duration::days(3);
        let mut steps = 0;
        while done < now {
            let stretch = Stretch::next(done, minutes, now);
            assert!(stretch.from < done && stretch.to > done && stretch.to <= now, "{stretch:?}");
            assert!(stretch.to - stretch.from <= Duration::days(1));
            done = stretch.to;
            steps += 1;
        }
        assert!(steps <= 3 * 1440, "{steps}");
    }
    let ahead = Stretch::next(now + Duration::days(1), 1440, now);
    assert!(ahead.from < now && ahead.to == now);
}

#[actix_web::test]
async fn what_is_said_again_under_another_number_is_heard_once_and_a_zone_that_is_missing_loses_nothing() {
    let app = TestApp::start().await;
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let say = told.clone();
    let server = council(move |asked| {
        let is_feed = (asked.method.as_str(), resource(asked)) == ("GET", "servicerequestupdates.xml");
        is_feed.then(|| {
            xml(format!("<service_request_updates>{}</service_request_updates>", say.lock().unwrap().concat()))
        })
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    for (number, status) in [("a", "open"), ("b", "open"), ("c", "investigating")] {
        // A wall clock in America.
        let at = (Utc::now() - Duration::hours(8)).format("%Y-%m-%dT%H:%M:%S");
        told.lock().unwrap().push(format!(
            "<request_update><update_id>{number}</update_id><service_request_id>R1</service_request_id><status>{status}</status>\
             <updated_datetime>{at}</updated_datetime><description>Crew on the way</description></request_update>"
        ));
        later(&app).await;
    }
    assert_eq!(story(&app, id).await, [said(Some("Crew on the way"), None), said(None, Some("investigating"))]);
}

#[actix_web::test]
async fn pictures_that_come_with_an_update_are_made_our_own_and_what_is_none_is_left_out() {
    let app = TestApp::start().await;
    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([9, 90, 200]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let address: Arc<Mutex<String>> = Arc::default();
    let known = address.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("GET", "servicerequestupdates.xml") => {
            let (root, at) = (known.lock().unwrap().clone(), Utc::now().to_rfc3339());
            Some(xml(format!(
                "<service_request_updates><request_update><update_id>1</update_id><service_request_id>R1</service_request_id><status>fixed</status>\
                 <updated_datetime>{at}</updated_datetime><description>Look</description><media_url>{root}/moved.png</media_url>\
                 <media_url>{root}/page.html</media_url><media_url>{root}/gone.png</media_url><media_url>http://10.0.0.1/inside.png</media_url></request_update></service_request_updates>"
            )))
        }
        ("GET", "/moved.png") => Some(Reply::Redirect("/picture.png".into())),
        ("GET", "/picture.png") => Some(Reply::Say(200, "image/png", file.get_ref().clone())),
        ("GET", "/page.html") => Some(Reply::Say(200, "text/html", b"<html>".to_vec())),
        _ => None,
    });
    server.address.clone_into(&mut address.lock().unwrap());
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    later(&app).await;
    let update = app.get(&format!("/reports/{id}/updates")).await.body["items"][0].clone();
    assert_eq!((&update["text"], update["photos"].as_array().unwrap().len()), (&json!("Look"), 1));
    let photo = app.get(update["photos"][0]["full"].as_str().unwrap()).await.expect(StatusCode::OK);
    assert!(photo.bytes.starts_with(b"\xFF\xD8"));
    later(&app).await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind = 'open311_pictures'"), 0);
}
