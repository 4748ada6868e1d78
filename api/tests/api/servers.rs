//! Processes of the binary itself: how they start, are asked for their health, log, and end.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use diesel_migrations::MigrationHarness as _;
use mendmap::db::{self, MIGRATIONS};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{SECRET, TestApp, TestDatabase, new_report, until};
use crate::smtp::MailServer;

/// A command on this database, with a folder of its own.
fn mendmap(url: &str, folder: &tempfile::TempDir, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mendmap"));
    command
        .args(arguments)
        .env("DATABASE_URL", url)
        .env("DATA_DIR", folder.path())
        .env("SECRET_KEY", SECRET)
        .env("PORT", "0")
        .env("LOG", "warn")
        .envs(settings.iter().copied())
        .stdin(Stdio::null());
    command
}

fn signal(process: &Child, name: &str) {
    let done = Command::new("sh").args(["-c", &format!("kill -{name} {}", process.id())]).status().unwrap();
    assert!(done.success());
}

/// Waits for the process's own end.
async fn ended(process: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server that is ready, and the port it is on.
fn serve(command: &mut Command) -> (Child, u16) {
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ready = lines.next().expect("it starts").unwrap();
    let port = ready.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    // Whatever it says later is read, so that it can say it.
    std::thread::spawn(move || lines.for_each(drop));
    (process, port)
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// What comes back on a connection of its own, up to its end.
fn get(port: u16, path: &str) -> String {
    let mut stream = connect(port);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[actix_web::test]
async fn a_server_told_to_end_is_not_ready_at_once_finishes_what_it_has_begun_and_ends_well() {
    let (database, folder) = (TestDatabase::create(), tempfile::tempdir().unwrap());
    let (mut server, port) = serve(&mut mendmap(&database.url, &folder, &["serve"], &[("DRAIN_SECONDS", "12")]));
    assert!(get(port, "/readyz").starts_with("HTTP/1.1 200"));

    let body = json!({ "email": "somebody@example.org" }).to_string();
    let (begun, rest) = body.split_at(10);
    let mut slow = connect(port);
    write!(
        slow,
        "POST /api/v1/auth/sign-in-links HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{begun}",
        body.len()
    )
    .unwrap();
    let mut listener = connect(port);
    write!(listener, "GET /api/v1/live?bbox=-4,51,-2,52 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut idle = connect(port);
    write!(idle, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");

    signal(&server, "TERM");
    until("unreadiness", || get(port, "/readyz").starts_with("HTTP/1.1 503")).await;
    let meanwhile = get(port, "/api/v1/bodies");
    assert!(meanwhile.starts_with("HTTP/1.1 200"), "it answers until it is noticed: {meanwhile}");
    until("the end of listening", || TcpStream::connect(("127.0.0.1", port)).is_err()).await;
    slow.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "what it had begun is finished: {answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    assert_eq!(ended(&mut server).await.code(), Some(0));
}

#[actix_web::test]
async fn a_worker_told_to_end_gives_back_what_it_cannot_finish_and_another_takes_it_over_at_once() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    app.published_report(&author).await;
    // A mail server that takes calls and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let long = ("JOB_LEASE_SECONDS", "3600");
    let folder = tempfile::tempdir().unwrap();
    let settings = [("SMTP_URL", url.as_str()), long, ("DRAIN_SECONDS", "2")];
    let mut stuck = mendmap(&app.database.url, &folder, &["worker"], &settings).stdout(Stdio::null()).spawn().unwrap();
    until("the claim", || app.count("SELECT count(*) FROM jobs WHERE leased_until > now()") > 0).await;
    signal(&stuck, "TERM");
    assert_eq!(ended(&mut stuck).await.code(), Some(0));
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE leased_until > now()"), 0, "it is given back");

    let mails = MailServer::start();
    let url = mails.url();
    let settings = [("SMTP_URL", url.as_str()), long];
    let mut next = mendmap(&app.database.url, &folder, &["worker"], &settings).stdout(Stdio::null()).spawn().unwrap();
    until("the delivery", || app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'") == 1).await;
    signal(&next, "TERM");
    assert_eq!(ended(&mut next).await.code(), Some(0));
    assert_eq!(mails.message_ids().len(), 1);
}

#[actix_web::test]
async fn a_start_that_must_not_migrate_waits_for_the_command_that_may_run_twice_at_once() {
    let (database, folder) = (TestDatabase::create(), tempfile::tempdir().unwrap());
    database.connect().revert_all_migrations(MIGRATIONS).unwrap();
    let run = |arguments: &[&str], settings: &[(&str, &str)]| -> Output {
        mendmap(&database.url, &folder, arguments, settings).output().unwrap()
    };
    for command in ["serve", "worker"] {
        let refused = run(&[command], &[("MIGRATE_AT_START", "false")]);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(told.contains("`mendmap migrate`") && told.trim().lines().count() == 1, "{told}");
    }
    let both: Vec<Output> = std::thread::scope(|scope| {
        let started: Vec<_> =
            (0..2).map(|_| scope.spawn(|| run(&["migrate"], &[("MIGRATE_AT_START", "false")]))).collect();
        started.into_iter().map(|process| process.join().unwrap()).collect()
    });
    for output in both {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(db::pending(&mut database.connect()).unwrap(), 0);
    let (mut server, port) = serve(&mut mendmap(&database.url, &folder, &["serve"], &[("MIGRATE_AT_START", "false")]));
    let health = |port: u16| run(&["health"], &[("PORT", port.to_string().as_str())]).status;
    assert!(health(port).success());
    signal(&server, "INT");
    assert_eq!(ended(&mut server).await.code(), Some(0));
    assert_eq!(health(port).code(), Some(1));
    assert_eq!(run(&["health", "--worker"], &[]).status.code(), Some(1), "a worker answers on METRICS_ADDRESS only");
}

#[actix_web::test]
async fn the_log_is_json_with_the_ids_of_requests_and_jobs_and_without_anything_personal() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("LOG", "info,mendmap=debug"), ("LOG_FORMAT", "json"), ("TRUSTED_PROXY_HOPS", "1")];
    let mut command = mendmap(&app.database.url, &folder, &["serve", "--with-worker"], &settings);
    let (mut server, port) = serve(command.stderr(Stdio::piped()));
    let stderr = server.stderr.take().unwrap();
    let log = std::thread::spawn(move || BufReader::new(stderr).lines().map(Result::unwrap).collect::<Vec<_>>());

    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-forwarded-for", "203.0.113.77".parse().unwrap());
    let client = reqwest::Client::builder().default_headers(headers).build().unwrap();
    let url = |path: &str| format!("http://127.0.0.1:{port}/api/v1{path}");
    let mut report = new_report();
    report["title"] = "Hole before Petunia Cottage".into();
    let key = ("Idempotency-Key", "one");
    let sent = client.post(url("/reports")).bearer_auth(&author.token).header(key.0, key.1).json(&report).send();
    assert_eq!(sent.await.unwrap().status(), StatusCode::CREATED);
    client.get(url("/reports?q=petunia")).send().await.unwrap();
    client.get(url("/places/reverse?lon=-2.9977&lat=51.5842")).send().await.unwrap();
    let links = json!({ "email": "visitor@example.org" });
    client.post(url("/auth/sign-in-links")).json(&links).send().await.unwrap();
    client.post(url("/auth/sessions")).json(&json!({ "token": "petunia" })).send().await.unwrap();
    until("the jobs", || app.count("SELECT count(*) FROM jobs") == 0).await;
    // One that fails.
    app.sql("UPDATE bodies SET email = 'petunia at example.org'");
    let sent = client.post(url("/reports")).bearer_auth(&author.token).header(key.0, "two").json(&report).send();
    assert_eq!(sent.await.unwrap().status(), StatusCode::CREATED);
    until("the failure", || app.count("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL") > 0).await;
    signal(&server, "INT");
    assert_eq!(ended(&mut server).await.code(), Some(0));

    let lines = log.join().unwrap();
    let read: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect(line)).collect();
    let told =
        |message: &str| -> Vec<&Value> { read.iter().filter(|line| line["fields"]["message"] == message).collect() };
    let (answers, done, failed) = (told("answered"), told("a job is done"), told("a job failed"));
    assert!(answers.len() >= 6 && done.len() >= 2 && !failed.is_empty(), "{lines:#?}");
    assert!(
        answers.iter().all(|line| line["span"]["request.id"].as_str().is_some_and(|id| !id.is_empty())),
        "{answers:#?}"
    );
    let has_id = |line: &&Value| line["fields"]["job.id"].as_str().is_some_and(|id| !id.is_empty());
    assert!(done.iter().chain(&failed).all(has_id), "{done:#?} {failed:#?}");
    for personal in ["example.org", "petunia", "Petunia", "Reporter Name", "01633 000000", "-2.9977", "203.0.113"] {
        let telling: Vec<_> = lines.iter().filter(|line| line.contains(personal)).collect();
        assert!(telling.is_empty(), "{personal}: {telling:#?}");
    }
}
