//! Moving in: what a FixMyStreet database holds becomes ours, and its old addresses lead on.
//!
//! Their database is only ever read. It is read from end to end each time, some thousand rows at once, and what is found is
//! compared with what was found the last time (`moved_in`): new rows are written, changed ones are changed, the rest is left
//! alone. So it can be repeated while both sites run, and goes on where it was killed, as each batch is a transaction of its
//! own. Nothing is sent to anybody: no letters, no alerts, no webhooks.

pub mod addresses;
mod alerts;
mod bodies;
mod left_out;
mod ours;
mod people;
mod photos;
mod reports;
mod rules;
mod theirs;
mod updates;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use mendmap_shared::text::Email;

use crate::map;
use crate::photos::store::PhotoStore;

pub use left_out::{LeftOut, Reason};
pub use ours::Tally;

/// Rows read, compared and written at once.
const AT_ONCE: i64 = 2_000;

/// Where to move in from, and what their database does not say.
#[derive(Clone, clap::Args)]
pub struct FixMyStreet {
    /// Their database, as postgres://user:password@host:port/database; a user who may only read is enough
    #[arg(long, env = "FIXMYSTREET_DSN", hide_env_values = true)]
    pub dsn: String,
    /// Their UPLOAD_DIR, or a copy of it; without it no photos are carried over
    #[arg(long, value_name = "FOLDER")]
    pub photos: Option<PathBuf>,
    /// A CSV file with columns mapit_id and code (or gss), or name: which of our areas each of MapIt's is
    #[arg(long, value_name = "FILE")]
    pub areas: Option<PathBuf>,
    /// Where reports go by mail to a body whose contacts have no address of its own
    #[arg(long, value_name = "ADDRESS")]
    pub body_email: Option<Email>,
    /// The time zone their times are in; without it the one their database says
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// Where to write what was left out, and why: kinds and numbers, no personal data
    #[arg(long, value_name = "FILE", default_value = "fixmystreet-left-out.csv")]
    pub left_out: PathBuf,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Moved {
    /// By what the rows are, in the order they were read.
    pub parts: Vec<(&'static str, Tally)>,
    /// How many were left out, or not taken as they were, by what they are and why.
    pub left_out: Vec<(&'static str, Reason, u64)>,
}

impl Moved {
    /// Whether the database is as it was.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.parts.iter().all(|(_, tally)| tally.new + tally.changed == 0)
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (what, tally)) in self.parts.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(f, "{line_end}{what}: {tally}")?;
        }
        for (what, reason, count) in &self.left_out {
            write!(f, "\n  {what}: {count} {}", reason.words())?;
        }
        Ok(())
    }
}

/// What every step needs.
struct Move<'a> {
    ours: &'a mut PgConnection,
    theirs: &'a mut PgConnection,
    time_zone: String,
    left_out: LeftOut,
    moved: Moved,
    tell: &'a mut dyn FnMut(&str),
}

impl Move<'_> {
    /// Notes words about rows of one kind.
    fn note_all(&mut self, kind: &'static str, words: &[(i64, Reason)]) -> anyhow::Result<()> {
        words.iter().try_for_each(|(id, reason)| self.left_out.note(kind, *id, *reason, ""))
    }

    fn done(&mut self, what: &'static str, tally: Tally) {
        (self.tell)(&format!("{what}: {tally}"));
        self.moved.parts.push((what, tally));
    }
}

/// Carries over what is new or has changed since the last time. `tell` hears how far it has come.
///
/// # Errors
/// When one of the databases cannot be used, theirs is not FixMyStreet's, another run is at it, or a file cannot be read or
/// written. What was written until then stays, and the next run goes on from there.
pub fn run(
    ours: &mut PgConnection,
    store: &PhotoStore,
    from: &FixMyStreet,
    tell: &mut dyn FnMut(&str),
) -> anyhow::Result<Moved> {
    let free: bool = diesel::select(sql::<Bool>("pg_try_advisory_lock(7233014)")).get_result(ours)?;
    ensure!(free, "another process is moving in");
    let outcome = move_in(ours, store, from, tell);
    // Whoever goes on with this connection is no longer moving in.
    let after = ours.batch_execute("RESET mendmap.moving_in; SELECT pg_advisory_unlock(7233014)");
    let moved = outcome?;
    after?;
    Ok(moved)
}

fn move_in(
    ours: &mut PgConnection,
    store: &PhotoStore,
    from: &FixMyStreet,
    tell: &mut dyn FnMut(&str),
) -> anyhow::Result<Moved> {
    let mut theirs = theirs::open(&from.dsn)?;
    let time_zone = theirs::time_zone(&mut theirs, from.time_zone.as_deref())?;
    let left_out =
        LeftOut::create(&from.left_out).with_context(|| format!("{} cannot be written", from.left_out.display()))?;
    ours::prepare(ours)?;
    let mut at = Move { ours, theirs: &mut theirs, time_zone, left_out, moved: Moved::default(), tell };

    // As of one moment, so that no update comes without its report.
    theirs::hold_still(at.theirs)?;
    let states = theirs::states(at.theirs)?;
    let bodies = bodies::bodies(&mut at, from)?;
    let contacts = bodies::contacts(&mut at, &bodies)?;
    bodies::areas(&mut at, &bodies, from.areas.as_deref())?;
    people::users(&mut at, &bodies)?;
    reports::reports(&mut at, &bodies, &contacts, &states)?;
    reports::duplicates(&mut at)?;
    reports::request_numbers(&mut at)?;
    updates::updates(&mut at, &bodies, &states)?;
    alerts::alerts(&mut at)?;
    theirs::let_go(at.theirs)?;
    // Pictures take hours: their database need not remember one moment for so long.
    match &from.photos {
        Some(folder) => photos::photos(&mut at, store, folder)?,
        None => photos::not_asked_for(&mut at)?,
    }
    (at.tell)("Counting for the map");
    map::queries::fold(at.ours)?;
    let Move { left_out, mut moved, .. } = at;
    moved.left_out = left_out.finish()?;
    Ok(moved)
}

/// Their numbers and ours.
type Numbers = HashMap<i64, i64>;
