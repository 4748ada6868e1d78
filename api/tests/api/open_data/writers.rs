//! Many writers at once: who keeps a copy has in the end what is there, and was told nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;

use super::{add_reports, features, is_gone};
use crate::harness::{TestApp, TestDatabase};

const WRITERS: u64 = 4;
const REPORTS: i64 = 12;
/// Changes that are told before the writers stop.
const ENOUGH: usize = 150;

/// Changes reports in transactions that overlap those of others: several reports in one, in rising order so that nobody
/// waits for each other, some given up, some open for a while. Every change of a report gives it a title it never had.
fn write(database: &TestDatabase, writer: u64, stop: &AtomicBool) {
    let mut random = ChaCha8Rng::seed_from_u64(writer);
    let conn = &mut database.connect();
    for transaction in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        conn.batch_execute("BEGIN").unwrap();
        let mut reports: Vec<i64> = (0..random.random_range(1..4)).map(|_| random.random_range(1..=REPORTS)).collect();
        reports.sort_unstable();
        reports.dedup();
        for id in reports {
            let title = format!("{writer}.{transaction}.{id}");
            let change = match random.random_range(0..10) {
                0 => format!("UPDATE reports SET visibility = 'hidden' WHERE id = {id}"),
                1 => format!("DELETE FROM reports WHERE id = {id}"),
                2 | 3 => format!(
                    "INSERT INTO reports (id, location, title, detail, category_code, category_name, category_group, visibility)
                     OVERRIDING SYSTEM VALUE VALUES ({id}, ST_SetSRID(ST_MakePoint(0, 0), 4326), '{title}', 'D', 'c', 'C', 'G', 'published')
                     ON CONFLICT (id) DO UPDATE SET title = excluded.title, visibility = 'published'"
                ),
                _ => format!("UPDATE reports SET title = '{title}' WHERE id = {id}"),
            };
            conn.batch_execute(&change).unwrap();
            std::thread::sleep(Duration::from_millis(random.random_range(0..4)));
        }
        conn.batch_execute(if random.random_bool(0.15) { "ROLLBACK" } else { "COMMIT" }).unwrap();
    }
}

/// What is published, by number.
fn published(app: &TestApp) -> BTreeMap<i64, String> {
    diesel::dsl::sql::<(BigInt, Text)>("SELECT id, title FROM reports WHERE visibility = 'published'")
        .load::<(i64, String)>(&mut app.conn())
        .unwrap()
        .into_iter()
        .collect()
}

#[actix_web::test]
async fn a_copy_that_is_kept_while_many_write_misses_nothing_and_is_told_nothing_twice() {
    let app = TestApp::start().await;
    add_reports(&app, usize::try_from(REPORTS).unwrap(), 10);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (database, stop) = (app.database.clone(), stop.clone());
            std::thread::spawn(move || write(&database, writer, &stop))
        })
        .collect();

    let mut copy = BTreeMap::new();
    let mut told = BTreeSet::new();
    let (mut cursor, mut changes) = ("2000-01-01T00:00:00Z".to_owned(), 0);
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let all_written = writers.iter().all(std::thread::JoinHandle::is_finished);
        let page = app.get(&format!("/reports.geojsonl?updated_after={cursor}&limit=3")).await.expect(StatusCode::OK);
        let found = features(&page);
        cursor = page.header("x-changes-cursor").to_owned();
        changes += found.len();
        if changes >= ENOUGH {
            stop.store(true, Ordering::SeqCst);
        }
        for feature in &found {
            let id = feature["id"].as_i64().unwrap();
            if is_gone(feature) {
                copy.remove(&id);
            } else {
                let title = feature["properties"]["title"].as_str().unwrap().to_owned();
                assert!(told.insert((id, title.clone())), "{title} of {id} was told before");
                copy.insert(id, title);
            }
        }
        if all_written && found.is_empty() && copy == published(&app) {
            break;
        }
        assert!(Instant::now() < deadline, "{copy:?} is not {:?}", published(&app));
    }
    for writer in writers {
        writer.join().unwrap();
    }
}
