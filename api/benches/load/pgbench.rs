//! Load on the database alone, by `pgbench`.
//!
//! Statements that the server keeps prepared are prepared by PREPARE and run by EXECUTE, once for each connection and planned by
//! the same rules; the others are planned each time here as there. pgbench's own `--protocol=prepared` cannot pass a parameter that is NULL.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use crate::databases::Database;
use crate::process;

/// Statements that a connection runs over and over again.
#[derive(Debug)]
pub struct Script {
    file: PathBuf,
    /// How many of what is counted one run of it does.
    units: usize,
    _folder: TempDir,
}

impl Script {
    /// One run of `lines` is `units` of what is counted. `prepared` are the names, parameter types and texts of what they
    /// execute.
    pub fn new(prepared: &[(String, String, String)], lines: &[String], units: usize) -> anyhow::Result<Self> {
        let mut text = String::from("\\if :ready = 0\n");
        for (name, types, statement) in prepared {
            // An empty list is no list.
            let types = if types.is_empty() { String::new() } else { format!("({types})") };
            let _ = writeln!(text, "PREPARE {name}{types} AS {};", on_one_line(statement));
        }
        text += "\\set ready 1\n\\endif\n";
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("statements.sql");
        fs::write(&file, text)?;
        Ok(Self { file, units, _folder: folder })
    }

    /// Runs it for so long on so many connections; how many of what is counted were done a second.
    pub fn run(&self, database: &Database, connections: usize, time: Duration) -> anyhow::Result<f64> {
        let mut command = Command::new(program());
        command.args(["--no-vacuum", "--define=ready=0", "--jobs=1", &format!("--client={connections}")]);
        command.arg(format!("--time={}", time.as_secs().max(1))).arg("--file").arg(&self.file).arg(&database.url);
        // As the server sets its connections.
        command.env("PGOPTIONS", "-c client_min_messages=error -c max_parallel_workers_per_gather=0");
        let said = process::output(&mut command)?;
        let failed = said.lines().find_map(|line| line.strip_prefix("number of failed transactions: "));
        anyhow::ensure!(failed.is_some_and(|failed| failed.starts_with("0 ")), "statements failed: {said}");
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate: f64 = rate.and_then(|rate| rate.split(' ').next()).context("pgbench said nothing")?.parse()?;
        Ok(rate * self.units as f64)
    }
}

/// A statement without its comments, as pgbench would take a line's end within one for nothing but a blank.
pub fn on_one_line(statement: &str) -> String {
    let lines = statement.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before).trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The newest one that Debian's packages bring, which leaves it out of everybody's way; else whatever the shell would find.
fn program() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin/pgbench")).filter(|path| path.exists());
    found.max().unwrap_or_else(|| "pgbench".into())
}
