//! Feeds, read back by an XML parser and by GDAL, which reads Atom with GeoRSS.

use std::process::Command;

use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::harness::{Answer, TestApp};

#[derive(Debug, Deserialize)]
struct Feed {
    id: String,
    title: Text,
    updated: String,
    author: Author,
    #[serde(rename = "link")]
    links: Vec<Link>,
    #[serde(rename = "entry", default)]
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Author {
    name: String,
}

/// A text, and what it is taken for: plain text where it does not say (RFC 4287, 3.1.1).
#[derive(Debug, Default, PartialEq, Deserialize)]
struct Text {
    #[serde(rename = "@type")]
    kind: Option<String>,
    #[serde(rename = "$text", default)]
    text: String,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(rename = "@rel")]
    rel: String,
    #[serde(rename = "@href")]
    href: String,
}

#[derive(Debug, Deserialize)]
struct Category {
    #[serde(rename = "@term")]
    term: String,
    #[serde(rename = "@label")]
    label: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    title: Text,
    summary: Text,
    published: String,
    updated: String,
    #[serde(rename = "link")]
    links: Vec<Link>,
    #[serde(rename = "category")]
    categories: Vec<Category>,
    point: String,
}

const HOSTILE: &str = "]]><script>alert(1)</script> & \"quoted\" 'x' \u{1}\u{FFFE} æ€ \u{1F573}";

fn report(app: &TestApp, title: &str, detail: &str, visibility: &str, minutes: i64) -> i64 {
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Text};
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let made: Made = diesel::sql_query(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, street, created_at)
         VALUES (ST_SetSRID(ST_MakePoint(-2.97, 51.56), 4326), $1, $2, 'potholes', 'Potholes', 'Roads', $3, 'Quay Street',
                 timestamptz '2026-11-01 00:00:00Z' + $4 * interval '1 minute') RETURNING id",
    )
    .bind::<Text, _>(title)
    .bind::<Text, _>(detail)
    .bind::<Text, _>(visibility)
    .bind::<BigInt, _>(minutes)
    .get_result(&mut app.conn())
    .unwrap();
    made.id
}

async fn feed(app: &TestApp, query: &str) -> Feed {
    let answer = app.get(&format!("/feeds/reports.atom{query}")).await.expect(StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    quick_xml::de::from_str(std::str::from_utf8(&answer.bytes).unwrap()).expect("an Atom feed")
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries.iter().map(|entry| entry.title.text.as_str()).collect()
}

#[actix_web::test]
async fn a_feed_tells_what_residents_wrote_as_text_and_where_it_is() {
    let app = TestApp::start().await;
    app.two_councils();
    let id = report(&app, HOSTILE, &format!("First line\n{HOSTILE}"), "published", 1);
    let feed = feed(&app, "").await;
    let [entry] = &feed.entries[..] else { panic!("one entry") };
    // XML has no way to write two of the characters.
    let readable: String = HOSTILE.chars().filter(|c| !['\u{1}', '\u{FFFE}'].contains(c)).collect();
    let plain = |text: String| Text { kind: None, text };
    assert_eq!(entry.title, plain(readable.clone()));
    assert_eq!(entry.summary, plain(format!("Quay Street\n\nFirst line\n{readable}")));
    let address = format!("{}/reports/{id}", app.address);
    assert_eq!((&entry.id, &entry.links[0].href), (&address, &address));
    assert_eq!((&*entry.published, &*entry.point), ("2026-11-01T00:01:00Z", "51.56 -2.97"), "latitude first");
    assert_eq!((&*entry.categories[0].term, entry.categories[0].label.as_deref()), ("potholes", Some("Potholes")));
    assert_eq!(entry.categories[1].term, "open");
    let link = |rel: &str| feed.links.iter().find(|link| link.rel == rel).unwrap().href.clone();
    assert_eq!(link("self"), format!("{}/feeds/reports.atom", app.address));
    assert_eq!(link("alternate"), format!("{}/map", app.address));
    assert!(!feed.author.name.is_empty(), "RFC 4287, 4.1.1");
    assert_eq!(feed.updated, entry.updated);
}

#[actix_web::test]
async fn gdal_finds_the_reports_of_a_feed_where_they_are() {
    let app = TestApp::start().await;
    app.two_councils();
    report(&app, HOSTILE, HOSTILE, "published", 1);
    report(&app, "Second", "Deep", "published", 2);
    let file = app.folder.path().join("feed.atom");
    std::fs::write(&file, app.get("/feeds/reports.atom").await.bytes).unwrap();
    let run = Command::new("ogrinfo").args(["-ro", "-al"]).arg(&file).output();
    let said = run.expect("GDAL is installed: see PACKAGES_TO_TEST in the Makefile");
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(text.contains("GeoRSS") && text.contains("Feature Count: 2"), "{text}");
    assert_eq!(text.matches("POINT (-2.97 51.56)").count(), 2, "{text}");
    assert!(text.contains("title (String) = Second"), "{text}");
}

#[actix_web::test]
async fn a_feed_has_the_fifty_newest_that_match_and_none_that_is_not_public() {
    let app = TestApp::start().await;
    app.two_councils();
    for minutes in 0..60 {
        report(&app, &format!("Hole {minutes}"), "Deep", "published", minutes);
    }
    for (at, visibility) in ["private", "hidden", "unconfirmed"].into_iter().enumerate() {
        report(&app, "Nobody's business", "Secret", visibility, 100 + i64::try_from(at).unwrap());
    }
    app.sql("INSERT INTO report_bodies (report_id, body_id) SELECT r.id, b.id FROM reports r, bodies b WHERE b.slug = 'south' AND r.title IN ('Hole 7', 'Nobody''s business')");
    app.sql("INSERT INTO report_areas (report_id, area_id) SELECT r.id, a.id FROM reports r, areas a WHERE a.code = 'SW1' AND r.title = 'Hole 8'");
    app.sql("UPDATE reports SET category_code = 'drains', status = 'fixed', fixed_by = 'body' WHERE title = 'Hole 9'");
    let newest: Vec<String> = (10..60).rev().map(|minutes| format!("Hole {minutes}")).collect();
    assert_eq!(titles(&feed(&app, "").await), newest);
    let ward = app.count("SELECT id FROM areas WHERE code = 'SW1'");
    for (query, title, found) in [
        ("?body=south".to_owned(), "Reports, Southshire Council – ", "Hole 7"),
        (format!("?area={ward}"), "Reports, Quay – ", "Hole 8"),
        ("?category=drains".to_owned(), "Reports, Drains – ", "Hole 9"),
        ("?status=fixed".to_owned(), "Reports – ", "Hole 9"),
        ("?q=%22hole+11%22".to_owned(), "Reports, \"hole 11\" – ", "Hole 11"),
    ] {
        let feed = feed(&app, &query).await;
        assert_eq!(titles(&feed), [found], "{query}");
        assert!(feed.title.text.starts_with(title), "{query}: {}", feed.title.text);
        assert!(feed.id.ends_with(&query) || query.contains('q'), "{}", feed.id);
    }
    assert!(feed(&app, "?category=none").await.entries.is_empty());
    app.get("/feeds/reports.atom?body=nowhere").await.expect_error(ErrorCode::NotFound);
    app.get("/feeds/reports.atom?area=999999").await.expect_error(ErrorCode::NotFound);
    app.get("/feeds/reports.atom?status=mended").await.expect_error(ErrorCode::InvalidRequest);
    app.get("/feeds/other.atom").await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn a_feed_is_not_sent_twice_and_is_sent_again_when_something_changes() {
    let app = TestApp::start().await;
    app.two_councils();
    report(&app, "Hole", "Deep", "published", 1);
    let first = app.get("/feeds/reports.atom").await.expect(StatusCode::OK);
    assert_eq!(first.header("cache-control"), "public, max-age=60, stale-while-revalidate=240");
    let again = async |tag: &str| {
        Answer::of(app.request(Method::GET, "/feeds/reports.atom").header("If-None-Match", tag).send().await).await
    };
    let known = again(first.header("etag")).await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    app.sql("UPDATE reports SET title = 'Larger hole', updated_at = now()");
    again(first.header("etag")).await.expect(StatusCode::OK);
}

#[actix_web::test]
async fn feeds_of_fixmystreet_lead_to_ours() {
    let app = TestApp::start().await;
    app.two_councils();
    app.sql("INSERT INTO moved_in (kind, theirs, ours, seen) SELECT 'body', 1, id, gen_random_uuid() FROM bodies WHERE slug = 'south'");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (old, now) in [
        ("/rss/problems", "/feeds/reports.atom"),
        ("/rss/reports/Southshire+Council", "/feeds/reports.atom?body=south"),
        ("/rss/l/51.5,-3", "/feeds/reports.atom?bbox=-3.028892,51.482014,-2.971108,51.517986"),
    ] {
        let answer = client.get(format!("{}{old}", app.address)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY, "{old}");
        assert_eq!(answer.headers()["location"], now);
        app.get(now).await.expect(StatusCode::OK);
    }
}
