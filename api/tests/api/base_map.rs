//! The base map as one file: served in parts, only where it is configured.

use mendmap_shared::error::ErrorCode;
use reqwest::{Client, Method, StatusCode};

use crate::harness::{Answer, TestApp};

const ADDRESS: &str = "/basemap/map.pmtiles";

#[actix_web::test]
async fn a_browser_fetches_the_parts_it_shows_and_they_come_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("town.pmtiles");
    let mut content = b"PMTiles\x03".to_vec();
    content.extend((0..5000_u32).flat_map(u32::to_le_bytes));
    std::fs::write(&file, &content).expect("written");
    let app = TestApp::start_with(&[("MAP_PMTILES", file.to_str().expect("a path"))]).await;
    assert_eq!(app.get("/config").await.body["map"]["pmtiles_url"], ADDRESS);
    let ask = |range: &'static str, method: Method| {
        let request = Client::new().request(method, format!("{}{ADDRESS}", app.address));
        request.header("Range", range).header("Accept-Encoding", "br, gzip").send()
    };
    let part = Answer::of(ask("bytes=8-107", Method::GET).await).await.expect(StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes, content[8..108]);
    assert_eq!(part.header("content-range"), format!("bytes 8-107/{}", content.len()));
    assert!(!part.header("etag").is_empty() && part.header("cache-control").contains("max-age="));
    assert!(matches!(part.header("content-encoding"), "" | "identity"));
    Answer::of(ask("bytes=999999-", Method::GET).await).await.expect(StatusCode::RANGE_NOT_SATISFIABLE);
    Answer::of(ask("bytes=0-7", Method::HEAD).await).await.expect(StatusCode::PARTIAL_CONTENT);
}

#[actix_web::test]
async fn where_none_is_configured_there_is_none() {
    let app = TestApp::start().await;
    assert!(app.get("/config").await.body["map"]["pmtiles_url"].is_null());
    let answer = Client::new().get(format!("{}{ADDRESS}", app.address)).send().await;
    Answer::of(answer).await.expect_error(ErrorCode::NotFound);
}
