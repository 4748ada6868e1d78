//! What every HTTP test stands on: a real server on a free port, on a database of its own.
//!
//! Databases are copied from one migrated template. A schema each would share NOTIFY between tests; a database each does not, and
//! copying one takes about as long.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use actix_web::web::Data;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::config::Config;
use mendmap::db::{self, Db, MIGRATIONS};
use mendmap::embedded::Cluster;
use mendmap::jobs::queries::Take;
use mendmap::jobs::worker::Workplace;
use mendmap::serve;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

pub const SECRET: &str = "the secret of a server that lives for one test";

/// The cluster of this test run: the first process to need it starts it, the last one to end stops it.
fn cluster() -> Arc<Cluster> {
    static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cluster) = running.upgrade() {
        return cluster;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster");
    let cluster = Arc::new(Cluster::open(&folder).expect("PostgreSQL starts"));
    *running = Arc::downgrade(&cluster);
    cluster
}

fn admin(cluster: &Cluster) -> PgConnection {
    let mut conn = PgConnection::establish(&cluster.database_url()).expect("the cluster answers");
    conn.batch_execute("SET client_min_messages = error").expect("a setting");
    conn
}

/// The migrated template, made by whoever comes first.
fn template(conn: &mut PgConnection, cluster: &Cluster) -> String {
    use diesel::migration::{Migration, MigrationSource};
    let all: Vec<Box<dyn Migration<diesel::pg::Pg>>> = MIGRATIONS.migrations().expect("migrations");
    // Files that were edited before they shipped make another template.
    let text: String = all.iter().map(|migration| migration.name().to_string()).collect::<String>()
        + include_str!("../../../migrations/2026-11-22-000001_places_and_bodies/up.sql")
        + include_str!("../../../migrations/2026-11-22-000002_people/up.sql")
        + include_str!("../../../migrations/2026-11-22-000003_reports/up.sql")
        + include_str!("../../../migrations/2026-11-22-000004_outbox/up.sql")
        + include_str!("../../../migrations/2026-11-25-000005_map_counts/up.sql")
        + include_str!("../../../migrations/2026-11-25-000006_map_index/up.sql")
        + include_str!("../../../migrations/2026-11-25-000007_integrations/up.sql")
        + include_str!("../../../migrations/2026-11-25-000008_open311_server/up.sql")
        + include_str!("../../../migrations/2026-11-25-000009_open311_client/up.sql")
        + include_str!("../../../migrations/2026-11-25-000010_webhooks/up.sql")
        + include_str!("../../../migrations/2026-11-25-000011_pending_deliveries/up.sql")
        + include_str!("../../../migrations/2026-11-27-000012_map_index_by_status/up.sql")
        + include_str!("../../../migrations/2026-11-27-000013_reader_and_mail_feedback/up.sql")
        + include_str!("../../../migrations/2026-11-27-000014_moving_in/up.sql")
        + include_str!("../../../migrations/2026-11-27-000015_trace/up.sql")
        + include_str!("../../../migrations/2026-11-27-000016_map_cell_index_gone/up.sql")
        + include_str!("../../../migrations/2026-11-27-000017_open_data/up.sql")
        + include_str!("../../../migrations/2026-11-27-000018_exports/up.sql")
        + include_str!("../../../migrations/2026-11-27-000020_stats_index/up.sql")
        + include_str!("../../../migrations/2026-11-27-000021_map_months_first/up.sql")
        + include_str!("../../../migrations/2026-11-27-000022_map_months_of_all_levels/up.sql")
        + include_str!("../../../migrations/2026-11-28-000023_changes_by_moment/up.sql")
        + include_str!("../../../migrations/2026-11-28-000024_renamed_areas/up.sql")
        + include_str!("../../../migrations/2026-11-28-000025_map_deepest_level/up.sql");
    let name = format!("template_{}", Uuid::new_v5(&Uuid::nil(), text.as_bytes()).simple());
    diesel::sql_query("SELECT pg_advisory_lock(1)").execute(conn).expect("a lock");
    let known: i64 = diesel::dsl::sql::<BigInt>(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"))
        .get_result(conn)
        .expect("an answer");
    if known == 0 {
        // Nothing here outlives the run: speed before safety.
        for setting in ["fsync = off", "synchronous_commit = off", "full_page_writes = off"] {
            conn.batch_execute(&format!("ALTER SYSTEM SET {setting}")).expect("a setting");
        }
        conn.batch_execute("SELECT pg_reload_conf()").expect("a reload");
        // A run that was killed while making it may have left half of one.
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name}_part WITH (FORCE)")).expect("no database");
        conn.batch_execute(&format!("CREATE DATABASE {name}_part")).expect("a database");
        db::migrate(&database(cluster, &format!("{name}_part"))).expect("the migrations run");
        conn.batch_execute(&format!("ALTER DATABASE {name}_part RENAME TO {name}")).expect("a name");
    }
    diesel::sql_query("SELECT pg_advisory_unlock(1)").execute(conn).expect("an unlock");
    name
}

fn database(cluster: &Cluster, name: &str) -> String {
    cluster.database_url().replace("/mendmap?", &format!("/{name}?"))
}

/// A database of its own, dropped at the end.
pub struct TestDatabase {
    pub url: String,
    /// Where it lies in the run's own cluster.
    own: Option<(String, Arc<Cluster>)>,
}

impl TestDatabase {
    pub fn create() -> Self {
        let cluster = cluster();
        let mut conn = admin(&cluster);
        let template = template(&mut conn, &cluster);
        let name = format!("test_{}", Uuid::new_v4().simple());
        conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).expect("a copy");
        Self { url: database(&cluster, &name), own: Some((name, cluster)) }
    }

    /// One on a server that the test started itself, migrated already.
    pub fn elsewhere(url: String) -> Self {
        Self { url, own: None }
    }

    /// One without anything in it, for another program's tables.
    pub fn empty() -> Self {
        let cluster = cluster();
        let name = format!("test_{}", Uuid::new_v4().simple());
        admin(&cluster).batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        Self { url: database(&cluster, &name), own: Some((name, cluster)) }
    }

    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).expect("the database answers")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((name, cluster)) = &self.own {
            let _ = admin(cluster).batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// A running server with a folder and a database of its own.
pub struct TestApp {
    pub address: String,
    pub config: Config,
    pub place: Workplace,
    client: Client,
    handle: actix_web::dev::ServerHandle,
    pub folder: tempfile::TempDir,
    // Last: the pools above must let go of it first.
    pub database: Arc<TestDatabase>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with these settings over the defaults.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Arc::new(TestDatabase::create()), settings).await
    }

    /// Another server on the database of this one.
    pub async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::start_on(self.database.clone(), settings).await
    }

    /// A server on this database.
    pub async fn start_on(database: Arc<TestDatabase>, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data_dir = folder.path().display().to_string();
        let lookup = |name: &str| {
            let own = settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            own.or_else(|| match name {
                "DATA_DIR" => Some(data_dir.clone()),
                "DATABASE_POOL_SIZE" => Some("8".into()),
                // What a test changes is to be seen at once.
                "CACHE_MEGABYTES" => Some("0".into()),
                "MAP_CENTRE" => Some("-2.9977,51.5842".into()),
                "RATE_LIMIT_SCALE" => Some("1000".into()),
                "PORT" => Some("0".into()),
                // The servers that tests call are on this machine.
                "OUTBOUND_ALLOW" => Some("127.0.0.0/8".into()),
                _ => None,
            })
        };
        let mut config = Config::from_lookup(&lookup).expect("the settings hold");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        config.set_port(listener.local_addr().expect("an address").port());
        let mut db = Db::open(&database.url, config.storage.pool_size).expect("a pool");
        if let Some(reader) = &config.storage.database_reader_url {
            db = db.with_reader(reader.expose(), config.storage.pool_size).expect("a reader");
        }
        let data = Data::new(serve::app_state(config.clone(), db.clone(), SECRET).expect("the state"));
        let server = serve::start(data.clone(), listener).expect("the server starts");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let post = serve::post(&config, SECRET).expect("the post office");
        Self {
            address: format!("http://127.0.0.1:{}", config.http.port),
            place: Workplace {
                db,
                post,
                outbound: serve::outbound(&config),
                photos: data.photos.clone(),
                workshop: data.workshop.clone(),
                lease_seconds: config.worker.lease_seconds,
            },
            config,
            // The server closes what lies idle for five seconds, which a test that waits for another program does not see.
            client: Client::builder().pool_idle_timeout(Duration::from_secs(2)).build().expect("a client"),
            handle,
            folder,
            database,
        }
    }

    pub fn conn(&self) -> PgConnection {
        self.database.connect()
    }

    pub fn sql(&self, statements: &str) {
        self.conn().batch_execute(statements).expect("the statements run");
    }

    pub fn count(&self, query: &str) -> i64 {
        diesel::dsl::sql::<BigInt>(query).get_result(&mut self.conn()).expect("a number")
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if ["/api/", "/feeds/", "/ogc", "/open311/", "/photos/", "/healthz", "/readyz"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
        {
            path.to_owned()
        } else {
            format!("/api/v1{path}")
        };
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await).await
    }

    pub async fn get_as(&self, session: &Session, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).bearer_auth(&session.token).send().await).await
    }

    /// Sends JSON with a fresh idempotency key.
    pub async fn send(&self, method: Method, path: &str, session: Option<&Session>, body: &Value) -> Answer {
        self.send_with_key(method, path, session, body, &Uuid::new_v4().to_string()).await
    }

    pub async fn send_with_key(
        &self,
        method: Method,
        path: &str,
        session: Option<&Session>,
        body: &Value,
        key: &str,
    ) -> Answer {
        let mut request = self.request(method, path).header("Idempotency-Key", key).json(body);
        if let Some(session) = session {
            request = request.bearer_auth(&session.token);
        }
        Answer::of(request.send().await).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, None, &body).await
    }

    pub async fn post_as(&self, session: &Session, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(session), &body).await
    }

    /// Does every job that is due now, as a worker would.
    pub async fn work_off(&self) {
        let place = Workplace {
            db: self.place.db.clone(),
            post: serve::post(&self.config, SECRET).expect("the post office"),
            outbound: self.place.outbound.clone(),
            photos: self.place.photos.clone(),
            workshop: self.place.workshop.clone(),
            lease_seconds: self.place.lease_seconds,
        };
        actix_web::web::block(move || while place.do_one(Take::Any).expect("the worker reaches its jobs") {})
            .await
            .expect("the worker's thread");
    }

    /// Does what the worker does by the clock.
    pub async fn keep_house(&self) {
        let (db, photos, exports) =
            (self.place.db.clone(), self.place.photos.clone(), self.place.workshop.store.clone());
        let work = move || db.blocking(|conn| mendmap::jobs::housekeeping::run(conn, &photos, &exports));
        actix_web::web::block(work).await.expect("a thread").expect("a tidy house");
    }

    /// Nothing is left to do, and nothing was given up.
    pub fn assert_no_jobs_left(&self) {
        assert_eq!(self.count("SELECT count(*) FROM jobs"), 0, "jobs were left behind");
    }

    /// All mails so far, oldest first, with their lines unfolded and decoded.
    pub fn mails(&self) -> Vec<Mail> {
        let folder = self.config.storage.data_dir.join("outbox");
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("the outbox")
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        files.sort_by_key(|path| path.metadata().and_then(|meta| meta.modified()).expect("a time"));
        files.iter().map(|path| Mail::read(&std::fs::read_to_string(path).expect("a mail"))).collect()
    }

    pub fn last_mail_to(&self, address: &str) -> Mail {
        let mails = self.mails();
        mails
            .into_iter()
            .rev()
            .find(|mail| mail.header("To") == address)
            .unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// Signs in by a mailed link.
    pub async fn sign_in(&self, email: &str) -> Session {
        assert_eq!(self.post("/auth/sign-in-links", json!({ "email": email })).await.status, StatusCode::ACCEPTED);
        self.work_off().await;
        let token = self.last_mail_to(email).link_token();
        let answer = self.post("/auth/sessions", json!({ "token": token })).await.expect(StatusCode::CREATED);
        answer.session()
    }

    /// Signs in somebody who works for a body.
    pub async fn sign_in_staff(&self, email: &str, body: &str, role: &str) -> Session {
        let session = self.sign_in(email).await;
        self.sql(&format!(
            "INSERT INTO staff (user_id, body_id, role) SELECT u.id, b.id, '{role}' FROM users u, bodies b WHERE u.email = '{email}' AND b.slug = '{body}'"
        ));
        session
    }

    /// Two neighbouring councils in empty country, each a body with potholes and drains; `north` is preferred for potholes in the
    /// strip both cover.
    pub fn two_councils(&self) {
        self.sql(include_str!("two_councils.sql"));
    }

    /// A report in Southshire, published by its author.
    pub async fn published_report(&self, author: &Session) -> i64 {
        let answer = self.post_as(author, "/reports", new_report()).await.expect(StatusCode::CREATED);
        assert_eq!(answer.body["visibility"], "published");
        answer.body["id"].as_i64().expect("a number")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The server's threads end with it; nobody waits for a client that is gone.
        drop(self.handle.stop(false));
    }
}

/// A pothole in Southshire.
pub fn new_report() -> Value {
    json!({
        "location": { "lon": -2.9977, "lat": 51.56 },
        "category": "potholes",
        "title": "Deep pothole by the bus stop",
        "detail": "It has been getting larger since the frost.",
        "answers": { "depth": "12", "danger": "no" },
        "author": { "name": "Reporter Name", "email": "reporter@example.org", "phone": "01633 000000" },
    })
}

/// Somebody signed in.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub cookie: String,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Answer {
    pub async fn of(response: Result<Response, reqwest::Error>) -> Self {
        let response = response.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        // A stream of events has no end to wait for.
        let endless = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let bytes = if endless { Vec::new() } else { response.bytes().await.expect("a body").to_vec() };
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Self { status, headers, bytes, body }
    }

    /// The same answer, if it has this status.
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// The same answer, if it is this error.
    pub fn expect_error(self, code: mendmap_shared::error::ErrorCode) -> Self {
        assert_eq!(self.body["error"]["code"], code.as_str(), "{}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.status.as_u16(), code.http_status());
        assert!(self.body["error"]["reference"].as_str().is_some_and(|reference| !reference.is_empty()));
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn session(&self) -> Session {
        let body = if self.body["session"].is_object() { &self.body["session"] } else { &self.body };
        let cookie = self.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        Session { token: body["access_token"].as_str().expect("a token").to_owned(), cookie }
    }
}

/// A mail, decoded far enough to be read.
#[derive(Debug, Clone)]
pub struct Mail {
    pub text: String,
}

impl Mail {
    /// Undoes quoted-printable, which is all that our mails use.
    pub fn read(raw: &str) -> Self {
        let joined = raw.replace("=\r\n", "").replace("=\n", "");
        let mut bytes = Vec::with_capacity(joined.len());
        let mut rest = joined.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            let code = (*first == b'=')
                .then(|| tail.get(..2))
                .flatten()
                .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            match code {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        Self { text: String::from_utf8_lossy(&bytes).replace("\r\n", "\n") }
    }

    pub fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        self.text
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix(&prefix))
            .unwrap_or_default()
    }

    /// The token behind the `#` of the first link that has one.
    pub fn link_token(&self) -> String {
        let at = self.text.find('#').expect("a link with a token");
        self.text[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
    }
}

/// Waits until `ready` says so, looking often; fails after ten seconds.
pub async fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !ready() {
        assert!(Instant::now() < deadline, "{what} did not happen in ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The folder of real data, or nothing, said once. With `CI=true` its absence is a failure.
pub fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("MENDMAP_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    if folder.join("README.md").exists() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the real data is missing: {}", folder.display());
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know what was not tested")]
    {
        eprintln!("skipped: no real data at {}", folder.display());
    }
    None
}
