//! Reports and updates on their way to a body's server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{
    KEY, asked_for, connected, council, deliveries, field, form, json_reply, later, refuses, resource, text, xml,
};
use crate::harness::{Answer, Session, TestApp, new_report};
use crate::outside::{OutsideServer, Reply};

async fn with_photos(app: &TestApp, author: &Session) -> i64 {
    let mut ids = Vec::new();
    for shade in [40, 200] {
        let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([shade, 10, 10]));
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
        let request =
            app.request(Method::POST, "/photos").bearer_auth(&author.token).header("Content-Type", "image/png");
        let photo = Answer::of(request.body(file.into_inner()).send().await).await.expect(StatusCode::CREATED);
        ids.push(photo.body["id"].clone());
    }
    let mut report = new_report();
    report["photos"] = json!(ids);
    report["answers"] = json!({ "depth": "12", "danger": "no" });
    app.post_as(author, "/reports", report).await.expect(StatusCode::CREATED).body["id"].as_i64().unwrap()
}

#[actix_web::test]
async fn a_report_is_sent_with_its_answers_and_links_to_its_photos_and_gets_its_number() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = with_photos(&app, &author).await;
    app.work_off().await;
    let sent = asked_for(&server, "POST", "requests.xml");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].header("content-type"), Some("application/x-www-form-urlencoded; charset=utf-8"));
    let form = form(&sent[0]);
    let expected = [
        ("jurisdiction_id", "south.example.org"),
        ("api_key", KEY),
        ("service_code", "P1"),
        ("lat", "51.560000"),
        ("long", "-2.997700"),
        ("email", "author@example.org"),
        ("first_name", "Reporter"),
        ("last_name", "Name"),
        ("phone", "01633 000000"),
        ("attribute[depth]", "12"),
        ("attribute[danger]", "no"),
        ("attribute[easting]", "330900"),
    ];
    for (name, value) in expected {
        let sent = field(&form, name);
        assert!(sent == value || (name == "attribute[easting]" && sent.len() == 6), "{name}: {sent}");
    }
    assert_eq!(
        field(&form, "description"),
        format!(
            "Deep pothole by the bus stop\n\nIt has been getting larger since the frost.\n\n{}/reports/{id}",
            app.config.http.base_url()
        )
    );
    let links: Vec<_> = form.iter().filter(|(name, _)| name == "media_url").collect();
    assert_eq!(links.len(), 2);
    let photo = links[0].1.strip_prefix(&app.config.http.base_url()).unwrap();
    assert_eq!(app.get(photo).await.status, StatusCode::OK);
    assert_eq!(deliveries(&app), [("sent".to_owned(), None)]);
    assert_eq!(text(&app, "SELECT request_id FROM open311_requests"), "R1");
    assert!(app.mails().iter().all(|mail| mail.header("To") != "streets@south.example.org"), "no letter beside it");
    let query = super::query(&asked_for(&server, "GET", "services.xml")[0]);
    assert_eq!(
        (field(&query, "jurisdiction_id").as_str(), field(&query, "api_key").as_str()),
        ("south.example.org", "")
    );
}

#[actix_web::test]
async fn photos_go_along_as_files_where_the_server_wants_them() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (author, _) = connected(&app, &server, json!({ "photos": "uploads" })).await;
    with_photos(&app, &author).await;
    app.work_off().await;
    let sent = &asked_for(&server, "POST", "requests.xml")[0];
    assert!(sent.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    let body = String::from_utf8_lossy(&sent.body);
    assert_eq!(body.matches("name=\"media\"; filename=\"").count(), 2);
    assert!(
        body.contains("name=\"service_code\"\r\n\r\nP1\r\n")
            && body.contains("name=\"attribute[depth]\"\r\n\r\n12\r\n")
    );
    assert!(!body.contains("media_url"));
    assert_eq!(sent.body.windows(3).filter(|bytes| *bytes == b"\xFF\xD8\xFF").count(), 2);
}

#[actix_web::test]
async fn a_server_that_speaks_json_gets_a_report_and_gives_a_number_that_is_one() {
    let app = TestApp::start().await;
    let server = council(|asked| match (asked.method.as_str(), resource(asked)) {
        ("GET", "services.json") => Some(json_reply(
            &json!([{ "service_code": "P1", "service_name": "Potholes", "metadata": false, "type": "realtime" }]),
        )),
        ("POST", "requests.json") => Some(json_reply(&json!([{ "service_request_id": 4711, "service_notice": null }]))),
        ("GET", "servicerequestupdates.json") => Some(json_reply(&json!([]))),
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({ "format": "json" })).await;
    app.sql("UPDATE categories SET questions = '[{\"code\": \"depth\", \"label\": \"How deep?\", \"datatype\": \"number\"}]' WHERE code = 'potholes'");
    app.sql("UPDATE open311_services SET protected = '{questions}'");
    let mut report = new_report();
    report["answers"] = json!({ "depth": "12" });
    app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED);
    app.work_off().await;
    assert_eq!(text(&app, "SELECT request_id FROM open311_requests"), "4711");
    let form = form(&asked_for(&server, "POST", "requests.json")[0]);
    assert!(field(&form, "description").contains("How deep?: 12"), "what the server does not ask, people read");
    assert_eq!(field(&form, "attribute[depth]"), "");
}

#[actix_web::test]
async fn a_token_is_asked_again_until_there_is_a_number_and_updates_wait_for_it_in_order() {
    let app = TestApp::start().await;
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = ready.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") => {
            Some(xml("<service_requests><request><token>T 1</token></request></service_requests>"))
        }
        ("GET", "tokens/T%201.xml") if is_ready.load(Ordering::Relaxed) => Some(xml(
            "<service_requests><request><service_request_id>900</service_request_id><token>T 1</token></request></service_requests>",
        )),
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    assert_eq!(deliveries(&app), [("sent".to_owned(), None)]);
    for words in ["first", "second"] {
        app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": words }))
            .await
            .expect(StatusCode::CREATED);
    }
    later(&app).await;
    assert_eq!(asked_for(&server, "GET", "tokens/T%201.xml").len(), 1);
    assert!(asked_for(&server, "POST", "servicerequestupdates.xml").is_empty());
    ready.store(true, Ordering::Relaxed);
    later(&app).await;
    later(&app).await;
    let posted: Vec<_> = asked_for(&server, "POST", "servicerequestupdates.xml").iter().map(form).collect();
    assert_eq!(posted.iter().map(|form| field(form, "description")).collect::<Vec<_>>(), ["first", "second"]);
    assert!(posted.iter().all(|form| field(form, "service_request_id") == "900" && field(form, "api_key") == KEY));
    assert!(posted.iter().all(|form| field(form, "status") == "OPEN" && field(form, "first_name") == "Reporter"));
    assert_eq!(deliveries(&app), vec![("sent".to_owned(), None); 3]);
}

#[actix_web::test]
async fn updates_follow_their_report_in_order_and_what_is_refused_waits_for_a_person_while_the_next_goes_on() {
    let app = TestApp::start().await;
    let away = Arc::new(AtomicBool::new(true));
    let is_away = away.clone();
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") if is_away.load(Ordering::Relaxed) => {
            Some(Reply::Say(503, "text/plain", b"Back soon".to_vec()))
        }
        ("POST", "servicerequestupdates.xml") if field(&form(asked), "description") == "second" => {
            Some(refuses(400, "We dislike the second, key a-key-nobody-else-may-see"))
        }
        _ => None,
    });
    let (author, admin) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    for words in ["first", "second", "third"] {
        app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": words }))
            .await
            .expect(StatusCode::CREATED);
    }
    app.work_off().await;
    let state = deliveries(&app);
    assert_eq!(state[0], ("pending".to_owned(), Some("the server cannot answer now (503): Back soon".to_owned())));
    assert!(state[1..].iter().all(|(state, error)| state == "pending" && error.is_none()));
    away.store(false, Ordering::Relaxed);
    later(&app).await;
    let words: Vec<_> = asked_for(&server, "POST", "servicerequestupdates.xml")
        .iter()
        .map(|asked| field(&form(asked), "description"))
        .collect();
    assert_eq!(words, ["first", "second", "third"]);
    let state = deliveries(&app);
    assert_eq!(state.iter().map(|(state, _)| state.as_str()).collect::<Vec<_>>(), ["sent", "sent", "parked", "sent"]);
    assert_eq!(state[2].1.as_deref(), Some("the server refuses (400): We dislike the second, key (our key)"));
    // Staff see it where they see letters that did not arrive, and send it again there.
    let desk = app.get_as(&admin, &format!("/desk/reports/{id}")).await.expect(StatusCode::OK).body;
    assert_eq!(desk["deliveries"][2]["state"], "parked");
    app.post_as(&admin, &format!("/desk/deliveries/{id}/south/retry"), json!({})).await.expect(StatusCode::NO_CONTENT);
    app.work_off().await;
    assert_eq!(asked_for(&server, "POST", "servicerequestupdates.xml").len(), 4);
}

#[actix_web::test]
async fn a_report_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() {
    let app = TestApp::start().await;
    let taken: Arc<Mutex<Option<String>>> = Arc::default();
    let kept = taken.clone();
    let server = council(move |asked| {
        match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") => {
            *kept.lock().unwrap() = Some(field(&form(asked), "description"));
            // It took it; and its answer is cut off.
            Some(Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<service_requests>".to_vec()))
        }
        ("GET", "requests.xml") => kept.lock().unwrap().clone().map(|description| {
            xml(format!("<service_requests><request><service_request_id>other</service_request_id><description>Something else</description></request>\
                 <request><service_request_id>777</service_request_id><description>{description}</description></request></service_requests>"))
        }),
        _ => None,
    }
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    app.published_report(&author).await;
    app.work_off().await;
    assert_eq!(deliveries(&app)[0].0, "pending");
    later(&app).await;
    assert_eq!(asked_for(&server, "POST", "requests.xml").len(), 1, "nothing is sent twice");
    assert_eq!(text(&app, "SELECT request_id FROM open311_requests"), "777");
    assert_eq!(deliveries(&app), [("sent".to_owned(), None)]);
    let lookup = super::query(&asked_for(&server, "GET", "requests.xml")[0]);
    assert_eq!(field(&lookup, "service_code"), "P1");
    assert!(!field(&lookup, "start_date").is_empty());
}

#[actix_web::test]
async fn what_is_sent_again_has_the_same_key_and_an_update_that_is_there_already_counts_as_arrived() {
    let app = TestApp::start().await;
    let calls = Arc::new(Mutex::new(0));
    let server = council(move |asked| match (asked.method.as_str(), resource(asked)) {
        ("POST", "requests.xml") => {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            (*calls == 1).then(|| Reply::Say(502, "text/html", b"<h1>Bad gateway</h1>".to_vec()))
        }
        ("POST", "servicerequestupdates.xml") => Some(refuses(400, "Bad request: already exists")),
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "status": "fixed" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    later(&app).await;
    let sent = asked_for(&server, "POST", "requests.xml");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(sent[0].header("idempotency-key"), sent[1].header("idempotency-key"));
    assert!(sent[0].header("idempotency-key").is_some_and(|key| key.len() == 36));
    let update = form(&asked_for(&server, "POST", "servicerequestupdates.xml")[0]);
    assert_eq!((field(&update, "status").as_str(), field(&update, "update_id").len()), ("FIXED", 36));
    assert_eq!(deliveries(&app), vec![("sent".to_owned(), None); 2]);
}

#[actix_web::test]
async fn a_service_without_numbers_and_a_server_without_updates_are_told_of_updates_by_letter() {
    let app = TestApp::start().await;
    let server = council(|asked| match (asked.method.as_str(), resource(asked)) {
        ("GET", "services.xml") => Some(xml(
            "<services><service><service_code>P1</service_code><service_name>Potholes</service_name><type>blackbox</type></service></services>",
        )),
        ("POST", "requests.xml") => Some(xml(
            "<service_requests><request><service_notice>Thank you</service_notice></request></service_requests>",
        )),
        _ => None,
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let mut report = new_report();
    report["answers"] = json!({});
    let id = app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED).body["id"].as_i64().unwrap();
    app.work_off().await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert_eq!(deliveries(&app), vec![("sent".to_owned(), None); 2]);
    assert!(asked_for(&server, "POST", "servicerequestupdates.xml").is_empty());
    assert!(app.last_mail_to("streets@south.example.org").text.contains("Still there"));
}

#[actix_web::test]
async fn what_staff_write_on_the_desk_reaches_their_own_back_office_and_nobody_elses() {
    let app = TestApp::start().await;
    let server: OutsideServer = council(|_| None);
    let (author, admin) = connected(&app, &server, json!({ "extended_statuses": false })).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    app.post_as(&admin, &format!("/desk/reports/{id}/updates"), json!({ "text": "Mended", "status": "fixed" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    let posted = form(&asked_for(&server, "POST", "servicerequestupdates.xml")[0]);
    assert_eq!((field(&posted, "status").as_str(), field(&posted, "description").as_str()), ("CLOSED", "Mended"));
    assert_eq!(field(&posted, "email"), "", "who works there is nobody's business");
}

#[actix_web::test]
async fn a_report_of_two_bodies_goes_to_one_by_open311_and_to_the_other_by_mail_and_so_do_its_updates() {
    let app = TestApp::start().await;
    let server = council(|_| None);
    let (author, admin) = connected(&app, &server, json!({})).await;
    let bind = json!({ "service": "D", "category": "drains" });
    app.send(Method::PUT, "/desk/bodies/south/open311/services", Some(&admin), &bind).await.expect(StatusCode::CREATED);
    let mut drain = new_report();
    drain["category"] = json!("drains");
    drain["answers"] = json!({});
    drain["location"] = json!({ "lon": -2.9977, "lat": 51.595 });
    let id = app.post_as(&author, "/reports", drain).await.expect(StatusCode::CREATED).body["id"].as_i64().unwrap();
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "It smells" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    assert_eq!(asked_for(&server, "POST", "requests.xml").len(), 1);
    assert_eq!(asked_for(&server, "POST", "servicerequestupdates.xml").len(), 1);
    let letters: Vec<_> = app.mails().into_iter().filter(|mail| mail.header("To").starts_with("streets@")).collect();
    assert!(letters.len() == 2 && letters.iter().all(|mail| mail.header("To") == "streets@north.example.org"));
    assert_eq!(deliveries(&app), vec![("sent".to_owned(), None); 4]);
}

#[actix_web::test]
async fn a_server_that_is_away_for_four_days_leaves_the_report_to_a_person() {
    let app = TestApp::start().await;
    let server =
        council(|asked| (asked.method == "POST").then(|| Reply::Say(500, "text/plain", b"Out of order".to_vec())));
    let (author, admin) = connected(&app, &server, json!({})).await;
    app.published_report(&author).await;
    app.work_off().await;
    for (attempt, wait) in [(1, 1), (2, 5), (3, 30), (4, 120)] {
        assert_eq!(app.count("SELECT attempts::bigint FROM deliveries"), attempt);
        assert_eq!(
            app.count(
                "SELECT round(extract(epoch FROM run_at - now()) / 60)::bigint FROM jobs WHERE kind = 'open311_deliver'"
            ),
            wait
        );
        later(&app).await;
    }
    app.sql("UPDATE jobs SET run_at = now(), created_at = now() - interval '95 hours' WHERE kind = 'open311_deliver'");
    app.work_off().await;
    assert_eq!(
        deliveries(&app),
        [("parked".to_owned(), Some("the server cannot answer now (500): Out of order".to_owned()))]
    );
    assert_eq!(app.get_as(&admin, "/desk/south/counts").await.body["parked"], 1);
}

#[actix_web::test]
async fn words_alone_never_open_again_what_the_back_office_has_finished_meanwhile() {
    let app = TestApp::start().await;
    let server = council(|asked| {
        let is_asked = (asked.method.as_str(), resource(asked)) == ("GET", "requests/R1.xml");
        is_asked.then(|| xml("<service_requests><request><service_request_id>R1</service_request_id><status>closed</status></request></service_requests>"))
    });
    let (author, _) = connected(&app, &server, json!({})).await;
    let id = app.published_report(&author).await;
    app.work_off().await;
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there" }))
        .await
        .expect(StatusCode::CREATED);
    app.work_off().await;
    let posted = form(&asked_for(&server, "POST", "servicerequestupdates.xml")[0]);
    assert_eq!((field(&posted, "status").as_str(), field(&posted, "description").as_str()), ("CLOSED", "Still there"));
}
