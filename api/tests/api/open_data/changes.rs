//! What changed: in the order in which it was committed, each change once, and what is gone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::SimpleConnection as _;
use mendmap_shared::error::ErrorCode;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{add_reports, caught_up, changed, features, ids, is_gone};
use crate::harness::{SECRET, TestApp};

#[actix_web::test]
async fn a_report_is_told_when_it_changes_and_when_it_is_gone_and_when_it_is_back() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let start = "2000-01-01T00:00:00Z";
    let (first, cursor) = changed(&app, start, "", 1).await;
    assert_eq!(first[0]["properties"]["title"], "Deep pothole by the bus stop");
    let (nothing, same) = changed(&app, &cursor, "", 0).await;
    assert_eq!((nothing.len(), &same), (0, &cursor));

    app.sql("UPDATE reports SET title = 'Deeper'");
    let (found, cursor) = changed(&app, &cursor, "", 1).await;
    assert_eq!(found[0]["properties"]["title"], "Deeper");

    app.sql("UPDATE reports SET visibility = 'hidden'");
    let (found, hidden) = changed(&app, &cursor, "", 1).await;
    let told = json!({ "id": id, "gone": true, "changed": found[0]["properties"]["changed"] });
    assert_eq!(found[0], json!({ "type": "Feature", "id": id, "geometry": null, "properties": told }));
    assert!(found[0]["properties"]["changed"].is_string());
    // What nobody sees changes for nobody.
    app.sql("UPDATE reports SET title = 'Secret'");
    app.sql("UPDATE reports SET visibility = 'published'");
    let (found, cursor) = changed(&app, &hidden, "", 1).await;
    assert_eq!(found[0]["properties"]["title"], "Secret");
    // Both after the same place: only the last is told.
    let (found, _) = changed(&app, start, "", 1).await;
    assert_eq!(found[0]["properties"]["title"], "Secret");

    app.sql(&format!("DELETE FROM reports WHERE id = {id}"));
    let (found, cursor) = changed(&app, &cursor, "", 1).await;
    assert!(is_gone(&found[0]));
    changed(&app, &cursor, "", 0).await;
}

#[actix_web::test]
async fn what_belongs_to_a_report_changes_it() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let mut cursor = caught_up(&app).await;
    let photo = "ab".repeat(32);
    for (change, name, value) in [
        (
            format!(
                "INSERT INTO photos (id, width, height, used) VALUES ('{photo}', 1, 1, true); INSERT INTO report_photos VALUES ({id}, 0, '{photo}')"
            ),
            "photos",
            json!(1),
        ),
        ("DELETE FROM report_photos".to_owned(), "photos", json!(0)),
        ("DELETE FROM report_areas".to_owned(), "council", Value::Null),
        (
            format!("INSERT INTO report_areas SELECT {id}, id FROM areas WHERE code = 'N1'"),
            "council",
            json!("Northshire"),
        ),
        ("UPDATE areas SET name = 'Newshire' WHERE code = 'N1'".to_owned(), "council", json!("Newshire")),
        ("UPDATE areas SET kind = 'ward' WHERE code = 'N1'".to_owned(), "ward", json!("Newshire")),
        ("UPDATE reports SET supporter_count = 7".to_owned(), "supporters", json!(7)),
        (
            format!(
                "INSERT INTO updates (report_id, body_id, text, status, visibility, created_at) VALUES ({id}, 1, 'T', 'fixed', 'published', '2026-05-05T05:05:05Z')"
            ),
            "fixed",
            json!("2026-05-05T05:05:05Z"),
        ),
    ] {
        app.sql(&change);
        let (found, next) = changed(&app, &cursor, "", 1).await;
        assert_eq!(found[0]["properties"][name], value, "{change}");
        cursor = next;
    }
}

#[actix_web::test]
async fn an_area_with_another_name_changes_the_reports_in_it_and_an_import_of_the_same_names_changes_none() {
    let app = TestApp::start().await;
    app.two_councils();
    add_reports(&app, 6, 10);
    app.sql(
        "INSERT INTO report_areas SELECT r.id, a.id FROM reports r JOIN areas a ON a.code = CASE WHEN r.id > 4 THEN 'N1' ELSE 'S1' END;
         UPDATE reports SET visibility = 'hidden' WHERE id = 2",
    );
    let cursor = caught_up(&app).await;
    // As an import has it, whose outlines are finer now, and who knows names in another language.
    app.sql("UPDATE areas SET name = name, name_alt = 'Wales', geom = ST_Multi(ST_Segmentize(geom, 0.01))");
    app.sql("UPDATE areas SET name = CASE code WHEN 'S1' THEN 'Southernshire' ELSE name END");
    let (found, cursor) = changed(&app, &cursor, "", 3).await;
    assert_eq!(ids(&found), [1, 3, 4], "neither what is hidden nor what lies elsewhere");
    assert!(found.iter().all(|report| report["properties"]["council"] == "Southernshire"), "{found:?}");
    // Everything at once, with a change of a report in the same transaction: each is told once.
    app.sql("BEGIN; UPDATE reports SET title = 'New' WHERE id = 5; UPDATE areas SET name = name || ' again'; COMMIT");
    let (found, _) = changed(&app, &cursor, "", 5).await;
    assert_eq!(ids(&found), [1, 3, 4, 5, 6]);
}

#[actix_web::test]
async fn who_keeps_a_copy_of_some_reports_is_told_which_are_no_longer_among_them() {
    let app = TestApp::start().await;
    app.two_councils();
    add_reports(&app, 3, 10);
    let cursor = caught_up(&app).await;
    app.sql("UPDATE reports SET status = 'closed', fixed_by = NULL WHERE id = 1; UPDATE reports SET title = 'New' WHERE id = 2");
    let (found, _) = changed(&app, &cursor, "status=open,fixed", 2).await;
    assert_eq!(ids(&found), [1, 2]);
    assert!(is_gone(&found[0]) && !is_gone(&found[1]));
    // In an area, in a polygon, and with pages: the same.
    let polygon = "POLYGON((-4+51,-2+51,-3+53,-4+51))";
    let (found, _) = changed(&app, &cursor, &format!("polygon={polygon}&category=potholes"), 2).await;
    assert!(is_gone(&found[0]) && !is_gone(&found[1]));
}

#[actix_web::test]
async fn pages_of_changes_walk_each_of_them_once() {
    let app = TestApp::start().await;
    add_reports(&app, 25, 10);
    let begin = caught_up(&app).await;
    for id in [7, 3, 24, 1, 9] {
        app.sql(&format!("UPDATE reports SET title = 'New' WHERE id = {id}"));
    }
    app.sql("UPDATE reports SET title = 'Both' WHERE id IN (20, 19)");
    changed(&app, &begin, "", 7).await;
    for format in ["geojson", "geojsonl"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        let last = loop {
            let path = format!("/reports.{format}?updated_after={begin}&limit=2&cursor={cursor}");
            let page = app.get(&path).await.expect(StatusCode::OK);
            seen.extend(ids(&features(&page)));
            let known = page.header("x-changes-cursor").to_owned();
            cursor = page.header("x-next-cursor").to_owned();
            if format == "geojson" {
                assert_eq!(page.body["changes_cursor"], known.as_str());
                assert_eq!(page.body["next_cursor"].as_str().unwrap_or_default(), cursor);
            }
            if cursor.is_empty() {
                break known;
            }
            assert!(page.header("link").contains(&format!("cursor={cursor}")));
        };
        assert_eq!(seen, [7, 3, 24, 1, 9, 19, 20]);
        changed(&app, &last, "", 0).await;
    }
}

#[actix_web::test]
async fn what_is_committed_late_comes_late_and_holds_back_what_began_after_it() {
    let app = TestApp::start().await;
    add_reports(&app, 3, 10);
    let begin = caught_up(&app).await;
    let (mut slow, mut given_up) = (app.conn(), app.conn());
    slow.batch_execute("BEGIN; UPDATE reports SET title = 'Slow' WHERE id = 3").unwrap();
    given_up.batch_execute("BEGIN; UPDATE reports SET title = 'Given up' WHERE id = 1").unwrap();
    app.sql("UPDATE reports SET title = 'Fast' WHERE id = 2");
    // Committed, and not told yet: the slow one would come before it.
    let page = app.get(&format!("/reports.geojsonl?updated_after={begin}")).await.expect(StatusCode::OK);
    assert_eq!((features(&page).len(), page.header("x-changes-cursor")), (0, begin.as_str()));
    let now = app.get("/reports.geojsonl").await.expect(StatusCode::OK);
    assert_eq!(now.header("etag"), "", "what the slow one writes must not be missing under this tag");
    let whole = now.header("x-changes-cursor").to_owned();
    slow.batch_execute("COMMIT").unwrap();
    given_up.batch_execute("ROLLBACK").unwrap();
    let (found, _) = changed(&app, &begin, "", 2).await;
    assert_eq!(ids(&found), [3, 2]);
    let (found, cursor) = changed(&app, &whole, "", 2).await;
    assert_eq!(ids(&found), [3, 2], "who copied everything meanwhile is told too");
    changed(&app, &cursor, "", 0).await;
}

fn cursor_of(cursor: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap()
}

async fn is_outdated(app: &TestApp, cursor: &str) {
    let answer = app.get(&format!("/reports.geojson?updated_after={cursor}")).await;
    let answer = answer.expect_error(ErrorCode::InvalidRequest);
    let problem = &answer.body["error"]["fields"]["updated_after"];
    assert_eq!(problem["code"], "outdated");
    assert!(problem["message"].as_str().unwrap().contains("start again"));
}

fn mendmap(app: &TestApp, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .args(arguments)
        .env("DATABASE_URL", &app.database.url)
        .env("DATA_DIR", app.folder.path())
        .env("SECRET_KEY", SECRET)
        .env("LOG", "warn")
        .output()
        .unwrap()
}

#[actix_web::test]
async fn a_cursor_of_an_order_that_has_ended_is_refused_and_all_is_told_anew() {
    let app = TestApp::start().await;
    add_reports(&app, 4, 10);
    app.sql("UPDATE reports SET visibility = 'hidden' WHERE id = 2");
    let old = caught_up(&app).await;
    assert!(mendmap(&app, &["admin", "restart-changes"]).status.success());
    is_outdated(&app, &old).await;
    let (found, cursor) = changed(&app, "2000-01-01T00:00:00Z", "", 4).await;
    assert_eq!(ids(&found), [1, 2, 3, 4]);
    assert!(is_gone(&found[1]) && !is_gone(&found[0]));
    assert_ne!(cursor_of(&cursor)["o"], cursor_of(&old)["o"]);
    assert_eq!(app.count("SELECT count(*) FROM audit_log WHERE action = 'changes.restart'"), 1);

    let mut beyond = cursor_of(&cursor);
    beyond["t"] = json!(i64::MAX);
    is_outdated(&app, &URL_SAFE_NO_PAD.encode(beyond.to_string())).await;
    for nonsense in ["x", "MTI", "yesterday", "-1", &URL_SAFE_NO_PAD.encode(json!({ "o": "x" }).to_string())] {
        let answer = app.get(&format!("/reports.geojson?updated_after={nonsense}")).await;
        let answer = answer.expect_error(ErrorCode::InvalidRequest);
        assert_eq!(answer.body["error"]["fields"]["updated_after"]["code"], "invalid", "{nonsense}");
    }
    app.get(&format!("/reports.geojson?updated_after={cursor}&cursor=MTI"))
        .await
        .expect_error(ErrorCode::InvalidRequest);
    app.get(&format!("/reports.geojson?cursor={cursor}")).await.expect_error(ErrorCode::InvalidRequest);
}

#[actix_web::test]
async fn data_from_another_server_begin_an_order_of_their_own() {
    let app = TestApp::start().await;
    add_reports(&app, 4, 10);
    let old = caught_up(&app).await;
    let epoch = "SELECT count(*) FROM settings WHERE key = 'changes_epoch' AND value #>> '{}' = ";
    let same = format!("{epoch}'{}'", cursor_of(&old)["o"].as_str().unwrap());
    assert!(mendmap(&app, &["migrate"]).status.success());
    assert_eq!(app.count(&same), 1, "nothing is wrong with it");
    // As after a copy into a server that is younger.
    app.sql("UPDATE report_changes SET changed_in = '9000000000000' WHERE report_id = 3");
    assert!(mendmap(&app, &["migrate"]).status.success());
    assert_eq!(app.count(&same), 0);
    is_outdated(&app, &old).await;
    let (found, cursor) = changed(&app, "2000-01-01T00:00:00Z", "", 4).await;
    assert_eq!(ids(&found), [1, 2, 3, 4]);
    app.sql("UPDATE reports SET title = 'New' WHERE id = 3");
    assert_eq!(ids(&changed(&app, &cursor, "", 1).await.0), [3]);
}
