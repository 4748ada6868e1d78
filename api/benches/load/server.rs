//! The server that is measured: this program again, as a process of its own. It is the library's server, and mounts one
//! address more: `/bench/fixed` answers the same from memory each time, in the way a kept tile is answered.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use anyhow::Context as _;
use mendmap::cache::{Kept, Kind};
use mendmap::config::Config;
use mendmap::db::Db;
use mendmap::http::kept;
use mendmap::{serve, telemetry};

use crate::databases::Database;
use crate::process::{self, Running};

/// The word that makes this program a server.
pub const COMMAND: &str = "serve";
/// Where the fixed answer is.
pub const FIXED: &str = "/bench/fixed";
/// Bytes of the fixed answer.
const FIXED_BYTES: &str = "BENCH_FIXED_BYTES";

/// Which caches a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caches<'a> {
    /// None.
    Off,
    /// Its own, as it comes.
    Own,
    /// A memcached, and nothing in the process.
    Memcached(&'a str),
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Running,
    /// Where it is, such as `http://127.0.0.1:4711`.
    pub address: String,
}

impl Server {
    /// Starts one on this database, whose fixed answer has so many bytes.
    pub fn start(database: &Database, caches: Caches<'_>, fixed_bytes: usize) -> anyhow::Result<Self> {
        let mut command = database.command(&std::env::current_exe()?);
        command.env(FIXED_BYTES, fixed_bytes.to_string());
        Self::run(command, caches)
    }

    /// Starts one on this database that also serves the app in this folder.
    pub fn start_with_app(database: &Database, caches: Caches<'_>, app: &Path) -> anyhow::Result<Self> {
        let mut command = database.command(&std::env::current_exe()?);
        command.env("SPA_DIR", app);
        Self::run(command, caches)
    }

    fn run(mut command: Command, caches: Caches<'_>) -> anyhow::Result<Self> {
        command.arg(COMMAND).stdout(Stdio::piped());
        match caches {
            Caches::Off => command.env("CACHE_MEGABYTES", "0"),
            Caches::Own => &mut command,
            Caches::Memcached(url) => command.env("CACHE_MEGABYTES", "0").env("MEMCACHED_URL", url),
        };
        let mut process = Running::start(&mut command)?;
        let mut address = String::new();
        BufReader::new(process.stdout().context("no output")?).read_line(&mut address)?;
        anyhow::ensure!(address.starts_with("http"), "the server did not start");
        Ok(Self { process, address: address.trim().to_owned() })
    }

    /// What it has in memory, and the most it ever had, in MB.
    pub fn resident_megabytes(&self) -> anyhow::Result<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.trim_start_matches(':').trim().strip_suffix(" kB"));
            anyhow::Ok(kilobytes.context("no such line in its status")?.trim().parse::<f64>()? / 1024.0)
        };
        Ok((megabytes("VmRSS")?, megabytes("VmHWM")?))
    }

    /// For how long its threads have worked so far, to a hundredth of a second.
    pub fn worked(&self) -> anyhow::Result<Duration> {
        let line = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The second field is its name in brackets; the 14th and the 15th are its own time and the kernel's (proc(5)).
        let (_, fields) = line.rsplit_once(')').context("no such line of a process")?;
        let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
    }

    /// What it answers to a GET of this address.
    pub fn get(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.send(reqwest::Client::new().get(self.url(path)))
    }

    /// What it answers to a POST of JSON by somebody signed in.
    pub fn post(&self, path: &str, token: &str, key: &str, body: &str) -> anyhow::Result<Vec<u8>> {
        let request = reqwest::Client::new().post(self.url(path)).bearer_auth(token).header("Idempotency-Key", key);
        self.send(request.header("Content-Type", "application/json").body(body.to_owned()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Vec<u8>> {
        process::go_on()?;
        actix_web::rt::System::new().block_on(async {
            let answer = request.send().await?;
            let (status, url, bytes) = (answer.status(), answer.url().clone(), answer.bytes().await?);
            anyhow::ensure!(status.is_success(), "{url} answers {status}: {}", String::from_utf8_lossy(&bytes));
            Ok(bytes.to_vec())
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.end();
    }
}

/// The server's side: serves until standard input ends, which it also does when whoever started it is gone.
pub fn serve() -> anyhow::Result<()> {
    let mut config = Config::from_env()?;
    telemetry::start(&config.log)?;
    let listener = TcpListener::bind((config.http.bind, config.http.port))?;
    config.set_port(listener.local_addr()?.port());
    let base_url = config.http.base_url();
    let url = config.storage.database_url.clone().context("DATABASE_URL is not set")?.expose().to_owned();
    let secret = config.storage.secret_key.clone().context("SECRET_KEY is not set")?.expose().to_owned();
    let db = Db::open(&url, config.storage.pool_size)?;
    let app = web::Data::new(serve::app_state(config, db, &secret)?);
    let bytes = std::env::var(FIXED_BYTES).map_or(Ok(1), |bytes| bytes.parse())?;
    let fixed = web::Data::from(Arc::new(Kept::new(Kind::Json, vec![b' '; bytes], Instant::now())));
    actix_web::rt::System::new().block_on(async {
        let server = serve::start_with(app, listener, move |cfg| {
            cfg.app_data(fixed.clone()).route(FIXED, web::get().to(answer_fixed));
        })?;
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        #[expect(clippy::print_stdout, reason = "whoever started it reads this line")]
        {
            println!("{base_url}");
        }
        web::block(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
        // Listeners of the live map would be waited for; there are none.
        drop(handle.stop(false));
        let _ = tokio::time::timeout(Duration::from_secs(5), running).await;
        anyhow::Ok(())
    })
}

async fn answer_fixed(request: HttpRequest, fixed: web::Data<Kept>) -> HttpResponse {
    kept::answer(&request, &fixed)
}
