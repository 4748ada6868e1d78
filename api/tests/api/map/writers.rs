//! Any number of writers: what the map shows is true at every moment, and nobody waits for another.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error;
use mendmap::map::queries::{self, Asked};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::map_filter::MapFilter;

use super::counts::{BODIES, Event, count, happen, insert};
use super::truth::{FILTERS, assert_every_tile, assert_tile, matching};
use crate::harness::TestDatabase;

/// Where everybody writes.
const CROWD: (f64, f64) = (-2.9977, 51.5842);
/// Where those go that are moved.
const ASIDE: (f64, f64) = (-2.9, 51.58);

/// Compares tiles with the reports of the same moment, by every filter. Answers how many reports there were.
fn look(conn: &mut PgConnection) -> i64 {
    let look = |conn: &mut PgConnection| {
        let mut all = 0;
        for (pairs, condition) in FILTERS {
            let filter = MapFilter::read(pairs.iter().copied()).expect("a filter");
            let reports = matching(conn, condition);
            let whole = TileXyz::new(0, 0, 0).expect("a tile");
            let shown = assert_tile(conn, whole, &filter, &reports.iter().collect::<Vec<_>>()).expect("the truth");
            let there =
                count(conn, &format!("SELECT count(*) FROM reports WHERE visibility = 'published' AND ({condition})"));
            assert_eq!(shown, there, "of `{filter}`");
            all = all.max(there);
        }
        QueryResult::Ok(all)
    };
    // One snapshot: what is written between two of its statements, none of them sees.
    conn.build_transaction().repeatable_read().run(look).expect("a transaction")
}

#[test]
fn writers_and_folders_at_once_lose_and_invent_nothing_and_whoever_looks_meanwhile_sees_the_truth() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(&insert(&[CROWD; 8], 0, 1, 0)).expect("reports");
    let written = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let write = |writer: usize| {
            let mut conn = database.connect();
            move || {
                // All of them in the same few cells; the same reports are changed by all.
                for n in 0..40_usize {
                    happen(&mut conn, &Event::Report(vec![CROWD; 3], n, 1, (n % 12) as u8));
                    happen(&mut conn, &Event::AddBody(n % 8, writer));
                    happen(&mut conn, &Event::Status(n % 8, writer + n));
                    happen(&mut conn, &Event::Visibility(n % 8, n));
                    happen(&mut conn, &Event::TakeBody(n % 8, writer + n));
                    happen(&mut conn, &Event::Move(n % 8, ASIDE.0 - 0.001 * n as f64, ASIDE.1));
                }
            }
        };
        let writers: Vec<_> = (0..6).map(|writer| scope.spawn(write(writer))).collect();
        for _ in 0..2 {
            let mut conn = database.connect();
            let written = &written;
            scope.spawn(move || {
                while !written.load(Ordering::Relaxed) {
                    queries::fold(&mut conn).expect("folds");
                    // Between two folds there is something to be seen that is not folded yet.
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
        }
        let mut conn = database.connect();
        scope.spawn(move || {
            for _ in 0..10 {
                assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
            }
        });
        let mut conn = database.connect();
        let written_yet = &written;
        let reader = scope.spawn(move || {
            let mut seen = BTreeSet::new();
            while !written_yet.load(Ordering::Relaxed) {
                seen.insert(look(&mut conn));
            }
            seen
        });
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        // Also where a writer failed: the others would wait for it for ever.
        written.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok), "a writer failed");
        let seen = reader.join().expect("the truth, whenever somebody looks");
        assert!(seen.len() > 2, "who looked saw them write: {seen:?}");
    });
    assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
    queries::fold(&mut conn).expect("folds");
    let total = count(&mut conn, "SELECT sum(count)::bigint FROM map_counts WHERE level = 3");
    assert_eq!(total, count(&mut conn, "SELECT count(*) FROM reports WHERE visibility = 'published'"));
    assert_every_tile(&mut conn, &[CROWD, ASIDE]).expect("the truth");
}

#[test]
fn nobody_waits_for_a_writer_who_has_not_committed_nor_for_one_who_folds() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(&insert(&[CROWD; 4], 0, 1, 0)).expect("reports");
    queries::fold(&mut conn).expect("folds");
    // One writes at this place all that changes counts, and does not come to an end.
    let mut slow = database.connect();
    slow.batch_execute("BEGIN").expect("begins");
    let write = |conn: &mut PgConnection, report: usize| {
        happen(conn, &Event::Report(vec![CROWD], 0, 1, 0));
        happen(conn, &Event::Status(report, 2));
        happen(conn, &Event::AddBody(report, 0));
        happen(conn, &Event::Move(report, ASIDE.0, ASIDE.1));
        happen(conn, &Event::Delete(report + 1));
    };
    write(&mut slow, 0);
    // Another does the same to other reports of the same cells: had it to wait for a lock, that would be an error.
    let mut quick = database.connect();
    quick.batch_execute("SET lock_timeout = '1s'").expect("a setting");
    write(&mut quick, 2);
    assert!(queries::fold(&mut quick).expect("folds without waiting") > 0);
    assert_eq!(queries::check(&mut quick, false).expect("checks").cells, 0);
    slow.batch_execute("COMMIT").expect("commits");
    assert_eq!(queries::check(&mut quick, false).expect("checks").cells, 0);

    // Folding takes the rows of the counts, which no writer touches; and who would fold too leaves it to the first.
    slow.transaction(|slow| {
        assert!(queries::fold(slow)? > 0);
        happen(&mut quick, &Event::Report(vec![CROWD], 0, 1, 0));
        happen(&mut quick, &Event::Status(0, 3));
        assert_eq!(queries::fold(&mut quick)?, 0);
        Ok::<_, Error>(())
    })
    .expect("folds");
    assert!(queries::fold(&mut quick).expect("folds") > 0);
    assert_eq!(queries::check(&mut quick, false).expect("checks").cells, 0);
    // Four, two came and two went, and the last one came.
    assert_eq!(count(&mut conn, "SELECT sum(count)::bigint FROM map_counts WHERE level = 18"), 5);
    let crowd = LonLat::new(CROWD.0, CROWD.1).expect("a place");
    let tile = TileXyz::containing(crowd, 19).expect("a tile");
    let shown =
        queries::tile(&mut conn, Asked { tile, filter: MapFilter::default(), first_month: None }).expect("a tile");
    assert_eq!(shown.pins.len(), 3);
}
