//! Commands that run for long: serving and working.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use actix_web::web;
use anyhow::Context as _;

use super::ground::{Ground, with_database};
use super::{say, stopping};
use crate::config::Config;
use crate::demo;
use crate::jobs::worker::{Worker, Workplace};
use crate::serve;
use crate::telemetry;
use crate::telemetry::scrape::{self, Sources};

#[derive(clap::Args)]
pub struct ServeArgs {
    /// Run the worker in the same process: the form for one machine
    #[arg(long)]
    with_worker: bool,
    /// Fill an empty database with an invented borough first, and print its sign-ins
    #[arg(long)]
    demo: bool,
    /// Fill an empty database with this folder's real region and invented reports first
    #[arg(long, conflicts_with = "demo")]
    region: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct DemoArgs {
    /// Folder with a real region's files instead of the invented borough
    #[arg(long)]
    region: Option<PathBuf>,
    /// So many reports instead of 300; a demonstration that is there already gets so many more
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    reports: Option<u32>,
}

/// Fills the database, or goes on with a filling that was interrupted; see [`demo::ensure_filled`].
fn fill(ground: &Ground, region: Option<&Path>) -> anyhow::Result<()> {
    let store = serve::photo_store(&ground.config)?;
    demo::ensure_filled(&mut ground.connect()?, &store, region, chrono::Utc::now())
}

/// Fills an empty database, or adds reports to a demonstration.
pub fn demo(args: &DemoArgs) -> anyhow::Result<()> {
    with_database(|ground| {
        let mut conn = ground.connect()?;
        if let Some(reports) = args.reports {
            let store = serve::photo_store(&ground.config)?;
            let (region, now) = (args.region.as_deref(), chrono::Utc::now());
            return demo::ensure_reports(&mut conn, &store, region, usize::try_from(reports)?, now);
        }
        let fillable = demo::is_empty(&mut conn)? || demo::unfinished(&mut conn)?.is_some();
        anyhow::ensure!(fillable, "the database holds something already; the demonstration only fills an empty one");
        fill(ground, args.region.as_deref())
    })
}

/// Migrates and does nothing else.
pub fn migrate() -> anyhow::Result<()> {
    Ground::migrated(Config::from_env()?)?;
    say("the schema is up to date");
    Ok(())
}

/// Serves until Ctrl-C, a termination signal or the end of the terminal, then drains.
pub fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let begun = std::time::Instant::now();
    let mut config = Config::from_env()?;
    let bind = (config.http.bind, config.http.port);
    // Before anything slow: a port that is taken is said at once. Whoever connects before we are ready waits.
    let listener = TcpListener::bind(bind).with_context(|| format!("PORT {} on {} cannot be used", bind.1, bind.0))?;
    config.set_port(listener.local_addr()?.port());
    let metrics = config.metrics.map(scrape::listen).transpose()?;
    // Ended last: until then there may be something to tell.
    let _traces = telemetry::start_service(&config, "mendmap-api")?;
    let ground = Ground::open(config)?;
    if args.demo || args.region.is_some() {
        fill(&ground, args.region.as_deref())?;
    } else if let Some(warning) = demo::unfinished(&mut ground.connect()?)? {
        tracing::warn!("{warning}");
    }
    serve::use_export_store_for_temporary_files(&ground.config);
    let (db, secret) = (ground.db()?, ground.secret()?);
    let app = web::Data::new(serve::app_state(ground.config.clone(), db.clone(), &secret)?);
    let worker = if args.with_worker { Some(start_worker(&ground, db.clone(), &secret)?) } else { None };
    let outcome = actix_web::rt::System::new().block_on(async {
        let is_demonstration = app.site().is_demonstration();
        if let Some(listener) = metrics {
            scrape::start(listener, Sources { db, live: Some(app.live.clone()) })?;
        }
        let server = serve::start(app.clone(), listener)?;
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        tracing::info!(duration_ms = begun.elapsed().as_millis() as u64, "ready");
        say(&format!("Mendmap is ready at {}", ground.config.http.base_url()));
        if is_demonstration {
            demo::sign_ins(&mut ground.connect()?)?.iter().for_each(|line| say(line));
        }
        let end = stopping::told(&ground).await?;
        say("Stopping ...");
        let worker = worker.map(|worker| std::thread::spawn(move || worker.stop(end.finish_until)));
        app.readiness.leave();
        actix_web::rt::time::sleep(end.notice).await;
        app.live.close();
        handle.stop(true).await;
        running.await??;
        anyhow::Ok(worker)
    });
    if let Some(worker) = outcome? {
        // What a thread that panicked held is taken over when its lease runs out.
        let _ = worker.join();
    }
    Ok(())
}

/// Works until Ctrl-C or a termination signal.
pub fn worker() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let metrics = config.metrics.map(scrape::listen).transpose()?;
    let _traces = telemetry::start_service(&config, "mendmap-worker")?;
    let ground = Ground::open(config)?;
    serve::use_export_store_for_temporary_files(&ground.config);
    let db = ground.writer()?;
    let worker = start_worker(&ground, db.clone(), &ground.secret()?)?;
    say("The worker is running");
    let end = actix_web::rt::System::new().block_on(async {
        if let Some(listener) = metrics {
            scrape::start(listener, Sources { db, live: None })?;
        }
        stopping::told(&ground).await
    })?;
    worker.stop(end.finish_until);
    Ok(())
}

fn start_worker(ground: &Ground, db: crate::db::Db, secret: &str) -> anyhow::Result<Worker> {
    let post = serve::post(&ground.config, secret)?;
    let photos = std::sync::Arc::new(serve::photo_store(&ground.config)?);
    let outbound = serve::outbound(&ground.config);
    let workshop = serve::workshop(&ground.config)?;
    let place = Workplace { db, post, outbound, photos, workshop, lease_seconds: ground.config.worker.lease_seconds };
    Worker::start(place, &ground.database_url)
}
