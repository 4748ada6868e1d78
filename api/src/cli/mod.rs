//! The command line: `mendmap serve`, `worker`, `migrate`, `import`, `demo`, `map`, `export`, `admin`, `openapi`, `config`, `health`.

mod admin;
mod ground;
mod health;
mod keys;
mod open311;
mod run;
mod stopping;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::exports::command::ExportCommand;
use crate::exports::record::Source;
use crate::moving_in::FixMyStreet;
use crate::places::import::ImportCommand;
use crate::{map, moving_in, serve};

#[derive(Parser)]
#[command(
    name = "mendmap",
    version,
    about = "Street problems, reported, delivered, and seen to the end",
    propagate_version = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the app
    Serve(run::ServeArgs),
    /// Work off what must happen later: mails and deliveries
    Worker,
    /// Bring the database's schema up to date
    Migrate,
    /// Load places: areas, postcodes, streets, OpenStreetMap; or move in from FixMyStreet
    #[command(subcommand)]
    Import(Import),
    /// Fill an empty database with an invented borough, or with a real region's files and invented reports
    Demo(run::DemoArgs),
    /// The map's counts
    #[command(subcommand)]
    Map(MapCommand),
    /// Write all published reports, or those that match, as GeoJSON; can be gone on with
    Export(Box<ExportCommand>),
    /// Bodies, categories and users
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Print the description of an API
    Openapi {
        /// Which one
        #[arg(default_value = "mendmap", value_parser = ["mendmap", "open311", "ogc"])]
        which: String,
    },
    /// Print every setting, what it does and what holds without it
    Config,
    /// Ask the process of this machine whether it lives, for a container's health check
    Health(health::HealthArgs),
}

#[derive(Subcommand)]
enum Import {
    #[command(flatten)]
    Places(ImportCommand),
    /// Bodies, categories, people, reports, updates, photos and alerts of a FixMyStreet site; can be repeated
    Fixmystreet(Box<FixMyStreet>),
}

impl Import {
    fn run(&self, ground: &ground::Ground) -> anyhow::Result<()> {
        let mut conn = ground.connect()?;
        match self {
            Self::Places(command) => say(&command.run(&mut conn)?.to_string()),
            Self::Fixmystreet(from) => {
                let store = serve::photo_store(&ground.config)?;
                let tell = &mut |line: &str| tracing::info!("{line}");
                say(&moving_in::run(&mut conn, &store, from, tell)?.to_string());
                say(&format!("What was left out stands in {}", from.left_out.display()));
            }
        }
        Ok(())
    }
}

#[derive(Subcommand)]
enum MapCommand {
    /// Compare the counts with the reports; fails where they differ
    Check,
    /// Compare them, put them right, and prove it
    Rebuild,
}

impl MapCommand {
    fn run(&self, ground: &ground::Ground) -> anyhow::Result<()> {
        let mut conn = ground.connect()?;
        let found = map::queries::check(&mut conn, matches!(self, Self::Rebuild))?;
        say(&format!("{} published reports; {} cells said something else", found.reports, found.cells));
        if matches!(self, Self::Rebuild) {
            let left = map::queries::check(&mut conn, false)?;
            anyhow::ensure!(left.cells == 0, "{} cells are still wrong", left.cells);
            say("The counts are what the reports say");
        } else {
            anyhow::ensure!(found.cells == 0, "the counts are wrong: `mendmap map rebuild` puts them right");
        }
        Ok(())
    }
}

/// Runs the command; a failure is one line on standard error.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => run::serve(&args),
        Command::Worker => run::worker(),
        Command::Migrate => run::migrate(),
        Command::Import(command) => ground::with_database(|ground| command.run(ground)),
        Command::Demo(args) => run::demo(&args),
        Command::Map(command) => ground::with_database(|ground| command.run(ground)),
        Command::Export(command) => ground::with_database(|ground| export(&command, ground)),
        Command::Admin(command) => ground::with_database(|ground| admin::run(command, ground)),
        Command::Openapi { which } if which == "open311" => {
            crate::openapi::open311::json().map(|text| say(text.trim_end()))
        }
        Command::Openapi { which } if which == "ogc" => crate::openapi::ogc::json().map(|text| say(text.trim_end())),
        Command::Openapi { .. } => crate::openapi::json().map(|text| say(text.trim_end())),
        Command::Health(args) => health::run(&args),
        Command::Config => {
            for variable in crate::config::VARIABLES {
                say(&format!("{} (default: {})\n    {}", variable.name, variable.default, variable.about));
            }
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("mendmap: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What was written is told on standard error: standard output may be what is written.
fn export(command: &ExportCommand, ground: &ground::Ground) -> anyhow::Result<()> {
    let config = &ground.config;
    let source = Source { base_url: config.http.base_url(), licence: config.site.data_licence.clone() };
    let done = command.run(&mut ground.connect()?, &source)?;
    let _ = writeln!(
        std::io::stderr(),
        "{} features. What changes from now on: mendmap export --updated-after {}",
        done.features,
        done.changes_cursor
    );
    Ok(())
}

/// A line on standard output: the answer to a command. Whoever stops reading it misses it.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[expect(clippy::print_stderr, reason = "why a command failed belongs on standard error, log or no log")]
fn complain(line: &str) {
    eprintln!("{line}");
}
