//! Every door that writes, sends, decodes or searches counts who comes through.

use mendmap_shared::error::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Session, TestApp, new_report};

/// More than any door lets through at once.
const MANY: usize = 260;

async fn is_closed_at_last(app: &TestApp, method: &Method, path: &str, session: Option<&Session>, body: &Value) {
    for _ in 0..MANY {
        let answer = if *method == Method::GET {
            let request = app.request(Method::GET, path);
            let request = match session {
                Some(session) => request.bearer_auth(&session.token),
                None => request,
            };
            Answer::of(request.send().await).await
        } else {
            app.send(method.clone(), path, session, body).await
        };
        if answer.status.as_u16() == 429 {
            let answer = answer.expect_error(ErrorCode::RateLimited);
            assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
            return;
        }
    }
    panic!("{method} {path} lets everybody through");
}

#[actix_web::test]
async fn every_door_closes() {
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "1")]).await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    let (admin, integrator) = (
        app.sign_in_staff("admin@example.org", "south", "administrator").await,
        app.sign_in_staff("integrator@example.org", "south", "administrator").await,
    );
    let hooks = |end: &str| format!("/desk/bodies/south/webhooks{end}");
    let nobodys = format!("/{}", uuid::Uuid::nil());
    let hook = json!({ "url": "https://example.org/", "events": ["report.hidden"] });
    let report = |end: &str| format!("/reports/{id}{end}");
    let administrator = app.sign_in_staff("administrator@example.org", "south", "administrator").await;
    let second = app.sign_in_staff("second@example.org", "south", "administrator").await;
    let third = app.sign_in_staff("third@example.org", "south", "administrator").await;
    let fourth = app.sign_in_staff("fourth@example.org", "south", "administrator").await;
    let text = json!({ "text": "x" });
    let square = json!({ "polygon": { "type": "Polygon", "coordinates": [[[-3, 51], [-2, 51], [-2, 52], [-3, 51]]] } });
    let device = json!({ "device": "0123456789abcdef" });
    let at = "lon=-2.9977&lat=51.56";
    let doors: Vec<(Method, String, Option<&Session>, Value)> = vec![
        (Method::GET, "/places?q=quay".into(), None, Value::Null),
        (Method::GET, format!("/places/reverse?{at}"), None, Value::Null),
        (Method::GET, format!("/places/streets?{at}"), None, Value::Null),
        (Method::GET, "/live?bbox=inside".into(), None, Value::Null),
        (Method::GET, format!("/reports/similar?{at}&category=potholes"), None, Value::Null),
        (Method::GET, "/reports?q=hole".into(), None, Value::Null),
        (Method::GET, "/reports.geojson?q=hole".into(), None, Value::Null),
        (Method::POST, "/reports.geojsonl".into(), None, square),
        (Method::GET, "/exports/reports.csv".into(), None, Value::Null),
        (Method::POST, "/desk/bodies/south/exports".into(), Some(&officer), json!({ "format": "csv" })),
        (Method::GET, format!("/desk/reports/{id}"), Some(&officer), Value::Null),
        (Method::POST, "/reports".into(), None, new_report()),
        (Method::POST, "/reports".into(), Some(&author), new_report()),
        (Method::POST, "/photos".into(), None, Value::Null),
        (Method::POST, report("/updates"), None, text.clone()),
        (Method::PUT, report("/support"), None, device.clone()),
        (Method::DELETE, report("/support"), None, device),
        (Method::PUT, report("/follow"), None, json!({ "email": "watcher@example.org" })),
        (Method::DELETE, report("/follow"), Some(&author), Value::Null),
        (Method::POST, format!("/desk/reports/{id}/updates"), Some(&officer), text.clone()),
        (Method::POST, format!("/desk/reports/{id}/notes"), Some(&officer), text),
        (Method::POST, format!("/desk/deliveries/{id}/south/retry"), Some(&officer), json!({})),
        (
            Method::PUT,
            "/desk/bodies/south/open311".into(),
            Some(&administrator),
            json!({ "endpoint": "http://127.0.0.1:9/" }),
        ),
        (
            Method::PUT,
            "/desk/bodies/south/open311/services".into(),
            Some(&second),
            json!({ "service": "a", "category": "drains" }),
        ),
        (Method::POST, "/desk/bodies/south/open311/sync".into(), Some(&third), json!({})),
        (Method::DELETE, "/desk/bodies/south/open311".into(), Some(&fourth), json!({})),
        (Method::POST, hooks(""), Some(&admin), hook.clone()),
        (Method::PUT, hooks(&nobodys), Some(&admin), hook),
        (Method::DELETE, hooks(&nobodys), Some(&admin), Value::Null),
        (Method::POST, hooks(&format!("{nobodys}/secret")), Some(&admin), json!({})),
        (Method::POST, hooks(&format!("{nobodys}/test")), Some(&admin), json!({})),
        (Method::POST, hooks(&format!("{nobodys}/replay")), Some(&integrator), json!({ "event": 1 })),
        (Method::POST, "/desk/bodies/south/api-keys".into(), Some(&admin), json!({ "name": "x" })),
        (Method::DELETE, format!("/desk/bodies/south/api-keys{nobodys}"), Some(&admin), Value::Null),
        (Method::PATCH, "/me".into(), Some(&author), json!({ "name": "Somebody" })),
        (Method::PUT, "/me/password".into(), Some(&author), json!({ "password": "a long password" })),
        (Method::POST, "/auth/sign-in-links".into(), None, json!({ "email": "one@example.org" })),
        (Method::POST, "/auth/sessions".into(), None, json!({ "token": "nonsense" })),
        (Method::POST, "/auth/sessions/refresh".into(), None, json!({})),
        (Method::DELETE, "/auth/sessions".into(), None, json!({})),
        (Method::POST, "/confirmations".into(), None, json!({ "token": "nonsense" })),
        (Method::POST, "/unsubscribe".into(), None, json!({ "token": "nonsense" })),
    ];
    for (method, path, session, body) in &doors {
        is_closed_at_last(&app, method, path, *session, body).await;
    }
}

#[actix_web::test]
async fn nobodys_mailbox_is_filled_through_reports_and_updates() {
    let app = TestApp::start_with(&[("RATE_LIMIT_SCALE", "1")]).await;
    app.two_councils();
    for _ in 0..20 {
        app.post("/reports", new_report()).await;
    }
    let sent = app.count("SELECT count(*) FROM link_tokens WHERE email = 'reporter@example.org'");
    assert!((1..=8).contains(&sent), "{sent}");
}
