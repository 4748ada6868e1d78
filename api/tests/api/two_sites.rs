//! Two sites of ours, as two processes each with a database of its own: reports of one are the other's to answer. Both are
//! killed and started again in the middle of it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use mendmap::updates::create::{self, Writer};
use reqwest::Client;
use serde_json::Value;

use crate::harness::{SECRET, TestDatabase};

/// A site: its process comes and goes, its database and its address stay.
struct Site {
    database: TestDatabase,
    folder: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Site {
    fn new() -> Self {
        let database = TestDatabase::create();
        database.connect().batch_execute(include_str!("two_councils.sql")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { database, folder: tempfile::tempdir().unwrap(), port, process: None }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mendmap"));
        command
            .env("DATABASE_URL", &self.database.url)
            .env("DATABASE_POOL_SIZE", "6")
            .env("DATA_DIR", self.folder.path())
            .env("PORT", self.port.to_string())
            .env("SECRET_KEY", SECRET)
            .env("OUTBOUND_ALLOW", "127.0.0.0/8")
            .env("JOB_LEASE_SECONDS", "1")
            .env("RATE_LIMIT_SCALE", "1000")
            .env("LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn start(&mut self) {
        self.process = Some(self.command().args(["serve", "--with-worker"]).spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn sql(&self, statement: &str) {
        self.database.connect().batch_execute(statement).unwrap();
    }

    fn count(&self, query: &str) -> i64 {
        diesel::dsl::sql::<BigInt>(query).get_result(&mut self.database.connect()).unwrap()
    }

    fn text(&self, query: &str) -> String {
        diesel::dsl::sql::<Text>(query).get_result(&mut self.database.connect()).unwrap()
    }

    /// Whatever waits for its time is due now.
    fn hasten(&self) {
        self.sql("UPDATE jobs SET run_at = now() WHERE parked_at IS NULL AND leased_until IS NULL AND run_at > now()");
    }

    fn key(&self) -> String {
        let mut conn = self.database.connect();
        let body = mendmap::bodies::queries::id_of(&mut conn, "south").unwrap();
        mendmap::api_keys::queries::create(&mut conn, body, "another site", true, None).unwrap().1
    }

    /// Staff answer one of its reports.
    fn answer(&self, report: i64, words: &str, status: Option<&str>) {
        let mut conn = self.database.connect();
        let user = mendmap::auth::queries::user_for_email(&mut conn, "officer@example.org").unwrap();
        let body = mendmap::bodies::queries::id_of(&mut conn, "south").unwrap();
        let new = serde_json::from_value(serde_json::json!({ "text": words, "status": status })).unwrap();
        conn.transaction(|conn| create::create(conn, report, Writer::Body { user, body }, &new)).unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a form until it is taken: its site may be down just now.
async fn send(site: &Site, key: &str, resource: &str, form: &[(&str, &str)]) -> Value {
    let client = Client::new();
    loop {
        let address = format!("{}/open311/v2/{resource}.json", site.address());
        let sent = client.post(address).bearer_auth(key).form(form).send().await;
        if let Ok(answer) = sent
            && answer.status().as_u16() < 500
        {
            let answer: Value = answer.json().await.unwrap();
            let repeated = answer[0]["description"].as_str().is_some_and(|words| words.contains("already exists"));
            assert!(answer[0]["code"].is_null() || repeated, "{answer}");
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn report(site: &Site, key: &str, number: usize) -> i64 {
    let (description, own) = (format!("Pothole number {number}. It is deep."), format!("own-{number}"));
    let lat = format!("51.56{number:02}");
    let form = [
        ("service_code", "potholes"),
        ("lat", &lat),
        ("long", "-2.9977"),
        ("description", &description),
        ("attribute[depth]", "12"),
        ("attribute[external_id]", &own),
        ("first_name", "Ada"),
        ("email", "ada@example.org"),
    ];
    let answer = send(site, key, "requests", &form).await;
    answer[0]["service_request_id"].as_str().unwrap().parse().unwrap()
}

async fn comment(site: &Site, key: &str, report: i64, id: &str, status: &str, words: &str) {
    let (number, at) = (report.to_string(), chrono::Utc::now().to_rfc3339());
    let form = [
        ("service_request_id", number.as_str()),
        ("update_id", id),
        ("status", status),
        ("updated_datetime", &at),
        ("description", words),
        ("first_name", "Ada"),
        ("email", "ada@example.org"),
    ];
    send(site, key, "servicerequestupdates", &form).await;
}

/// Waits for what two busy processes do, more than twice as long as a server rests that did not answer once; says how it
/// stands where they do not.
async fn until(what: &str, stand: impl Fn() -> String, mut ready: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !ready() {
        assert!(begun.elapsed() < Duration::from_secs(150), "{what} did not happen:\n{}", stand());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What everybody reads of a report, in order of the words: who says it differs between the two.
fn story(site: &Site, report: i64) -> String {
    let said = site.text(&format!(
        "SELECT coalesce(string_agg(text, ' / ' ORDER BY text), '') FROM updates
         WHERE report_id = {report} AND visibility = 'published' AND text IS NOT NULL"
    ));
    let status = site.text(&format!("SELECT status FROM reports WHERE id = {report}"));
    format!("{status}: {said}")
}

#[actix_web::test]
async fn two_sites_keep_each_reports_story_in_step_both_ways_through_restarts_of_either() {
    const REPORTS: usize = 6;
    let (mut ours, mut theirs) = (Site::new(), Site::new());
    let (our_key, their_key) = (ours.key(), theirs.key());
    let endpoint = format!("{}/open311/v2", theirs.address());
    let mut set = ours.command();
    set.args(["admin", "open311", "set", "south", &endpoint, "--jurisdiction", "south", "--format", "json"]);
    let mut set = set.args(["--extended-statuses", "--key-stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut set.stdin.take().unwrap(), their_key.as_bytes()).unwrap();
    assert!(set.wait().unwrap().success());
    theirs.start();
    ours.start();
    until("the service list", String::new, || {
        ours.hasten();
        ours.count("SELECT count(*) FROM open311_services") == 3
    })
    .await;

    let mut reports = Vec::new();
    for number in 1..=REPORTS {
        reports.push(report(&ours, &our_key, number).await);
        // In the middle of it, one of them dies.
        let dying = if number % 2 == 0 { &mut ours } else { &mut theirs };
        dying.kill();
        dying.start();
    }
    until("all reports to be there", String::new, || {
        ours.hasten();
        ours.count("SELECT count(*) FROM open311_requests WHERE request_id IS NOT NULL") == REPORTS as i64
    })
    .await;
    assert_eq!(theirs.count("SELECT count(*) FROM reports"), REPORTS as i64, "each once");
    let there = |report: i64| -> i64 {
        ours.text(&format!("SELECT request_id FROM open311_requests WHERE report_id = {report}")).parse().unwrap()
    };
    let pairs: Vec<(i64, i64)> = reports.iter().map(|report| (*report, there(*report))).collect();

    for (number, (here, there)) in (1..).zip(&pairs) {
        comment(&ours, &our_key, *here, &format!("c{number}"), "UNCHANGED", &format!("Still there {number}.")).await;
        theirs.answer(*there, &format!("We look at it {number}."), Some("investigating"));
        let dying = if number % 2 == 0 { &mut theirs } else { &mut ours };
        dying.kill();
        dying.start();
        theirs.answer(*there, &format!("A crew is sent {number}."), Some("in_progress"));
        if number % 3 == 0 {
            theirs.answer(*there, &format!("Filled {number}."), Some("fixed"));
        }
    }
    let stand = || {
        let both = |(here, there): &(i64, i64)| format!("{}\n{}\n", story(&ours, *here), story(&theirs, *there));
        let jobs = |site: &Site| {
            site.text("SELECT coalesce(string_agg(kind || ' ' || coalesce(last_error, ''), '; '), '') FROM jobs")
        };
        format!("{}\n{}\n{}", pairs.iter().map(both).collect::<String>(), jobs(&ours), jobs(&theirs))
    };
    let in_step = |pairs: &[(i64, i64)]| {
        ours.hasten();
        theirs.hasten();
        pairs.iter().all(|(here, there)| story(&ours, *here) == story(&theirs, *there))
    };
    let words = |report: i64| story(&ours, report).matches(" / ").count() + 1;
    until("both to tell the same", stand, || in_step(&pairs) && pairs.iter().all(|(here, _)| words(*here) >= 3)).await;
    for (number, (here, _)) in (1..).zip(&pairs) {
        let wanted = if number % 3 == 0 { "fixed: " } else { "in_progress: " };
        assert!(story(&ours, *here).starts_with(wanted), "{}", story(&ours, *here));
    }
    // Residents speak again, and one report is opened once more.
    let (last, _) = pairs[2];
    comment(&ours, &our_key, last, "again", "REOPEN", "It broke open again.").await;
    ours.kill();
    ours.start();
    let (ours_again, theirs_again) = (&ours, &theirs);
    until(
        "the report to be open at both",
        || format!("{}\n{}", story(ours_again, last), story(theirs_again, pairs[2].1)),
        || {
            ours_again.hasten();
            theirs_again.hasten();
            story(ours_again, last).starts_with("open: ")
                && pairs.iter().all(|(here, there)| story(ours_again, *here) == story(theirs_again, *there))
        },
    )
    .await;
    for site in [&ours, &theirs] {
        let twice = "SELECT count(*) FROM (SELECT 1 FROM updates WHERE text IS NOT NULL GROUP BY report_id, text HAVING count(*) > 1) AS twice";
        assert_eq!(site.count(twice), 0, "nothing is said twice");
        assert_eq!(site.count("SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL"), 0);
        assert_eq!(site.count("SELECT count(*) FROM reports"), REPORTS as i64);
    }
}
