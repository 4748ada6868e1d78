//! Whether a tile takes longer where there are many more reports.

use super::{Bench, FEW};
use crate::databases::Database;
use crate::report::{Goal, Report};
use crate::server::{Caches, Server};
use crate::tiles::Asked;
use crate::wrk::{self, Requests};

impl Bench<'_> {
    pub(super) fn growth(&self, report: &mut Report) -> anyhow::Result<()> {
        let measures = [("tile_growth", 1.5, self.ground.walk()?), ("low_zoom_growth", 1.3, self.ground.low()?)];
        for (name, goal, asked) in measures {
            if self.options.wants(name) {
                let paths: Vec<String> = asked.iter().map(Asked::path).collect();
                self.grows(report, name, goal, &paths, self.large()?)?;
            }
        }
        Ok(())
    }

    /// 99 of 100 of these answers from a large database, over the same from the smallest.
    pub(super) fn grows(
        &self,
        report: &mut Report,
        name: &str,
        goal: f64,
        paths: &[String],
        large_database: &Database,
    ) -> anyhow::Result<()> {
        let asked = Requests::get(paths)?;
        let small_database = self.small()?;
        let large = Server::start(large_database, Caches::Off, 1)?;
        let small = Server::start(small_database, Caches::Off, 1)?;
        // A database in use has read its pages from disk; one that was just filled, or lay idle, has not.
        for server in [&large, &small] {
            wrk::run(server, &asked, FEW, self.options.seconds * 2)?;
        }
        let (mut large_p50, mut small_p50) = (0.0, 0.0);
        let pair = self.pair(
            name,
            |time| {
                let outcome = wrk::run(&large, &asked, FEW, time)?;
                large_p50 = outcome.p50_ms();
                Ok(outcome.p99_ms())
            },
            |time| {
                let outcome = wrk::run(&small, &asked, FEW, time)?;
                small_p50 = outcome.p50_ms();
                Ok(outcome.p99_ms())
            },
        )?;
        self.weigh(&large)?;
        report.add(name, pair.ratio(), "ratio", Goal::AtMost(goal));
        report.note(&format!("{name}: p99 of {} reports", large_database.reports), pair.one.median(), "ms");
        report.note(&format!("{name}: p99 of {} reports", small_database.reports), pair.other.median(), "ms");
        report.note(&format!("{name}: p50 of {} reports", large_database.reports), large_p50, "ms");
        report.note(&format!("{name}: p50 of {} reports", small_database.reports), small_p50, "ms");
        Ok(())
    }
}
