//! Pages of ours within pages of others.

use mendmap_shared::error::ErrorCode;
use quick_xml::de::from_str;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::harness::TestApp;

#[derive(Debug, PartialEq, Deserialize)]
struct Oembed {
    version: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    html: String,
    width: u32,
    height: u32,
}

fn asked(app: &TestApp, page: &str, more: &str) -> String {
    let url: String = url::form_urlencoded::byte_serialize(format!("{}{page}", app.address).as_bytes()).collect();
    format!("/oembed?url={url}{more}")
}

#[actix_web::test]
async fn the_map_with_its_filters_and_a_report_can_be_embedded_by_json_and_by_xml() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    app.sql("UPDATE reports SET title = 'Hole \"<b>\" & more'");
    let map = app.get(&asked(&app, "/map?body=south&status=open", "&maxwidth=400")).await.expect(StatusCode::OK);
    let src = format!("{}/embed/map?status=open&amp;body=south", app.address);
    assert_eq!(map.body["type"], "rich");
    assert_eq!(
        map.body["html"],
        format!(
            "<iframe src=\"{src}\" width=\"400\" height=\"480\" title=\"{}\" loading=\"lazy\"></iframe>",
            map.body["title"].as_str().unwrap()
        )
    );
    let report = app.get(&asked(&app, &format!("/reports/{id}"), "&format=json")).await.expect(StatusCode::OK).body;
    assert_eq!(report["title"], "Hole \"<b>\" & more");
    let html = report["html"].as_str().unwrap();
    assert!(html.contains("title=\"Hole &quot;&lt;b&gt;&quot; &amp; more\""), "{html}");
    assert!(html.contains(&format!("/embed/map?lon=-2.9977&amp;lat=51.56&amp;zoom=17&amp;report={id}\"")), "{html}");
    let xml = app.get(&asked(&app, &format!("/reports/{id}"), "&format=xml")).await.expect(StatusCode::OK);
    assert_eq!(xml.header("content-type"), "text/xml; charset=utf-8");
    let read: Oembed = from_str(std::str::from_utf8(&xml.bytes).unwrap()).unwrap();
    let wanted = Oembed {
        version: "1.0".into(),
        kind: "rich".into(),
        title: "Hole \"<b>\" & more".into(),
        html: html.into(),
        width: 640,
        height: 480,
    };
    assert_eq!(read, wanted);

    app.sql("UPDATE reports SET visibility = 'private'");
    app.get(&asked(&app, &format!("/reports/{id}"), "")).await.expect_error(ErrorCode::NotFound);
    app.get(&asked(&app, "/desk", "")).await.expect_error(ErrorCode::NotFound);
    app.get("/oembed?url=https://elsewhere.example.org/map").await.expect_error(ErrorCode::NotFound);
    app.get(&asked(&app, "/map", "&format=yaml")).await.expect_error(ErrorCode::InvalidRequest);
    app.get("/oembed").await.expect_error(ErrorCode::InvalidRequest);
}

#[actix_web::test]
async fn one_page_may_be_framed_by_everybody_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<html></html>").unwrap();
    let app = TestApp::start_with(&[("SPA_DIR", &folder.path().display().to_string())]).await;
    let client = reqwest::Client::new();
    for (path, may_be_framed) in [
        ("/embed/map?body=south", true),
        ("/embed/map/", false),
        ("/embed/map/x", false),
        ("/embed", false),
        ("/map", false),
        ("/api/v1/config", false),
    ] {
        let answer = client.get(format!("{}{path}", app.address)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert_eq!(answer.headers().contains_key("x-frame-options"), !may_be_framed, "{path}");
        assert_eq!(policy.contains("frame-ancestors *"), may_be_framed, "{path}");
        assert_eq!(policy.contains("frame-ancestors 'none'"), !may_be_framed, "{path}");
        assert!(policy.contains("base-uri 'none'"), "{path}");
    }
    // Who finds the page finds how to embed it.
    let page = client.get(format!("{}/map?body=south", app.address)).send().await.unwrap();
    let link = page.headers()["link"].to_str().unwrap();
    let (address, kind) = link.split_once(">; rel=\"alternate\"; type=").unwrap();
    assert!(kind.starts_with("\"application/json+oembed\""), "{link}");
    let embed: serde_json::Value =
        client.get(address.trim_start_matches('<')).send().await.unwrap().json().await.unwrap();
    assert!(embed["html"].as_str().unwrap().contains("/embed/map?body=south"), "{embed}");
    assert!(!client.get(format!("{}/about", app.address)).send().await.unwrap().headers().contains_key("link"));
}
