//! What an engineer sees of running processes: metrics, traces, and the log's ids.

mod collector;
mod metrics;
mod traces;

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use prometheus_parse::{Scrape, Value};
use reqwest::{Client, RequestBuilder};

use crate::harness::{SECRET, TestDatabase};

/// What nobody may find in metrics or traces: what a reporter wrote, is called, and where it is.
const PERSONAL: [&str; 7] = ["Reporter", "reporter@", "example.org", "01633", "pothole by", "51.56", "2.9977"];

/// A process of the site, watched on a port of its own.
struct Process {
    child: Child,
    client: Client,
    port: u16,
    metrics: u16,
    folder: tempfile::TempDir,
}

impl Process {
    /// `serve` or `worker` on this database, once it answers.
    async fn start(database: &TestDatabase, what: &str, settings: &[(&str, &str)]) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let (port, metrics) = (free(), free());
        let child = Command::new(env!("CARGO_BIN_EXE_mendmap"))
            .arg(what)
            .env("DATABASE_URL", &database.url)
            .env("DATABASE_POOL_SIZE", "6")
            .env("DATA_DIR", folder.path())
            .env("PORT", port.to_string())
            .env("METRICS_ADDRESS", format!("127.0.0.1:{metrics}"))
            .env("SECRET_KEY", SECRET)
            .env("RATE_LIMIT_SCALE", "1000")
            .env("LOG_FORMAT", "json")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut process = Self { child, client: Client::new(), port, metrics, folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while process.client.get(process.metrics_address()).send().await.is_err() {
            assert!(process.child.try_wait().unwrap().is_none(), "it ended: {}", process.log());
            assert!(Instant::now() < deadline, "it does not start: {}", process.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process
    }

    fn metrics_address(&self) -> String {
        format!("http://127.0.0.1:{}/metrics", self.metrics)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://127.0.0.1:{}{path}", self.port))
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> RequestBuilder {
        let request = self.client.post(format!("http://127.0.0.1:{}{path}", self.port));
        request.header("Idempotency-Key", uuid::Uuid::new_v4().to_string()).json(body)
    }

    async fn metrics(&self) -> Metrics {
        let answer = self.client.get(self.metrics_address()).send().await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
        let text = answer.text().await.unwrap();
        let scrape = Scrape::parse(without_braces_in_values(&text).lines().map(|line| Ok(line.to_owned()))).unwrap();
        Metrics { scrape, text }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends it as a supervisor does, and waits until it has.
    fn terminate(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("/bin/kill").args(["-TERM", &id]).status().unwrap().success());
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One look at the metrics.
struct Metrics {
    scrape: Scrape,
    text: String,
}

impl Metrics {
    /// The sum over all samples of this name that have these labels; of histograms, how often something was observed. None where
    /// there is no such sample.
    fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let samples = self.scrape.samples.iter().filter(|sample| {
            let has = |(name, value): &(&str, &str)| {
                sample.labels.get(name).is_some_and(|found| found == value.replace(['{', '}'], "*"))
            };
            sample.metric == name && labels.iter().all(has)
        });
        samples
            .map(|sample| match &sample.value {
                Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
                Value::Histogram(classes) => classes.last().map_or(0.0, |class| class.count),
                Value::Summary(_) => panic!("there are no summaries"),
            })
            .reduce(|sum, value| sum + value)
    }

    /// Everything but the numbers, in which any digits may stand.
    fn words(&self) -> String {
        let words = self.text.lines().filter_map(|line| line.rsplit_once(' '));
        words.map(|(words, _)| words).collect::<Vec<_>>().join("\n")
    }

    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.get(name, labels).unwrap_or_default()
    }
}

/// The parser takes the first brace for the end of the labels, even within a value, where Prometheus allows it: as a star here.
fn without_braces_in_values(text: &str) -> String {
    let mut quoted = false;
    let star = |letter: char| {
        quoted ^= letter == '"';
        if quoted && matches!(letter, '{' | '}') { '*' } else { letter }
    };
    text.chars().map(star).collect()
}

/// Waits until `ready` says so.
async fn until<F: AsyncFnMut() -> bool>(what: &str, mut ready: F) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ready().await {
        assert!(Instant::now() < deadline, "{what} did not happen in half a minute");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A database with two councils.
fn two_councils() -> TestDatabase {
    use diesel::connection::SimpleConnection as _;
    let database = TestDatabase::create();
    database.connect().batch_execute(include_str!("../two_councils.sql")).unwrap();
    database
}
