//! Residents: they look at the map, send reports with photos, write updates, and another system sends its own. What is not
//! acknowledged is sent again under the same key, as the app does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::Rng as _;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::attempts::{Attempt, Kind, Outcome, Phase};
use super::ledger::{Ledger, Report, SeenBy};
use crate::postgres::is_true;
use crate::process::until;
use crate::topology::Twin;

/// Stands in everything that is nobody's business, and nowhere else.
pub const SECRET_MARK: &str = "zebra";
/// The resident who is signed in.
const RESIDENT: &str = "zebra-resident@example.org";
const PASSWORD: &str = "correct horse battery staple";
/// How long a resident tries, once the fault is over.
const GIVES_UP: Duration = Duration::from_secs(60);
/// How long a request may take before the browser gives it up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What all residents share.
#[derive(Debug)]
pub struct Residents {
    client: Client,
    edge: String,
    key: String,
    token: Mutex<String>,
    phase: Mutex<Phase>,
    ledger: Mutex<Ledger>,
    is_over: AtomicBool,
    over_since: Mutex<Option<Instant>>,
}

/// Residents who are at it.
#[derive(Debug)]
pub struct Load {
    residents: Arc<Residents>,
    at_work: Vec<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Residents {
    /// Makes the ground, the account and the key.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn settle(twin: &Twin) -> anyhow::Result<Arc<Self>> {
        twin.database.writer().run(include_str!("../ground.sql"))?;
        twin.admin(&["admin", "user", "add", RESIDENT, "--name", "Zebraname", "--password-stdin"], Some(PASSWORD))?;
        let key = twin.admin(&["admin", "key", "add", "south", "twin", "--trusted"], None)?;
        let endpoint = format!("http://127.0.0.1:{}", twin.back_office.port);
        twin.admin(
            &["admin", "open311", "set", "east", &endpoint, "--format", "json", "--key-stdin"],
            Some("a key of the back office"),
        )?;
        // Its categories are those its server offers: a worker fetches them.
        until("the back office's service list", Duration::from_secs(60), || {
            let services = "EXISTS (SELECT FROM categories c JOIN bodies b ON b.id = c.body_id WHERE b.slug = 'east')";
            twin.database.writer().connect().is_ok_and(|mut conn| is_true(&mut conn, services).unwrap_or(false))
        })?;
        Ok(Arc::new(Self {
            client: Client::builder().timeout(TIMEOUT).build()?,
            edge: twin.edge.address(),
            key: key.trim().to_owned(),
            token: Mutex::default(),
            phase: Mutex::default(),
            ledger: Mutex::default(),
            is_over: AtomicBool::new(false),
            over_since: Mutex::default(),
        }))
    }

    /// What was acknowledged so far.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// What happened since the load began.
    pub fn phase(&self) -> MutexGuard<'_, Phase> {
        lock(&self.phase)
    }

    /// The other system's key.
    pub fn api_key(&self) -> &str {
        &self.key
    }

    /// Sends everybody off.
    pub fn begin(self: &Arc<Self>, twin: &Twin) -> Load {
        *self.phase() = Phase::default();
        self.is_over.store(false, Ordering::Relaxed);
        *lock(&self.over_since) = None;
        let mut at_work = Vec::new();
        for _ in 0..2 {
            let residents = self.clone();
            at_work.push(twin.runtime.spawn(async move { residents.look_at_the_map().await }));
            let residents = self.clone();
            at_work.push(twin.runtime.spawn(async move { residents.send_reports().await }));
        }
        let residents = self.clone();
        at_work.push(twin.runtime.spawn(async move { residents.read().await }));
        let residents = self.clone();
        at_work.push(twin.runtime.spawn(async move { residents.write_updates().await }));
        let residents = self.clone();
        at_work.push(twin.runtime.spawn(async move { residents.send_requests().await }));
        Load { residents: self.clone(), at_work }
    }

    /// Sends one report everybody sees, and answers its photo.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn show_a_photo(&self, twin: &Twin) -> anyhow::Result<String> {
        twin.runtime.block_on(self.send_report(SeenBy::All, false));
        let ledger = self.ledger();
        let photo = ledger.reports.last().and_then(|report| report.photos.first().cloned());
        photo.with_context(|| format!("no report was taken: {:?}", self.phase().attempts.last()))
    }

    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn gave_up(&self) -> bool {
        lock(&self.over_since).is_some_and(|since| since.elapsed() > GIVES_UP)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.edge)
    }

    /// Sends one request and notes how it went. `expected` are the statuses that are fine.
    async fn attempt(&self, kind: Kind, request: RequestBuilder, expected: &[u16]) -> Option<(StatusCode, Vec<u8>)> {
        let begun = Instant::now();
        let (client, request) = request.build_split();
        let mut what = String::new();
        let sent = match request {
            Ok(request) => {
                what = format!("{} {}", request.method(), request.url().path());
                client.execute(request).await
            }
            Err(error) => Err(error),
        };
        let answer = match sent {
            Ok(response) => {
                let status = response.status();
                let comes_back =
                    status == StatusCode::SERVICE_UNAVAILABLE && response.headers().contains_key("retry-after");
                response.bytes().await.map(|bytes| (status, comes_back, bytes.to_vec()))
            }
            Err(error) => Err(error),
        };
        let (outcome, answer) = match answer {
            Ok((status, _, bytes)) if expected.contains(&status.as_u16()) => (Outcome::Fine, Some((status, bytes))),
            // A session that has run out is no failure.
            Ok((StatusCode::UNAUTHORIZED, ..)) => {
                lock(&self.token).clear();
                return None;
            }
            Ok((_, true, _)) => (Outcome::ComeBack, None),
            Ok((status, _, bytes)) => {
                let words = String::from_utf8_lossy(&bytes);
                let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
                (Outcome::Failed(format!("{status} {words}")), None)
            }
            Err(error) => (Outcome::Failed(format!("{:#}", anyhow::Error::from(error))), None),
        };
        self.phase().attempts.push(Attempt { kind, what, begun, ended: Instant::now(), outcome });
        answer
    }

    /// Tries until it is acknowledged, as the app does: the same again under the same key.
    async fn insist(
        &self,
        kind: Kind,
        request: impl Fn(&str) -> RequestBuilder,
        patience: Option<Duration>,
    ) -> Option<Value> {
        let begun = Instant::now();
        loop {
            let token = self.token().await;
            if !token.is_empty()
                && let Some((_, bytes)) = self.attempt(kind, request(&token), &[200, 201]).await
            {
                return serde_json::from_slice(&bytes).ok();
            }
            if self.gave_up() || patience.is_some_and(|patience| begun.elapsed() > patience) {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// The resident's token; empty when signing in does not work just now.
    async fn token(&self) -> String {
        let known = lock(&self.token).clone();
        if !known.is_empty() {
            return known;
        }
        let body = json!({ "email": RESIDENT, "password": PASSWORD });
        let request = self.client.post(self.url("/api/v1/auth/sessions")).json(&body);
        let Some((_, bytes)) = self.attempt(Kind::Write, request, &[200, 201]).await else { return String::new() };
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let token = answer["access_token"].as_str().unwrap_or_default().to_owned();
        token.clone_into(&mut lock(&self.token));
        token
    }

    /// Reads as anybody, and looks for what nobody may see.
    async fn read_publicly(&self, kind: Kind, path: &str, expected: &[u16]) -> Option<(StatusCode, Vec<u8>)> {
        let answer = self.attempt(kind, self.client.get(self.url(path)), expected).await?;
        let text = String::from_utf8_lossy(&answer.1).to_lowercase();
        if text.contains(SECRET_MARK) {
            self.phase().shown.push(path.to_owned());
        }
        Some(answer)
    }

    async fn look_at_the_map(&self) {
        while self.goes_on() {
            // A window of the county's middle, at a zoom where pins show.
            let (column, row) = { (rand::rng().random_range(8053..8058), rand::rng().random_range(5451..5455)) };
            for tile in [(column, row), (column + 1, row)] {
                let path = format!("/api/v1/map/14/{}/{}.json", tile.0, tile.1);
                self.read_publicly(Kind::Map, &path, &[200, 204]).await;
            }
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
    }

    async fn read(&self) {
        while self.goes_on() {
            self.read_publicly(Kind::Read, "/api/v1/reports?limit=20", &[200]).await;
            let report = {
                let ledger = self.ledger();
                let at = rand::rng().random_range(0..ledger.reports.len().max(1));
                ledger.reports.get(at).cloned()
            };
            if let Some(report) = report {
                let expected: &[u16] = if report.seen_by == SeenBy::All { &[200] } else { &[404] };
                let path = format!("/api/v1/reports/{}", report.id);
                self.read_publicly(Kind::Read, &path, expected).await;
                if let Some(photo) = report.photos.first() {
                    self.read_publicly(Kind::Read, &format!("/photos/{photo}/thumb.jpg"), expected).await;
                }
            }
            self.read_publicly(Kind::Read, "/open311/v2/requests.json?page_size=20", &[200]).await;
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn send_reports(&self) {
        let mut sent = 0_u32;
        while self.goes_on() {
            sent += 1;
            let seen_by = match sent % 6 {
                3 => SeenBy::Body,
                5 => SeenBy::Nobody,
                _ => SeenBy::All,
            };
            self.send_report(seen_by, sent % 6 == 4).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Sends one report with a photo; `east` goes to the body with a back office of its own.
    async fn send_report(&self, seen_by: SeenBy, east: bool) {
        let picture = picture();
        let upload = |token: &str| {
            let request = self.client.post(self.url("/api/v1/photos")).bearer_auth(token);
            request.header("Content-Type", "image/png").body(picture.clone())
        };
        // Who cannot get rid of the photo sends the report without.
        let photo = self.insist(Kind::Photo, upload, Some(Duration::from_secs(5))).await;
        let photos: Vec<String> = photo.iter().filter_map(|photo| photo["id"].as_str().map(str::to_owned)).collect();
        let mark = Uuid::new_v4().simple().to_string();
        let (title, category) = match seen_by {
            SeenBy::All if east => (format!("Twin e-{mark}"), "signs"),
            SeenBy::All => (format!("Twin r-{mark}"), "potholes"),
            SeenBy::Body => (format!("Twin {SECRET_MARK}-private-{mark}"), "needles"),
            SeenBy::Nobody => (format!("Twin {SECRET_MARK}-waiting-{mark}"), "potholes"),
        };
        let lon = if east { rand::rng().random_range(-2.89..-2.81) } else { rand::rng().random_range(-3.05..-2.95) };
        let mut body = json!({
            "location": { "lon": lon, "lat": rand::rng().random_range(51.52..51.58) },
            "category": category, "title": title, "detail": "It is there since the frost.", "photos": photos, "anonymous": true,
            "author": { "name": "Zebraname", "phone": "01633 000000" },
        });
        if seen_by == SeenBy::Nobody {
            body["author"]["email"] = json!(format!("zebra-{}@example.org", &mark[..8]));
        }
        self.ledger().titles.insert(title.clone());
        let key = Uuid::new_v4().to_string();
        let send = |token: &str| {
            let request = self.client.post(self.url("/api/v1/reports")).header("Idempotency-Key", &key).json(&body);
            if seen_by == SeenBy::Nobody { request } else { request.bearer_auth(token) }
        };
        let Some(taken) = self.insist(Kind::Write, send, None).await else { return };
        let Some(id) = taken["id"].as_i64() else { return };
        self.ledger().reports.push(Report { id, title, photos, seen_by });
        if seen_by == SeenBy::Nobody {
            return;
        }
        // One's own report is to be seen at once, wherever one reads it.
        let token = self.token().await;
        let own = self.client.get(self.url(&format!("/api/v1/reports/{id}"))).bearer_auth(token);
        if let Some((StatusCode::NOT_FOUND, _)) = self.attempt(Kind::Read, own, &[200, 404]).await {
            self.phase().own_missed += 1;
        }
    }

    async fn write_updates(&self) {
        while self.goes_on() {
            tokio::time::sleep(Duration::from_millis(400)).await;
            let report = {
                let ledger = self.ledger();
                let public: Vec<i64> = ledger
                    .reports
                    .iter()
                    .filter(|report| report.title.starts_with("Twin r-"))
                    .map(|report| report.id)
                    .collect();
                let at = rand::rng().random_range(0..public.len().max(1));
                public.get(at).copied()
            };
            let Some(report) = report else { continue };
            let text = format!("Twin u-{}", Uuid::new_v4().simple());
            self.ledger().texts.insert(text.clone());
            let (key, body) = (Uuid::new_v4().to_string(), json!({ "text": text, "anonymous": true }));
            let send = |token: &str| {
                let request = self.client.request(Method::POST, self.url(&format!("/api/v1/reports/{report}/updates")));
                request.header("Idempotency-Key", &key).bearer_auth(token).json(&body)
            };
            let taken = self.insist(Kind::Write, send, None).await;
            if let Some(id) = taken.and_then(|taken| taken["id"].as_i64()) {
                self.ledger().updates.push((id, text));
            }
        }
    }

    async fn send_requests(&self) {
        while self.goes_on() {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let mark = Uuid::new_v4().simple().to_string();
            let title = format!("Twin o-{mark}");
            let lat = rand::rng().random_range(51.52..51.58).to_string();
            let form = [
                ("api_key", self.key.as_str()),
                ("service_code", "potholes"),
                ("lat", &lat),
                ("long", "-2.99"),
                ("title", &title),
                ("description", "Another system sends it."),
                ("email", "zebra-other@example.org"),
                ("attribute[external_id]", &mark),
            ];
            self.ledger().titles.insert(title.clone());
            let send = |_: &str| {
                let request = self.client.post(self.url("/open311/v2/requests.json"));
                request.header("Idempotency-Key", &mark).form(&form)
            };
            let taken = self.insist(Kind::Write, send, None).await;
            let id = taken.as_ref().and_then(|taken| taken[0]["service_request_id"].as_str()?.parse().ok());
            if let Some(id) = id {
                self.ledger().reports.push(Report { id, title, photos: Vec::new(), seen_by: SeenBy::All });
            }
        }
    }
}

impl Load {
    /// Everybody finishes what they began, and goes home.
    pub fn end(self, twin: &Twin) {
        *lock(&self.residents.over_since) = Some(Instant::now());
        self.residents.is_over.store(true, Ordering::Relaxed);
        twin.runtime.block_on(async {
            for task in self.at_work {
                let _ = task.await;
            }
        });
    }
}

/// A small picture nobody else has.
fn picture() -> Vec<u8> {
    let mut noise = rand::rng();
    let pixels = image::RgbImage::from_fn(24, 24, |_, _| image::Rgb(noise.random()));
    let mut bytes = std::io::Cursor::new(Vec::new());
    // Writing to memory cannot fail; a picture that is none would be refused, and seen.
    let _ = pixels.write_to(&mut bytes, image::ImageFormat::Png);
    bytes.into_inner()
}
