//! The tiles that everybody looks at: from the database, from the process's memory, from memcached.

use super::{Bench, CROWD};
use crate::memcached::Memcached;
use crate::report::{Goal, Report};
use crate::server::{Caches, FIXED, Server};
use crate::tiles::{self, Asked};
use crate::wrk::{self, Requests};

/// Tiles that everybody looks at; each shows something.
const HOT: usize = 64;

impl Bench<'_> {
    pub(super) fn tiles(&self, report: &mut Report) -> anyhow::Result<()> {
        let wants = |name| self.options.wants(name);
        if !(wants("tile_cold") || wants("tile_warm") || wants("tile_memcached") || wants("mvt_file")) {
            return Ok(());
        }
        let database = self.middle()?;
        let cold = Server::start(database, Caches::Off, 1)?;
        let (mut hot, mut bytes) = (Vec::new(), 0);
        for one in self.ground.hottest()? {
            // Some are all sea.
            let length = cold.get(&one.path())?.len();
            if length > 0 {
                bytes += length;
                hot.push(one);
            }
            if hot.len() == HOT {
                break;
            }
        }
        anyhow::ensure!(hot.len() == HOT, "only {} tiles show anything", hot.len());
        let bytes = bytes / HOT;
        let paths: Vec<String> = hot.iter().map(Asked::path).collect();
        let asked = Requests::get(&paths)?;
        report.note("tiles asked for again and again", HOT as f64, "");
        report.note("mean size of such a tile", bytes as f64, "bytes");
        if wants("tile_cold") {
            let script = tiles::script(&hot)?;
            let pair = self.pair(
                "tile_cold",
                |time| Ok(wrk::run(&cold, &asked, CROWD, time)?.per_second()),
                |time| script.run(database, CROWD, time),
            )?;
            self.weigh(&cold)?;
            report.add("tile_cold", pair.ratio(), "ratio", Goal::AtLeast(0.70));
            report.note("tile_cold: tiles", pair.one.median(), "1/s");
            report.note("tile_cold: pgbench", pair.other.median(), "1/s");
        }
        if wants("mvt_file") {
            let paths: Vec<String> = hot.iter().map(Asked::vector_path).collect();
            for path in &paths {
                anyhow::ensure!(!cold.get(path)?.is_empty(), "{path} shows nothing");
            }
            let (asked, script) = (Requests::get(&paths)?, tiles::vector_script(&hot)?);
            let pair = self.pair(
                "mvt_file",
                |time| Ok(wrk::run(&cold, &asked, CROWD, time)?.per_second()),
                |time| script.run(database, CROWD, time),
            )?;
            self.weigh(&cold)?;
            report.add("mvt_file", pair.ratio(), "ratio", Goal::AtLeast(0.80));
            report.note("mvt_file: tiles", pair.one.median(), "1/s");
            report.note("mvt_file: pgbench", pair.other.median(), "1/s");
        }
        drop(cold);

        if wants("tile_warm") {
            self.kept(report, "tile_warm", 0.80, &asked, &Server::start(database, Caches::Own, bytes)?)?;
        }
        if wants("tile_memcached") {
            let memcached = Memcached::start()?;
            let server = Server::start(database, Caches::Memcached(&memcached.url()), bytes)?;
            self.kept(report, "tile_memcached", 0.35, &asked, &server)?;
        }
        Ok(())
    }

    /// Kept tiles over the fixed answer, both from this server.
    fn kept(
        &self,
        report: &mut Report,
        name: &str,
        goal: f64,
        asked: &Requests,
        server: &Server,
    ) -> anyhow::Result<()> {
        let fixed = Requests::get(&[FIXED.to_owned()])?;
        let pair = self.pair(
            name,
            |time| Ok(wrk::run(server, asked, CROWD, time)?.per_second()),
            |time| Ok(wrk::run(server, &fixed, CROWD, time)?.per_second()),
        )?;
        self.weigh(server)?;
        report.add(name, pair.ratio(), "ratio", Goal::AtLeast(goal));
        report.note(&format!("{name}: tiles"), pair.one.median(), "1/s");
        report.note(&format!("{name}: fixed answer"), pair.other.median(), "1/s");
        Ok(())
    }
}
