//! Loading a town: areas, postcodes, a street gazetteer, OpenStreetMap.
//!
//! Every import runs in one transaction and can be repeated: rows are found again by their source and key, so loading
//! the same file twice changes nothing. A row that cannot be taken stops the import with nothing written, unless the
//! caller asks to skip such rows; either way each is named by line, feature or OpenStreetMap id.

mod areas;
mod csv_file;
mod osm;
mod postcodes;
mod report;
mod stage;
mod streets;

use std::path::PathBuf;

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use indicatif::{ProgressBar, ProgressStyle};

pub use areas::AreaKind;
pub use report::{BadRow, BadRows, Counts, ImportError, Imported};

/// What to load, as the command line takes it.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum ImportCommand {
    /// Councils or wards: polygons with a code, a name and perhaps a second name.
    Areas {
        /// A GeoJSON FeatureCollection in WGS 84.
        file: PathBuf,
        /// What the polygons are.
        #[arg(long, value_enum)]
        kind: AreaKind,
        /// Leave out rows that cannot be taken, and count them.
        #[arg(long)]
        skip_bad: bool,
    },
    /// Postcodes with their points.
    Postcodes {
        /// A CSV file with columns postcode, latitude, longitude (or ONSPD's pcds, lat, long).
        file: PathBuf,
        /// Leave out rows that cannot be taken, and count them.
        #[arg(long)]
        skip_bad: bool,
    },
    /// Streets with a point each.
    Streets {
        /// A CSV file with columns name, latitude, longitude, and perhaps name_cy (or name_alt) and highway.
        file: PathBuf,
        /// Name of this gazetteer. What an earlier import under the same name had and this file lacks is removed.
        #[arg(long, default_value = "streets")]
        source: String,
        /// Leave out rows that cannot be taken, and count them.
        #[arg(long)]
        skip_bad: bool,
    },
    /// Street lines and names, places and addresses from OpenStreetMap.
    Osm {
        /// An .osm.pbf file.
        file: PathBuf,
        /// Name of this extract. What an earlier import under the same name had and this file lacks is removed.
        #[arg(long, default_value = "osm")]
        source: String,
        /// Leave out elements that cannot be taken, and count them.
        #[arg(long)]
        skip_bad: bool,
    },
}

/// How an import behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Leave out rows that cannot be taken instead of stopping.
    pub skip_bad: bool,
    /// Moves while the file is read; [`ProgressBar::hidden`] for none.
    pub progress: ProgressBar,
}

impl Options {
    /// Stops at bad rows, shows nothing.
    #[must_use]
    pub fn quiet() -> Self {
        Self { skip_bad: false, progress: ProgressBar::hidden() }
    }
}

impl ImportCommand {
    /// Runs the import, with a progress bar where standard error is a terminal.
    ///
    /// # Errors
    /// When the file cannot be read, has rows that cannot be taken, or the database fails. Nothing is written then.
    pub fn run(&self, conn: &mut PgConnection) -> Result<Imported, ImportError> {
        let (Self::Areas { skip_bad, .. }
        | Self::Postcodes { skip_bad, .. }
        | Self::Streets { skip_bad, .. }
        | Self::Osm { skip_bad, .. }) = self;
        // indicatif draws nothing where standard error is no terminal.
        let progress = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {bytes}/{total_bytes} {elapsed}") {
            progress.set_style(style);
        }
        let options = Options { skip_bad: *skip_bad, progress };
        let imported = match self {
            Self::Areas { file, kind, .. } => areas(conn, file, *kind, &options),
            Self::Postcodes { file, .. } => postcodes(conn, file, &options),
            Self::Streets { file, source, .. } => streets(conn, file, source, &options),
            Self::Osm { file, source, .. } => osm(conn, file, source, &options),
        };
        options.progress.finish_and_clear();
        imported
    }
}

pub use areas::areas;
pub use osm::osm;
pub use postcodes::postcodes;
pub use streets::streets;

/// Runs `work` in one transaction, one import at a time, without the time limit meant for requests.
fn in_transaction<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    conn.transaction(|conn| {
        sql_query("SET LOCAL statement_timeout = 0").execute(conn)?;
        // Spatial joins look dearer to the planner than they are, and compiling them costs more than it saves.
        sql_query("SET LOCAL jit = off").execute(conn)?;
        // Two at once would each see the other's rows as new.
        sql_query("SELECT pg_advisory_xact_lock(7233002)").execute(conn)?;
        work(conn)
    })
}
