//! Very many reports: that none breaks a rule, that nothing is left changed that was put aside for speed, and that the
//! product works on them.

use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use mendmap::demo::scale::{self, Pattern, Scale, Written, add_reports};
use mendmap::demo::{self, Album};
use mendmap::map::queries::check;
use mendmap::photos::store::PhotoStore;
use reqwest::StatusCode;

use crate::demo::{CONTRADICTIONS, everything, now, number};
use crate::harness::{TestApp, TestDatabase, new_report, real_data};

/// As for a million, but fewer: in several pieces, with everything put aside.
const MANY: Scale = Scale { reports: 2_000, at_once: 300, put_aside: true };

/// A demonstration, as full as ever.
fn borough(conn: &mut PgConnection, album: &Album) {
    demo::fill_demo_with(conn, album, now()).unwrap();
}

fn add(conn: &mut PgConnection, album: &Album, pattern: &Pattern, scale: Scale) -> anyhow::Result<Written> {
    add_reports(conn, album, pattern, scale, now(), &mut |_| Ok(()))
}

fn made_up() -> Pattern {
    scale::pattern(&[]).unwrap()
}

/// Indexes, rules and triggers, with all that is said about each. Triggers of foreign keys are named by number.
fn catalogue(conn: &mut PgConnection) -> String {
    let query = "SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT indexdef || ' ' || i.indisvalid AS line FROM pg_indexes x
            JOIN pg_index i ON i.indexrelid = (quote_ident(x.schemaname) || '.' || quote_ident(x.indexname))::regclass
            WHERE x.schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT tgrelid::regclass || ' ' || tgfoid::regproc || ' ' || tgenabled::text || ' ' || count(*)
            FROM pg_trigger WHERE tgisinternal GROUP BY tgrelid, tgfoid, tgenabled) AS lines";
    diesel::dsl::sql::<Text>(query).get_result(conn).unwrap()
}

/// Each finds rows that must not exist, beside what holds for every demonstration.
const ALSO: &[(&str, &str)] = &[
    (
        "a report is not on its street",
        "SELECT count(*) FROM reports r WHERE NOT EXISTS (SELECT FROM street_lines l WHERE l.name = r.street AND ST_DWithin(l.geom::geography, r.location::geography, 7))",
    ),
    (
        "a report is not in an area that covers it",
        "SELECT count(*) FROM reports r JOIN areas a ON ST_Covers(a.geom, r.location) WHERE NOT EXISTS (SELECT FROM report_areas l WHERE l.report_id = r.id AND l.area_id = a.id)",
    ),
    (
        "the bodies in the row are others than beside it",
        "SELECT count(*) FROM reports r WHERE body_ids <> ARRAY(SELECT body_id FROM report_bodies b WHERE b.report_id = r.id ORDER BY body_id)",
    ),
    (
        "a report is older than three years or comes before an earlier one",
        "SELECT count(*) FROM reports r LEFT JOIN reports o ON o.id = r.id - 1 AND (r.id - 301) % 2000 <> 0 WHERE r.id > 300 AND (r.created_at < '2023-11-22' OR r.created_at < o.created_at)",
    ),
    (
        "one nobody has confirmed is more than fresh and open",
        "SELECT count(*) FROM reports WHERE visibility = 'unconfirmed' AND (confirmed_at IS NOT NULL OR due_at IS NOT NULL OR status <> 'open' OR update_count + supporter_count > 0 OR created_at < '2026-11-15')",
    ),
    ("a private one is not marked so", "SELECT count(*) FROM reports WHERE private <> (visibility = 'private')"),
    (
        "a photo that is shown is not in use",
        "SELECT count(*) FROM report_photos JOIN photos ON id = photo_id WHERE NOT used",
    ),
    ("there is more than one update", "SELECT count(*) FROM reports WHERE id > 300 AND update_count > 1"),
    (
        "a contact is missing",
        "SELECT count(*) FROM reports r WHERE NOT EXISTS (SELECT FROM report_contacts c WHERE c.report_id = r.id)",
    ),
];

/// What holds for the demonstration's three hundred only.
const OF_THE_FIRST: [&str; 3] = [
    "a report is more than a year old",
    "a delivery is missing, double or not sent",
    "reports are not in order of time",
];

fn assert_rules_hold(conn: &mut PgConnection) {
    let known = CONTRADICTIONS.iter().filter(|(what, _)| !OF_THE_FIRST.contains(what));
    for (what, query) in known.chain(ALSO) {
        assert_eq!(number(conn, query), 0, "{what}: {query}");
    }
}

/// The map counts exactly what is published.
fn assert_the_map_is_true(conn: &mut PgConnection) {
    let published = number(conn, "SELECT count(*) FROM reports WHERE visibility = 'published'");
    let counted = "SELECT (SELECT coalesce(sum(count), 0) FROM map_counts WHERE level = 3)::bigint + (SELECT coalesce(sum(count), 0) FROM map_changes)::bigint";
    assert_eq!(number(conn, counted), published);
    let drift = check(conn, false).unwrap();
    assert_eq!((drift.reports, drift.cells), (published, 0));
}

#[test]
fn very_many_reports_break_no_rule_and_the_schema_is_as_before() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    borough(conn, &Album::default());
    let before = catalogue(conn);
    let written = add(conn, &Album::default(), &made_up(), MANY).unwrap();
    assert_eq!(catalogue(conn), before);
    assert_eq!(number(conn, "SELECT count(*) FROM reports"), 2_300);
    let parts = ["report_contacts", "report_bodies", "report_areas", "updates", "supporters", "report_photos"];
    let count = |conn: &mut PgConnection, table: &str| number(conn, &format!("SELECT count(*) FROM {table}"));
    let added: i64 = parts.map(|table| count(conn, &format!("{table} WHERE report_id > 300"))).iter().sum();
    assert_eq!((written.reports, written.rows), (2_000, usize::try_from(added).unwrap() + 2_000));
    assert_rules_hold(conn);
    assert_the_map_is_true(conn);
    assert_eq!(
        number(conn, "SELECT count(*) FROM jobs")
            + number(conn, "SELECT count(*) FROM deliveries d WHERE report_id > 300"),
        0
    );

    let hidden = number(conn, "SELECT count(*) FROM reports WHERE visibility <> 'published'");
    assert!((5..80).contains(&hidden), "{hidden} of two thousand are not public");
    let open = number(conn, "SELECT count(*) FROM reports WHERE id > 300 AND status_group = 'open'");
    assert!((150..500).contains(&open), "{open} of two thousand are open");
    let apart = number(conn, "SELECT count(DISTINCT location) FROM reports WHERE id > 300");
    assert!(apart > 1_900, "{apart} of two thousand are told apart on the map");
}

#[test]
fn the_same_moment_gives_the_same_rows_however_they_are_written() {
    let (one, two) = (TestDatabase::create(), TestDatabase::create());
    let (mut one, mut two) = (one.connect(), two.connect());
    borough(&mut one, &Album::default());
    borough(&mut two, &Album::default());
    add(&mut one, &Album::default(), &made_up(), MANY).unwrap();
    // In another number of pieces, with indexes and triggers in place.
    add(&mut two, &Album::default(), &made_up(), Scale { at_once: 701, put_aside: false, ..MANY }).unwrap();
    assert_eq!(everything(&mut one), everything(&mut two));
    assert_the_map_is_true(&mut two);
    // More are others, and the numbers go on.
    add(&mut one, &Album::default(), &made_up(), MANY).unwrap();
    assert_eq!(number(&mut one, "SELECT max(id) FROM reports"), 4_300);
    assert_rules_hold(&mut one);
    assert_the_map_is_true(&mut one);
    let same = "SELECT count(*) FROM reports a JOIN reports b ON b.id = a.id + 2000 AND b.location = a.location";
    assert_eq!(number(&mut one, same), 0);
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_behind() {
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    borough(conn, &Album::default());
    for trap in
        ["ALTER TABLE reports ADD CHECK (id <> 1500)", "ALTER TABLE report_bodies ADD CHECK (report_id <> 2300)"]
    {
        conn.batch_execute(trap).unwrap();
        let (rows, schema) = (everything(conn), catalogue(conn));
        for put_aside in [true, false] {
            let failed = add(conn, &Album::default(), &made_up(), Scale { put_aside, ..MANY });
            assert!(failed.unwrap_err().to_string().contains("violates check constraint"));
            assert_eq!(everything(conn), rows);
            assert_eq!(catalogue(conn), schema);
            // Numbers that were given out are not given out again: the trap would lie beside the next way.
            conn.batch_execute("SELECT setval('reports_id_seq', 300)").unwrap();
        }
        conn.batch_execute("ALTER TABLE reports DROP CONSTRAINT IF EXISTS reports_id_check").unwrap();
    }
    assert_the_map_is_true(conn);
}

#[test]
fn what_real_towns_noted_sets_the_mix_and_the_times() {
    let Some(data) = real_data() else { return };
    let files: Vec<PathBuf> =
        std::fs::read_dir(data.join("reports")).unwrap().map(|file| file.unwrap().path()).collect();
    let database = TestDatabase::create();
    let conn = &mut database.connect();
    borough(conn, &Album::default());
    add(conn, &Album::default(), &scale::pattern(&files).unwrap(), Scale { reports: 6_000, ..MANY }).unwrap();
    assert_rules_hold(conn);
    let share = |conn: &mut PgConnection, of: &str| {
        number(conn, &format!("SELECT count(*) * 1000 / 6000 FROM reports WHERE id > 300 AND {of}"))
    };
    // Counted in the files by hand, of 133,256 in all: 3,262 and 5,688 of graffiti; 4,575 and 10,742 of lamps.
    for (category, expected) in [("graffiti", 67), ("street-lights", 115)] {
        let got = share(conn, &format!("category_code = '{category}'"));
        assert!((expected - 12..=expected + 12).contains(&got), "{category}: {got} of a thousand, {expected} expected");
    }
    // Nine of a hundred were still open at the end, and those made lately.
    let open = share(conn, "status_group = 'open'");
    assert!((80..200).contains(&open), "{open} of a thousand are open");
    let by_day = share(conn, "extract(hour FROM created_at) BETWEEN 8 AND 15");
    assert!((600..760).contains(&by_day), "{by_day} of a thousand are reported in office hours");
    let weekend = share(conn, "extract(isodow FROM created_at) > 5");
    assert!((80..260).contains(&weekend), "{weekend} of a thousand are reported at the weekend");
}

#[actix_web::test]
async fn the_product_works_on_very_many_reports() {
    let app = TestApp::start().await;
    let store = PhotoStore::open(&app.config.storage.photo_store).unwrap();
    let mut conn = app.conn();
    let work = move || {
        let album = Album::draw(&store, now()).unwrap();
        borough(&mut conn, &album);
        add(&mut conn, &album, &made_up(), MANY).unwrap();
        assert_rules_hold(&mut conn);
    };
    actix_web::web::block(work).await.unwrap();
    let with_photo = app.count("SELECT count(DISTINCT report_id) FROM report_photos WHERE report_id > 300");
    assert!((300..500).contains(&with_photo), "about a fifth have photos: {with_photo} of two thousand");

    let list = app.get("/reports?limit=50").await.expect(StatusCode::OK).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 50, "{list}");
    let shown = app.count("SELECT max(id) FROM reports JOIN report_photos ON report_id = id WHERE visibility = 'published' AND update_count > 0");
    let report = app.get(&format!("/reports/{shown}")).await.expect(StatusCode::OK).body;
    let updates = app.get(&format!("/reports/{shown}/updates")).await.expect(StatusCode::OK).body;
    assert_eq!(updates["items"].as_array().unwrap().len(), 1, "{updates}");
    app.get(report["photos"][0]["thumb"].as_str().unwrap()).await.expect(StatusCode::OK);
    for visibility in ["hidden", "private"] {
        let id = app.count(&format!("SELECT coalesce(max(id), 0) FROM reports WHERE visibility = '{visibility}'"));
        app.get(&format!("/reports/{id}")).await.expect(StatusCode::NOT_FOUND);
    }
    let found = app.get("/reports?q=pothole").await.expect(StatusCode::OK).body;
    assert!(!found["items"].as_array().unwrap().is_empty(), "{found}");

    // The next one that somebody makes has the next number.
    let last = app.count("SELECT max(id) FROM reports");
    let author = app.sign_in("author@example.org").await;
    let mut report_here = new_report();
    report_here["location"] = report["location"].clone();
    report_here["answers"] = serde_json::json!({ "danger": "no", "depth_cm": "12" });
    let taken = app.post_as(&author, "/reports", report_here).await.expect(StatusCode::CREATED).body;
    assert_eq!(taken["id"].as_i64(), Some(last + 1));
    assert_the_map_is_true(&mut app.conn());
}

#[test]
fn reports_fill_an_empty_database_or_are_added_to_a_demonstration_and_nothing_else() {
    let (database, folder) = (TestDatabase::create(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    let store = PhotoStore::open(folder.path()).unwrap();
    demo::ensure_reports(conn, &store, None, 420, now()).unwrap();
    assert_eq!(number(conn, "SELECT count(*) FROM reports"), 420);
    assert_eq!(number(conn, "SELECT count(DISTINCT status) FROM reports WHERE author_id IS NOT NULL"), 11);
    demo::ensure_reports(conn, &store, None, 30, now()).unwrap();
    assert_eq!(number(conn, "SELECT count(*) FROM reports"), 450);
    let region = demo::ensure_reports(conn, &store, Some(folder.path()), 30, now());
    assert!(region.unwrap_err().to_string().contains("the demonstration already"));

    conn.batch_execute("DELETE FROM settings").unwrap();
    let by_hand = demo::ensure_reports(conn, &store, None, 30, now()).unwrap_err().to_string();
    assert!(by_hand.contains("holds something already") && !by_hand.contains('\n'), "{by_hand}");
    assert_eq!(number(conn, "SELECT count(*) FROM reports"), 450);
}
