//! Walks along the pages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{PUBLISHED, expected, features, get, ids, link, start};
use crate::harness::{TestApp, TestDatabase, until};

/// Who write at once.
const WRITERS: u64 = 4;

/// Every feature that a walk sees, in its order.
async fn walk(app: &TestApp, first: &str, mut between: impl FnMut()) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let page = get(app, &path).await;
        seen.extend(ids(&page));
        next = link(app, &page.body, "next").map(|path| path.strip_prefix("/ogc").unwrap().to_owned());
        assert_eq!(page.body["numberMatched"].is_null(), path.contains("cursor="), "told on the first page");
        between();
    }
    seen
}

#[actix_web::test]
async fn a_walk_sees_everything_once_and_keeps_to_what_was_asked() {
    let app = start().await;
    for limit in [1, 7, 59, 60] {
        let seen = walk(&app, &format!("/collections/reports/items?limit={limit}"), || {}).await;
        assert_eq!(seen, (1..=60).collect::<Vec<_>>(), "{limit}");
    }
    let asked = "/collections/reports/items?limit=3&status=open&crs=http://www.opengis.net/def/crs/EPSG/0/27700&bbox=-3.1,51.5,-2.95,51.6&datetime=2026-01-05T00:00:00Z/..";
    let seen = walk(&app, asked, || {}).await;
    assert_eq!(seen, expected(&app, "status = 'open' AND ST_X(location) <= -2.95 AND created_at >= '2026-01-05Z'"));
    for id in ["updates", "areas", "bodies", "streets"] {
        let whole = ids(&get(&app, &format!("/collections/{id}/items")).await);
        assert_eq!(walk(&app, &format!("/collections/{id}/items?limit=1"), || {}).await, whole, "{id}");
    }
}

/// Adds and changes reports in transactions that overlap those of others and are open for a while; some are given up.
/// Answers how many reports were added for good.
fn write(database: &TestDatabase, writer: u64, stop: &AtomicBool) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(writer);
    let conn = &mut database.connect();
    let mut added: u64 = 0;
    while !stop.load(Ordering::SeqCst) || added == 0 {
        let more: u64 = random.random_range(1..4);
        // Each writer changes reports of its own: nobody waits for another.
        conn.batch_execute(&format!(
            "BEGIN;
             INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at)
             SELECT ST_SetSRID(ST_MakePoint(-3.0, 51.55), 4326), 'New', '', 'potholes', 'Potholes', 'Roads', 'published', '2020-01-01Z'
             FROM generate_series(1, {more});
             UPDATE reports SET supporter_count = supporter_count + 1, updated_at = now() WHERE id <= 60 AND id % {WRITERS} = {writer}"
        ))
        .unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(0..8)));
        let is_given_up = added > 0 && random.random_bool(0.2);
        conn.batch_execute(if is_given_up { "ROLLBACK" } else { "COMMIT" }).unwrap();
        added += if is_given_up { 0 } else { more };
    }
    added
}

#[actix_web::test]
async fn a_walk_loses_and_repeats_nothing_while_many_write() {
    let app = start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (database, stop) = (app.database.clone(), stop.clone());
            std::thread::spawn(move || write(&database, writer, &stop))
        })
        .collect();
    // A few have come before the walk begins, between numbers of others that have not or never will.
    until("writing", || expected(&app, "title = 'New'").len() >= 10).await;
    for limit in [2, 7] {
        let before = expected(&app, "true");
        let mut seen = Vec::new();
        let mut next = Some(format!("/collections/reports/items?limit={limit}"));
        // To the last one that was there at its beginning: writers can be faster than the walk.
        while let Some(path) = next.take() {
            let page = get(&app, &path).await;
            seen.extend(ids(&page));
            if seen.last() < before.last() {
                next = link(&app, &page.body, "next").map(|path| path.strip_prefix("/ogc").unwrap().to_owned());
                assert!(next.is_some(), "{:?} lie ahead", before.last());
            }
        }
        assert!(seen.is_sorted_by(|one, other| one < other), "in order, and nothing twice: {seen:?}");
        let walked: BTreeSet<i64> = seen.into_iter().collect();
        let lost: Vec<&i64> = before.iter().filter(|id| !walked.contains(*id)).collect();
        assert!(lost.is_empty(), "{lost:?} were there when the walk began");
        assert!((1..=60_i64).all(|id| walked.contains(&id)));
        let all: BTreeSet<i64> = expected(&app, "true").into_iter().collect();
        assert!(walked.is_subset(&all), "what was given up is in no page");
    }
    stop.store(true, Ordering::SeqCst);
    let added: u64 = writers.into_iter().map(|writer| writer.join().unwrap()).sum();
    // The count is exact while changes wait to be folded into the map's.
    let page = get(&app, "/collections/reports/items?limit=1").await;
    assert_eq!(page.body["numberMatched"], PUBLISHED as u64 + added);
}

#[actix_web::test]
async fn what_is_hidden_on_the_way_is_gone_and_nothing_else_is() {
    let app = start().await;
    let page = get(&app, "/collections/reports/items?limit=30").await;
    // The very report that the cursor names, among others.
    app.sql("UPDATE reports SET visibility = 'hidden' WHERE id IN (30, 31, 40)");
    let next = link(&app, &page.body, "next").unwrap().strip_prefix("/ogc").unwrap().to_owned();
    let rest: Vec<i64> = ids(&get(&app, &next).await);
    assert_eq!(rest, (32..=60).filter(|id| *id != 40).collect::<Vec<_>>());
    let all = get(&app, "/collections/reports/items").await;
    assert_eq!(features(&all).len(), 57);
    assert_eq!(all.body["numberMatched"], Value::from(57));
}
