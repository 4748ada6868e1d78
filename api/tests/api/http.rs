//! What holds for every address: methods, errors in one envelope, the app's files, and who may read what is kept.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use mendmap_shared::error::ErrorCode;
use reqwest::{Client, Method, StatusCode};

use crate::harness::{Answer, TestApp};
use crate::openapi;

/// Sends a request to an address as it stands, with these headers.
async fn ask(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Client::new().request(method, format!("{}{path}", app.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await).await
}

/// A server with an app of two files, each with a compressed copy.
async fn with_spa(folder: &tempfile::TempDir) -> TestApp {
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>the page"),
        ("index.html.br", "the page in brotli"),
        ("assets/app-0a1b.wasm", "the program"),
        ("assets/app-0a1b.wasm.gz", "the program in gzip"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    TestApp::start_with(&[("SPA_DIR", &folder.path().display().to_string())]).await
}

#[actix_web::test]
async fn head_is_answered_wherever_get_is_and_without_the_body() {
    let folder = tempfile::tempdir().unwrap();
    let app = with_spa(&folder).await;
    for path in ["/healthz", "/readyz", "/api/v1/bodies", "/api/openapi.json", "/api/docs/", "/", "/reports/1"] {
        let get = ask(&app, Method::GET, path, &[]).await.expect(StatusCode::OK);
        let head = ask(&app, Method::HEAD, path, &[]).await.expect(StatusCode::OK);
        assert!(head.bytes.is_empty() && !get.bytes.is_empty(), "{path}");
        for name in ["content-type", "content-length", "cache-control", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    std::fs::remove_dir_all(&app.config.storage.photo_store).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    ask(&app, Method::HEAD, "/readyz", &[]).await.expect(StatusCode::SERVICE_UNAVAILABLE);
}

#[actix_web::test]
async fn a_mistyped_address_of_the_api_is_no_page_of_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let app = with_spa(&folder).await;
    for name in ["api", "photos", "open311", "ogc", "feeds", "healthz", "readyz"] {
        for ending in ["/", "/nothing", "/nothing/here.json"] {
            let answer = ask(&app, Method::GET, &format!("/{name}{ending}"), &[]).await;
            if (name, ending) == ("ogc", "/") {
                answer.expect(StatusCode::OK);
            } else if name == "open311" {
                // It has a form of its own for errors.
                assert_eq!((answer.status, &answer.body[0]["code"]), (StatusCode::NOT_FOUND, &serde_json::json!(404)));
            } else {
                answer.expect_error(ErrorCode::NotFound);
            }
        }
    }
    for path in ["/api", "/photos", "/open311", "/feeds", "/api/v1", "/api/docs/nothing.js"] {
        ask(&app, Method::GET, path, &[]).await.expect_error(ErrorCode::NotFound);
    }
    for path in ["/apiary", "/ogcx"] {
        ask(&app, Method::GET, path, &[]).await.expect(StatusCode::OK);
    }
}

#[actix_web::test]
async fn every_path_says_which_methods_it_takes() {
    let app = TestApp::start().await;
    for (pattern, operations) in openapi::description()["paths"].as_object().unwrap() {
        let path = openapi::filled_in(pattern);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if operations.get(method.to_lowercase()).is_some() {
                continue;
            }
            let answer = ask(&app, method.parse().unwrap(), &path, &[]).await;
            let answer = answer.expect_error(ErrorCode::MethodNotAllowed);
            let allowed: Vec<_> = answer.header("allow").split(", ").filter(|name| *name != "HEAD").collect();
            assert_eq!(allowed.len(), operations.as_object().unwrap().len(), "{method} {path} allows {allowed:?}");
            assert!(allowed.iter().all(|name| operations.get(name.to_lowercase()).is_some()), "{path}: {allowed:?}");
        }
    }
    let answer = ask(&app, Method::POST, "/reports/new", &[]).await.expect_error(ErrorCode::MethodNotAllowed);
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn what_a_library_refuses_comes_in_the_same_envelope() {
    let app = TestApp::start().await;
    let preflight = [("Origin", "https://data.example"), ("Access-Control-Request-Method", "POST")];
    ask(&app, Method::OPTIONS, "/api/v1/reports", &preflight).await.expect_error(ErrorCode::Forbidden);
    let picky = [("Accept-Encoding", "identity;q=0, *;q=0")];
    ask(&app, Method::GET, "/api/v1/bodies", &picky).await.expect_error(ErrorCode::InvalidRequest);
    let answer = ask(&app, Method::GET, "/api/docs/nothing.js", &[("Accept-Encoding", "br")]).await;
    let answer = answer.expect_error(ErrorCode::NotFound);
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
}

#[actix_web::test]
async fn every_answer_names_its_request() {
    let app = TestApp::start().await;
    let (one, two) = (app.get("/bodies").await, app.get("/nothing").await.expect(StatusCode::NOT_FOUND));
    assert!(!one.header("x-request-id").is_empty() && one.header("x-request-id") != two.header("x-request-id"));
}

#[actix_web::test]
async fn the_app_is_sent_compressed_to_browsers_that_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = with_spa(&folder).await;
    let page = ask(&app, Method::GET, "/reports/1", &[("Accept-Encoding", "gzip, br")]).await.expect(StatusCode::OK);
    assert_eq!(page.bytes, b"the page in brotli");
    assert_eq!(page.header("content-encoding"), "br");
    assert!(page.header("vary").starts_with("Accept-Encoding"), "{}", page.header("vary"));
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "public, no-cache");
    assert!(page.header("content-security-policy").contains("'wasm-unsafe-eval'"));

    let program = "/assets/app-0a1b.wasm";
    let packed = ask(&app, Method::GET, program, &[("Accept-Encoding", "gzip, br;q=0")]).await;
    assert_eq!((packed.header("content-encoding"), packed.header("content-type")), ("gzip", "application/wasm"));
    assert!(packed.header("cache-control").contains("immutable"));
    let plain = ask(&app, Method::GET, program, &[("Accept-Encoding", "identity")]).await;
    assert_eq!((plain.header("content-encoding"), plain.bytes.as_slice()), ("", b"the program".as_slice()));

    for missing in ["/assets/app-ffff.wasm", "/favicon.ico", "/.git/config.txt"] {
        ask(&app, Method::GET, missing, &[]).await.expect_error(ErrorCode::NotFound);
    }
}

#[actix_web::test]
async fn readiness_is_found_out_once_a_second_at_most() {
    let app = TestApp::start().await;
    ask(&app, Method::GET, "/readyz", &[]).await.expect(StatusCode::OK);
    std::fs::remove_dir_all(&app.config.storage.photo_store).unwrap();
    ask(&app, Method::GET, "/readyz", &[]).await.expect(StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for _ in 0..2 {
        ask(&app, Method::GET, "/readyz", &[]).await.expect_error(ErrorCode::Unavailable);
    }
}

#[actix_web::test]
async fn nobody_else_on_the_machine_reads_mails_and_photos() {
    let app = TestApp::start().await;
    for folder in ["outbox", "photos"] {
        let folder = app.config.storage.data_dir.join(folder);
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
}

#[actix_web::test]
async fn a_connection_that_rests_is_not_closed_within_seconds() {
    let app = TestApp::start().await;
    let authority = app.address.strip_prefix("http://").expect("HTTP").to_owned();
    let mut stream = TcpStream::connect(&authority).expect("connects");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    // What servers wait that set nothing is five seconds.
    for rest in [0, 7] {
        tokio::time::sleep(Duration::from_secs(rest)).await;
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {authority}\r\n\r\n").expect("asks");
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with("HTTP/1.1 200 "), "after {rest} s: {answer}");
    }
}
