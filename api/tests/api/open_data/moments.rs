//! When what happened to a report: kept by triggers, told with it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz};
use mendmap_shared::workflow::{Status, StatusGroup};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::features;
use crate::harness::{TestApp, TestDatabase};

async fn properties(app: &TestApp) -> Value {
    let found = features(&app.get("/reports.geojson").await.expect(StatusCode::OK));
    assert_eq!(found.len(), 1);
    found[0]["properties"].clone()
}

/// A moment of the database as it is told.
fn told(app: &TestApp, expression: &str) -> Value {
    let query = format!("SELECT to_char(({expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
    diesel::dsl::sql::<Nullable<diesel::sql_types::Text>>(&query)
        .get_result::<Option<String>>(&mut app.conn())
        .unwrap()
        .map_or(Value::Null, Value::String)
}

#[actix_web::test]
async fn a_report_tells_when_it_was_sent_answered_fixed_and_closed() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let id = app.published_report(&author).await;
    let before = properties(&app).await;
    for name in ["sent", "first_answer", "fixed", "closed"] {
        assert_eq!(before[name], Value::Null, "{name}");
    }
    app.work_off().await;
    let sent = properties(&app).await["sent"].clone();
    assert!(sent.is_string());
    assert_eq!(sent, told(&app, "SELECT min(sent_at) FROM deliveries WHERE update_id IS NULL"));

    let officer = app.sign_in_staff("officer@example.org", "south", "officer").await;
    let answer = async |body: Value| {
        app.post_as(&officer, &format!("/desk/reports/{id}/updates"), body).await.expect(StatusCode::CREATED);
        // As if an hour lay between any two.
        app.sql("UPDATE updates SET created_at = created_at - interval '1 hour'");
    };
    // A resident's word is no answer.
    app.post_as(&author, &format!("/reports/{id}/updates"), json!({ "text": "Still there" }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(properties(&app).await["first_answer"], Value::Null);
    answer(json!({ "text": "We look at it", "status": "investigating" })).await;
    answer(json!({ "text": "Mended", "status": "fixed" })).await;
    answer(json!({ "text": "As said" })).await;
    let now = properties(&app).await;
    let of = |which: &str| format!("SELECT created_at FROM updates WHERE {which}");
    assert_eq!(now["first_answer"], told(&app, &of("status = 'investigating'")));
    assert_eq!(now["fixed"], told(&app, &of("status = 'fixed'")));
    assert_eq!(now["closed"], Value::Null);

    answer(json!({ "text": "It broke again", "status": "open" })).await;
    assert_eq!(properties(&app).await["fixed"], Value::Null, "opened again");
    answer(json!({ "text": "Not ours", "status": "not_responsible" })).await;
    let now = properties(&app).await;
    assert_eq!(now["closed"], told(&app, &of("status = 'not_responsible'")));
    assert_eq!(now["fixed"], Value::Null, "closed is not fixed");
    assert_eq!(now["sent"], sent);

    // What nobody sees has not happened.
    app.sql("UPDATE updates SET visibility = 'hidden' WHERE status IN ('not_responsible', 'investigating')");
    let now = properties(&app).await;
    assert_eq!(now["closed"], Value::Null);
    assert_eq!(now["first_answer"], told(&app, &of("status = 'fixed'")));
}

/// An update as the rule sees it.
struct Said {
    id: i64,
    at: DateTime<Utc>,
    by_body: bool,
    status: Option<Status>,
    visible: bool,
}

/// The rule, as a person would work it out: answered, fixed, closed.
fn by_hand(story: &[Said]) -> [Option<DateTime<Utc>>; 3] {
    let mut seen: Vec<&Said> = story.iter().filter(|said| said.visible).collect();
    seen.sort_by_key(|said| (said.at, said.id));
    let answered = seen.iter().filter(|said| said.by_body).map(|said| said.at).min();
    let (mut group, mut since) = (None, None);
    for said in seen {
        let Some(status) = said.status else { continue };
        if group != Some(status.group()) {
            (group, since) = (Some(status.group()), Some(said.at));
        }
    }
    let if_it_is = |wanted| since.filter(|_| group == Some(wanted));
    [answered, if_it_is(StatusGroup::Fixed), if_it_is(StatusGroup::Closed)]
}

#[test]
fn whatever_becomes_of_a_story_its_moments_are_what_a_person_would_work_out() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    let run = |conn: &mut PgConnection, statement: &str| diesel::sql_query(statement).execute(conn).unwrap();
    run(conn, "INSERT INTO bodies (slug, name, email) VALUES ('south', 'South', 'south@example.org')");
    run(
        conn,
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         SELECT ST_SetSRID(ST_MakePoint(0, 0), 4326), 'R', 'D', 'c', 'C', 'G', 'published' FROM generate_series(1, 20)",
    );
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let statuses: Vec<Option<Status>> = [None, None].into_iter().chain(Status::ALL.iter().copied().map(Some)).collect();
    for report in 1..=20_i64 {
        let mut story: Vec<Said> = Vec::new();
        for step in 0..12_i64 {
            if story.is_empty() || random.random_bool(0.6) {
                let status = *statuses.choose(&mut random).unwrap();
                let (by_body, visible) = (random.random_bool(0.5), random.random_bool(0.7));
                // Not in the order in which they are written: some waited to be confirmed.
                let at = DateTime::from_timestamp(1_780_000_000 + random.random_range(0..500), 0).unwrap();
                let id = report * 100 + step;
                run(
                    conn,
                    &format!(
                        "INSERT INTO updates (id, report_id, body_id, text, status, visibility, created_at) OVERRIDING SYSTEM VALUE
                         VALUES ({id}, {report}, {}, 'T', {}, '{}', '{at}')",
                        if by_body { "1" } else { "NULL" },
                        status.map_or("NULL".to_owned(), |status| format!("'{status}'")),
                        if visible { "published" } else { "unconfirmed" },
                    ),
                );
                story.push(Said { id, at, by_body, status, visible });
            } else {
                let which = random.random_range(0..story.len());
                if random.random_bool(0.3) {
                    run(conn, &format!("DELETE FROM updates WHERE id = {}", story[which].id));
                    story.remove(which);
                } else {
                    let said = &mut story[which];
                    said.visible = !said.visible;
                    let visibility = if said.visible { "published" } else { "hidden" };
                    run(conn, &format!("UPDATE updates SET visibility = '{visibility}' WHERE id = {}", said.id));
                }
            }
            type Moments = (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);
            let (answered, fixed, closed): Moments =
                diesel::dsl::sql::<(Nullable<Timestamptz>, Nullable<Timestamptz>, Nullable<Timestamptz>)>(
                    "SELECT answered_at, fixed_at, closed_at FROM reports WHERE id = ",
                )
                .bind::<BigInt, _>(report)
                .get_result(conn)
                .unwrap();
            assert_eq!([answered, fixed, closed], by_hand(&story), "report {report} after step {step}");
        }
    }
}
