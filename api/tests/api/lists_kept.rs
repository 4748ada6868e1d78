//! Lists of reports that all processes share.

use std::time::Duration;

use mendmap::cache::OLDEST;
use reqwest::Method;
use reqwest::header::COOKIE;

use crate::harness::{Answer, TestApp};
use crate::memcached::Memcached;

const REPORT: &str =
    "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
    VALUES (ST_SetSRID(ST_MakePoint(-2.9977, 51.5842), 4326), 'Hole', 'd', 'a', 'A', 'G', 'published')";

fn listed(answer: &Answer) -> usize {
    answer.body["items"].as_array().expect("a list").len()
}

#[actix_web::test]
async fn the_beginning_of_a_list_is_shared_by_all_processes_for_seconds_and_whoever_has_just_written_sees_the_newest() {
    let memcached = Memcached::start();
    let url = memcached.address();
    let settings = [("CACHE_MEGABYTES", "0"), ("MEMCACHED_URL", url.as_str())];
    let one = TestApp::start_with(&settings).await;
    let other = one.beside(&settings).await;
    one.sql(REPORT);
    let first = one.get("/reports?limit=5").await;
    assert_eq!(listed(&first), 1);
    assert!(
        first.header("cache-control").starts_with("public, max-age=0, s-maxage="),
        "{}",
        first.header("cache-control")
    );
    memcached.has_taken(1).await;
    one.sql(REPORT);

    assert_eq!(listed(&other.get("/reports?limit=5").await), 1, "as the first process has made it");
    assert_eq!(listed(&other.get("/reports?limit=6").await), 2, "another list is another answer");
    assert_eq!(listed(&other.get("/reports?limit=5&q=hole").await), 2, "what was searched for is not kept");
    let after_a_write = one.request(Method::GET, "/reports?limit=5").header(COOKIE, "mendmap_wrote=1").send().await;
    assert_eq!(listed(&Answer::of(after_a_write).await), 2);
    tokio::time::sleep(OLDEST + Duration::from_millis(200)).await;
    assert_eq!(listed(&other.get("/reports?limit=5").await), 2);
}
