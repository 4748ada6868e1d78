//! What a webhook is told, and what it is not.

use mendmap_shared::wire::integrations::{Event, What};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Town, kinds, taking, verified};
use crate::harness::new_report;
use crate::outside::{OutsideServer, Reply};

#[actix_web::test]
async fn a_report_and_its_story_are_told_once_in_order_and_signed() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    let id = town.app.published_report(&town.author).await;
    town.app.work_off().await;
    town.send(
        reqwest::Method::POST,
        &format!("/desk/reports/{id}/updates"),
        json!({ "text": "We look at it", "status": "investigating" }),
    )
    .await
    .expect(StatusCode::CREATED);
    town.app.work_off().await;
    town.app.sql("UPDATE reports SET title = 'A very deep pothole'");
    town.app.work_off().await;
    town.app.assert_no_jobs_left();

    assert_eq!(kinds(&server), ["report.published", "update.published", "report.changed", "report.changed"]);
    let calls = server.asked();
    let said: Vec<Value> = calls.iter().map(|call| verified(call, &hook.secret)).collect();
    assert_eq!(said[0]["data"]["report"]["title"], "Deep pothole by the bus stop");
    assert_eq!(said[1]["data"]["update"]["text"], "We look at it");
    assert_eq!(said[1]["data"]["report"]["id"], id);
    assert_eq!(
        (&said[2]["data"]["status"], &said[2]["data"]["changed"]),
        (&json!("investigating"), &json!(["status"]))
    );
    assert_eq!(said[3]["data"]["changed"], json!(["title"]));
    assert_eq!(said[3]["data"]["report"]["title"], "A very deep pothole");
    // What is told is what the public API answers, and reads as the type that is described.
    let mut public = town.app.get(&format!("/reports/{id}")).await.body;
    public.as_object_mut().unwrap().remove("viewer");
    assert_eq!(said[3]["data"]["report"], public);
    let event: Event = serde_json::from_value(said[3].clone()).unwrap();
    assert!(matches!(event.what, What::ReportChanged(_)));
    let log = town.log(&hook).await;
    assert_eq!(log.len(), 4);
    assert!(log.iter().all(|row| row["state"] == "sent" && row["status"] == 200 && row["words"] == "thank you"));
    assert_eq!(log[3]["message"], calls[0].header("webhook-id").unwrap());
    let mut ids: Vec<_> = calls.iter().filter_map(|call| call.header("webhook-id")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[actix_web::test]
async fn each_webhook_is_told_only_of_what_it_is_for() {
    let town = Town::start().await;
    let ward = town.app.count("SELECT id FROM areas WHERE code = 'SW1'");
    let servers: Vec<OutsideServer> = (0..6).map(|_| taking()).collect();
    for (server, more) in servers.iter().zip([
        json!({}),
        json!({ "body": "south" }),
        json!({ "body": "north" }),
        json!({ "category": "drains" }),
        json!({ "area": ward }),
        json!({ "events": ["update.published"] }),
    ]) {
        town.hook(server, more).await;
    }
    let report = |category: &str, lon: f64, lat: f64| {
        let mut report = new_report();
        report["category"] = json!(category);
        report["location"] = json!({ "lon": lon, "lat": lat });
        if category == "drains" {
            report["answers"] = json!({});
        }
        report
    };
    // One in the south and its ward, one in the south beside it, a drain in the north.
    for new in [report("potholes", -2.98, 51.56), report("potholes", -3.05, 51.52), report("drains", -2.98, 51.65)] {
        town.app.post_as(&town.author, "/reports", new).await.expect(StatusCode::CREATED);
    }
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let told: Vec<usize> = servers.iter().map(|server| server.asked().len()).collect();
    assert_eq!(told, [3, 2, 1, 1, 1, 0]);
}

#[actix_web::test]
async fn a_hidden_report_tells_its_number_and_nothing_after() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({})).await;
    let id = town.app.published_report(&town.author).await;
    town.app.work_off().await;
    town.app.sql("UPDATE reports SET visibility = 'hidden'");
    town.app.work_off().await;
    let hidden = server.asked().pop().unwrap();
    let said = verified(&hidden, &hook.secret);
    assert_eq!((&said["type"], &said["data"]), (&json!("report.hidden"), &json!({ "report_id": id })));
    assert!(!String::from_utf8_lossy(&hidden.body).contains("pothole"));

    town.app.sql("UPDATE reports SET title = 'zebra', status = 'closed'");
    town.app.sql(&format!("INSERT INTO updates (report_id, text, visibility) VALUES ({id}, 'zebra', 'published')"));
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 2);
    town.app.sql("DELETE FROM reports");
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 2, "it was gone for everybody before");
}

#[actix_web::test]
async fn what_was_hidden_or_corrected_while_it_waited_is_not_told() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({ "events": ["report.published", "update.published"] })).await;
    let (first, second) =
        (town.app.published_report(&town.author).await, town.app.published_report(&town.author).await);
    town.app
        .post_as(&town.author, &format!("/reports/{second}/updates"), json!({ "text": "zebra" }))
        .await
        .expect(StatusCode::CREATED);
    town.app.sql(&format!("UPDATE reports SET visibility = 'hidden' WHERE id = {first}"));
    town.app.sql(&format!("UPDATE reports SET title = 'Corrected' WHERE id = {second}"));
    town.app.sql("UPDATE updates SET visibility = 'hidden'");
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let calls = server.asked();
    assert_eq!(calls.len(), 1);
    assert_eq!(verified(&calls[0], &hook.secret)["data"]["report"]["title"], "Corrected");
    let states: Vec<Value> = town.log(&hook).await.into_iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["withheld", "sent", "withheld"]);
}

#[actix_web::test]
async fn a_private_report_and_one_that_nobody_confirmed_leave_no_trace() {
    let town = Town::start().await;
    let server = taking();
    town.hook(&server, json!({})).await;
    let mut private = new_report();
    private["category"] = json!("needles");
    private["answers"] = json!({});
    let id = town.app.post_as(&town.author, "/reports", private).await.expect(StatusCode::CREATED).body["id"].clone();
    town.app.post("/reports", new_report()).await.expect(StatusCode::CREATED);
    let staff_update = json!({ "text": "zebra", "status": "in_progress" });
    town.send(reqwest::Method::POST, &format!("/desk/reports/{id}/updates"), staff_update)
        .await
        .expect(StatusCode::CREATED);
    town.app.sql("UPDATE reports SET visibility = 'hidden' WHERE visibility = 'private'");
    town.app.work_off().await;
    assert_eq!(server.asked().len(), 0);
    assert_eq!(town.app.count("SELECT count(*) FROM report_events"), 0);
}

#[actix_web::test]
async fn a_report_that_becomes_private_is_hidden_for_everybody_else() {
    let town = Town::start().await;
    let server = taking();
    town.hook(&server, json!({})).await;
    let id = town.app.published_report(&town.author).await;
    town.app.sql("UPDATE reports SET visibility = 'private'");
    town.app.work_off().await;
    assert_eq!(kinds(&server), ["report.hidden"]);
    let second = town.app.published_report(&town.author).await;
    town.app.sql(&format!("DELETE FROM reports WHERE id = {second}"));
    town.app.work_off().await;
    assert_eq!(kinds(&server), ["report.hidden", "report.hidden"]);
    assert_ne!(id, second);
}

#[actix_web::test]
async fn where_there_are_no_webhooks_nothing_is_written() {
    let town = Town::start().await;
    town.app.published_report(&town.author).await;
    assert_eq!(town.app.count("SELECT count(*) FROM report_events"), 0);
    assert_eq!(town.app.count("SELECT count(*) FROM jobs WHERE kind = 'tell_webhooks'"), 0);
}

#[actix_web::test]
async fn many_changes_in_one_statement_are_told_to_everybody_in_order() {
    let town = Town::start().await;
    let server = taking();
    let hook = town.hook(&server, json!({ "events": ["report.published"] })).await;
    town.app.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         SELECT ST_SetSRID(ST_MakePoint(-3, 51.55), 4326), 'Report ' || n, 'x', 'potholes', 'Potholes', 'Roads', 'published'
         FROM generate_series(1, 2100) n",
    );
    // More than one statement turns into deliveries: jobs go on with the rest.
    let mut conn = town.app.conn();
    let (mut rounds, mut more) = (0, true);
    while more {
        more = mendmap::webhooks::deliveries::fan_out(&mut conn).unwrap();
        rounds += 1;
    }
    assert_eq!(rounds, 3);
    assert_eq!(town.app.count("SELECT count(*) FROM webhook_deliveries"), 2100);
    assert_eq!(town.app.count("SELECT count(*) FROM jobs WHERE kind = 'call_webhook'"), 2100);
    town.app.sql("DELETE FROM webhook_deliveries WHERE event_id > 25; DELETE FROM jobs WHERE kind = 'call_webhook' AND (payload->>'event')::int > 25");
    town.app.work_off().await;
    let titles: Vec<Value> =
        server.asked().iter().map(|call| verified(call, &hook.secret)["data"]["report"]["title"].clone()).collect();
    let expected: Vec<Value> = (1..=25).map(|n| json!(format!("Report {n}"))).collect();
    assert_eq!(titles, expected);
}

#[actix_web::test]
async fn a_slow_webhook_delays_no_letter_and_no_other_webhook() {
    use mendmap::jobs::worker::Worker;
    let town = Town::start().await;
    let slow = OutsideServer::start(|_| Reply::Silence);
    let quick = taking();
    town.hook(&slow, json!({})).await;
    town.hook(&quick, json!({})).await;
    for _ in 0..4 {
        town.app.published_report(&town.author).await;
    }
    let place = mendmap::jobs::worker::Workplace {
        db: town.app.place.db.clone(),
        post: mendmap::serve::post(&town.app.config, "the secret of a server that lives for one test").unwrap(),
        outbound: town.app.place.outbound.clone(),
        photos: town.app.place.photos.clone(),
        workshop: town.app.place.workshop.clone(),
        lease_seconds: 30,
    };
    let worker = Worker::start(place, &town.app.database.url).unwrap();
    let begun = std::time::Instant::now();
    crate::harness::until("the quick webhook and the letters", || {
        quick.asked().len() == 4 && town.app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 4
    })
    .await;
    assert!(begun.elapsed().as_secs() < 8);
    assert_eq!(slow.asked().len(), 1, "one call at a time");
    drop(slow);
    actix_web::web::block(move || worker.stop(std::time::Instant::now() + std::time::Duration::from_secs(10)))
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_server_that_took_an_event_and_then_says_too_much_is_not_told_again() {
    let town = Town::start().await;
    let server = OutsideServer::start(|_| Reply::Say(200, "text/plain", vec![b'x'; 100_000]));
    let hook = town.hook(&server, json!({})).await;
    town.app.published_report(&town.author).await;
    town.app.work_off().await;
    town.app.assert_no_jobs_left();
    let log = town.log(&hook).await;
    assert_eq!((&log[0]["state"], log[0]["words"].as_str().unwrap().len()), (&json!("sent"), 300));
    assert_eq!(server.asked().len(), 1);
}
