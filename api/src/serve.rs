//! The server: puts the state together, serves until told to stop, and then drains.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::error::{PathError, QueryPayloadError};
use actix_web::middleware::{Compress, Condition, NormalizePath, TrailingSlash, from_fn};
use actix_web::{App as ActixApp, HttpServer, web};
use anyhow::Context as _;
use diesel::prelude::*;
use diesel::sql_types::{Double, Nullable};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::geo::LonLat;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt as _;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::auth::tokens::Keys;
use crate::config::Config;
use crate::db::Db;
use crate::delivery::Post;
use crate::delivery::mailer::Mailer;
use crate::error::ApiError;
use crate::http::rate_limit::RateLimits;
use crate::http::{headers, spa};
use crate::photos::store::PhotoStore;
use crate::telemetry::RequestSpan;
use crate::{openapi, routes};

/// Pictures decoded at once.
const DECODED_AT_ONCE: usize = 2;
/// Seconds running requests get to finish after a stop.
const DRAIN_SECONDS: u64 = 10;
/// Where the map starts when nothing says so: the middle of Great Britain.
const NOWHERE: (f64, f64) = (-2.5, 54.0);

/// The state of a server process.
///
/// # Errors
/// When photos cannot be kept, or the database cannot be reached to find out where the map starts.
pub fn app_state(config: Config, db: Db, secret: &str, demo: bool) -> anyhow::Result<App> {
    let store = &config.storage.photo_store;
    let photos = PhotoStore::open(store).with_context(|| format!("{} cannot be used for photos", store.display()))?;
    let map_centre = match config.site.map_centre {
        Some(centre) => centre,
        None => middle_of_areas(&db)?,
    };
    let attribution = match &config.site.attribution {
        Some(text) => Some(text.clone()),
        None => owed_attribution(&db)?,
    };
    Ok(App {
        limits: RateLimits::new(config.http.rate_limit_scale),
        keys: Keys::new(secret)?,
        photos: Arc::new(photos),
        decoding: Arc::new(tokio::sync::Semaphore::new(DECODED_AT_ONCE)),
        config,
        db,
        map_centre,
        attribution,
        demo,
    })
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

/// What OpenStreetMap's licence asks for where its streets are loaded, so that nobody has to think of it.
fn owed_attribution(db: &Db) -> anyhow::Result<Option<String>> {
    use crate::schema::street_lines;
    let from_osm = street_lines::table.filter(street_lines::source.ne(crate::demo::SOURCE));
    let owed: bool = db.blocking(|conn| Ok(diesel::select(diesel::dsl::exists(from_osm)).get_result(conn)?))?;
    Ok(owed.then(|| "Streets © OpenStreetMap contributors".to_owned()))
}

/// The middle of the street places, or of the areas, or of nowhere in particular.
fn middle_of_areas(db: &Db) -> anyhow::Result<LonLat> {
    #[derive(diesel::QueryableByName)]
    struct Middle {
        #[diesel(sql_type = Nullable<Double>)]
        lon: Option<f64>,
        #[diesel(sql_type = Nullable<Double>)]
        lat: Option<f64>,
    }
    let middle: Middle = db.blocking(|conn| {
        // The median street lies where people live; the middle of a council's outline may be a mountain.
        Ok(diesel::sql_query(
            "WITH points AS (SELECT location FROM places WHERE kind = 'street'
                             UNION ALL SELECT ST_PointOnSurface(geom) FROM areas WHERE NOT EXISTS (SELECT FROM places WHERE kind = 'street'))
             SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(location)) AS lon,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(location)) AS lat FROM points",
        )
        .get_result(conn)?)
    })?;
    Ok(LonLat::new(middle.lon.unwrap_or(NOWHERE.0), middle.lat.unwrap_or(NOWHERE.1))?)
}

/// Starts serving on a socket that listens already.
///
/// # Errors
/// When the server cannot start.
pub fn start(app: web::Data<App>, listener: TcpListener) -> anyhow::Result<Server> {
    let document = openapi::document();
    let limits = app.clone();
    actix_web::rt::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(60));
        loop {
            every.tick().await;
            limits.limits.forget_idle();
        }
    });
    let server = HttpServer::new(move || {
        let (actix, _) = ActixApp::new()
            .into_utoipa_app()
            .map(|actix| {
                actix
                    .app_data(app.clone())
                    .app_data(web::PathConfig::default().error_handler(|error, _| bad_path(&error).into()))
                    .app_data(web::QueryConfig::default().error_handler(|error, _| bad_query(&error).into()))
            })
            .configure(routes::configure)
            .split_for_parts();
        actix
            .service(SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", document.clone()))
            .service(web::redirect("/api/docs", "/api/docs/"))
            .default_service(web::to(spa::app_file))
            .wrap(Condition::new(true, headers::cors()))
            .wrap(Compress::default())
            .wrap(from_fn(headers::by_address))
            .wrap(headers::defaults())
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
    })
    .listen(listener)?
    .shutdown_timeout(DRAIN_SECONDS)
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
