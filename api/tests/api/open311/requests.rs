//! Sending reports: by whom, once, with answers, pictures and tokens; and finding them again.

use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{get, key, only, post, published, request};
use crate::harness::{Answer, TestApp};

const PHOTO: &[u8] = include_bytes!("../../../src/demo/pictures/mod.rs");

fn numbers(answer: &Answer) -> Vec<String> {
    let number = |report: &Value| report["service_request_id"].as_str().unwrap().to_owned();
    answer.body.as_array().unwrap().iter().map(number).collect()
}

#[actix_web::test]
async fn a_report_of_a_trusted_key_is_published_at_once_and_goes_to_its_body_with_all_that_was_said() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let more = [
        ("attribute[depth]", "12"),
        ("first_name", "Ada"),
        ("last_name", "Resident"),
        ("email", "ada@example.org"),
        ("phone", "01633 123456"),
        ("account_id", "account-7"),
        ("device_id", "device-7"),
    ];
    let id = published(&app, &key, &more).await;
    app.work_off().await;
    app.assert_no_jobs_left();
    let mails = app.mails();
    assert_eq!(mails.len(), 1, "nobody is asked to confirm");
    for words in ["Deep pothole by the bus stop", "Ada Resident", "ada@example.org", "01633 123456", "12"] {
        assert!(mails[0].text.contains(words), "{words}");
    }
    let public = get(&app, &format!("requests/{id}.json?extensions=true")).await;
    let page = app.get(&format!("/reports/{id}")).await;
    assert_eq!(page.body["title"], "Deep pothole by the bus stop");
    for words in ["Ada", "ada@example.org", "01633", "account-7", "device-7"] {
        assert!(!public.body.to_string().contains(words) && !page.body.to_string().contains(words), "{words}");
    }
}

#[actix_web::test]
async fn a_report_of_another_key_waits_for_the_mailed_link_and_its_token_for_that() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", false);
    let nobody = post(&app, "requests.json", &request(&key, &[])).await.expect(StatusCode::BAD_REQUEST);
    assert!(nobody.body[0]["description"].as_str().unwrap().contains("email"));
    let form = request(&key, &[("email", "ada@example.org"), ("first_name", "Ada")]);
    let taken = post(&app, "requests.json", &form).await.expect(StatusCode::CREATED);
    let token = only(&taken.body)["token"].as_str().unwrap().to_owned();
    assert!(only(&taken.body).get("service_request_id").is_none(), "{}", taken.body);
    let asked = get(&app, &format!("tokens/{token}.json")).await.expect(StatusCode::OK);
    assert_eq!(only(&asked.body), &json!({ "service_request_id": null, "token": token }));
    assert!(get(&app, "requests.json").await.body.as_array().unwrap().is_empty());
    app.work_off().await;
    let confirm = json!({ "token": app.last_mail_to("ada@example.org").link_token() });
    app.post("/confirmations", confirm).await.expect(StatusCode::OK);
    let asked = get(&app, &format!("tokens/{token}.json")).await;
    let id = only(&asked.body)["service_request_id"].as_str().unwrap().to_owned();
    get(&app, &format!("requests/{id}.json")).await.expect(StatusCode::OK);
    app.sql("UPDATE reports SET visibility = 'hidden'");
    let hidden = get(&app, &format!("tokens/{token}.json")).await;
    assert_eq!(only(&hidden.body)["service_request_id"], Value::Null);
}

#[actix_web::test]
async fn the_same_report_sent_twice_is_one() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let send = async |idempotency: &str, form: &[(&str, &str)]| {
        let request = app.request(Method::POST, "/open311/v2/requests.json").header("Idempotency-Key", idempotency);
        Answer::of(request.form(form).send().await).await
    };
    let form = request(&key, &[]);
    let first = send("k1", &form).await.expect(StatusCode::CREATED);
    let again = send("k1", &form).await.expect(StatusCode::CREATED);
    assert_eq!(first.body, again.body);
    send("k1", &request(&key, &[("description", "Another")])).await.expect(StatusCode::BAD_REQUEST);
    // The sender's own number holds for ever, whatever else is sent with it.
    let own = published(&app, &key, &[("attribute[external_id]", "CRM-1")]).await;
    let again = published(&app, &key, &[("attribute[external_id]", "CRM-1"), ("description", "Reworded")]).await;
    assert_eq!(own, again);
    let at_once = futures_util::future::join_all((0..6).map(|_| {
        let (app, key) = (&app, key.as_str());
        async move { published(app, key, &[("attribute[fixmystreet_id]", "77")]).await }
    }));
    let at_once: std::collections::BTreeSet<String> = at_once.await.into_iter().collect();
    assert_eq!(at_once.len(), 1);
    assert_eq!(app.count("SELECT count(*) FROM reports"), 3);
}

#[actix_web::test]
async fn a_place_may_be_an_address_in_words_or_in_a_register() {
    let app = TestApp::start().await;
    app.two_councils();
    app.sql(
        "INSERT INTO places (kind, name, location, source, source_key) VALUES
            ('street', 'Quay Street', ST_SetSRID(ST_MakePoint(-2.9977, 51.56), 4326), 'test', 's1'),
            ('address', '5 Quay Street', ST_SetSRID(ST_MakePoint(-2.9978, 51.561), 4326), 'test', '10012345')",
    );
    let key = key(&app, "south", true);
    let nowhere = [("lat", ""), ("long", "")];
    for (name, value, lat) in [("address_string", "Quay Street", 51.56), ("address_id", "10012345", 51.561)] {
        let id = published(&app, &key, &[nowhere[0], nowhere[1], (name, value)]).await;
        let found = get(&app, &format!("requests/{id}.json")).await;
        assert_eq!(only(&found.body)["lat"], json!(lat), "{name}");
    }
}

#[actix_web::test]
async fn pictures_come_along_under_the_names_that_clients_use_and_nothing_is_decoded_without_a_key() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let send = async |key: &str, names: &[&str], bytes: &[Vec<u8>]| {
        let mut form = Form::new();
        for (name, value) in request(key, &[]) {
            form = form.text(name.to_owned(), value.to_owned());
        }
        for (name, bytes) in names.iter().zip(bytes) {
            form = form.part((*name).to_owned(), Part::bytes(bytes.clone()).file_name("picture.jpg"));
        }
        let sent = app.request(Method::POST, "/open311/v2/requests.json").multipart(form).send().await;
        Answer::of(sent).await
    };
    let pictures: Vec<Vec<u8>> = [10_u8, 90, 170].map(crate::photos::jpeg_of_shade).into();
    send("wrong", &["media"], &pictures).await.expect(StatusCode::FORBIDDEN);
    assert_eq!(app.count("SELECT count(*) FROM photos"), 0);
    let taken = send(&key, &["media", "photo1", "photo2"], &pictures).await.expect(StatusCode::CREATED);
    let id = only(&taken.body)["service_request_id"].as_str().unwrap().to_owned();
    let found = get(&app, &format!("requests/{id}.json?extensions=true")).await;
    assert_eq!(only(&found.body)["extended_attributes"]["photos"].as_array().unwrap().len(), 3);
    let address = only(&found.body)["media_url"].as_str().unwrap();
    let path = address.strip_prefix(&app.address).expect("an address of this site");
    let picture = app.get(path).await.expect(StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    let seven: Vec<Vec<u8>> = (0..7).map(|_| pictures[0].clone()).collect();
    send(&key, &["media"; 7], &seven).await.expect(StatusCode::BAD_REQUEST);
    send(&key, &["media"], &[PHOTO.to_vec()]).await.expect(StatusCode::BAD_REQUEST);
    // A file field in which nothing was chosen.
    send(&key, &["media"], &[Vec::new()]).await.expect(StatusCode::CREATED);
    assert_eq!(app.count("SELECT count(*) FROM reports"), 2);
}

#[actix_web::test]
async fn lists_are_filtered_by_everything_the_standard_and_its_extensions_know() {
    let app = TestApp::start().await;
    app.two_councils();
    let south = key(&app, "south", true);
    let north = key(&app, "north", true);
    let here = published(&app, &south, &[]).await;
    let drain =
        published(&app, &south, &[("service_code", "drains"), ("lat", "51.5601"), ("description", "Blocked gully")])
            .await;
    let far = published(&app, &north, &[("lat", "51.65")]).await;
    let old = published(&app, &south, &[("lat", "51.57")]).await;
    app.sql(&format!("UPDATE reports SET created_at = now() - interval '200 days', updated_at = now() - interval '190 days' WHERE id = {old}"));
    app.sql(&format!("UPDATE reports SET status = 'fixed', fixed_by = 'body' WHERE id = {drain}"));
    let list = async |query: &str| numbers(&get(&app, &format!("requests.json?{query}")).await.expect(StatusCode::OK));
    assert_eq!(list("").await, [far.as_str(), drain.as_str(), here.as_str()], "the last 90 days, newest first");
    assert_eq!(list("sort=requested_datetime").await, [here.as_str(), drain.as_str(), far.as_str()]);
    assert_eq!(list("jurisdiction_id=north").await, [far.as_str()]);
    assert_eq!(list("service_code=drains,nothing").await, [drain.as_str()]);
    assert_eq!(list("status=closed").await, [drain.as_str()]);
    assert_eq!(list("status=open,closed").await.len(), 3);
    assert_eq!(list("q=gully").await, [drain.as_str()]);
    assert_eq!(list("bbox=-3,51.6,-2.9,51.7").await, [far.as_str()]);
    assert_eq!(list("lat=51.56&long=-2.9977&radius=5").await, [here.as_str()]);
    assert_eq!(list("lat=51.56&long=-2.9977").await.len(), 2);
    assert_eq!(list("page_size=1&page=2").await, [drain.as_str()]);
    assert_eq!(list("page_size=1&page=0").await, list("page_size=1&page=1").await);
    let ago = |days: i64| (chrono::Utc::now() - chrono::Duration::days(days)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(list(&format!("start_date={}&end_date={}", ago(210), ago(195))).await, [old.as_str()]);
    assert_eq!(list(&format!("start_date={}", ago(210))).await, [old.as_str()]);
    assert_eq!(list(&format!("updated_after={}&updated_before={}", ago(191), ago(189))).await, [old.as_str()]);
    // Numbers override everything else, and what is no number names nothing.
    let both = list(&format!("service_request_id={old},{here},abc&status=closed&start_date=nonsense")).await;
    assert_eq!(both, [here.as_str(), old.as_str()]);
    assert_eq!(list("status=&service_code=&bbox=&q=").await.len(), 3, "what is empty is absent");
    for gone in ["private", "hidden"] {
        app.sql(&format!("UPDATE reports SET visibility = '{gone}' WHERE id = {here}"));
        assert!(!list("").await.contains(&here));
        assert!(list(&format!("service_request_id={here}")).await.is_empty());
        get(&app, &format!("requests/{here}.json")).await.expect(StatusCode::NOT_FOUND);
    }
}

#[actix_web::test]
async fn a_private_service_takes_reports_and_gives_out_no_number() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let form = request(&key, &[("service_code", "needles")]);
    let taken = post(&app, "requests.json", &form).await.expect(StatusCode::CREATED);
    assert_eq!(only(&taken.body)["service_request_id"], Value::Null);
    assert!(only(&taken.body).get("token").is_none());
    assert!(get(&app, "requests.json").await.body.as_array().unwrap().is_empty());
    app.work_off().await;
    assert_eq!(app.mails().len(), 1, "its body has it");
}
