//! Very many reports on the streets that are loaded: for seeing how Mendmap does with a big town's years, or a country's.
//!
//! They are made up like the demonstration's, but shorter: one update at most, no deliveries, photos shared by all. How
//! often each category is reported, when, and how long it takes is what real towns have noted, where their files are there.

mod aside;
mod calendar;
mod compose;
mod ground;
mod pattern;
mod records;
mod rows;

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SubsecRound as _, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{Album, queries};
use crate::map;
use aside::Aside;
use calendar::Calendar;
use compose::Composer;
use ground::Ground;
use rows::{Batch, TABLES};

pub use pattern::Pattern;

const SEED: u64 = 0x7363_616c;
/// From how many reports on it is faster to make indexes anew than to keep them.
const MANY: usize = 50_000;
/// About how many reports are in memory at once, and again as many being made.
const AT_ONCE: usize = 20_000;

/// How many reports, and how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// How many.
    pub reports: usize,
    /// How many are written by one statement, about.
    pub at_once: usize,
    /// Whether indexes, foreign keys and triggers are put aside meanwhile. Nobody else can use the tables then.
    pub put_aside: bool,
}

impl Scale {
    /// This many reports, in the way that is fastest.
    #[must_use]
    pub const fn of(reports: usize) -> Self {
        Self { reports, at_once: AT_ONCE, put_aside: reports >= MANY }
    }
}

/// What was written, and how long it took from the first question to the last index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Reports.
    pub reports: usize,
    /// Rows of all tables.
    pub rows: usize,
    /// Time.
    pub took: Duration,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        let a_second = |count: usize| grouped((count as f64 / seconds.max(0.001)) as usize);
        write!(
            f,
            "{} reports, {} rows in {seconds:.1} s: {} rows a second ({} reports)",
            grouped(self.reports),
            grouped(self.rows),
            a_second(self.rows),
            a_second(self.reports)
        )
    }
}

/// `1234567` is `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// The pattern in the records of real towns among `files`, or one made up where there are none.
///
/// # Errors
/// When a file cannot be read.
pub fn pattern(files: &[PathBuf]) -> anyhow::Result<Pattern> {
    Ok(Pattern::new(records::read(files)?))
}

/// Adds reports of the last three years before `now`: all of them or, when anything fails, none. The same places, bodies,
/// numbers given out before, pattern and moment give the same rows. `tell` hears how far it has come.
///
/// # Errors
/// When no street is loaded or nothing can be reported there, or from the database.
pub fn add_reports(
    conn: &mut PgConnection,
    album: &Album,
    pattern: &Pattern,
    scale: Scale,
    now: DateTime<Utc>,
    tell: &mut dyn FnMut(&str) -> std::io::Result<()>,
) -> anyhow::Result<Written> {
    let begun = Instant::now();
    let now = now.trunc_subsecs(0);
    let rows = conn.transaction(|conn| -> anyhow::Result<usize> {
        conn.batch_execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off; SET LOCAL maintenance_work_mem = '512MB'",
        )?;
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        tell("Choosing places on the streets")?;
        let ground = Ground::load(conn, pattern, scale.reports, &mut rng)?;
        let calendar = Calendar::new(pattern, scale.reports, now).context("there are no years before that moment")?;
        let aside = if scale.put_aside {
            Some(Aside::put(conn, &[&TABLES[..], &["map_kind_counts"]].concat())?)
        } else {
            // Reading goes on; nobody else takes numbers.
            conn.batch_execute(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", TABLES.join(", ")))?;
            None
        };
        album.write(conn)?;
        let photos = album.by_subject();
        let first = (queries::next_number(conn, "reports")?, queries::next_number(conn, "updates")?);
        // Another filling of the same database is another one.
        rng.set_stream(first.0.unsigned_abs());
        let mut composer = Composer::new(&ground, pattern, &photos, now, first);
        let rows = write(conn, &mut composer, &calendar, scale, &mut rng, tell)?;
        let (report, update) = composer.next_numbers();
        ensure!(
            usize::try_from(report - first.0).is_ok_and(|written| written == scale.reports),
            "only {} reports were made up",
            report - first.0
        );
        queries::numbers_taken(conn, "reports", report - 1)?;
        queries::numbers_taken(conn, "updates", update - 1)?;
        if let Some(aside) = aside {
            tell("Counting for the map")?;
            conn.batch_execute(&format!("ANALYZE {}", TABLES.join(", ")))?;
            // That is the triggers' work, and they were away.
            map::queries::rebuild(conn)?;
            queries::note_reports(conn, first.0)?;
            tell("Putting indexes and rules back")?;
            aside.back(conn)?;
            // Last, as who listens to the live map looks for what happened within seconds.
            queries::tell_live_map(conn, first.0)?;
        }
        Ok(rows)
    })?;
    if scale.put_aside {
        // The database would begin with it within a minute, when somebody may want to use it.
        tell("Tidying up")?;
        conn.batch_execute(&format!("VACUUM (ANALYZE) {}, map_counts, map_kind_counts", TABLES.join(", ")))?;
    }
    Ok(Written { reports: scale.reports, rows, took: begun.elapsed() })
}

/// Writes batch after batch, each while the next is being made up. Answers how many rows there were.
fn write<'g>(
    conn: &mut PgConnection,
    composer: &mut Composer<'g>,
    calendar: &Calendar,
    scale: Scale,
    rng: &mut ChaCha8Rng,
    tell: &mut dyn FnMut(&str) -> std::io::Result<()>,
) -> anyhow::Result<usize> {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Batch<'g>>(1);
        scope.spawn(move || {
            let mut batch = Batch::default();
            for day in calendar.days() {
                for moment in calendar.moments(*day, rng) {
                    composer.report(moment, &mut batch, rng);
                    // Nobody listens any more: the writing has failed, and says why itself.
                    if batch.reports.len() >= scale.at_once && send.send(std::mem::take(&mut batch)).is_err() {
                        return;
                    }
                }
            }
            let _ = send.send(batch);
        });
        let (mut rows, mut reports, mut told) = (0, 0, Instant::now());
        for batch in receive {
            rows += batch.write(conn)?;
            reports += batch.reports.len();
            if told.elapsed() > Duration::from_secs(5) {
                told = Instant::now();
                let a_second = rows as f64 / begun.elapsed().as_secs_f64();
                let (reports, of) = (grouped(reports), grouped(scale.reports));
                tell(&format!("{reports} of {of} reports, {} rows a second", grouped(a_second as usize)))?;
            }
        }
        Ok(rows)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_told_in_one_line() {
        let written = Written { reports: 1_000_000, rows: 5_800_000, took: Duration::from_millis(61_049) };
        assert_eq!(
            written.to_string(),
            "1,000,000 reports, 5,800,000 rows in 61.0 s: 95,005 rows a second (16,380 reports)"
        );
        assert_eq!((grouped(0), grouped(999), grouped(1000)), ("0".into(), "999".into(), "1,000".into()));
    }
}
