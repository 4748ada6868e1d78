//! Figures about reports, against the same figures worked out from the stories of the reports.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::ANSWER_DAYS;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Two years of reports in two councils, told by updates that come in every order: some fixed and opened again, some answered
/// by the body and some by nobody, some private, some hidden.
const STORIES: &str = "
    INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at, confirmed_at)
    SELECT ST_SetSRID(ST_MakePoint(-3.05 + (n * 37 % 140) / 1000.0, 51.52 + (n * 53 % 130) / 1000.0), 4326),
           'Report ' || n, 'Words about number ' || n, (ARRAY['potholes', 'drains', 'bollards'])[1 + n % 3], 'Name', 'Roads',
           (ARRAY['published', 'published', 'published', 'published', 'published', 'private', 'hidden'])[1 + n % 7],
           timestamptz '2024-03-04 05:06:07Z' + n * interval '29 hours 13 minutes',
           CASE WHEN n % 5 <> 0 THEN timestamptz '2024-03-04 05:06:07Z' + n * interval '29 hours 13 minutes' + (n % 11) * interval '7 minutes' END
    FROM generate_series(1, 600) AS n;
    INSERT INTO report_bodies (report_id, body_id)
    SELECT r.id, b.id FROM reports r JOIN bodies b ON b.slug = CASE WHEN r.id % 4 = 0 THEN 'north' ELSE 'south' END;
    INSERT INTO report_bodies (report_id, body_id)
    SELECT r.id, b.id FROM reports r JOIN bodies b ON b.slug = 'north' WHERE r.id % 10 = 1 ON CONFLICT DO NOTHING;
    INSERT INTO report_areas (report_id, area_id) SELECT r.id, a.id FROM reports r JOIN areas a ON ST_Covers(a.geom, r.location);
    -- A body looks into three of four; two of five are fixed, some of those twice; a few are ended otherwise.
    INSERT INTO updates (report_id, body_id, text, status, visibility, created_at)
    SELECT r.id, (SELECT id FROM bodies WHERE slug = 'south'), 'We look', CASE WHEN r.id % 8 = 0 THEN NULL ELSE 'investigating' END,
           CASE WHEN r.id % 13 = 0 THEN 'hidden' ELSE 'published' END, r.created_at + (r.id * 17 % 900) * interval '1 hour'
    FROM reports r WHERE r.id % 4 <> 2;
    INSERT INTO updates (report_id, text, status, visibility, created_at)
    SELECT r.id, 'Done', 'fixed', 'published', r.created_at + (900 + r.id * 31 % 2000) * interval '41 minutes'
    FROM reports r WHERE r.id % 5 IN (1, 3);
    INSERT INTO updates (report_id, text, status, visibility, created_at)
    SELECT r.id, 'Not at all', 'open', 'published', r.created_at + interval '3000 hours' FROM reports r WHERE r.id % 35 = 1;
    INSERT INTO updates (report_id, text, status, visibility, created_at)
    SELECT r.id, 'Now it is', 'fixed', 'published', r.created_at + interval '3100 hours' FROM reports r WHERE r.id % 70 = 1;
    INSERT INTO updates (report_id, text, status, visibility, created_at)
    SELECT r.id, 'No', (ARRAY['no_further_action', 'not_responsible', 'closed'])[1 + r.id % 3], 'published', r.created_at + (r.id * 7 % 500) * interval '1 hour'
    FROM reports r WHERE r.id % 5 = 4;
    UPDATE reports SET status = said.status, fixed_by = CASE WHEN said.status = 'fixed' THEN 'body' END
    FROM (SELECT DISTINCT ON (report_id) report_id, status FROM updates WHERE status IS NOT NULL AND visibility = 'published'
          ORDER BY report_id, created_at DESC, id DESC) AS said
    WHERE reports.id = said.report_id;
";

#[derive(Debug, Clone, QueryableByName)]
struct Report {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    category_code: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    confirmed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
    #[diesel(sql_type = Text)]
    bodies: String,
}

#[derive(Debug, Clone, QueryableByName)]
struct Told {
    #[diesel(sql_type = BigInt)]
    report_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    body_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    status: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// A report with its story, as everybody can read it.
struct Story {
    report: Report,
    told: Vec<Told>,
}

impl Story {
    fn begun(&self) -> DateTime<Utc> {
        self.report.confirmed_at.unwrap_or(self.report.created_at)
    }

    fn answered(&self) -> Option<DateTime<Utc>> {
        self.told.iter().find(|told| told.body_id.is_some()).map(|told| told.created_at)
    }

    /// Since when it is what it is, where it is open no more: since the first of the last updates that all say so.
    fn ended(&self) -> Option<DateTime<Utc>> {
        let group = |status: &str| match status {
            "open" | "investigating" | "action_scheduled" | "in_progress" => "open",
            "fixed" => "fixed",
            _ => "closed",
        };
        let said: Vec<_> =
            self.told.iter().filter_map(|told| Some((group(told.status.as_deref()?), told.created_at))).collect();
        let (last, _) = said.last().filter(|(last, _)| *last != "open")?;
        said.iter().rev().take_while(|(said, _)| said == last).last().map(|(_, at)| *at)
    }

    fn is_open(&self) -> bool {
        ["open", "investigating"].contains(&self.report.status.as_str())
    }

    fn hours_to(&self, at: Option<DateTime<Utc>>) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of two years are exact")]
        at.map(|at| ((at - self.begun()).num_milliseconds() as f64 / 3_600_000.0).max(0.0))
    }
}

/// Everything that is published.
fn stories(app: &TestApp) -> Vec<Story> {
    let conn = &mut app.conn();
    let reports: Vec<Report> = diesel::sql_query(
        "SELECT id, category_code, status, created_at, confirmed_at, ST_X(location) AS lon, ST_Y(location) AS lat,
                (SELECT string_agg(b.slug, ',') FROM report_bodies o JOIN bodies b ON b.id = o.body_id WHERE o.report_id = r.id) AS bodies
         FROM reports r WHERE visibility = 'published' ORDER BY id",
    )
    .load(conn)
    .unwrap();
    let told: Vec<Told> = diesel::sql_query(
        "SELECT report_id, body_id, status, created_at FROM updates WHERE visibility = 'published' ORDER BY created_at, id",
    )
    .load(conn)
    .unwrap();
    let of = |report: Report| Story {
        told: told.iter().filter(|told| told.report_id == report.id).cloned().collect(),
        report,
    };
    reports.into_iter().map(of).collect()
}

/// What so many parts of the numbers lie below, in proportion between two of them.
fn percentile(mut numbers: Vec<f64>, part: f64) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let place = part * (numbers.len().checked_sub(1)?) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    Some(numbers[below] + (numbers[above] - numbers[below]) * place.fract())
}

fn assert_times(times: &Value, hours: &[f64], what: &str) {
    assert_eq!(times["reports"], hours.len(), "{what}");
    for (name, part) in [("median_hours", 0.5), ("p90_hours", 0.9)] {
        let (found, wanted) = (times[name].as_f64(), percentile(hours.to_vec(), part));
        let alike = match (found, wanted) {
            (Some(found), Some(wanted)) => (found - wanted).abs() < 0.001,
            (found, wanted) => found.is_none() && wanted.is_none(),
        };
        assert!(alike, "{what}: {name} is {found:?} and not {wanted:?}");
    }
}

fn assert_figures(figures: &Value, of: &[&Story], what: &str) {
    let count = |is: &dyn Fn(&Story) -> bool| of.iter().filter(|story| is(story)).count();
    let fixed = |story: &Story| story.report.status == "fixed";
    assert_eq!(figures["reported"], of.len(), "{what}");
    assert_eq!(figures["open"], count(&Story::is_open), "{what}");
    assert_eq!(figures["fixed"], count(&fixed), "{what}");
    assert_eq!(figures["closed"], count(&|story| !fixed(story) && !story.is_open()), "{what}");
    let to_fix = of.iter().filter(|story| fixed(story)).filter_map(|story| story.hours_to(story.ended()));
    assert_times(&figures["to_fix"], &to_fix.collect::<Vec<_>>(), what);
    let to_answer = of.iter().filter_map(|story| story.hours_to(story.answered()));
    assert_times(&figures["to_first_answer"], &to_answer.collect::<Vec<_>>(), what);
}

fn assert_stats(stats: &Value, of: &[&Story], what: &str) {
    assert_figures(&stats["total"], of, what);
    let mut periods = 0;
    for period in stats["periods"].as_array().unwrap() {
        let begins: DateTime<Utc> = period["begins"].as_str().unwrap().parse().unwrap();
        let is_in = |at: DateTime<Utc>| match stats["interval"].as_str().unwrap() {
            "day" => at.date_naive() == begins.date_naive(),
            "week" => at.iso_week() == begins.iso_week(),
            "month" => (at.year(), at.month()) == (begins.year(), begins.month()),
            other => panic!("{other}"),
        };
        let of: Vec<&Story> = of.iter().filter(|story| is_in(story.report.created_at)).copied().collect();
        periods += of.len();
        assert_figures(&period["figures"], &of, &format!("{what}, {begins}"));
    }
    assert_eq!(periods, of.len(), "{what}: every report is in a period");
    let categories = stats["categories"].as_array().unwrap();
    for category in categories {
        let code = category["category"]["code"].as_str().unwrap();
        let of: Vec<&Story> = of.iter().filter(|story| story.report.category_code == code).copied().collect();
        assert!(!of.is_empty(), "{what}: {code}");
        assert_figures(&category["figures"], &of, &format!("{what}, {code}"));
    }
    let in_categories: i64 = categories.iter().map(|one| one["figures"]["reported"].as_i64().unwrap()).sum();
    assert_eq!(in_categories, i64::try_from(of.len()).unwrap(), "{what}");
    for status in stats["statuses"].as_array().unwrap() {
        let of = of.iter().filter(|story| story.report.status == status["status"].as_str().unwrap()).count();
        assert_eq!(status["reports"], of, "{what}: {status}");
    }
}

/// A query, which stories it chooses, and how long its periods are.
type Chosen<'a> = (&'a str, Box<dyn Fn(&Story) -> bool>, &'a str);

async fn with_stories() -> TestApp {
    let app = TestApp::start().await;
    app.two_councils();
    app.sql(STORIES);
    app
}

#[actix_web::test]
async fn figures_are_those_of_the_stories_of_the_reports_chosen_and_private_and_hidden_ones_are_in_none() {
    let app = with_stories().await;
    let all = stories(&app);
    assert!(all.len() > 400 && all.iter().any(|story| story.ended().is_some() && story.report.status == "fixed"));
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let in_ward =
        |story: &Story| (-3.0..=-2.95).contains(&story.report.lon) && (51.55..=51.60).contains(&story.report.lat);
    let ward = app.count("SELECT id FROM areas WHERE code = 'SW1'");
    let below = |story: &Story| story.report.lat - 51.52 <= story.report.lon + 3.05;
    let by_area = format!("?area={ward}");
    let chosen: Vec<Chosen<'_>> = vec![
        ("", Box::new(|_| true), "month"),
        ("?category=drains", Box::new(|story| story.report.category_code == "drains"), "month"),
        ("?body=north", Box::new(|story| story.report.bodies.contains("north")), "month"),
        ("?status=open", Box::new(Story::is_open), "month"),
        ("?status=closed", Box::new(|story| !story.is_open() && story.report.status != "fixed"), "month"),
        (&by_area, Box::new(in_ward), "month"),
        ("?bbox=-3,51.55,-2.95,51.6", Box::new(in_ward), "month"),
        ("?q=number+15", Box::new(|story| story.report.id == 15), "day"),
        (
            "?since=2025-01-01T00:00:00Z&until=2025-02-01T00:00:00Z",
            Box::new(move |story| {
                (at("2025-01-01T00:00:00Z")..at("2025-02-01T00:00:00Z")).contains(&story.report.created_at)
            }),
            "day",
        ),
        (
            "?since=2025-01-01T00:00:00Z&until=2025-07-01T00:00:00Z&category=potholes",
            Box::new(move |story| {
                story.report.category_code == "potholes"
                    && (at("2025-01-01T00:00:00Z")..at("2025-07-01T00:00:00Z")).contains(&story.report.created_at)
            }),
            "week",
        ),
        ("?polygon=POLYGON((-3.05%2051.52,-2.85%2051.52,-2.85%2051.72,-3.05%2051.52))", Box::new(below), "month"),
    ];
    for (query, is_chosen, interval) in &chosen {
        let of: Vec<&Story> = all.iter().filter(|story| is_chosen(story)).collect();
        assert!(!of.is_empty(), "{query} chooses some");
        let answer = app.get(&format!("/stats/reports{query}")).await.expect(StatusCode::OK);
        assert_eq!(answer.body["interval"], *interval, "{query}");
        assert_stats(&answer.body, &of, query);
    }
}

#[actix_web::test]
async fn a_polygon_can_be_posted_and_one_that_cannot_be_used_is_refused_with_the_reason() {
    let app = with_stories().await;
    let post = |polygon: Value| {
        let request = app.request(Method::POST, "/stats/reports?status=fixed").json(&polygon);
        async { Answer::of(request.send().await).await }
    };
    let square = json!({ "type": "Polygon", "coordinates": [[[-3, 51.55], [-2.95, 51.55], [-2.95, 51.6], [-3, 51.6], [-3, 51.55]]] });
    let posted = post(square).await.expect(StatusCode::OK).body;
    assert_eq!(
        posted,
        app.get("/stats/reports?status=fixed&bbox=-3,51.55,-2.95,51.6").await.expect(StatusCode::OK).body
    );
    assert!(posted["total"]["fixed"].as_i64().unwrap() > 5);
    let crossed = json!({ "type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]] });
    let answer = post(crossed).await.expect_error(ErrorCode::InvalidRequest);
    assert!(answer.body["error"]["fields"]["polygon"]["message"].as_str().unwrap().contains("Self-intersection"));
    post(json!({ "type": "Point", "coordinates": [0, 0] })).await.expect_error(ErrorCode::InvalidRequest);
    for query in ["?status=mended", "?since=yesterday", "?area=here", "?polygon=POINT(1+2)"] {
        app.get(&format!("/stats/reports{query}")).await.expect_error(ErrorCode::InvalidRequest);
    }
}

#[actix_web::test]
async fn where_there_are_no_reports_there_are_no_times() {
    let app = TestApp::start().await;
    let body = app.get("/stats/reports").await.expect(StatusCode::OK).body;
    let nothing = json!({ "reported": 0, "open": 0, "fixed": 0, "closed": 0, "to_fix": { "reports": 0 }, "to_first_answer": { "reports": 0 } });
    assert_eq!((&body["total"], &body["periods"], &body["categories"]), (&nothing, &json!([]), &json!([])));
}

#[actix_web::test]
async fn periods_without_reports_are_there_and_figures_are_kept_for_a_minute() {
    let app = TestApp::start_with(&[("CACHE_MEGABYTES", "4")]).await;
    let report = |title: &str, at: &str| {
        app.sql(&format!(
            "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at)
             VALUES (ST_SetSRID(ST_MakePoint(-3, 51.5), 4326), '{title}', 'D', 'c', 'C', 'G', 'published', '{at}')"
        ));
    };
    report("One", "2026-02-27 23:59:59Z");
    report("Two", "2026-03-03 00:00:00Z");
    let answer = app.get("/stats/reports").await.expect(StatusCode::OK);
    let days = answer.body["periods"].as_array().unwrap();
    let counted: Vec<_> =
        days.iter().map(|day| (day["begins"].as_str().unwrap(), day["figures"]["reported"].clone())).collect();
    let wanted = [
        ("2026-02-27T00:00:00Z", 1),
        ("2026-02-28T00:00:00Z", 0),
        ("2026-03-01T00:00:00Z", 0),
        ("2026-03-02T00:00:00Z", 0),
        ("2026-03-03T00:00:00Z", 1),
    ];
    assert_eq!(counted, wanted.map(|(day, number)| (day, json!(number))));
    assert_eq!(answer.header("cache-control"), "public, max-age=60, stale-while-revalidate=240");
    report("Three", "2026-03-03 00:00:00Z");
    assert_eq!(app.get("/stats/reports").await.body, answer.body, "it is kept");
    assert_eq!(app.get("/stats/reports?until=2030-01-01T00:00:00Z").await.body["total"]["reported"], 3);
    let again = app.request(Method::GET, "/stats/reports").header("If-None-Match", answer.header("etag")).send().await;
    assert_eq!(Answer::of(again).await.status, StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn a_bodys_figures_keep_what_was_closed_apart_from_what_was_fixed_and_say_who_waited() {
    let app = with_stories().await;
    let all = stories(&app);
    let (since, until): (DateTime<Utc>, DateTime<Utc>) =
        ("2024-06-01T00:00:00Z".parse().unwrap(), "2025-06-01T00:00:00Z".parse().unwrap());
    for slug in ["south", "north"] {
        let stats = app
            .get(&format!("/stats/bodies/{slug}?since=2024-06-01T00:00:00Z&until=2025-06-01T00:00:00Z"))
            .await
            .expect(StatusCode::OK)
            .body;
        assert_eq!(stats["body"]["slug"], slug);
        let its: Vec<&Story> =
            all.iter().filter(|story| story.report.bodies.split(',').any(|body| body == slug)).collect();
        assert_eq!(stats["open_now"], its.iter().filter(|story| story.is_open()).count(), "{slug}");
        let made: Vec<&Story> =
            its.iter().filter(|story| (since..until).contains(&story.report.created_at)).copied().collect();
        assert!(made.len() > 60, "{slug}");
        assert_stats(&stats["made"], &made, slug);
        // All of it is long ago.
        assert_eq!(stats["unanswered"]["reports"], made.len());
        assert_eq!(stats["unanswered"]["days"], ANSWER_DAYS);
        let late: Vec<&&Story> = made
            .iter()
            .filter(|story| {
                let end = story.begun() + TimeDelta::days(ANSWER_DAYS);
                story.answered().is_none_or(|at| at > end) && story.ended().is_none_or(|at| at > end)
            })
            .collect();
        assert_eq!(stats["unanswered"]["late"], late.len(), "{slug}");
        let still = late.iter().filter(|story| story.is_open() && story.answered().is_none()).count();
        assert_eq!(stats["unanswered"]["still"], still, "{slug}");
        assert!(still > 0 && late.len() > still, "{slug}: the stories have both");
    }
    app.get("/stats/bodies/nowhere").await.expect_error(ErrorCode::NotFound);
    app.get("/stats/bodies/south?since=2025-01-01T00:00:00Z&until=2025-01-01T00:00:00Z")
        .await
        .expect_error(ErrorCode::InvalidRequest);
    let last_year = app.get("/stats/bodies/south").await.expect(StatusCode::OK).body;
    let moment = |name: &str| last_year[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(moment("since") < Utc::now() && Utc::now() < moment("until"));
}

#[actix_web::test]
async fn areas_are_listed_councils_first() {
    let app = TestApp::start().await;
    app.two_councils();
    let areas = app.get("/areas").await.expect(StatusCode::OK).body;
    let names: Vec<_> = areas.as_array().unwrap().iter().map(|area| area["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Northshire", "Southshire", "Quay"]);
}
