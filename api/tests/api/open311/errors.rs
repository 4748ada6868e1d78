//! The table of errors, in the format that was asked for.

use reqwest::{Method, StatusCode};

use super::{get, key, post, request};
use crate::harness::{Answer, TestApp};

fn is_error(answer: &Answer, status: u16, words: &str) {
    let text = String::from_utf8_lossy(&answer.bytes);
    assert_eq!(answer.status.as_u16(), status, "{text}");
    assert_eq!(answer.body[0]["code"], status, "{text}");
    assert!(answer.body[0]["description"].as_str().unwrap().contains(words), "{words} in {text}");
}

#[actix_web::test]
async fn what_does_not_exist_is_404_in_both_formats() {
    let app = TestApp::start().await;
    app.two_councils();
    for path in [
        "services.json?jurisdiction_id=nowhere",
        "services/nothing.json",
        "services/needles.json?jurisdiction_id=north",
        "requests/1.json",
        "requests/abc.json",
        "requests/99999999999999999999.json",
        "tokens/nothing.json",
        "requests.json?jurisdiction_id=nowhere",
        "requests.csv?jurisdiction_id=nowhere",
        "servicerequestupdates.json?jurisdiction_id=nowhere",
        "nothing.json",
        "services.html",
        "requests/1.pdf",
    ] {
        is_error(&get(&app, path).await, 404, "");
    }
    let xml = get(&app, "services/nothing.xml").await;
    assert_eq!(xml.status, StatusCode::NOT_FOUND);
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    let text = String::from_utf8(xml.bytes).unwrap();
    let squeezed: String = text.split('>').map(str::trim_start).collect::<Vec<_>>().join(">");
    assert!(squeezed.contains("<errors><error><code>404</code><description>There is no service"), "{text}");
}

#[actix_web::test]
async fn a_missing_wrong_revoked_or_foreign_key_is_403() {
    let app = TestApp::start().await;
    app.two_councils();
    let south = key(&app, "south", true);
    for (key, words) in [("", "needed"), ("mendmap_wrong", "not known")] {
        is_error(&post(&app, "requests.json", &request(key, &[])).await, 403, words);
        is_error(&post(&app, "servicerequestupdates.json", &[("api_key", key)]).await, 403, words);
    }
    is_error(&post(&app, "requests.json", &request(&south, &[("jurisdiction_id", "north")])).await, 403, "another");
    app.sql("UPDATE api_keys SET revoked_at = now()");
    is_error(&post(&app, "requests.json", &request(&south, &[])).await, 403, "revoked");
    assert_eq!(app.count("SELECT count(*) FROM reports"), 0);
}

#[actix_web::test]
async fn everything_else_that_is_wrong_is_400_and_says_what() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let long = "x".repeat(4001);
    type Case<'a> = (Vec<(&'a str, &'a str)>, u16, &'a str);
    let cases: [Case<'_>; 19] = [
        (vec![("service_code", "")], 400, "service_code"),
        (vec![("service_code", "nothing")], 404, "service_code"),
        (vec![("lat", ""), ("long", "")], 400, "place"),
        (vec![("lat", "51.5"), ("long", "")], 400, "belong together"),
        (vec![("lat", "north")], 400, "lat"),
        (vec![("lat", "91")], 400, "lat"),
        (vec![("lat", "10"), ("long", "10")], 400, "at this place"),
        (vec![("lat", ""), ("long", ""), ("address_string", "zzzz qqqq xxxx")], 400, "address_string"),
        (vec![("lat", ""), ("long", ""), ("address_id", "404")], 400, "address_id"),
        (vec![("description", "<b>deep</b>")], 400, "HTML"),
        (vec![("description", &long)], 400, "4000"),
        (vec![("attribute[depth]", "deep")], 400, "depth"),
        (vec![("attribute[nothing]", "1")], 400, "nothing"),
        (vec![("attribute[danger]", "yes")], 400, "Phone 999"),
        (vec![("email", "nobody")], 400, "email"),
        (vec![("media_url", "ftp://example.org/a.jpg")], 400, "media_url"),
        (vec![("media_url", "http://[::1]/a.jpg")], 400, "media_url"),
        (vec![("jurisdiction_id", "nowhere")], 404, "jurisdiction"),
        (vec![("description", "nul\0")], 400, "NUL"),
    ];
    for (more, status, words) in cases {
        is_error(&post(&app, "requests.json", &request(&key, &more)).await, status, words);
    }
    let path = "/open311/v2/requests.json";
    let json = app.request(Method::POST, path).bearer_auth(&key).json(&serde_json::json!({})).send().await;
    is_error(&Answer::of(json).await, 400, "multipart");
    for query in [
        "start_date=yesterday",
        "start_date=2025-01-01&end_date=2025-09-01",
        "start_date=2025-02-01&end_date=2025-01-01",
        "status=mended",
        "bbox=1,2,3",
        "lat=1",
        "lat=51&long=-3&radius=0",
        "lat=51&long=-3&radius=999999",
        "page_size=0",
        "page_size=1001",
        "page=many",
        "page=9223372036854775807",
        "sort=colour",
        "updated_after=now",
        "q=%00",
    ] {
        is_error(&get(&app, &format!("requests.json?{query}")).await, 400, "");
    }
    assert_eq!(app.count("SELECT count(*) FROM reports"), 0);
}

#[actix_web::test]
async fn too_many_calls_are_429_with_the_time_to_wait() {
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "1")]).await;
    app.two_councils();
    for _ in 0..200 {
        let answer = get(&app, "discovery.xml").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
            assert!(String::from_utf8_lossy(&answer.bytes).contains("<code>429</code>"));
            return;
        }
    }
    panic!("nobody is stopped");
}

#[actix_web::test]
async fn a_method_that_an_address_does_not_take_is_refused_and_the_right_one_named() {
    let app = TestApp::start().await;
    let answer = Answer::of(app.request(Method::PUT, "/open311/v2/requests.json").send().await).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "GET, HEAD, POST");
}
