//! The server: puts the state together, serves until told to stop, and then drains.

use std::net::TcpListener;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::error::{PathError, QueryPayloadError};
use actix_web::middleware::{Compress, NormalizePath, TrailingSlash, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use mendmap_shared::error::ErrorCode;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::{SwaggerUi, Url};

use crate::app::App;
use crate::auth::tokens::Keys;
use crate::cache::Cache;
use crate::config::{Config, ConfigError};
use crate::db::Db;
use crate::delivery::Post;
use crate::delivery::mailer::Mailer;
use crate::delivery::outbound::Outbound;
use crate::error::ApiError;
use crate::exports::made::{Workshop, store::ExportStore};
use crate::exports::record::Source;
use crate::http::fallback::{self, Methods};
use crate::http::health::Readiness;
use crate::http::rate_limit::RateLimits;
use crate::http::{base_map, envelope, freshness, head, headers, health};
use crate::map::batches::Batches;
use crate::map::live::Live;
use crate::photos::{self, store::PhotoStore};
use crate::site::Site;
use crate::stats::kept::KeptStats;
use crate::telemetry::{RequestSpan, one_line};
use crate::{exports, openapi, routes};

/// How long a connection that nobody uses stays open: longer than proxies and load balancers in front keep theirs (65 seconds in
/// `deploy/`). Were it shorter, one would now and then send a request on a connection that is just being closed, and answer 502.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The state of a server process.
///
/// # Errors
/// When photos cannot be kept, or the database cannot be reached to find out what it holds.
pub fn app_state(config: Config, db: Db, secret: &str) -> anyhow::Result<App> {
    let photos = photo_store(&config)?;
    let site = db.blocking(|conn| Ok(Site::read(conn)?))?;
    Ok(App {
        limits: RateLimits::new(config.http.rate_limit_scale),
        keys: Keys::new(secret)?,
        cache: Cache::open(&config.cache, secret)?,
        stats: KeptStats::new(&config.cache),
        outbound: outbound(&config),
        photos: Arc::new(photos),
        workshop: workshop(&config)?,
        photo_room: photos::room::Room::default(),
        exports: exports::stream::Room::of(config.storage.pool_size),
        live: Arc::default(),
        tiles: Batches::new(db.clone()),
        config,
        db,
        site: RwLock::new(Arc::new(site)),
        readiness: Readiness::default(),
    })
}

/// The photo store as configured, once it has shown that it can be written. One that is full or has become read-only may be
/// written again later, and what is in it can be shown meanwhile.
///
/// # Errors
/// Names the variable, the folder and the reason.
pub fn photo_store(config: &Config) -> Result<PhotoStore, ConfigError> {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let folder = &config.storage.photo_store;
    let refused = |error| ConfigError::photo_store(format!("{}: {error}", folder.display()));
    let store = PhotoStore::open(folder).map_err(refused)?;
    match store.check() {
        Err(error) if matches!(error.kind(), QuotaExceeded | ReadOnlyFilesystem | StorageFull) => {
            tracing::warn!(error.cause = %error, "photos can be shown and not kept");
        }
        checked => checked.map_err(refused)?,
    }
    Ok(store)
}

/// What exports are made with, and where they are kept. A folder that cannot be written now may be later; it must be there.
///
/// # Errors
/// Names the variable, the folder and the reason.
pub fn workshop(config: &Config) -> Result<Workshop, ConfigError> {
    let folder = &config.storage.export_store;
    let refused = |error| ConfigError::export_store(format!("{}: {error}", folder.display()));
    let source = Source { base_url: config.http.base_url(), licence: config.site.data_licence.clone() };
    Ok(Workshop { store: Arc::new(ExportStore::open(folder).map_err(refused)?), source: Arc::new(source) })
}

/// Has libraries that need a file for a moment (FlatGeobuf's) make it in the store of exports: a container may have no other folder
/// that can be written. Once in a process; one that is set stays.
pub fn use_export_store_for_temporary_files(config: &Config) {
    if let Err(set) = tempfile::env::override_temp_dir(&config.storage.export_store) {
        tracing::debug!(folder = %set.display(), "temporary files lie elsewhere already");
    }
}

/// What the worker writes letters with.
///
/// # Errors
/// When mail cannot leave as configured.
pub fn post(config: &Config, secret: &str) -> anyhow::Result<Post> {
    Ok(Post {
        mailer: Mailer::open(&config.mail, &config.storage)?,
        keys: Keys::new(secret)?,
        base_url: config.http.base_url(),
        brand: config.site.brand.name.clone(),
        from: config.mail.from.clone(),
    })
}

/// The way out to servers that somebody else named.
#[must_use]
pub fn outbound(config: &Config) -> Outbound {
    Outbound::new(config.worker.outbound_allow.clone())
}

/// How the seconds are spent that a process has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// It says that it is not ready, and answers all the same: load balancers ask every few seconds.
    pub notice: Duration,
    /// It takes nothing new, and finishes what it has begun.
    pub finish: Duration,
    /// It gives back the jobs that it could not finish, and is gone.
    pub last: Duration,
}

impl Drain {
    /// Of so many seconds in all.
    #[must_use]
    pub const fn of(seconds: u64) -> Self {
        let notice = seconds / 6;
        let last = match seconds {
            0..=1 => 0,
            2..=29 => 1,
            _ => seconds / 15,
        };
        Self {
            notice: Duration::from_secs(notice),
            finish: Duration::from_secs(seconds - notice - last),
            last: Duration::from_secs(last),
        }
    }
}

/// Starts serving on a socket that listens already.
///
/// # Errors
/// When the server cannot start.
pub fn start(app: web::Data<App>, listener: TcpListener) -> anyhow::Result<Server> {
    start_with(app, listener, |_| {})
}

/// The same with more addresses, which come first: for whoever measures the server.
///
/// # Errors
/// When the server cannot start.
pub fn start_with<F>(app: web::Data<App>, listener: TcpListener, more: F) -> anyhow::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
{
    let document = openapi::document();
    let open311_document = openapi::open311::document();
    let ogc_document = openapi::ogc::document();
    let methods = web::Data::new(Methods::of(&[&document, &open311_document]));
    Live::start(&app.live, app.db.clone())?;
    let finish = Drain::of(app.config.drain_seconds).finish;
    let state = app.clone();
    actix_web::rt::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(60));
        loop {
            every.tick().await;
            state.limits.forget_idle();
            state.cache.forget_old();
            state.stats.forget_old();
            state.refresh_site().await;
        }
    });
    let server = HttpServer::new(move || {
        let (actix, _) = ActixApp::new()
            .into_utoipa_app()
            .map(|actix| {
                actix
                    .app_data(app.clone())
                    .app_data(methods.clone())
                    .app_data(web::PathConfig::default().error_handler(|error, _| bad_path(&error).into()))
                    .app_data(web::QueryConfig::default().error_handler(|error, _| bad_query(&error).into()))
            })
            .configure(routes::configure)
            .split_for_parts();
        let (actix, _) = actix.into_utoipa_app().configure(routes::configure_open311).split_for_parts();
        actix
            .configure(routes::configure_ogc)
            .configure(more.clone())
            .service(
                SwaggerUi::new("/api/docs/{_:.*}")
                    .urls(vec![
                        (Url::with_primary("Mendmap", "/api/openapi.json", true), document.clone()),
                        (Url::new("Open311", "/api/open311.json"), open311_document.clone()),
                    ])
                    .external_urls_from_iter_unchecked([(
                        Url::new("OGC API Features", "/api/ogc.json"),
                        ogc_document.clone(),
                    )]),
            )
            .service(web::redirect("/api/docs", "/api/docs/"))
            .service(web::resource(base_map::BASE_MAP).route(web::get().to(base_map::file)))
            .default_service(web::to(fallback::answer))
            // The last one hears a request first and sees its answer last.
            .wrap(headers::cors())
            .wrap(Compress::default())
            .wrap(from_fn(envelope::put_errors_in))
            .wrap(from_fn(head::answer_as_get))
            .wrap(from_fn(freshness::remember_writes))
            .wrap(from_fn(health::close_when_leaving))
            .wrap(from_fn(headers::by_address))
            .wrap(headers::defaults())
            .wrap(from_fn(one_line))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
    })
    .listen(listener)?
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(finish.as_secs())
    .disable_signals()
    .run();
    Ok(server)
}

/// A path's parameter that cannot be read names nothing.
fn bad_path(_: &PathError) -> ApiError {
    ErrorCode::NotFound.into()
}

fn bad_query(_: &QueryPayloadError) -> ApiError {
    ErrorCode::InvalidRequest.into()
}
