//! Bodies that are reached by Open311: reports and updates are sent to their server, and its updates and service list fetched.
//!
//! **What is sent once.** A report's form is the same, byte by byte, each time it is sent, with an `Idempotency-Key` made of
//! these bytes; an update carries an `update_id` of ours that never changes. A server that minds either takes each once. Of one
//! that does not, nobody can know after a lost answer whether the report arrived, so before a report is sent again the server
//! is asked for the reports it got since the first attempt, and ours is looked for by its address in the description, or by
//! its place and words. What stays possible: a server that neither knows such keys nor shows a report soon after it took it
//! gets that report a second time. For updates the standard has no such question; the `update_id` alone must do.
//!
//! **What is taken once.** Each update that came is kept by the server's own number, and those we sent are known when they
//! come back: by their number, or by their words where its number never reached us.

pub mod arrived;
pub mod client;
pub mod fetch;
pub mod handlers;
pub mod moments;
pub mod pictures;
pub mod queries;
pub mod rules;
pub mod send;
pub mod services;
pub mod settings;
pub mod sync;
mod tree;
pub mod wire;

use chrono::Duration;
use diesel::pg::PgConnection;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Errand, Post};
use crate::jobs::Job;

/// How soon the number of a report is asked for the first time, where the server gave a token.
const FIRST_TOKEN_POLL: Duration = Duration::seconds(5);

/// The addresses under `/api/v1`.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    cfg.service(handlers::get_open311_server)
        .service(handlers::put_open311_server)
        .service(handlers::remove_open311_server)
        .service(handlers::sync_open311_services)
        .service(handlers::put_open311_service);
}

/// Finds out what a job asks for.
///
/// # Errors
/// From the database.
pub fn prepare(conn: &mut PgConnection, post: &Post, job: &Job) -> anyhow::Result<Errand> {
    match *job {
        Job::Open311Deliver { delivery, server } => send::deliver(conn, post, delivery, server),
        Job::Open311Token { report, server } => fetch::token(conn, post, report, server),
        Job::Open311Poll { server } => fetch::updates(conn, post, server),
        Job::Open311Sync { server } => sync::services(conn, post, server),
        Job::Open311Pictures { update, server } => pictures::fetch(conn, update, server),
        _ => Ok(Errand::Nothing),
    }
}
