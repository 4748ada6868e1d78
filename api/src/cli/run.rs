//! Commands that run for long: serving and working.

use std::net::TcpListener;
use std::path::PathBuf;

use actix_web::web;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::ground::{Ground, with_database};
use super::say;
use crate::demo;
use crate::jobs::worker::{Worker, Workplace};
use crate::photos::store::PhotoStore;
use crate::serve;

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
}

fn fill_if_empty(ground: &Ground, region: Option<&PathBuf>) -> anyhow::Result<()> {
    let mut conn = ground.connect()?;
    if !demo::is_empty(&mut conn)? {
        return Ok(());
    }
    let store = PhotoStore::open(&ground.config.storage.photo_store)?;
    let now = chrono::Utc::now();
    match region {
        Some(folder) => demo::fill_region(&mut conn, &store, folder, now)?,
        None => demo::fill_demo(&mut conn, &store, now)?,
    };
    Ok(())
}

/// Fills an empty database.
pub fn demo(args: &DemoArgs) -> anyhow::Result<()> {
    with_database(|ground| {
        let empty = demo::is_empty(&mut ground.connect()?)?;
        anyhow::ensure!(empty, "the database holds something already; the demonstration only fills an empty one");
        fill_if_empty(ground, args.region.as_ref())
    })
}

/// Migrates and does nothing else.
pub fn migrate() -> anyhow::Result<()> {
    with_database(|_| {
        say("the schema is up to date");
        Ok(())
    })
}

/// Serves until Ctrl-C or a termination signal, then drains.
pub fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let mut ground = Ground::open()?;
    let bind = (ground.config.http.bind, ground.config.http.port);
    // Before anything slow: a port that is taken is said at once.
    let listener = TcpListener::bind(bind).with_context(|| format!("PORT {} on {} cannot be used", bind.1, bind.0))?;
    ground.config.set_port(listener.local_addr()?.port());
    let wants_demo = args.demo || args.region.is_some();
    if wants_demo {
        fill_if_empty(&ground, args.region.as_ref())?;
    }
    let (db, secret) = (ground.db()?, ground.secret()?);
    let app = web::Data::new(serve::app_state(ground.config.clone(), db.clone(), &secret, wants_demo)?);
    let worker = if args.with_worker { Some(start_worker(&ground, db, &secret)?) } else { None };
    let outcome = actix_web::rt::System::new().block_on(async {
        let server = serve::start(app, listener)?;
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        say(&format!("Mendmap is ready at {}", ground.config.http.base_url()));
        if wants_demo {
            demo::sign_ins(&mut ground.connect()?)?.iter().for_each(|line| say(line));
        }
        stop_signal().await?;
        say("Stopping ...");
        handle.stop(true).await;
        running.await??;
        anyhow::Ok(())
    });
    if let Some(worker) = worker {
        worker.stop();
    }
    outcome
}

/// Works until Ctrl-C or a termination signal.
pub fn worker() -> anyhow::Result<()> {
    let ground = Ground::open()?;
    let worker = start_worker(&ground, ground.db()?, &ground.secret()?)?;
    say("The worker is running");
    actix_web::rt::System::new().block_on(stop_signal())?;
    worker.stop();
    Ok(())
}

fn start_worker(ground: &Ground, db: crate::db::Db, secret: &str) -> anyhow::Result<Worker> {
    let post = serve::post(&ground.config, secret)?;
    let photos = std::sync::Arc::new(PhotoStore::open(&ground.config.storage.photo_store)?);
    let place = Workplace { db, post, photos, lease_seconds: ground.config.worker.lease_seconds };
    Worker::start(place, &ground.database_url)
}

async fn stop_signal() -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
