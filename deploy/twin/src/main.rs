//! The twin: the production topology on one Debian machine, from Debian's packages, with no containers. It can be watched (`up`),
//! followed (`trace`), hurt (`survive`) and measured (`load`).

mod back_office;
mod balancer;
mod database;
mod edge;
mod memcached;
mod ports;
mod postgres;
mod process;
mod recorder;
mod scale;
mod smtp;
mod survive;
mod topology;
mod trace;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};

use topology::{Options, Twin};

/// How long the short form of `survive` may take, from the twin's start on.
const SHORT: Duration = Duration::from_secs(240);

#[derive(Parser)]
#[command(name = "mendmap-twin", about = "Mendmap's production topology on one machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder of everything it keeps; emptied at each start
    #[arg(long, env = "TWIN_DIR", default_value = ".data/twin", global = true)]
    folder: PathBuf,
    /// The binary; without it the one beside this program
    #[arg(long, global = true)]
    mendmap: Option<PathBuf>,
    /// Folder of the built app
    #[arg(long, default_value = "frontend/dist", global = true)]
    spa: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything, with an invented borough, and stay until Ctrl-C
    Up {
        /// Port of the edge; without it a free one
        #[arg(long)]
        port: Option<u16>,
    },
    /// Follow one map view through every part
    Trace,
    /// Inject faults under load, and compare what was acknowledged with what is there
    Survive {
        /// Five faults, in under four minutes
        #[arg(long)]
        short: bool,
        /// Only these faults
        #[arg(long)]
        only: Vec<String>,
        /// Harm to be done during the first fault, to see it noticed: the run must fail
        #[arg(long)]
        sabotage: Option<survive::Sabotage>,
        /// Where the table goes as JSON
        #[arg(long, default_value = "target/survive/report.json")]
        report: PathBuf,
    },
    /// Measure what the edge answers by itself, and what three api processes are over one
    Load {
        /// Where the numbers go as JSON
        #[arg(long, default_value = "target/survive/load.json")]
        report: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("twin: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    process::hear_signals()?;
    let beside = std::env::current_exe()?.with_file_name("mendmap");
    let mendmap = cli.mendmap.unwrap_or(beside);
    anyhow::ensure!(mendmap.is_file(), "{} is not there: build it first", mendmap.display());
    let spa = cli.spa.join("index.html").is_file().then_some(cli.spa);
    let port = if let Command::Up { port } = &cli.command { *port } else { None };
    let begun = Instant::now();
    let options = Options { folder: cli.folder, mendmap: mendmap.canonicalize()?, spa, port };
    let mut twin = Twin::prepare(&options)?;
    if matches!(cli.command, Command::Up { .. }) {
        twin.admin(&["demo"], None)?;
    }
    twin.start_tasks()?;
    say(&format!("The twin runs after {:.0} s", begun.elapsed().as_secs_f32()));
    match cli.command {
        Command::Up { .. } => {
            say(&twin.addresses());
            say("Ctrl-C stops everything.");
            while process::wait(Duration::from_secs(3600)).is_ok() {}
            say("Stopping ...");
            Ok(ExitCode::SUCCESS)
        }
        Command::Trace => trace::print(&twin, say).map(|()| ExitCode::SUCCESS),
        Command::Survive { short, only, sabotage, report } => {
            let selection = survive::Selection { is_short: short, only, sabotage };
            let rows = survive::run(twin, &selection, say)?;
            rows.write(&report)?;
            let (met, tried) = rows.met();
            say(&format!(
                "{met} of {tried} goals met in {:.0} s; written to {}",
                begun.elapsed().as_secs_f32(),
                report.display()
            ));
            let took = begun.elapsed();
            let is_in_time = !short || took <= SHORT;
            if !is_in_time {
                say(&format!(
                    "The short form took {:.0} s: it must take no more than {} s",
                    took.as_secs_f32(),
                    SHORT.as_secs()
                ));
            }
            Ok(if rows.holds() && is_in_time { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Load { report } => {
            scale::run(&mut twin, &report, say)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What goes on and what came of it.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
