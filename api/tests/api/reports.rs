//! Reporting: routed, confirmed, delivered, listed, and never twice.

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{TestApp, new_report};

#[actix_web::test]
async fn a_report_without_an_account_is_published_by_its_mailed_link_and_sent_to_the_council() {
    let app = TestApp::start().await;
    app.two_councils();
    let taken = app.post("/reports", new_report()).await.expect(StatusCode::CREATED);
    assert_eq!(taken.body["visibility"], "unconfirmed");
    let path = format!("/reports/{}", taken.body["id"]);
    app.get(&path).await.expect_error(ErrorCode::NotFound);
    assert_eq!(app.get("/reports").await.body["items"], json!([]));

    app.work_off().await;
    let mail = app.last_mail_to("reporter@example.org");
    let confirmed = app.post("/confirmations", json!({ "token": mail.link_token() })).await.expect(StatusCode::OK);
    assert_eq!(confirmed.body["what"], "report");
    let session = confirmed.session();
    assert_eq!(app.get_as(&session, "/me").await.body["name"], "Reporter Name");

    let report = app.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!(report["street"], "Quay Street");
    assert_eq!(report["area"], "Quay, Southshire");
    assert_eq!(report["author_name"], "Reporter Name");
    assert_eq!(report["deliveries"][0]["body"]["name"], "Southshire Council");
    assert_eq!(report["deliveries"][0].get("sent_at"), None);

    app.work_off().await;
    let mail = app.last_mail_to("streets@south.example.org");
    for part in [
        "Reference: ",
        "Deep pothole by the bus stop",
        "getting larger",
        "How deep?: 12",
        "Danger?: No",
        "01633 000000",
        "Quay Street",
    ] {
        assert!(mail.text.contains(part), "{part} is missing in {}", mail.text);
    }
    assert_eq!(mail.header("Reply-To"), "reporter@example.org");
    assert!(app.get(&path).await.body["deliveries"][0]["sent_at"].is_string());
    assert!(app.mails().iter().all(|mail| mail.header("To") != "streets@north.example.org"));
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn a_link_works_once_and_a_forged_one_never() {
    let app = TestApp::start().await;
    app.two_councils();
    app.post("/reports", new_report()).await.expect(StatusCode::CREATED);
    app.work_off().await;
    let token = app.last_mail_to("reporter@example.org").link_token();
    app.post("/confirmations", json!({ "token": "nonsense" })).await.expect_error(ErrorCode::LinkInvalid);
    app.post("/auth/sessions", json!({ "token": token })).await.expect_error(ErrorCode::LinkInvalid);
    app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    app.post("/confirmations", json!({ "token": token })).await.expect_error(ErrorCode::LinkInvalid);
}

#[actix_web::test]
async fn where_two_bodies_own_a_category_both_get_it_and_a_preferred_one_gets_it_alone() {
    let app = TestApp::start().await;
    app.two_councils();
    let session = app.sign_in("author@example.org").await;
    let mut report = new_report();
    report["location"] = json!({ "lon": -2.98, "lat": 51.595 });
    let taken = app.post_as(&session, "/reports", report.clone()).await.expect(StatusCode::CREATED);
    assert_eq!(taken.body["bodies"], json!([{ "slug": "north", "name": "Northshire Council" }]));
    report["category"] = json!("drains");
    report["answers"] = json!({});
    let taken = app.post_as(&session, "/reports", report).await.expect(StatusCode::CREATED);
    assert_eq!(taken.body["bodies"].as_array().map(Vec::len), Some(2));
    app.work_off().await;
    assert_eq!(app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'"), 3);
}

#[actix_web::test]
async fn a_place_nobody_covers_says_so_and_can_still_be_reported() {
    let app = TestApp::start().await;
    app.two_councils();
    let categories = app.get("/categories?lon=0.5&lat=50").await.expect(StatusCode::OK).body;
    assert_eq!(categories["covered"], false);
    let session = app.sign_in("author@example.org").await;
    let mut report = new_report();
    report["location"] = json!({ "lon": 0.5, "lat": 50.0 });
    report["answers"] = json!({});
    let taken = app.post_as(&session, "/reports", report).await.expect(StatusCode::CREATED);
    assert_eq!(taken.body, json!({ "id": taken.body["id"], "visibility": "published", "bodies": [] }));
    app.work_off().await;
    app.assert_no_jobs_left();
}

#[actix_web::test]
async fn every_bad_field_is_named_and_nothing_is_kept() {
    let app = TestApp::start().await;
    app.two_councils();
    let answer = app
        .post("/reports", json!({ "location": { "lon": 200, "lat": 1 }, "category": "potholes", "title": "", "detail": "x".repeat(5000) }))
        .await
        .expect_error(ErrorCode::ValidationFailed);
    let fields = &answer.body["error"]["fields"];
    assert_eq!(fields["title"]["code"], "required");
    assert_eq!(fields["detail"]["code"], "too_long");
    assert_eq!(fields["location"]["code"], "invalid");

    let mut report = new_report();
    report["answers"] = json!({ "depth": "deep", "colour": "red" });
    report["author"] = json!({});
    let answer = app.post("/reports", report).await.expect_error(ErrorCode::ValidationFailed);
    for field in ["answers.depth", "answers.colour", "author.email", "author.name"] {
        assert!(answer.body["error"]["fields"][field].is_object(), "{field} in {}", answer.body);
    }
    let mut report = new_report();
    report["category"] = json!("needles-and-pins");
    let answer = app.post("/reports", report).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(answer.body["error"]["fields"]["category"]["code"], "invalid_choice");
    assert_eq!(app.count("SELECT count(*) FROM reports"), 0);
    assert_eq!(app.count("SELECT count(*) FROM idempotency_keys"), 0);
}

#[actix_web::test]
async fn an_answer_that_blocks_stops_the_report_with_the_bodys_words() {
    let app = TestApp::start().await;
    app.two_councils();
    let mut report = new_report();
    report["answers"] = json!({ "danger": "yes" });
    let answer = app.post("/reports", report).await.expect_error(ErrorCode::BlockedByAnswer);
    assert_eq!(answer.body["error"]["message"], "Phone 999");
}

#[actix_web::test]
async fn broken_requests_get_our_envelope() {
    let app = TestApp::start().await;
    let send = |body: &'static str, kind: &'static str| {
        app.request(Method::POST, "/reports")
            .header("Idempotency-Key", "k")
            .header("Content-Type", kind)
            .body(body)
            .send()
    };
    use crate::harness::Answer;
    Answer::of(send("{", "application/json").await).await.expect_error(ErrorCode::InvalidRequest);
    Answer::of(send("a=b", "application/x-www-form-urlencoded").await)
        .await
        .expect_error(ErrorCode::UnsupportedMediaType);
    let huge: &'static str = Box::leak("x".repeat(300_000).into_boxed_str());
    Answer::of(send(huge, "application/json").await).await.expect_error(ErrorCode::TooLarge);
    let no_key = app.request(Method::POST, "/reports").json(&new_report()).send().await;
    Answer::of(no_key).await.expect_error(ErrorCode::IdempotencyKeyRequired);
    app.get("/reports/abc").await.expect_error(ErrorCode::NotFound);
    app.get("/nothing").await.expect_error(ErrorCode::NotFound);
    app.get("/reports?limit=0").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports?limit=101").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports?bbox=1,2,3").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports?status=mended").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports?cursor=xyz").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports?since=yesterday").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/map/21/0/0.json").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/map/3/8/0.json").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/categories?lon=x&lat=1").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/reports/99999999999999999999").await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn twenty_posts_with_one_key_make_one_report_and_get_the_same_answer() {
    let app = TestApp::start().await;
    app.two_councils();
    let session = app.sign_in("author@example.org").await;
    let body = new_report();
    let posts = (0..20).map(|_| app.send_with_key(Method::POST, "/reports", Some(&session), &body, "one-key"));
    let answers = futures_util::future::join_all(posts).await;
    let numbers: Vec<&Value> = answers.iter().map(|answer| &answer.body["id"]).collect();
    assert!(answers.iter().all(|answer| answer.status == StatusCode::CREATED), "{answers:?}");
    assert!(numbers.iter().all(|number| *number == numbers[0]));
    assert_eq!(app.count("SELECT count(*) FROM reports"), 1);
    let mut other = new_report();
    other["title"] = json!("Another");
    app.send_with_key(Method::POST, "/reports", Some(&session), &other, "one-key")
        .await
        .expect_error(ErrorCode::IdempotencyMismatch);
    // The key means something only to the one who used it.
    let stranger = app.sign_in("stranger@example.org").await;
    let answer = app
        .send_with_key(Method::POST, "/reports", Some(&stranger), &other, "one-key")
        .await
        .expect(StatusCode::CREATED);
    assert_ne!(&answer.body["id"], numbers[0]);
}

#[actix_web::test]
async fn pages_walk_every_report_once_in_every_order_and_filters_hold() {
    let app = TestApp::start().await;
    app.two_councils();
    app.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, confirmed_at, created_at, updated_at, supporter_count, status, fixed_by)
         SELECT ST_SetSRID(ST_MakePoint(-3.05 + n * 0.001, 51.55), 4326), 'Report ' || n, 'Words', CASE WHEN n % 2 = 0 THEN 'potholes' ELSE 'drains' END, 'C', 'Roads', 'published', now(),
                now() - (n / 3) * interval '1 hour', now() - (n % 7) * interval '1 hour', n % 5,
                CASE WHEN n % 4 = 0 THEN 'fixed' ELSE 'open' END, CASE WHEN n % 4 = 0 THEN 'body' END
         FROM generate_series(1, 60) n",
    );
    for sort in ["newest", "oldest", "updated", "supported"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page =
                app.get(&format!("/reports?sort={sort}&limit=7&cursor={cursor}")).await.expect(StatusCode::OK).body;
            seen.extend(page["items"].as_array().unwrap().iter().map(|report| report["id"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!((seen.len(), unique.len()), (60, 60), "{sort}");
    }
    let count = async |query: &str| {
        app.get(&format!("/reports?limit=100&{query}")).await.body["items"].as_array().unwrap().len()
    };
    assert_eq!(count("status=fixed").await, 15);
    assert_eq!(count("status=open,fixed").await, 60);
    assert_eq!(count("category=potholes").await, 30);
    assert_eq!(count("category=Roads").await, 60);
    assert_eq!(count("bbox=-3.0495,51.5,-3.0445,51.6").await, 5);
    assert_eq!(count("q=report+7").await, 1);
    assert_eq!(count("body=south").await, 0);
    let newest = app.get("/reports?sort=newest&limit=1").await.body["next_cursor"].as_str().unwrap().to_owned();
    app.get(&format!("/reports?sort=oldest&cursor={newest}")).await.expect_error(ErrorCode::InvalidRequest);
    let geojson = app.get("/reports.geojson?status=fixed").await.expect(StatusCode::OK);
    assert_eq!(geojson.body["features"].as_array().unwrap().len(), 15);
    assert_eq!(geojson.header("content-type"), "application/geo+json");
}

#[actix_web::test]
async fn tiles_show_every_report_once_at_every_zoom() {
    let app = TestApp::start().await;
    app.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, confirmed_at)
         SELECT ST_SetSRID(ST_MakePoint(-3 + (n % 20) * 0.01, 51.5 + (n / 20) * 0.01), 4326), 'R', 'D', 'c', 'C', 'G', 'published', now() FROM generate_series(0, 199) n;
         INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility) VALUES (ST_SetSRID(ST_MakePoint(-3, 51.5), 4326), 'R', 'D', 'c', 'C', 'G', 'hidden')",
    );
    for z in [0_u8, 5, 9, 11, 13, 14] {
        use mendmap_shared::geo::{LonLat, TileXyz};
        let corner = |lon, lat| TileXyz::containing(LonLat::new(lon, lat).unwrap(), z).unwrap();
        let (from, to) = (corner(-3.001, 51.7), corner(-2.7, 51.49));
        let mut total = 0;
        for x in from.x()..=to.x() {
            for y in from.y()..=to.y() {
                let tile = app.get(&format!("/map/{z}/{x}/{y}.json")).await;
                if tile.status == StatusCode::NO_CONTENT {
                    continue;
                }
                total += tile.body["pins"].as_array().unwrap().len() as i64;
                total += tile.body["clusters"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| c["open"].as_i64().unwrap() + c["fixed"].as_i64().unwrap() + c["closed"].as_i64().unwrap())
                    .sum::<i64>();
            }
        }
        assert_eq!(total, 200, "zoom {z}");
    }
}

#[actix_web::test]
async fn similar_reports_are_near_open_and_of_the_same_group_and_one_press_supports_one() {
    let app = TestApp::start().await;
    app.two_councils();
    let session = app.sign_in("author@example.org").await;
    let near = app.published_report(&session).await;
    let mut far = new_report();
    far["location"] = json!({ "lon": -2.9977, "lat": 51.57 });
    app.post_as(&session, "/reports", far).await.expect(StatusCode::CREATED);
    let path = "/reports/similar?lon=-2.9975&lat=51.5601&category=drains&title=pothole";
    let similar = app.get(path).await.expect(StatusCode::OK).body;
    assert_eq!(similar.as_array().unwrap().len(), 1);
    assert_eq!(similar[0]["id"], near);
    assert!(similar[0]["distance_m"].as_f64().unwrap() < 30.0);
    app.get("/reports/similar?lon=-2.9975&lat=51.5601&category=nothing").await.expect_error(ErrorCode::InvalidRequest);

    let device = json!({ "device": "0123456789abcdef0123" });
    for _ in 0..2 {
        let supported =
            app.send(Method::PUT, &format!("/reports/{near}/support"), None, &device).await.expect(StatusCode::OK);
        assert_eq!(supported.body["supporters"], 1);
    }
    let supported = app.send(Method::PUT, &format!("/reports/{near}/support"), Some(&session), &json!({})).await;
    assert_eq!(supported.body["supporters"], 2);
    let supported = app.send(Method::DELETE, &format!("/reports/{near}/support"), None, &device).await;
    assert_eq!(supported.body["supporters"], 1);
    app.send(Method::PUT, &format!("/reports/{near}/support"), None, &json!({}))
        .await
        .expect_error(ErrorCode::ValidationFailed);
}

#[actix_web::test]
async fn a_private_category_is_for_author_and_body_alone() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let mut report = new_report();
    report["category"] = json!("needles");
    report["answers"] = json!({});
    let taken = app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED).body;
    assert_eq!(taken["visibility"], "private");
    let path = format!("/reports/{}", taken["id"]);
    app.get(&path).await.expect_error(ErrorCode::NotFound);
    app.get(&format!("{path}/updates")).await.expect_error(ErrorCode::NotFound);
    let stranger = app.sign_in("stranger@example.org").await;
    app.get_as(&stranger, &path).await.expect_error(ErrorCode::NotFound);
    app.post_as(&stranger, &format!("{path}/updates"), json!({ "text": "hello" }))
        .await
        .expect_error(ErrorCode::NotFound);
    app.get_as(&author, &path).await.expect(StatusCode::OK);
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    app.get_as(&officer, &path).await.expect(StatusCode::OK);
    // What was promised when it was written holds when it is confirmed.
    let mut waiting = new_report();
    waiting["category"] = json!("needles");
    waiting["answers"] = json!({});
    let waiting = app.post("/reports", waiting).await.expect(StatusCode::CREATED).body["id"].clone();
    app.work_off().await;
    app.sql("UPDATE categories SET private = false");
    let token = app.last_mail_to("reporter@example.org").link_token();
    app.post("/confirmations", json!({ "token": token })).await.expect(StatusCode::OK);
    app.get(&format!("/reports/{waiting}")).await.expect_error(ErrorCode::NotFound);
    let elsewhere = app.sign_in_staff("elsewhere@example.org", "north", "officer").await;
    app.get_as(&elsewhere, &path).await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn a_search_finds_words_of_title_details_and_street_in_any_of_their_forms() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    app.sql("UPDATE reports SET street = 'The Terraces, Commercial Street'");
    for words in ["pothole", "potholes", "Commercial Street", "terrace", "\"bus stop\" frost", "street -lamp"] {
        let query = words.replace(' ', "+");
        let found = app.get(&format!("/reports?q={query}")).await.expect(StatusCode::OK).body;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{words}");
    }
    let found = app.get("/reports?q=street+-frost").await.expect(StatusCode::OK).body;
    assert_eq!(found["items"], json!([]));
}

#[actix_web::test]
async fn text_that_no_database_knows_is_refused_and_no_fault_of_ours() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    for path in [
        "/reports?category=%00",
        "/reports?body=%00",
        "/reports?since=-9999-01-01T00:00:00Z",
        "/reports.geojson?category=%00",
        "/map/14/8055/5453.json?category=%00",
        "/reports/similar?lon=-2.9977&lat=51.56&category=potholes&title=%00",
        "/places?q=%00",
    ] {
        app.get(path).await.expect_error(ErrorCode::InvalidRequest);
    }
    app.get_as(&author, "/desk/%00/reports").await.expect_error(ErrorCode::NotFound);
    app.get("/bodies/%00/categories").await.expect_error(ErrorCode::NotFound);
    let mut report = new_report();
    report["answers"]["depth"] = json!("1\u{0}2");
    app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED);
    assert_eq!(app.count("SELECT count(*) FROM report_contacts WHERE answers ->> 'depth' = '12'"), 1);
}

#[actix_web::test]
async fn a_body_lists_its_live_categories() {
    let app = TestApp::start().await;
    app.two_councils();
    app.sql("UPDATE categories SET live = false WHERE code = 'drains'");
    let found = app.get("/bodies/south/categories").await.expect(StatusCode::OK).body;
    let codes: Vec<_> = found.as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["needles", "potholes"]);
    app.get("/bodies/nowhere/categories").await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn an_answer_already_known_is_not_sent_again() {
    let app = TestApp::start().await;
    app.two_councils();
    let first = app.get("/bodies").await.expect(StatusCode::OK);
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty());
    let again = app.request(Method::GET, "/bodies").header("If-None-Match", &tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag.as_str());
}

#[actix_web::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "1")]).await;
    for _ in 0..8 {
        app.post("/auth/sign-in-links", json!({ "email": "one@example.org" })).await.expect(StatusCode::ACCEPTED);
    }
    let answer = app
        .post("/auth/sign-in-links", json!({ "email": "one@example.org" }))
        .await
        .expect_error(ErrorCode::RateLimited);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
}
