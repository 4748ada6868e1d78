//! Every setting, from the environment, in one place. A wrong value stops the start with one clear line.

mod read;
mod secret;
#[cfg(test)]
mod tests;

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::Brand;
use url::Url;

use crate::db::address::{self, Role};
use read::{
    Lookup, has_fixed_host, is_colour, is_http_url, is_log_filter, is_pmtiles, is_postgres, is_site, memcached_nodes,
};
pub use secret::Secret;

/// A variable, for `mendmap config` and the README.
#[derive(Debug)]
pub struct Variable {
    /// Name in the environment.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    /// What it does.
    pub about: &'static str,
}

macro_rules! variables {
    ($($constant:ident: $name:literal, $default:literal, $about:literal;)+) => {
        $(const $constant: &str = $name;)+
        /// Every variable that is read, in the order of the README's table.
        pub const VARIABLES: &[Variable] = &[$(Variable { name: $name, default: $default, about: $about }),+];
    };
}

variables! {
    PORT: "PORT", "8080", "Port the site is served on.";
    BIND_ADDRESS: "BIND_ADDRESS", "127.0.0.1", "Address the site is served on.";
    BASE_URL: "BASE_URL", "http://127.0.0.1:PORT", "Address people reach the site at; stands in mails. With https the cookies are Secure.";
    DATA_DIR: "DATA_DIR", ".data", "Folder of everything that is kept: the private database, photos, mails, the secret.";
    DATABASE_URL: "DATABASE_URL", "a private cluster in DATA_DIR", "PostgreSQL with PostGIS to use instead of the private one: postgres://user:password@host:port/name, several hosts separated by commas where one takes over from another.";
    DATABASE_URL_FILE: "DATABASE_URL_FILE", "none", "File that holds DATABASE_URL.";
    DATABASE_READER_URL: "DATABASE_READER_URL", "everything is read where it is written", "A copy that follows that database, for what may lag by a second: the map, lists, searches.";
    DATABASE_READER_URL_FILE: "DATABASE_READER_URL_FILE", "none", "File that holds DATABASE_READER_URL.";
    DATABASE_PASSWORD: "DATABASE_PASSWORD", "none", "Password of both, where their addresses have none.";
    DATABASE_PASSWORD_FILE: "DATABASE_PASSWORD_FILE", "none", "File that holds DATABASE_PASSWORD.";
    DATABASE_POOL_SIZE: "DATABASE_POOL_SIZE", "10", "Most connections one process opens, 2 to 200.";
    MEMCACHED_URL: "MEMCACHED_URL", "each process keeps its own", "Memcached 1.6 or newer that all processes share: memcache://host:11211, several separated by commas; or memcache+cfg://host:11211, an endpoint of ElastiCache that knows them.";
    CACHE_MEGABYTES: "CACHE_MEGABYTES", "32", "Most that one process keeps of map tiles in its memory, 0 to 4096; 0 keeps none.";
    PHOTO_STORE: "PHOTO_STORE", "DATA_DIR/photos", "Folder the photos are kept in.";
    EXPORT_STORE: "EXPORT_STORE", "DATA_DIR/exports", "Folder that exports are made and kept in for a day, and the nightly snapshot of the open data; the same for all processes, as PHOTO_STORE.";
    SMTP_URL: "SMTP_URL", "mails are written to DATA_DIR/outbox", "Mail server: smtps://user:password@host:465, smtp://host:587?tls=required, or smtp://host:25.";
    SMTP_URL_FILE: "SMTP_URL_FILE", "none", "File that holds SMTP_URL.";
    SMTP_USER: "SMTP_USER", "none", "User at the mail server, where its address has none.";
    SMTP_PASSWORD: "SMTP_PASSWORD", "none", "Password of SMTP_USER.";
    SMTP_PASSWORD_FILE: "SMTP_PASSWORD_FILE", "none", "File that holds SMTP_PASSWORD.";
    MAIL_FEEDBACK_SECRET: "MAIL_FEEDBACK_SECRET", "no feedback is taken", "At least 16 characters: the password with which Amazon SES tells by SNS, at /api/v1/mail-feedback, whose mail came back.";
    MAIL_FEEDBACK_SECRET_FILE: "MAIL_FEEDBACK_SECRET_FILE", "none", "File that holds MAIL_FEEDBACK_SECRET.";
    MAIL_FROM: "MAIL_FROM", "Mendmap <no-reply@localhost>", "Sender of every mail.";
    SECRET_KEY: "SECRET_KEY", "made once and kept in DATA_DIR/secret", "At least 32 characters that sign sessions and links, and seal the secrets of other systems; the same in every process.";
    SECRET_KEY_FILE: "SECRET_KEY_FILE", "none", "File that holds SECRET_KEY.";
    SPA_DIR: "SPA_DIR", "frontend/dist", "Folder of the built single-page app.";
    BRAND_NAME: "BRAND_NAME", "Mendmap", "Name of the site.";
    BRAND_PRIMARY_COLOUR: "BRAND_PRIMARY_COLOUR", "the style sheet's", "Colour of the header, as #rrggbb.";
    BRAND_ACCENT_COLOUR: "BRAND_ACCENT_COLOUR", "the style sheet's", "Colour of buttons and links, as #rrggbb.";
    BRAND_LOGO_URL: "BRAND_LOGO_URL", "none", "Logo, as a path of this site.";
    MAP_CENTRE: "MAP_CENTRE", "the middle of the areas", "Where the map starts, as longitude,latitude.";
    MAP_ZOOM: "MAP_ZOOM", "13", "Zoom the map starts at, 0 to 20.";
    MAP_TILES_URL: "MAP_TILES_URL", "the streets are drawn", "Base map, as an address with {z}, {x} and {y}.";
    MAP_PMTILES: "MAP_PMTILES", "none", "Base map, as one PMTiles file of vector tiles with OpenMapTiles' layers, drawn in the browser.";
    MAP_ATTRIBUTION: "MAP_ATTRIBUTION", "what the loaded places ask for", "What must be shown for the base map and the places.";
    DATA_LICENCE: "DATA_LICENCE", "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "Licence under which what is public may be used, as an address; stands in every export.";
    TRUSTED_PROXY_HOPS: "TRUSTED_PROXY_HOPS", "0", "How many proxies in front add to X-Forwarded-For; 0 does not read that header.";
    RATE_LIMIT_SCALE: "RATE_LIMIT_SCALE", "1", "Multiplies every rate limit, 1 to 10000.";
    JOB_LEASE_SECONDS: "JOB_LEASE_SECONDS", "60", "Seconds after which another worker takes over a job whose worker died, 1 to 3600.";
    OPEN311_JURISDICTION: "OPEN311_JURISDICTION", "all bodies together", "Slug of the body that an Open311 call means which names no jurisdiction_id.";
    OUTBOUND_ALLOW: "OUTBOUND_ALLOW", "none", "Networks that are not public and may be called all the same (a body's server in your own network), as 10.1.0.0/16, separated by commas.";
    DRAIN_SECONDS: "DRAIN_SECONDS", "30", "Seconds a process takes at most to end, 1 to 300. After a termination signal it is not ready for a sixth of them and answers all the same, then finishes what it has begun.";
    MIGRATE_AT_START: "MIGRATE_AT_START", "true", "Whether each start brings the schema of DATABASE_URL up to date; with false a start is refused until `mendmap migrate` has.";
    LOG: "LOG", "info", "What is logged, as a filter: warn, info, mendmap=debug,info.";
    LOG_FORMAT: "LOG_FORMAT", "text", "text or json.";
    METRICS_ADDRESS: "METRICS_ADDRESS", "none", "Address and port of its own for Prometheus' /metrics, as 127.0.0.1:9464; nobody outside should reach it.";
    OTEL_ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT", "no traces", "Collector of traces that speaks OTLP by HTTP and protobuf, as http://127.0.0.1:4318.";
    OTEL_SERVICE: "OTEL_SERVICE_NAME", "mendmap-api or mendmap-worker", "Name of this process in traces.";
    OTEL_SHARE: "OTEL_TRACES_SAMPLER_ARG", "1", "Share of the traces that is kept, 0 to 1.";
}

/// How often an endpoint is asked for the nodes of memcached.
const NODES_EVERY: Duration = Duration::from_secs(60);

/// What public bodies in the United Kingdom publish under.
const OPEN_GOVERNMENT_LICENCE: &str = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/";

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be used: {reason}")]
pub struct ConfigError {
    name: &'static str,
    reason: String,
}

impl ConfigError {
    /// The configured database cannot be used; `reason` is one line and tells no password.
    #[must_use]
    pub const fn database_url(reason: String) -> Self {
        Self { name: DATABASE_URL, reason }
    }

    /// The folder of the photos cannot be used.
    #[must_use]
    pub const fn photo_store(reason: String) -> Self {
        Self { name: PHOTO_STORE, reason }
    }

    /// The folder of the exports cannot be used.
    #[must_use]
    pub const fn export_store(reason: String) -> Self {
        Self { name: EXPORT_STORE, reason }
    }
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the site is served.
    pub http: HttpConfig,
    /// What is kept where.
    pub storage: StorageConfig,
    /// What is kept for a moment.
    pub cache: CacheConfig,
    /// How mail leaves.
    pub mail: MailConfig,
    /// What the site looks like.
    pub site: SiteConfig,
    /// The worker.
    pub worker: WorkerConfig,
    /// The log.
    pub log: LogConfig,
    /// Seconds a process takes at most to end once it is told to.
    pub drain_seconds: u64,
    /// Whether `serve` and `worker` bring a configured database's schema up to date.
    pub migrate_at_start: bool,
    /// Where Prometheus reads the metrics; none means nowhere.
    pub metrics: Option<SocketAddr>,
    /// Traces.
    pub traces: TraceConfig,
}

/// Where the site is served.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Address people reach the site at, without a slash at the end; none means `http://127.0.0.1:port`.
    base_url: Option<String>,
    /// Proxies in front that add to `X-Forwarded-For`.
    pub trusted_proxy_hops: usize,
    /// Multiplies every rate limit.
    pub rate_limit_scale: u32,
    /// Folder of the built single-page app.
    pub spa_dir: PathBuf,
}

impl HttpConfig {
    /// Address people reach the site at, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}", self.port))
    }
}

/// What is kept where.
#[derive(Debug, Clone)]
pub struct StorageConfig {
    /// Folder of everything that is kept.
    pub data_dir: PathBuf,
    /// PostgreSQL to use instead of the private one, with all that a connection needs.
    pub database_url: Option<Secret>,
    /// A copy of it for what may lag.
    pub database_reader_url: Option<Secret>,
    /// Most connections of one process.
    pub pool_size: u32,
    /// Folder of the photos.
    pub photo_store: PathBuf,
    /// Folder of the exports.
    pub export_store: PathBuf,
    /// Signs sessions and links; none means the one kept in the data folder.
    pub secret_key: Option<Secret>,
}

/// What is kept for a moment.
#[derive(Debug, Clone, Default)]
pub struct CacheConfig {
    /// Nodes of memcached, as host and port; none means that there is no memcached, or that the endpoint knows them.
    pub memcached: Vec<String>,
    /// Who knows the nodes of memcached.
    pub endpoint: Option<Endpoint>,
    /// Megabytes of this process's memory; 0 keeps nothing in it.
    pub megabytes: u64,
}

/// Who knows the nodes of memcached: ElastiCache's configuration endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Host and port.
    pub address: String,
    /// How often it is asked.
    pub every: Duration,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Mail server; none means files in the data folder's `outbox`.
    pub smtp_url: Option<Secret>,
    /// User and password there, where the address has none.
    pub smtp_user: Option<(String, Secret)>,
    /// Sender of every mail.
    pub from: lettre::message::Mailbox,
    /// Password of who tells what became of mails; none means that nobody does.
    pub feedback_secret: Option<Secret>,
}

/// What the site looks like.
#[derive(Debug, Clone)]
pub struct SiteConfig {
    /// Name, colours, logo.
    pub brand: Brand,
    /// Where the map starts; none means the middle of the areas.
    pub map_centre: Option<LonLat>,
    /// Zoom the map starts at.
    pub map_zoom: u8,
    /// Base map; none means the drawn streets.
    pub tiles_url: Option<String>,
    /// Base map as one file of vector tiles; none where there is no such.
    pub pmtiles: Option<PathBuf>,
    /// What must be shown for base map and places.
    pub attribution: Option<String>,
    /// Address of the licence under which what is public may be used.
    pub data_licence: String,
    /// The body that an Open311 call means which names none; none means all of them together.
    pub open311_jurisdiction: Option<String>,
}

/// The worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Seconds after which another worker takes over a job.
    pub lease_seconds: i64,
    /// Networks that are not public and may be called all the same.
    pub outbound_allow: Vec<IpNet>,
}

/// The log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// What is logged.
    pub filter: String,
    /// Whether lines are JSON.
    pub json: bool,
}

/// Traces.
#[derive(Debug, Clone)]
pub struct TraceConfig {
    /// The collector, without the path; none means no traces.
    pub endpoint: Option<String>,
    /// What this process is called; none means by what it does.
    pub service: Option<String>,
    /// Share of the traces that is kept, 0 to 1.
    pub share: f64,
}

impl Config {
    /// Reads and checks every variable of the environment.
    ///
    /// # Errors
    /// Names the first variable that cannot be used, and why.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(&|name| env::var(name).ok())
    }

    /// Reads and checks every variable, from wherever `lookup` finds it.
    ///
    /// # Errors
    /// Names the first variable that cannot be used, and why.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let from = Lookup(lookup);
        let data_dir = PathBuf::from(from.text(DATA_DIR).unwrap_or_else(|| ".data".to_owned()));
        let map_centre = from
            .text(MAP_CENTRE)
            .map(|value| {
                let numbers = value
                    .split_once(',')
                    .and_then(|(lon, lat)| Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?)));
                numbers
                    .and_then(|(lon, lat)| LonLat::new(lon, lat).ok())
                    .ok_or(ConfigError { name: MAP_CENTRE, reason: "write longitude,latitude in degrees".into() })
            })
            .transpose()?;
        let (memcached, endpoint) = memcached(&from)?;
        let json = match from.text(LOG_FORMAT).as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(_) => return Err(ConfigError { name: LOG_FORMAT, reason: "it is text or json".into() }),
        };
        let password = from.secret((DATABASE_PASSWORD, DATABASE_PASSWORD_FILE), "", |_| true)?;
        let database = |names: (&'static str, &'static str), role| -> Result<Option<Secret>, ConfigError> {
            let url = from.secret(names, "it must begin with postgres:// or postgresql://", is_postgres)?;
            let password = password.as_ref().map(Secret::expose);
            Ok(url.map(|url| Secret::from(address::complete(url.expose(), role, password))))
        };
        Ok(Self {
            http: HttpConfig {
                bind: from.parsed(BIND_ADDRESS, IpAddr::from([127, 0, 0, 1]))?,
                port: from.parsed(PORT, 8080)?,
                base_url: from
                    .checked(
                        BASE_URL,
                        "it must be http:// or https:// and a host, perhaps with a port, and nothing more",
                        is_site,
                    )?
                    .map(|url| Url::parse(&url).map_or(url, |parsed| parsed.origin().ascii_serialization())),
                trusted_proxy_hops: from.between(TRUSTED_PROXY_HOPS, 0, 0..=10)?,
                rate_limit_scale: from.between(RATE_LIMIT_SCALE, 1, 1..=10_000)?,
                spa_dir: PathBuf::from(
                    from.checked(SPA_DIR, "there is no index.html in that folder", |folder| {
                        Path::new(folder).join("index.html").is_file()
                    })?
                    .unwrap_or_else(|| "frontend/dist".to_owned()),
                ),
            },
            storage: StorageConfig {
                database_url: database((DATABASE_URL, DATABASE_URL_FILE), Role::Writer)?,
                database_reader_url: database((DATABASE_READER_URL, DATABASE_READER_URL_FILE), Role::Reader)?,
                pool_size: from.between(DATABASE_POOL_SIZE, 10, 2..=200)?,
                photo_store: from
                    .checked(PHOTO_STORE, "it must be a folder, not an address", |value| !value.contains("://"))?
                    .map_or_else(|| data_dir.join("photos"), PathBuf::from),
                export_store: from
                    .checked(EXPORT_STORE, "it must be a folder, not an address", |value| !value.contains("://"))?
                    .map_or_else(|| data_dir.join("exports"), PathBuf::from),
                secret_key: from.secret((SECRET_KEY, SECRET_KEY_FILE), "it needs at least 32 characters", |value| {
                    value.len() >= 32
                })?,
                data_dir,
            },
            cache: CacheConfig {
                memcached,
                endpoint,
                megabytes: from.between(CACHE_MEGABYTES, 32, 0..=4096)?,
            },
            mail: MailConfig {
                smtp_url: from.secret((SMTP_URL, SMTP_URL_FILE), "it must begin with smtp:// or smtps://", |value| {
                    Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host())
                })?,
                smtp_user: smtp_user(&from)?,
                feedback_secret: from.secret(
                    (MAIL_FEEDBACK_SECRET, MAIL_FEEDBACK_SECRET_FILE),
                    "it needs at least 16 characters",
                    |value| value.len() >= 16,
                )?,
                from: from.parsed(
                    MAIL_FROM,
                    lettre::message::Mailbox::new(
                        Some("Mendmap".to_owned()),
                        lettre::Address::new("no-reply", "localhost")
                            .map_err(|error| ConfigError { name: MAIL_FROM, reason: error.to_string() })?,
                    ),
                )?,
            },
            site: SiteConfig {
                brand: Brand {
                    name: from.text(BRAND_NAME).unwrap_or_else(|| "Mendmap".to_owned()),
                    primary_colour: from.checked(BRAND_PRIMARY_COLOUR, "write it as #rrggbb", is_colour)?,
                    accent_colour: from.checked(BRAND_ACCENT_COLOUR, "write it as #rrggbb", is_colour)?,
                    logo_url: from.checked(
                        BRAND_LOGO_URL,
                        "it must be a path of this site, beginning with /",
                        |value| value.starts_with('/') && !value.starts_with("//"),
                    )?,
                },
                map_centre,
                map_zoom: from.between(MAP_ZOOM, 13, 0..=20)?,
                tiles_url: from
                    .checked(MAP_TILES_URL, "its host cannot have a part in braces such as {s}: name one host", has_fixed_host)
                    .and_then(|_| {
                        from.checked(MAP_TILES_URL, "it must be an http(s) address with {z}, {x} and {y}", |value| {
                            is_http_url(value) && ["{z}", "{x}", "{y}"].iter().all(|part| value.contains(part))
                        })
                    })?,
                pmtiles: from
                    .checked(MAP_PMTILES, "MAP_TILES_URL is set too: there is one base map", |_| {
                        from.text(MAP_TILES_URL).is_none()
                    })
                    .and_then(|_| {
                        from.checked(MAP_PMTILES, "it must be a file in PMTiles' third version", |path| {
                            is_pmtiles(Path::new(path))
                        })
                    })?
                    .map(PathBuf::from),
                attribution: from.text(MAP_ATTRIBUTION),
                data_licence: from
                    .checked(DATA_LICENCE, "it must be an http(s) address", is_http_url)?
                    .unwrap_or_else(|| OPEN_GOVERNMENT_LICENCE.to_owned()),
                open311_jurisdiction: from.text(OPEN311_JURISDICTION),
            },
            worker: WorkerConfig {
                lease_seconds: from.between(JOB_LEASE_SECONDS, 60, 1..=3600)?,
                outbound_allow: from.list(OUTBOUND_ALLOW)?,
            },
            drain_seconds: from.between(DRAIN_SECONDS, 30, 1..=300)?,
            migrate_at_start: from.parsed(MIGRATE_AT_START, true)?,
            log: LogConfig {
                filter: from
                    .checked(
                        LOG,
                        "write off, error, warn, info, debug or trace, and module=level for single modules, separated by commas",
                        is_log_filter,
                    )?
                    .unwrap_or_else(|| "info".to_owned()),
                json,
            },
            metrics: from
                .text(METRICS_ADDRESS)
                .map(|value| {
                    value.parse().map_err(|_| ConfigError {
                        name: METRICS_ADDRESS,
                        reason: "write an address and a port, as 127.0.0.1:9464".into(),
                    })
                })
                .transpose()?,
            traces: TraceConfig {
                endpoint: from.checked(OTEL_ENDPOINT, "it must be an http(s) address", is_http_url)?,
                service: from.text(OTEL_SERVICE),
                share: from.between(OTEL_SHARE, 1.0, 0.0..=1.0)?,
            },
        })
    }

    /// Sets the port that was really taken, where 0 was asked for.
    pub const fn set_port(&mut self, port: u16) {
        self.http.port = port;
    }
}

/// Who signs in at the mail server: both words, or neither.
fn smtp_user(from: &Lookup<'_>) -> Result<Option<(String, Secret)>, ConfigError> {
    let password = from.secret((SMTP_PASSWORD, SMTP_PASSWORD_FILE), "", |_| true)?;
    match (from.text(SMTP_USER), password) {
        (Some(user), Some(password)) => Ok(Some((user, password))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError { name: SMTP_USER, reason: "SMTP_PASSWORD is not set".into() }),
        (None, Some(_)) => Err(ConfigError { name: SMTP_PASSWORD, reason: "SMTP_USER is not set".into() }),
    }
}

/// The nodes of memcached, or who knows them.
fn memcached(from: &Lookup<'_>) -> Result<(Vec<String>, Option<Endpoint>), ConfigError> {
    let Some(value) = from.text(MEMCACHED_URL) else { return Ok((Vec::new(), None)) };
    let reason =
        "write memcache://host:port, several different ones separated by commas, or one memcache+cfg://host:port";
    let refused = || ConfigError { name: MEMCACHED_URL, reason: reason.into() };
    let Some(rest) = value.strip_prefix("memcache+cfg://") else {
        return Ok((memcached_nodes(&value).ok_or_else(refused)?, None));
    };
    match memcached_nodes(&format!("memcache://{rest}")).as_deref() {
        Some([address]) => Ok((Vec::new(), Some(Endpoint { address: address.clone(), every: NODES_EVERY }))),
        _ => Err(refused()),
    }
}
