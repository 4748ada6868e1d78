//! Loading a town: areas, postcodes, a street gazetteer, OpenStreetMap.
//!
//! Every import runs in one transaction and can be repeated: rows are found again by their source and key, so loading
//! the same file twice changes nothing. A row that cannot be taken stops the import with nothing written, unless the
//! caller asks to skip such rows; either way each is named by line, feature or OpenStreetMap id. A file without any rows
//! is refused, and so is, unless the caller insists, one that would remove more than half of what its source had.

mod areas;
mod csv_file;
mod osm;
mod postcodes;
mod progress;
mod report;
mod stage;
mod streets;

use std::path::{Path, PathBuf};

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};

pub use areas::AreaKind;
pub use progress::Progress;
pub use report::{BadRow, BadRows, Counts, ImportError, Imported};

/// Whom places from OpenStreetMap credit when nobody says otherwise.
pub const OSM_CREDIT: &str = "© OpenStreetMap contributors";

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
        /// What every import can be told.
        #[command(flatten)]
        how: How,
    },
    /// Postcodes with their points.
    Postcodes {
        /// A CSV file with columns postcode, latitude, longitude (or ONSPD's pcds, lat, long).
        file: PathBuf,
        /// What every import can be told.
        #[command(flatten)]
        how: How,
    },
    /// Streets with a point each.
    Streets {
        /// A CSV file with columns name, latitude, longitude, and perhaps name_cy (or name_alt) and highway.
        file: PathBuf,
        /// Name of this gazetteer. What an earlier import under the same name had and this file lacks is removed.
        #[arg(long, default_value = "streets")]
        source: String,
        /// Also when that removes more than half of what is there.
        #[arg(long)]
        replace: bool,
        /// What every import can be told.
        #[command(flatten)]
        how: How,
    },
    /// Street lines and names, places and addresses from OpenStreetMap.
    Osm {
        /// An .osm.pbf file.
        file: PathBuf,
        /// Name of this extract. What an earlier import under the same name had and this file lacks is removed.
        #[arg(long, default_value = "osm")]
        source: String,
        /// Also when that removes more than half of what is there.
        #[arg(long)]
        replace: bool,
        /// What every import can be told.
        #[command(flatten)]
        how: How,
    },
}

/// What every import can be told.
#[derive(Debug, Clone, clap::Args)]
pub struct How {
    /// Leave out rows that cannot be taken, and count them.
    #[arg(long)]
    pub skip_bad: bool,
    /// Whom the site credits for these places. Without it an earlier import's stays; OpenStreetMap's is known.
    #[arg(long, value_name = "TEXT")]
    pub attribution: Option<String>,
}

/// How an import behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Leave out rows that cannot be taken instead of stopping.
    pub skip_bad: bool,
    /// Remove what the file lacks, however much that is.
    pub replace: bool,
    /// Whom the places credit; none keeps what an earlier import said.
    pub attribution: Option<String>,
    /// Moves with the work.
    pub progress: Progress,
}

impl Options {
    /// Stops at bad rows and at a file that would remove most of what is there, credits nobody new, shows nothing.
    #[must_use]
    pub fn quiet() -> Self {
        Self { skip_bad: false, replace: false, attribution: None, progress: Progress::hidden() }
    }
}

impl ImportCommand {
    /// What is loaded.
    #[must_use]
    pub fn file(&self) -> &Path {
        match self {
            Self::Areas { file, .. }
            | Self::Postcodes { file, .. }
            | Self::Streets { file, .. }
            | Self::Osm { file, .. } => file,
        }
    }

    /// Runs the import, with a progress bar where standard error is a terminal.
    ///
    /// # Errors
    /// When the file cannot be read, has rows that cannot be taken, or the database fails. Nothing is written then.
    pub fn run(&self, conn: &mut PgConnection) -> Result<Imported, ImportError> {
        let (how, replace) = match self {
            Self::Areas { how, .. } | Self::Postcodes { how, .. } => (how, false),
            Self::Streets { how, replace, .. } | Self::Osm { how, replace, .. } => (how, *replace),
        };
        let How { skip_bad, attribution } = how.clone();
        let options = Options { skip_bad, replace, attribution, progress: Progress::shown() };
        let imported = match self {
            Self::Areas { file, kind, .. } => areas(conn, file, *kind, &options),
            Self::Postcodes { file, .. } => postcodes(conn, file, &options),
            Self::Streets { file, source, .. } => streets(conn, file, source, &options),
            Self::Osm { file, source, .. } => osm(conn, file, source, &options),
        };
        options.progress.end();
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
