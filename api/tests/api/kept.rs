//! Kept answers as they are sent, behind what stands before every handler.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpRequest, test, web};
use mendmap::cache::{Coding, Kept, Kind};
use mendmap::http::{head, kept};

/// How long an answer may be kept that was made just now.
const NEW: &str = "public, max-age=0, s-maxage=3, stale-while-revalidate=1";

struct Sent {
    status: StatusCode,
    headers: actix_web::http::header::HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// How this body is sent to a request with these headers.
async fn send(kept: &Arc<Kept>, method: Method, headers: &[(&'static str, &str)]) -> Sent {
    let handler = async |request: HttpRequest, kept: web::Data<Kept>| kept::answer(&request, &kept);
    let app = App::new()
        .app_data(web::Data::from(kept.clone()))
        .route("/", web::get().to(handler))
        .wrap(Compress::default())
        .wrap(from_fn(head::answer_as_get));
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::with_uri("/").method(method);
    for header in headers {
        request = request.insert_header(*header);
    }
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    Sent { status, headers, body: test::read_body(response).await.to_vec() }
}

fn tile() -> Arc<Kept> {
    let body = format!("[{}]", vec![r#"{"id":1,"status":"open"}"#; 500].join(","));
    Arc::new(Kept::new(Kind::VectorTile, body.into_bytes(), Instant::now()))
}

#[actix_web::test]
async fn a_body_is_sent_with_its_type_its_etag_and_how_long_it_may_be_kept() {
    let kept = tile();
    let sent = send(&kept, Method::GET, &[]).await;
    assert_eq!((sent.status, &sent.body[..]), (StatusCode::OK, &kept.body()[..]));
    assert_eq!(sent.header("content-type"), "application/vnd.mapbox-vector-tile");
    assert_eq!(sent.header("cache-control"), NEW);
    assert_eq!(sent.header("vary"), "Accept-Encoding");
    assert_eq!(sent.header("content-encoding"), "");
    assert!(sent.header("etag").starts_with("W/\""), "{}", sent.header("etag"));
}

#[actix_web::test]
async fn nothing_is_sent_as_204() {
    let kept = Arc::new(Kept::new(Kind::Json, Vec::new(), Instant::now()));
    let sent = send(&kept, Method::GET, &[("Accept-Encoding", "br")]).await;
    assert_eq!((sent.status, sent.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(sent.header("cache-control"), NEW);
    assert_eq!(sent.header("content-encoding"), "");
}

#[actix_web::test]
async fn who_has_it_already_is_told_so_in_whichever_coding_he_has_it() {
    let kept = tile();
    let tag = send(&kept, Method::GET, &[("Accept-Encoding", "br")]).await.header("etag").to_owned();
    let strong = tag.trim_start_matches("W/").to_owned();
    for known in [tag.clone(), strong, format!("\"other\", {tag}")] {
        let sent = send(&kept, Method::GET, &[("If-None-Match", &known), ("Accept-Encoding", "gzip")]).await;
        assert_eq!((sent.status, sent.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!((sent.header("etag"), sent.header("cache-control")), (&*tag, NEW));
        assert_eq!(sent.header("content-encoding"), "");
    }
    let sent = send(&kept, Method::GET, &[("If-None-Match", "\"other\"")]).await;
    assert_eq!(sent.status, StatusCode::OK);
}

#[actix_web::test]
async fn each_request_gets_the_coding_it_takes_compressed_once() {
    let kept = tile();
    for (accepted, coding) in [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", ""),
        ("gzip;q=0", ""),
    ] {
        let sent = send(&kept, Method::GET, &[("Accept-Encoding", accepted)]).await;
        assert_eq!((sent.status, sent.header("content-encoding")), (StatusCode::OK, coding), "{accepted}");
        assert_eq!(sent.headers.get_all("vary").count(), 1, "{accepted}");
        let expected = match coding {
            "br" => kept.coded(Coding::Brotli),
            "gzip" => kept.coded(Coding::Gzip),
            _ => kept.body(),
        };
        assert_eq!(&sent.body, expected, "{accepted}: the copy that was made the first time, and no other");
    }
}

#[actix_web::test]
async fn the_compressed_copies_say_what_the_body_says() {
    let kept = tile();
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut &kept.coded(Coding::Brotli)[..], &mut plain).unwrap();
    assert_eq!(plain, &kept.body()[..]);
    plain.clear();
    std::io::copy(&mut flate2::read::GzDecoder::new(&kept.coded(Coding::Gzip)[..]), &mut plain).unwrap();
    assert_eq!(plain, &kept.body()[..]);
    for coding in [Coding::Brotli, Coding::Gzip] {
        assert!(kept.coded(coding).len() * 10 < kept.body().len());
    }
}

#[actix_web::test]
async fn head_says_what_get_would_without_the_body() {
    let kept = tile();
    for headers in [&[][..], &[("Accept-Encoding", "br")][..], &[("Accept-Encoding", "gzip")][..]] {
        let (get, head) = (send(&kept, Method::GET, headers).await, send(&kept, Method::HEAD, headers).await);
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        for name in ["etag", "content-type", "content-encoding", "vary", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
    }
}

#[actix_web::test]
async fn with_all_caches_on_the_way_nobody_sees_an_answer_older_than_five_seconds() {
    for (age, most) in [(0, 3), (1, 2), (2, 1), (3, 1)] {
        let born = Instant::now() - Duration::from_secs(age);
        let kept = Arc::new(Kept::new(Kind::Json, b"[]".to_vec(), born));
        let sent = send(&kept, Method::GET, &[]).await;
        let more = 1;
        let expected = format!("public, max-age=0, s-maxage={most}, stale-while-revalidate={more}");
        assert_eq!(sent.header("cache-control"), expected, "{age} s old");
        assert!(age + most + more <= 5);
    }
}
