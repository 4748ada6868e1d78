//! Counts that are not what the reports say: found, told, and put right.

use std::process::{Command, Output};

use actix_web::dev::ServerHandle;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::connection::SimpleConnection as _;
use mendmap::jobs::housekeeping;
use mendmap::map::queries::{self, Drift};
use mendmap::telemetry::metrics::METRICS;
use mendmap::telemetry::scrape::{self, Sources};

use super::counts::{BODIES, count, insert};
use super::truth::assert_every_tile;
use crate::harness::{TestApp, TestDatabase};

/// Three reports at one place, folded in.
fn counted(database: &TestDatabase) {
    let mut conn = database.connect();
    conn.batch_execute(&insert(&[(-2.9977, 51.5842); 3], 0, 1, 0)).expect("reports");
    queries::fold(&mut conn).expect("folds");
}

/// One cell of all, and one of kinds, say something else.
const BREAK_TWO_CELLS: &str = "UPDATE map_counts SET count = count + 1 WHERE level = 7;
     UPDATE map_kind_counts SET sum_lon = sum_lon + 1 WHERE level = 10 AND kind_id <> 0 AND NOT by_month";

#[test]
fn drift_is_found_told_and_put_right_while_others_write() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.batch_execute(BODIES).expect("bodies");
    conn.batch_execute(&insert(&[(-2.9977, 51.5842), (-2.99, 51.58), (1.0, 2.0)], 0, 1, 0)).expect("reports");
    queries::fold(&mut conn).expect("folds");
    assert_eq!(queries::check(&mut conn, false).expect("checks"), Drift { reports: 3, cells: 0 });
    conn.batch_execute(
        "UPDATE map_counts SET count = count + 1 WHERE level = 7; DELETE FROM map_kind_counts WHERE level = 10;
         ALTER TABLE reports DISABLE TRIGGER USER",
    )
    .expect("sabotage");
    conn.batch_execute(&insert(&[(5.0, 5.0)], 1, 1, 0)).expect("a report nobody counted");
    conn.batch_execute("ALTER TABLE reports ENABLE TRIGGER USER").expect("again");
    let found = queries::check(&mut conn, false).expect("checks");
    assert!(found.cells > 10 && found.reports == 4, "{found:?}");
    // Somebody writes, and does not commit before the counts were put right.
    let mut other = database.connect();
    other.batch_execute("BEGIN").expect("begins");
    other.batch_execute(&insert(&[(-2.9977, 51.5842)], 2, 1, 0)).expect("a report");
    assert_eq!(queries::check(&mut conn, true).expect("mends").cells, found.cells);
    assert_eq!(queries::check(&mut conn, false).expect("checks").cells, 0);
    other.batch_execute("COMMIT").expect("commits");
    queries::fold(&mut conn).expect("folds");
    assert_eq!(queries::check(&mut conn, false).expect("checks"), Drift { reports: 5, cells: 0 });
    assert_every_tile(&mut conn, &[]).expect("the truth");
}

#[test]
fn the_check_of_a_night_is_done_once() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    let day = Utc::now().date_naive();
    assert!(queries::claim_check(&mut conn, day).expect("an answer"));
    assert!(!queries::claim_check(&mut conn, day).expect("an answer"));
    assert!(queries::claim_check(&mut conn, day.succ_opt().expect("a day")).expect("an answer"));
}

/// `mendmap map ...` on this database.
fn command(database: &TestDatabase, what: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_mendmap"))
        .args(["map", what])
        .env("DATABASE_URL", &database.url)
        .env("DATA_DIR", folder.path())
        .env("LOG", "warn")
        .output()
        .expect("it runs")
}

/// What a command wrote: on standard output, and on standard error.
fn words(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_check_fails_where_counts_are_wrong_and_rebuild_puts_them_right() {
    let database = TestDatabase::create();
    counted(&database);
    let mut conn = database.connect();
    let true_counts = "SELECT sum(count * level)::bigint FROM map_counts";
    let before = count(&mut conn, true_counts);
    let good = command(&database, "check");
    assert!(good.status.success(), "{good:?}");
    assert_eq!(words(&good).0, "3 published reports; 0 cells said something else\n");

    conn.batch_execute(BREAK_TWO_CELLS).expect("sabotage");
    // It only looks: the second time it finds the same.
    for _ in 0..2 {
        let bad = command(&database, "check");
        assert_eq!(bad.status.code(), Some(1), "{bad:?}");
        let (said, complained) = words(&bad);
        assert_eq!(said, "3 published reports; 2 cells said something else\n");
        assert_eq!(complained, "mendmap: the counts are wrong: `mendmap map rebuild` puts them right\n");
    }

    let mended = command(&database, "rebuild");
    assert!(mended.status.success(), "{mended:?}");
    let said = "3 published reports; 2 cells said something else\nThe counts are what the reports say\n";
    assert_eq!(words(&mended).0, said);
    assert_eq!(count(&mut conn, true_counts), before);
    let good = command(&database, "check");
    assert!(good.status.success(), "{good:?}");
    assert_eq!(words(&good).0, "3 published reports; 0 cells said something else\n");
    assert_every_tile(&mut conn, &[]).expect("the truth");
}

/// This process's metrics, where Prometheus reads them.
struct Watched {
    address: String,
    handle: ServerHandle,
}

impl Watched {
    fn start(app: &TestApp) -> Self {
        let listener = scrape::listen("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let address = format!("http://{}/metrics", listener.local_addr().expect("an address"));
        let handle = scrape::start(listener, Sources { db: app.place.db.clone(), live: None }).expect("it starts");
        Self { address, handle }
    }

    async fn drifted_cells(&self) -> i64 {
        let text = reqwest::get(&self.address).await.expect("an answer").text().await.expect("text");
        let told = text.lines().find_map(|line| line.strip_prefix("mendmap_map_drifted_cells "));
        told.expect("the metric").parse().expect("a number")
    }
}

fn at(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    day.and_hms_opt(hour, minute, 0).expect("a time").and_utc()
}

#[actix_web::test]
async fn the_check_of_a_night_tells_whoever_watches_how_many_cells_are_wrong() {
    let app = TestApp::start().await;
    let watched = Watched::start(&app);
    counted(&app.database);
    app.sql(BREAK_TWO_CELLS);
    let keep_house = async |now: DateTime<Utc>| {
        let (mut conn, photos, exports) = (app.conn(), app.place.photos.clone(), app.place.workshop.store.clone());
        let work = move || housekeeping::run_at(&mut conn, &photos, &exports, now);
        actix_web::web::block(work).await.expect("a thread").expect("a tidy house");
    };
    let today = Utc::now().date_naive();
    let tomorrow = today.succ_opt().expect("a day");
    keep_house(at(today, 1, 59)).await;
    assert_eq!(watched.drifted_cells().await, 0, "the night's check is not due yet");
    keep_house(at(today, 2, 0)).await;
    assert_eq!(watched.drifted_cells().await, 2);
    // Put right meanwhile: the next night's check says so, whatever is done before.
    queries::check(&mut app.conn(), true).expect("mends");
    // Another process than the one that checked, or one that was started since, tells the same as that.
    METRICS.map_checked(0);
    keep_house(at(today, 3, 0)).await;
    assert_eq!(watched.drifted_cells().await, 2);
    keep_house(at(tomorrow, 1, 59)).await;
    assert_eq!(watched.drifted_cells().await, 2);
    keep_house(at(tomorrow, 2, 1)).await;
    assert_eq!(watched.drifted_cells().await, 0);
    watched.handle.stop(false).await;
}
