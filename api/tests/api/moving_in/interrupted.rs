//! Killed in the middle, and run again.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::{Theirs, assert_nothing_is_sent, assert_the_map_is_true, ground, number, text};
use crate::harness::{SECRET, TestDatabase};

const MANY: &str = "
    INSERT INTO problem (id, latitude, longitude, bodies_str, category, title, detail, user_id, name, state)
    SELECT 1000 + n, 51.55 + (n % 97) * 0.0005, -2.99 + (n % 89) * 0.0005, '1', 'Potholes', 'Many ' || n, 'Detail', 1,
           'Alice Resident', CASE n % 3 WHEN 0 THEN 'confirmed' WHEN 1 THEN 'closed' ELSE 'fixed - council' END
    FROM generate_series(1, 6000) AS n;
    INSERT INTO comment (id, problem_id, user_id, name, text)
    SELECT 1000 + n, 1000 + n, 1, 'Alice Resident', 'Update ' || n FROM generate_series(1, 6000) AS n";

fn process(theirs: &Theirs, ours: &TestDatabase, folder: &tempfile::TempDir) -> Child {
    let options = theirs.options();
    Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .args(["import", "fixmystreet", "--body-email", "streets@example.org"])
        .arg("--photos")
        .arg(options.photos.unwrap())
        .arg("--areas")
        .arg(options.areas.unwrap())
        .arg("--left-out")
        .arg(options.left_out)
        .env("FIXMYSTREET_DSN", &options.dsn)
        .env("DATABASE_URL", &ours.url)
        .env("DATA_DIR", folder.path())
        .env("SECRET_KEY", SECRET)
        .env("LOG", "warn")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn moved(conn: &mut PgConnection) -> i64 {
    number(conn, "SELECT count(*) FROM moved_in")
}

/// Everything that came, without the numbers that are given out in order of writing.
fn content(conn: &mut PgConnection) -> String {
    text(
        conn,
        "SELECT (SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM (SELECT r.id, title, detail, location, category_code, status, visibility, fixed_by, duplicate_of, u.email, public_name, street, area, r.created_at, confirmed_at, updated_at, private, supporter_count, update_count FROM reports r LEFT JOIN users u ON u.id = author_id WHERE r.id <> 204) r)
             || (SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM (SELECT u.id, u.report_id, e.email, slug, by_author, public_name, u.text, u.status, u.visibility FROM updates u LEFT JOIN users e ON e.id = author_id LEFT JOIN bodies b ON b.id = body_id) u)
             || (SELECT md5(string_agg(p::text, '' ORDER BY report_id, position)) FROM report_photos p)",
    )
}

#[test]
fn killed_at_any_moment_it_goes_on_and_ends_as_if_nothing_had_happened() {
    let theirs = Theirs::start();
    theirs.sql(MANY);
    let (ours, folder) = (ground(), tempfile::tempdir().unwrap());
    let conn = &mut ours.connect();
    // After accounts, in the middle of the reports, in the middle of the updates.
    let mut kills = 0;
    for goal in [1, 3_000, 7_500] {
        let mut process = process(&theirs, &ours, &folder);
        let deadline = Instant::now() + Duration::from_secs(180);
        while moved(conn) < goal && process.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it has not come to {goal} rows in three minutes");
            std::thread::sleep(Duration::from_millis(2));
        }
        kills += i32::from(process.try_wait().unwrap().is_none());
        let _ = process.kill();
        process.wait().unwrap();
        // The server may still be at what the process asked for last.
        while number(
            conn,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7233014 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ) > 0
        {
            assert!(Instant::now() < deadline, "the process is gone, and its lock is not");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_nothing_is_sent(conn);
    }
    assert!(kills > 0, "nothing was killed");
    assert!(process(&theirs, &ours, &folder).wait().unwrap().success());

    let (other, store) = (ground(), tempfile::tempdir().unwrap());
    let unbroken = &mut other.connect();
    theirs.move_into(unbroken, store.path());
    assert_eq!(content(conn), content(unbroken));
    assert_eq!(moved(conn), moved(unbroken));
    assert_eq!(number(conn, "SELECT count(*) FROM reports WHERE id > 1000"), 6_000);
    assert_nothing_is_sent(conn);
    assert_the_map_is_true(conn);
}

#[test]
fn two_at_once_are_one_too_many() {
    let (theirs, ours, folder) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut ours.connect();
    diesel::sql_query("SELECT pg_advisory_lock(7233014)").execute(conn).unwrap();
    assert!(!process(&theirs, &ours, &folder).wait().unwrap().success());
    assert_eq!(moved(conn), 0);
}
