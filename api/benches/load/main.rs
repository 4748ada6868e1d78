//! `make bench`: how fast Mendmap is, as ratios of two things measured in the same run on the same machine.
//!
//! It starts its own PostgreSQL, memcached and servers, fills one database for each number of reports, drives load with `wrk`
//! and `pgbench` in turns, and writes `report.json` and a table. The server it measures is this program again, as a
//! process of its own: the library's server, with one address more that always answers the same from memory.
//!
//! It judges nothing: it fails when something cannot be measured.

mod browser;
mod databases;
mod measures;
mod memcached;
mod options;
mod pgbench;
mod process;
mod recorded;
mod report;
mod rounds;
mod server;
mod tiles;
mod wrk;

use std::io::Write as _;
use std::process::ExitCode;

use databases::Databases;
use measures::Bench;
use options::Options;
use report::Report;

fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        Some(server::COMMAND) => server::serve(),
        _ => bench(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn bench() -> anyhow::Result<()> {
    let options = Options::from_env()?;
    process::hear_signals()?;
    process::open_many_files()?;
    let databases = Databases::open(&options)?;
    let mut report = Report::default();
    Bench::new(&options, &databases)?.run(&mut report)?;
    report.write(&options.report)?;
    say(&report.table());
    say(&format!("Written to {}", options.report.display()));
    Ok(())
}

/// What is going on and what came of it, on standard error: the numbers are in the report.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
