//! What is measured, and in which order.

mod answers;
mod create;
mod export;
mod features;
mod growth;
mod list;
mod listeners;
mod search;
mod tiles;

use std::cell::Cell;
use std::time::Duration;

use anyhow::Context as _;

use crate::browser;
use crate::databases::{Database, Databases};
use crate::options::Options;
use crate::report::{Goal, Report};
use crate::rounds::Pair;
use crate::say;
use crate::server::Server;
use crate::tiles::Ground;

/// How many ask at once where it is about how much gets done: on both sides, and fewer than a server's connections.
const CROWD: usize = 8;
/// How many ask at once where it is about how long one answer takes: so few that they do not wait for each other.
const FEW: usize = 2;
/// How long something runs before it is measured: connections are opened, statements prepared, pages read.
const WARM_UP: Duration = Duration::from_secs(2);

/// What all measures need.
pub struct Bench<'a> {
    options: &'a Options,
    databases: &'a Databases,
    ground: Ground,
    /// The most megabytes that a server had after its load, and ever.
    memory: Cell<(f64, f64)>,
}

impl<'a> Bench<'a> {
    /// Looks at what there is to ask for.
    pub fn new(options: &'a Options, databases: &'a Databases) -> anyhow::Result<Self> {
        let small = databases.all.first().context("there is no database")?;
        Ok(Self { options, databases, ground: Ground::of(small)?, memory: Cell::default() })
    }

    /// Measures everything that is wanted. What writes comes last.
    pub fn run(&self, report: &mut Report) -> anyhow::Result<()> {
        for database in &self.databases.all {
            if let Some(rows) = database.rows_a_second {
                report.note(&format!("loading {} reports: rows", database.reports), rows, "1/s");
            }
        }
        self.tiles(report)?;
        self.growth(report)?;
        self.list_rate(report)?;
        self.search_p99(report)?;
        self.answers(report)?;
        self.geojson_stream(report)?;
        self.export_memory(report)?;
        self.features_page(report)?;
        self.listeners(report)?;
        self.create_rate(report)?;
        let (after, most) = self.memory.get();
        if after > 0.0 {
            report.add("memory", after, "MB", Goal::AtMost(150.0));
            report.note("memory, at its most", most, "MB");
        }
        if self.options.wants("browser") {
            browser::run(self.options, self.middle()?, report)?;
        }
        Ok(())
    }

    /// The smallest database.
    fn small(&self) -> anyhow::Result<&Database> {
        self.databases.all.first().context("there is no database")
    }

    /// The one that single numbers are measured on.
    fn middle(&self) -> anyhow::Result<&Database> {
        self.databases.all.get(1).context("there is no second database")
    }

    /// The largest.
    fn large(&self) -> anyhow::Result<&Database> {
        self.databases.all.last().context("there is no database")
    }

    /// Measures a pair, once both have run for a while.
    fn pair(
        &self,
        name: &str,
        mut one: impl FnMut(Duration) -> anyhow::Result<f64>,
        mut other: impl FnMut(Duration) -> anyhow::Result<f64>,
    ) -> anyhow::Result<Pair> {
        one(WARM_UP)?;
        other(WARM_UP)?;
        let time = self.options.seconds;
        let pair = Pair::measure(self.options.rounds, || one(time), || other(time))?;
        say(&format!("{name}: {:.3} ({})", pair.ratio(), pair.spread()));
        Ok(pair)
    }

    /// Notes what a server has in memory after its load.
    fn weigh(&self, server: &Server) -> anyhow::Result<()> {
        let (after, most) = server.resident_megabytes()?;
        let (known_after, known_most) = self.memory.get();
        self.memory.set((known_after.max(after), known_most.max(most)));
        Ok(())
    }
}
