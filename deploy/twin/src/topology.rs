//! The whole: edge, load balancer, three api processes, two workers, two memcached, writer and standby, the shared photo folder,
//! the mail sink, the recorder of spans, a body's back office. All on the loopback interface, on free ports, in one folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::back_office::BackOffice;
use crate::balancer::Balancer;
use crate::database::Database;
use crate::edge::Edge;
use crate::memcached::Memcached;
use crate::ports;
use crate::process::{Process, output, until};
use crate::recorder::Recorder;
use crate::smtp::Sink;

/// How many api processes there are.
pub const APIS: usize = 3;
/// How many workers there are.
pub const WORKERS: usize = 2;
/// Signs sessions here, and nowhere else.
const SECRET: &str = "the twin's secret, which nobody else has";
/// Seconds a process takes to let go when it is told to stop. In production 30; nobody here is that far away.
pub const DRAIN_SECONDS: u64 = 5;
/// How long a process may take to be ready. A debug build on a busy machine is slow.
const START: Duration = Duration::from_secs(60);

/// Where the twin's programs are.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of everything it keeps; emptied at each start.
    pub folder: PathBuf,
    /// The binary.
    pub mendmap: PathBuf,
    /// Folder of the built app; without one the pages are not served.
    pub spa: Option<PathBuf>,
    /// Where the edge listens; none: a free port.
    pub port: Option<u16>,
}

/// A process of ours that comes and goes, always on the same ports.
#[derive(Debug)]
pub struct Task {
    name: String,
    subcommand: &'static str,
    binary: PathBuf,
    /// Its port, of an api process.
    pub port: u16,
    /// Port of its metrics.
    pub metrics: u16,
    process: Option<Process>,
}

/// The running twin. Fields are dropped in this order: who asks before who answers.
#[derive(Debug)]
pub struct Twin {
    /// What CloudFront is in production.
    pub edge: Edge,
    /// What the Application Load Balancer is.
    pub balancer: Balancer,
    /// Processes that serve.
    pub apis: Vec<Task>,
    /// Processes that work.
    pub workers: Vec<Task>,
    /// The shared cache.
    pub memcached: Vec<Memcached>,
    /// Writer, standby, archive.
    pub database: Database,
    /// What SES is.
    pub sink: Sink,
    /// What the collector and X-Ray are.
    pub recorder: Recorder,
    /// A body's own server.
    pub back_office: BackOffice,
    /// Runs what is asynchronous of the twin's own.
    pub runtime: Runtime,
    /// Sockets of the edge and the load balancer.
    pub sockets: TempDir,
    options: Options,
    _lock: File,
}

impl Twin {
    /// Starts everything but the api processes and the workers, and brings the schema up to date.
    ///
    /// # Errors
    /// Names what does not start.
    pub fn prepare(options: &Options) -> anyhow::Result<Self> {
        let options = options.clone();
        fs::create_dir_all(&options.folder)?;
        let lock = only_one(&options.folder)?;
        empty(&options.folder)?;
        let options = Options { folder: options.folder.canonicalize()?, ..options };
        let folder = &options.folder;
        fs::create_dir(folder.join("photos"))?;
        fs::create_dir(folder.join("nothing"))?;
        fs::write(folder.join("nothing/index.html"), "The app is not built: make app\n")?;
        let spa = options.spa.clone().unwrap_or_else(|| folder.join("nothing")).canonicalize()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        // A socket's path has room for a hundred letters only.
        let sockets = tempfile::Builder::new().prefix("mendmap-twin-").tempdir()?;
        let sink = Sink::start(runtime.handle())?;
        let recorder = Recorder::start()?;
        let back_office = BackOffice::start()?;
        let database = Database::start(folder)?;
        let memcached = (1..=2).map(|n| Memcached::start(folder, n)).collect::<Result<_, _>>()?;
        let ports: [u16; 2 * APIS + WORKERS] = ports::free()?;
        let [free, balancer] = ports::free()?;
        let task = |n: usize, subcommand: &'static str, port, metrics| Task {
            name: format!("{}-{}", if subcommand == "serve" { "api" } else { "worker" }, n + 1),
            subcommand,
            binary: options.mendmap.clone(),
            port,
            metrics,
            process: None,
        };
        let apis: Vec<Task> = (0..APIS).map(|n| task(n, "serve", ports[2 * n], ports[2 * n + 1])).collect();
        let workers = (0..WORKERS).map(|n| task(n, "worker", 0, ports[2 * APIS + n])).collect();
        let listening: Vec<u16> = apis.iter().map(|api| api.port).collect();
        let balancer = Balancer::start(&folder.join("balancer"), sockets.path(), balancer, &listening)?;
        let port = options.port.unwrap_or(free);
        anyhow::ensure!(!ports::answers(port), "port {port} is taken");
        let edge = Edge::start(&folder.join("edge"), sockets.path(), &spa, port, balancer.port)?;
        let twin = Self {
            edge,
            balancer,
            apis,
            workers,
            memcached,
            database,
            sink,
            recorder,
            back_office,
            runtime,
            sockets,
            options,
            _lock: lock,
        };
        twin.admin(&["migrate"], None)?;
        Ok(twin)
    }

    /// Starts the api processes and the workers, and waits until all are ready.
    ///
    /// # Errors
    /// Names what does not start.
    pub fn start_tasks(&mut self) -> anyhow::Result<()> {
        for n in 0..APIS {
            self.start_api(n)?;
        }
        for n in 0..WORKERS {
            self.start_worker(n)?;
        }
        self.wait_until_healthy()
    }

    /// Starts an api process that is not there.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn start_api(&mut self, n: usize) -> anyhow::Result<()> {
        let command = self.command(&self.apis[n]);
        self.apis[n].start(command, &self.options.folder)
    }

    /// Starts a worker that is not there.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn start_worker(&mut self, n: usize) -> anyhow::Result<()> {
        let command = self.command(&self.workers[n]);
        self.workers[n].start(command, &self.options.folder)
    }

    /// Waits until the load balancer finds every api process ready.
    ///
    /// # Errors
    /// When they do not become that.
    pub fn wait_until_healthy(&mut self) -> anyhow::Result<()> {
        for task in self.apis.iter_mut().chain(&mut self.workers) {
            let is_there = task.process.as_mut().is_some_and(Process::is_running);
            anyhow::ensure!(is_there, "{} has ended; see {}", task.name, self.options.folder.join("log").display());
        }
        let balancer = &self.balancer;
        until("every api process' being ready", START, || balancer.healthy().is_ok_and(|up| up == APIS)).map(drop)
    }

    /// Runs `mendmap` with arguments, and answers what it printed.
    ///
    /// # Errors
    /// With what it said, when it fails.
    pub fn admin(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<String> {
        let mut command = self.environment(&self.options.mendmap);
        command.args(arguments);
        if let Some(input) = input {
            let file = self.options.folder.join("input");
            fs::write(&file, input)?;
            command.stdin(File::open(&file)?);
            fs::remove_file(file)?;
        } else {
            command.stdin(Stdio::null());
        }
        output(&mut command)
    }

    /// The folder of the photos.
    #[must_use]
    pub fn photos(&self) -> PathBuf {
        self.options.folder.join("photos")
    }

    /// The folder of everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.options.folder
    }

    /// The binary.
    #[must_use]
    pub fn mendmap(&self) -> &Path {
        &self.options.mendmap
    }

    /// What is where, for people.
    #[must_use]
    pub fn addresses(&self) -> String {
        let mut out = format!("The site, through the edge:  {}\n", self.edge.address());
        let mut add = |what: &str, port: u16| out.push_str(&format!("{what:28} 127.0.0.1:{port}\n"));
        add("Load balancer:", self.balancer.port);
        for task in &self.apis {
            add(&format!("{} (metrics {}):", task.name, task.metrics), task.port);
        }
        for task in &self.workers {
            add(&format!("{}, metrics:", task.name), task.metrics);
        }
        for (n, memcached) in self.memcached.iter().enumerate() {
            add(&format!("memcached {}:", n + 1), memcached.port);
        }
        add("PostgreSQL, writer:", self.database.writer().port);
        add("PostgreSQL, standby:", self.database.standby().port);
        add("Mail sink (SMTP):", self.sink.port);
        add("Recorder of spans (OTLP):", self.recorder.port);
        out.push_str(&format!("Photos, logs, data:          {}\n", self.options.folder.display()));
        out
    }

    fn command(&self, task: &Task) -> Command {
        let mut command = self.environment(&task.binary);
        command
            .arg(task.subcommand)
            .env("PORT", task.port.to_string())
            .env("METRICS_ADDRESS", format!("127.0.0.1:{}", task.metrics))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{}", self.recorder.port));
        command
    }

    /// The settings of production, as far as one machine has them.
    fn environment(&self, binary: &Path) -> Command {
        let nodes: Vec<String> =
            self.memcached.iter().map(|node| format!("memcache://127.0.0.1:{}", node.port)).collect();
        let mut command = Command::new(binary);
        command
            .env("DATA_DIR", self.options.folder.join("data"))
            .env("BASE_URL", self.edge.address())
            .env("DATABASE_URL", self.database.url())
            .env("DATABASE_READER_URL", self.database.reader_url())
            .env("DATABASE_POOL_SIZE", "8")
            .env("MEMCACHED_URL", nodes.join(","))
            .env("PHOTO_STORE", self.photos())
            .env("SMTP_URL", format!("smtp://127.0.0.1:{}", self.sink.port))
            .env("SECRET_KEY", SECRET)
            .env("TRUSTED_PROXY_HOPS", "2")
            .env("RATE_LIMIT_SCALE", "10000")
            .env("OUTBOUND_ALLOW", "127.0.0.0/8")
            .env("JOB_LEASE_SECONDS", "3")
            .env("MIGRATE_AT_START", "false")
            .env("DRAIN_SECONDS", DRAIN_SECONDS.to_string())
            .env("LOG_FORMAT", "json")
            .env("LOG", "info");
        command
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        // All at once: each takes its time to drain.
        for process in self.apis.iter().chain(&self.workers).filter_map(|task| task.process.as_ref()) {
            let _ = process.signal(nix::sys::signal::Signal::SIGTERM);
        }
    }
}

impl Task {
    fn start(&mut self, mut command: Command, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder.join("log"))?;
        let log = folder.join("log").join(format!("{}.log", self.name));
        self.process = Some(Process::start(&self.name, &mut command, &log)?);
        Ok(())
    }

    /// From its next start on it runs this binary.
    pub fn use_binary(&mut self, binary: &Path) {
        binary.clone_into(&mut self.binary);
    }

    /// Whether it runs and has a connection from this port of its own to that one.
    #[must_use]
    pub fn has_connection(&self, from: u16, to: u16) -> bool {
        self.process.as_ref().is_some_and(|process| process.has_connection(from, to))
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().with_context(|| format!("{} does not run", self.name))?;
        process.kill()
    }

    /// Asks it to end; says whether it did so in time, by itself.
    ///
    /// # Errors
    /// When it does not run.
    pub fn terminate(&mut self) -> anyhow::Result<bool> {
        let mut process = self.process.take().with_context(|| format!("{} does not run", self.name))?;
        Ok(process.terminate_within(Duration::from_secs(2 * DRAIN_SECONDS + 20)))
    }
}

/// Two twins in one folder would take each other's data away.
fn only_one(folder: &Path) -> anyhow::Result<File> {
    let lock = File::create(folder.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => anyhow::bail!("a twin runs in {} already", folder.display()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Empties the folder of an earlier twin, but for the lock. As root its databases may lie elsewhere, behind a link.
fn empty(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "lock") {
            continue;
        }
        if path.is_symlink() {
            let target = fs::canonicalize(&path).ok().filter(|target| target.starts_with("/var/lib/mendmap"));
            target.map(fs::remove_dir_all).transpose()?;
            fs::remove_file(&path)?;
        } else if path.is_dir() {
            fs::remove_dir_all(&path)?;
        } else {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
