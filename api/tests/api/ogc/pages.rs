//! Walks along the pages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{PUBLISHED, features, get, ids, link, start};
use crate::harness::TestApp;

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
    assert_eq!(
        seen,
        super::expected(&app, "status = 'open' AND ST_X(location) <= -2.95 AND created_at >= '2026-01-05Z'")
    );
    for id in ["updates", "areas", "bodies", "streets"] {
        let whole = ids(&get(&app, &format!("/collections/{id}/items")).await);
        assert_eq!(walk(&app, &format!("/collections/{id}/items?limit=1"), || {}).await, whole, "{id}");
    }
}

#[actix_web::test]
async fn a_walk_loses_and_repeats_nothing_while_others_write() {
    let app = start().await;
    let writing = app.conn();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let told = stop.clone();
    let writer = std::thread::spawn(move || {
        use diesel::connection::SimpleConnection as _;
        let mut conn = writing;
        let mut added = 0;
        while !told.load(std::sync::atomic::Ordering::Relaxed) || added == 0 {
            conn.batch_execute(
                "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at)
                 VALUES (ST_SetSRID(ST_MakePoint(-3.0, 51.55), 4326), 'New', '', 'potholes', 'Potholes', 'Roads', 'published', '2020-01-01Z');
                 UPDATE reports SET supporter_count = supporter_count + 1, updated_at = now() WHERE id % 5 = 0",
            )
            .unwrap();
            added += 1;
        }
        added
    });
    // What is added lies behind; as many steps as there were reports, so that the walk ends however fast the writer is.
    let mut seen = Vec::new();
    let mut next = Some("/collections/reports/items?limit=2".to_owned());
    while let Some(path) = next.take() {
        let page = get(&app, &path).await;
        seen.extend(ids(&page));
        if seen.len() < PUBLISHED {
            next = link(&app, &page.body, "next").map(|path| path.strip_prefix("/ogc").unwrap().to_owned());
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let added: usize = writer.join().unwrap();
    assert!(added > 0);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{seen:?}");
    assert!((1..=60).all(|id| seen.contains(&id)), "{seen:?}");
    // The count is exact while changes wait to be folded into the map's.
    let page = get(&app, "/collections/reports/items?limit=1").await;
    assert_eq!(page.body["numberMatched"], (PUBLISHED + added) as u64);
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
