//! The live map: who listens is told what happens on their ground, and what they missed.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::map::LiveReport;
use reqwest::{Method, Response, StatusCode};

use crate::harness::TestApp;

const NEWPORT: &str = "-3.1,51.5,-2.9,51.7";

fn report(lon: f64, lat: f64, visibility: &str) -> String {
    format!(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         VALUES (ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326), 'Hole', 'Words that are not told', 'potholes', 'Potholes', 'Roads', '{visibility}')"
    )
}

/// Somebody who listens.
struct Listener {
    response: Response,
    text: String,
}

/// An event as it was sent.
#[derive(Debug)]
struct Told {
    id: i64,
    event: String,
    data: String,
}

impl Told {
    fn report(&self) -> LiveReport {
        assert_eq!(self.event, "report");
        serde_json::from_str(&self.data).expect("a report")
    }
}

impl Listener {
    async fn on(app: &TestApp, bbox: &str, last: Option<i64>) -> Self {
        let mut request = app.request(Method::GET, &format!("/live?bbox={bbox}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
        assert!(header("content-type").starts_with("text/event-stream"));
        assert!(header("cache-control").contains("no-store"));
        Self { response, text: String::new() }
    }

    /// The next event.
    async fn next(&mut self) -> Told {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let line = |name: &str| {
                    let mut lines = event.lines();
                    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim).unwrap_or_default()
                };
                let told = Told {
                    id: line("id").parse().unwrap_or_default(),
                    event: line("event").to_owned(),
                    data: line("data").to_owned(),
                };
                self.text = rest.to_owned();
                if !told.event.is_empty() {
                    return told;
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk()).await;
            let chunk = chunk.expect("something within ten seconds").expect("the stream goes on").expect("no end");
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// Everything up to "ready", which is told last of what was missed.
    async fn missed(&mut self) -> (Vec<Told>, i64) {
        let mut all = Vec::new();
        loop {
            let told = self.next().await;
            if told.event == "ready" {
                return (all, told.id);
            }
            all.push(told);
        }
    }
}

#[actix_web::test]
async fn an_open_map_is_told_of_new_changed_moved_and_hidden_reports_on_its_ground_and_of_no_others() {
    let app = TestApp::start().await;
    let mut here = Listener::on(&app, NEWPORT, None).await;
    let mut elsewhere = Listener::on(&app, "0,0,1,1", None).await;
    here.missed().await;
    elsewhere.missed().await;
    app.sql(&report(-2.9977, 51.5842, "published"));
    let told = here.next().await;
    let new = told.report().now.expect("to be seen");
    assert_eq!((new.pin.title.as_str(), new.category_code.as_str()), ("Hole", "potholes"));
    assert!(!told.data.contains("Words that are not told"));
    app.sql("UPDATE reports SET status = 'investigating'");
    assert_eq!(here.next().await.report().now.expect("to be seen").pin.status_group.as_str(), "open");
    // It leaves this ground for the other.
    app.sql("UPDATE reports SET location = ST_SetSRID(ST_MakePoint(0.5, 0.5), 4326)");
    assert!(here.next().await.report().now.is_some_and(|now| now.pin.location.lon() > 0.0));
    assert!(elsewhere.next().await.report().now.is_some());
    app.sql("UPDATE reports SET visibility = 'hidden'");
    assert!(elsewhere.next().await.report().now.is_none());
    // What changes out of sight is nobody's news: the next that is told is the next that can be seen.
    app.sql("UPDATE reports SET title = 'Secret', status = 'closed'");
    app.sql(&report(-2.99, 51.58, "unconfirmed"));
    app.sql(&report(-2.99, 51.58, "private"));
    app.sql("UPDATE reports SET supporter_count = 3");
    app.sql(&report(-2.99, 51.58, "published"));
    let next = here.next().await;
    assert_eq!(next.report().id, app.count("SELECT max(id) FROM reports"));
}

#[actix_web::test]
async fn who_comes_back_is_told_what_they_missed_also_what_was_committed_out_of_order() {
    let app = TestApp::start().await;
    // Begun before the listener heard its last event, committed after it left.
    let mut slow = app.conn();
    slow.batch_execute("BEGIN").expect("begins");
    slow.batch_execute(&report(-2.98, 51.58, "published")).expect("a report");
    app.sql(&report(-2.99, 51.58, "published"));
    let mut here = Listener::on(&app, NEWPORT, None).await;
    let (first, last) = here.missed().await;
    // A map that was fetched just before is told what happened just before.
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].id, last);
    drop(here);
    slow.batch_execute("COMMIT").expect("commits");
    app.sql(&report(-2.97, 51.58, "published"));
    app.sql(&report(0.5, 0.5, "published"));
    let mut again = Listener::on(&app, NEWPORT, Some(last)).await;
    let (missed, _) = again.missed().await;
    let mut reports: Vec<i64> = missed.iter().map(|told| told.report().id).collect();
    reports.sort_unstable();
    // The slow one has a smaller number than the last that was told; the one told before may be told again.
    assert_eq!(reports, [1, 2, 3]);
    assert!(missed.iter().any(|told| told.id < last));
    // An event too old to be known means: look at everything.
    app.sql("DELETE FROM map_events");
    let mut late = Listener::on(&app, NEWPORT, Some(last)).await;
    let (missed, _) = late.missed().await;
    assert_eq!((missed.len(), missed[0].event.as_str()), (1, "reload"));
}

#[actix_web::test]
async fn who_listens_is_told_what_a_slow_transaction_commits_late() {
    let app = TestApp::start().await;
    let mut slow = app.conn();
    slow.batch_execute("BEGIN").expect("begins");
    slow.batch_execute(&report(-2.98, 51.58, "published")).expect("a report");
    let mut here = Listener::on(&app, NEWPORT, None).await;
    here.missed().await;
    app.sql(&report(-2.99, 51.58, "published"));
    assert_eq!(here.next().await.report().id, 2);
    slow.batch_execute("COMMIT").expect("commits");
    assert_eq!(here.next().await.report().id, 1);
}

#[actix_web::test]
async fn where_very_much_changes_at_once_listeners_are_told_to_look_anew_and_go_on() {
    let app = TestApp::start().await;
    let mut here = Listener::on(&app, NEWPORT, None).await;
    here.missed().await;
    app.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         SELECT ST_SetSRID(ST_MakePoint(-2.99, 51.58), 4326), 'Many', 'd', 'a', 'A', 'G', 'published' FROM generate_series(1, 5000)",
    );
    assert_eq!(here.next().await.event, "reload");
    app.sql(&report(-2.99, 51.58, "published"));
    let mut next = here.next().await;
    while next.event == "reload" {
        next = here.next().await;
    }
    assert_eq!(next.report().now.expect("to be seen").pin.title, "Hole");
}

#[actix_web::test]
async fn a_listener_whose_connection_to_the_database_is_lost_misses_nothing() {
    let app = TestApp::start().await;
    let mut here = Listener::on(&app, NEWPORT, None).await;
    here.missed().await;
    app.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    app.sql(&report(-2.99, 51.58, "published"));
    assert!(here.next().await.report().now.is_some());
}

#[actix_web::test]
async fn what_is_no_box_is_refused() {
    let app = TestApp::start().await;
    for query in ["", "?bbox=", "?bbox=1,2,3", "?bbox=a,b,c,d", "?bbox=3,0,1,1", "?bbox=0,0,1,91"] {
        app.get(&format!("/live{query}")).await.expect_error(ErrorCode::InvalidRequest);
    }
}
