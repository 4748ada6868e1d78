//! Lists of a hundred reports in a box.

use anyhow::Context as _;
use serde_json::Value;

use super::{Bench, CROWD};
use crate::pgbench::Script;
use crate::recorded::{self, Names};
use crate::report::{Goal, Report};
use crate::server::{Caches, Server};
use crate::wrk::{self, Requests};

/// Boxes asked for.
const BOXES: usize = 20;
/// Rows of a list.
const ROWS: usize = 100;
/// Half a box's width and height, in degrees: from a few streets to a town.
const SIZES: [(f64, f64); 3] = [(0.006, 0.004), (0.012, 0.008), (0.04, 0.025)];

impl Bench<'_> {
    pub(super) fn list_rate(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("list_rate") {
            return Ok(());
        }
        let database = self.middle()?;
        let server = Server::start(database, Caches::Off, 1)?;
        let boxes = self.ground.places().iter().zip(SIZES.iter().cycle()).map(|(place, (width, height))| {
            let (lon, lat) = (place.lon(), place.lat());
            format!(
                "/api/v1/reports?bbox={},{},{},{}&limit={ROWS}",
                lon - width,
                lat - height,
                lon + width,
                lat + height
            )
        });
        let mut full = Vec::new();
        for path in boxes {
            let page: Value = serde_json::from_slice(&server.get(&path)?)?;
            if page["items"].as_array().is_some_and(|items| items.len() == ROWS) && page["next_cursor"].is_string() {
                full.push(path);
            }
            if full.len() == BOXES {
                break;
            }
        }
        anyhow::ensure!(!full.is_empty(), "there is no box with more than {ROWS} reports");

        let statements = recorded::while_running(self.databases, database, || {
            full.iter().try_for_each(|path| server.get(path).map(drop))
        })?;
        let statements: Vec<_> = statements.iter().filter(|one| one.text.contains("\"report")).collect();
        statements.first().context("the log shows no statement")?;
        let mut names = Names::default();
        let lines: Vec<String> = statements.iter().map(|one| names.execute(one, &one.parameters) + ";").collect();
        let script = Script::new(&names.prepared(), &lines, full.len())?;

        let asked = Requests::get(&full)?;
        let pair = self.pair(
            "list_rate",
            |time| Ok(wrk::run(&server, &asked, CROWD, time)?.per_second()),
            |time| script.run(database, CROWD, time),
        )?;
        self.weigh(&server)?;
        report.add("list_rate", pair.ratio(), "ratio", Goal::AtLeast(0.60));
        report.note("list_rate: lists", pair.one.median(), "1/s");
        report.note("list_rate: pgbench", pair.other.median(), "1/s");
        report.note("list_rate: statements of a list", statements.len() as f64 / full.len() as f64, "");
        Ok(())
    }
}
