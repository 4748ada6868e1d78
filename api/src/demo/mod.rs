//! What fills an empty database so that there is something to see: an invented borough, or reports on a real region's streets.
//!
//! Everything comes from fixed seeds and the moment it is given: the same moment gives the same rows (but for password
//! salts and the ids of subscriptions).

pub mod accounts;
pub mod bodies;
pub mod borough;
pub mod pictures;
mod queries;
pub mod region;
pub mod reports;
pub mod scale;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_query;

use crate::photos::store::PhotoStore;
use crate::schema;
use crate::site::queries::{filling, note_centre, note_filling};
use crate::site::{Content, Filling};
use accounts::Accounts;
use reports::Pictures;

pub use reports::Album;

/// How many reports a demo has.
pub const REPORTS: usize = 300;

/// What a demo put into the database; shown as a few lines of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoSummary {
    /// Reports of each status.
    pub reports: BTreeMap<&'static str, usize>,
    /// The sign-ins.
    pub accounts: Accounts,
}

impl fmt::Display for DemoSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.reports.is_empty() {
            writeln!(f, "{} reports made up for the demo", self.reports.values().sum::<usize>())?;
        }
        self.accounts.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Whether nothing is there that a demo could get mixed up with: no areas, bodies, streets, reports or accounts.
///
/// # Errors
/// From the database.
pub fn is_empty(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::not(
        exists(schema::users::table.select(schema::users::id))
            .or(exists(schema::reports::table.select(schema::reports::id)))
            .or(exists(schema::bodies::table.select(schema::bodies::id)))
            .or(exists(schema::areas::table.select(schema::areas::id)))
            .or(exists(schema::street_lines::table.select(schema::street_lines::id))),
    ))
    .get_result(conn)
}

/// The demo's sign-ins as lines of text, for whoever starts it; none where there are none.
///
/// # Errors
/// From the database.
pub fn sign_ins(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    accounts::known(conn).map(|accounts| accounts.lines())
}

/// Adds reports to a demonstration, or fills an empty database so that there are as many: the first [`REPORTS`] of those with
/// their whole stories, the others as in [`scale`]. The region is the one the database holds, or else the one in the folder;
/// without either it is the borough. Says what it does on standard output.
///
/// # Errors
/// When the database holds something else than what is asked for, or from the filling.
pub fn ensure_reports(
    conn: &mut PgConnection,
    store: &PhotoStore,
    region: Option<&Path>,
    reports: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let done = |conn: &mut PgConnection| filling(conn).map(|there| there.filter(|there| there.done));
    let more = done(conn)?.is_some();
    let told = REPORTS.min(reports);
    let pictures = Pictures::new(store, now);
    ensure_filled_with(conn, &pictures, region, told, now)?;
    let Some(Filling { content, .. }) = done(conn)? else {
        bail!("the database holds something already: reports are made up in an empty one or a demonstration only")
    };
    let reports = if more { reports } else { reports - told };
    if reports == 0 {
        return Ok(());
    }
    let files = match &content {
        // Whoever has taken the folder away since gets the pattern of no town.
        Content::Region(folder) if Path::new(folder).is_dir() => region::files(Path::new(folder))?,
        Content::Region(_) | Content::Borough => Vec::new(),
    };
    let pattern = scale::pattern(&files)?;
    let scale = scale::Scale::of(reports);
    let tell = &mut |line: &str| region::progress(line);
    region::progress(scale::add_reports(conn, pictures.album()?, &pattern, scale, now, tell)?)?;
    Ok(())
}

/// Sees to it that the database is filled: with the region in a folder, or with the invented borough. An empty one is
/// filled, a filling that was interrupted is continued, and one that is done is left as it is.
///
/// # Errors
/// When the database holds something else than what is asked for, or the filling fails.
pub fn ensure_filled(
    conn: &mut PgConnection,
    store: &PhotoStore,
    region: Option<&Path>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    ensure_filled_with(conn, &Pictures::new(store, now), region, REPORTS, now)
}

fn ensure_filled_with(
    conn: &mut PgConnection,
    pictures: &Pictures<'_>,
    region: Option<&Path>,
    reports: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    // Two processes that start at once: the second waits, and finds it done. The lock ends with the connection.
    sql_query("SELECT pg_advisory_lock(7233003)").execute(conn)?;
    let region = region.map(named).transpose()?;
    let there = filling(conn)?;
    match (there, region) {
        (Some(Filling { content: Content::Borough, .. }), Some(_)) => bail!(
            "the data folder holds the demonstration already, and no region is mixed with it: choose another data folder \
             (DATA_DIR=.data-newport), or delete this one"
        ),
        (Some(Filling { content: Content::Region(other), .. }), Some((folder, _))) if other != folder => bail!(
            "the data folder holds the region from {other} already: choose another data folder (DATA_DIR=…) for {folder}"
        ),
        (Some(Filling { content: Content::Region(folder), done: false }), None) => bail!(
            "the data folder holds a part of the region from {folder}: start with that region again to load the rest, or \
             delete the data folder"
        ),
        (Some(Filling { done: true, .. }), _) => {}
        (None, Some(_)) if !is_empty(conn)? => {
            bail!(
                "the database holds something already: a region is loaded into an empty one only (or by `mendmap import`)"
            )
        }
        (_, Some((_, folder))) => {
            region::fill_region(conn, pictures, folder, reports, now)?;
        }
        (_, None) if is_empty(conn)? => {
            fill_borough(conn, pictures.album()?, reports, now)?;
        }
        (_, None) => {}
    }
    Ok(())
}

/// The folder by the name under which the database remembers it.
fn named(folder: &Path) -> anyhow::Result<(String, &Path)> {
    let whole = folder.canonicalize().with_context(|| format!("{} cannot be read", folder.display()))?;
    Ok((whole.display().to_string(), folder))
}

/// What is to be said about a filling that was interrupted and that nobody continues.
///
/// # Errors
/// From the database.
pub fn unfinished(conn: &mut PgConnection) -> QueryResult<Option<String>> {
    Ok(match filling(conn)? {
        Some(Filling { content: Content::Region(folder), done: false }) => {
            Some(format!("only a part of the region from {folder} is loaded: `--region {folder}` loads the rest"))
        }
        _ => None,
    })
}

/// Fills an empty database with the borough, its two bodies, reports with their histories and photos, and sign-ins: all of
/// it or, when anything fails, none (but for photos, which are files that nothing refers to then).
///
/// # Errors
/// When the database is not empty, the photos cannot be stored, or from the database.
pub fn fill_demo(conn: &mut PgConnection, store: &PhotoStore, now: DateTime<Utc>) -> anyhow::Result<DemoSummary> {
    ensure!(is_empty(conn)?, "the database is not empty: the demo is not mixed with what is there");
    fill_demo_with(conn, &Album::draw(store, now)?, now)
}

/// As [`fill_demo`], with photos that are stored already, or none.
///
/// # Errors
/// When the database is not empty, or from the database.
pub fn fill_demo_with(conn: &mut PgConnection, album: &Album, now: DateTime<Utc>) -> anyhow::Result<DemoSummary> {
    fill_borough(conn, album, REPORTS, now)
}

fn fill_borough(
    conn: &mut PgConnection,
    album: &Album,
    reports: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<DemoSummary> {
    conn.transaction(|conn| {
        ensure!(is_empty(conn)?, "the database is not empty: the demo is not mixed with what is there");
        borough::draw().write(conn)?;
        bodies::demo_bodies(conn)?;
        let reports = reports::fill_with(conn, album, reports, now)?;
        let accounts = accounts::create(conn, now)?;
        note_centre(conn)?;
        note_filling(conn, &Content::Borough, true)?;
        Ok(DemoSummary { reports, accounts })
    })
}
