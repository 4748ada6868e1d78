//! The sweep: every public answer there is, read for personal data that was put in on purpose.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{TestApp, new_report};

/// Words that stand nowhere but in what nobody else may read.
const SECRETS: &[&str] = &[
    "zebra-email",
    "Zebraname",
    "01633 999 111",
    "zebra-answer",
    "zebra-note",
    "zebra-hidden",
    "zebra-private",
    "zebra-unconfirmed",
    "zebra-officer",
    "zebra-unpublished-update",
    "streets@south.example.org",
];

async fn seed(app: &TestApp) -> i64 {
    app.two_councils();
    app.sql("UPDATE categories SET questions = '[{\"code\": \"more\", \"label\": \"More?\", \"datatype\": \"text\"}]' WHERE code = 'drains'");
    let author = app.sign_in("zebra-email@example.org").await;
    let report = |title: &str| {
        let mut report = new_report();
        report["title"] = json!(title);
        report["category"] = json!("drains");
        report["anonymous"] = json!(true);
        report["answers"] = json!({ "more": "zebra-answer" });
        report["author"] = json!({ "name": "Zebraname", "phone": "01633 999 111" });
        report
    };
    let published =
        app.post_as(&author, "/reports", report("Blocked drain")).await.expect(StatusCode::CREATED).body["id"]
            .as_i64()
            .unwrap();
    let hidden = app.post_as(&author, "/reports", report("zebra-hidden")).await.body["id"].as_i64().unwrap();
    app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {hidden}"));
    let mut private = report("zebra-private");
    private["category"] = json!("needles");
    private["answers"] = json!({});
    app.post_as(&author, "/reports", private).await.expect(StatusCode::CREATED);
    let mut unconfirmed = report("zebra-unconfirmed");
    unconfirmed["author"] = json!({ "name": "Zebraname", "email": "zebra-email-2@example.org" });
    app.post("/reports", unconfirmed).await.expect(StatusCode::CREATED);
    let officer = app.sign_in_staff("zebra-officer@example.org", "south", "officer").await;
    app.post_as(&officer, &format!("/desk/reports/{published}/notes"), json!({ "text": "zebra-note" }))
        .await
        .expect(StatusCode::CREATED);
    app.post_as(
        &officer,
        &format!("/desk/reports/{published}/updates"),
        json!({ "text": "We look at it", "status": "investigating" }),
    )
    .await
    .expect(StatusCode::CREATED);
    app.post_as(&author, &format!("/reports/{published}/updates"), json!({ "text": "Thank you", "anonymous": true }))
        .await
        .expect(StatusCode::CREATED);
    let waiting = json!({ "text": "zebra-unpublished-update", "author": { "name": "Zebraname", "email": "zebra-email-3@example.org" } });
    app.post(&format!("/reports/{published}/updates"), waiting).await.expect(StatusCode::CREATED);
    app.work_off().await;
    // The snapshot of the open data.
    app.keep_house().await;
    app.work_off().await;
    published
}

/// Every GET of the described API with its parameters filled in, so that an address added tomorrow is swept too.
fn addresses(report: i64) -> Vec<String> {
    let document: Value = serde_json::from_str(&mendmap::openapi::json().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(operation) = methods.get("get") else { continue };
        let path = path
            .replace("{id}", &report.to_string())
            .replace("{body}", "south")
            .replace("{slug}", "south")
            .replace("{size}", "full")
            .replace("{z}", "14")
            .replace("{x}", "8055")
            .replace("{y}", "5452");
        let formats = if path.contains("{format}") { &["csv", "geojsonl", "gpkg", "fgb"][..] } else { &[""] };
        let paths: Vec<String> = formats.iter().map(|format| path.replace("{format}", format)).collect();
        assert!(!paths[0].contains('{'), "the sweep does not know how to fill in {path}");
        let needed =
            operation["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query");
        let query: Vec<String> = needed
            .filter_map(|parameter| {
                let value = match parameter["name"].as_str()? {
                    "lon" => "-2.9977",
                    "lat" => "51.56",
                    "category" if path.contains("similar") => "drains",
                    "title" => "zebra",
                    "q" if path.contains("places") => "Quay",
                    _ => return None,
                };
                Some(format!("{}={value}", parameter["name"].as_str()?))
            })
            .collect();
        found.extend(paths.iter().map(|path| format!("{path}?{}", query.join("&"))));
    }
    found
}

#[actix_web::test]
async fn no_public_answer_holds_what_is_nobody_elses_business() {
    let app = TestApp::start().await;
    let report = seed(&app).await;
    let stranger = app.sign_in("stranger@example.org").await;
    let mut read = 0;
    let mut all = addresses(report);
    for id in 1..=report + 4 {
        all.push(format!("/api/v1/reports/{id}"));
        all.push(format!("/api/v1/reports/{id}/updates"));
    }
    for query in
        ["q=zebra", "q=Zebraname", "sort=updated", "status=open,fixed,closed", "body=south", "category=Cleaning"]
    {
        all.push(format!("/api/v1/reports?{query}"));
        all.push(format!("/api/v1/reports.geojson?{query}"));
    }
    for format in ["csv", "geojsonl", "gpkg", "fgb"] {
        all.push(format!("/api/v1/exports/reports.{format}?status=open,fixed,closed"));
        all.push(format!("/api/v1/exports/snapshot/reports.{format}"));
    }
    for z in 0..=20 {
        use mendmap_shared::geo::{LonLat, TileXyz};
        let tile = TileXyz::containing(LonLat::new(-2.9977, 51.56).unwrap(), z).unwrap();
        all.push(format!("/api/v1/map/{z}/{}/{}.json", tile.x(), tile.y()));
        all.push(format!("/api/v1/map/{z}/{}/{}.mvt", tile.x(), tile.y()));
    }
    for collection in &mendmap::ogc::collections::ALL {
        all.push(format!("/ogc/collections/{}", collection.id));
        all.push(format!("/ogc/collections/{}/items?limit=10000", collection.id));
        all.extend((1..=report + 4).map(|id| format!("/ogc/collections/{}/items/{id}", collection.id)));
        let asked = "filter=status%20%3D%20%27x%27%20OR%20NOT%20status%20%3D%20%27x%27%20OR%20status%20IS%20NULL";
        all.push(format!("/ogc/collections/{}/items?{asked}", collection.id));
    }
    for path in &all {
        for session in [None, Some(&stranger)] {
            let answer = match session {
                None => app.get(path).await,
                Some(session) => app.get_as(session, path).await,
            };
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            read += usize::from(answer.status == StatusCode::OK);
            let text = format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.bytes));
            for secret in SECRETS {
                assert!(!text.contains(secret), "{path} tells {secret}: {text}");
            }
        }
    }
    assert_eq!(app.get("/exports/snapshot/reports.gpkg").await.status, StatusCode::OK, "it was swept");
    assert!(read > 40, "the sweep read {read} answers only");
    // The sweep can find something: the author reads their own.
    let author = app.sign_in("zebra-email@example.org").await;
    assert!(String::from_utf8_lossy(&app.get_as(&author, "/me/reports").await.bytes).contains("zebra-private"));
}

#[actix_web::test]
async fn what_nobody_may_see_answers_exactly_like_what_does_not_exist() {
    let app = TestApp::start().await;
    let report = seed(&app).await;
    let stranger = app.sign_in("stranger@example.org").await;
    let without_reference = |mut body: Value| {
        body["error"]["reference"] = json!("");
        body
    };
    for suffix in ["", "/updates"] {
        let missing = app.get_as(&stranger, &format!("/reports/999999{suffix}")).await.expect(StatusCode::NOT_FOUND);
        for id in report + 1..=report + 3 {
            let invisible =
                app.get_as(&stranger, &format!("/reports/{id}{suffix}")).await.expect(StatusCode::NOT_FOUND);
            assert_eq!(without_reference(invisible.body), without_reference(missing.body.clone()));
        }
    }
    let device = json!({ "device": "0123456789abcdef0123" });
    for id in [report + 1, 999_999] {
        app.send(Method::PUT, &format!("/reports/{id}/support"), None, &device).await.expect(StatusCode::NOT_FOUND);
        app.send(Method::PUT, &format!("/reports/{id}/follow"), Some(&stranger), &json!({}))
            .await
            .expect(StatusCode::NOT_FOUND);
    }
}
