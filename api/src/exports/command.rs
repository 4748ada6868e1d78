//! `mendmap export`: the same as `reports.geojsonl` and `reports.geojson`, from the server's own command line.
//!
//! Beside a file that it writes lies another, `.state`, which says how far that one is right: it is written after the data have
//! reached the disk, so a run that was killed goes on from there, and what it wrote beyond is cut off first.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diesel::PgConnection;
use serde::{Deserialize, Serialize};

use super::changes::{self, Place, Start};
use super::feature::{Format, Members};
use super::params::{Filter, FilterParams};
use super::pull::pull;
use super::queries::{self, Names};
use super::record::Source;
use super::stream::{BATCH, written};
use crate::error::{ApiError, ApiResult};

/// `mendmap export …`
#[derive(Debug, clap::Args)]
pub struct ExportCommand {
    /// One feature a line, or one document
    #[arg(long, value_enum, default_value = "geojsonl")]
    format: Format,
    /// The file to write, anew unless it is to be gone on with; without it, standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only what changed after this: the cursor that an export ended with, or a moment (RFC 3339)
    #[arg(long, value_name = "CURSOR", conflicts_with = "resume")]
    updated_after: Option<String>,
    /// Go on with the file: a run that was killed is finished, and behind one that was finished is written what changed since.
    /// Begins where there is nothing yet
    #[arg(long, requires = "output")]
    resume: bool,
    #[command(flatten)]
    filter: FilterParams,
}

/// How far a file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    format: Format,
    filter: FilterParams,
    next: Next,
    /// What is known by whoever has the file once it is finished.
    changes: Place,
    features: u64,
    bytes: u64,
}

/// What is written next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Next {
    /// The reports after this number.
    Reports(i64),
    /// What changed after this.
    Changes(Place),
    /// Nothing.
    Nothing,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Features in all that was written, by this run and those it went on with.
    pub features: u64,
    /// After which place changes are asked for.
    pub changes_cursor: String,
}

/// An error as whoever typed the command is told.
fn in_words(error: ApiError) -> anyhow::Error {
    let fields: Vec<String> =
        error.told().fields.iter().map(|(name, problem)| format!("{name}: {}", problem.message)).collect();
    if fields.is_empty() { error.into() } else { anyhow::anyhow!(fields.join("; ")) }
}

impl ExportCommand {
    /// Writes what is chosen.
    ///
    /// # Errors
    /// What is wrong with the parameters or the file; from the database.
    pub fn run(&self, conn: &mut PgConnection, source: &Source) -> anyhow::Result<Exported> {
        let filter = self.filter.filter().map_err(in_words)?;
        filter.check(conn).map_err(in_words)?;
        let mut sink = self.output.as_deref().map_or(Ok(Sink::Standard), Sink::open)?;
        let kept = if self.resume { sink.state()? } else { None };
        let mut state = match kept {
            Some(state) => self.go_on(state)?,
            None => self.begin(conn).map_err(in_words)?,
        };
        sink.begin(state.bytes)?;
        let names = Names::load(conn)?;
        while state.next != Next::Nothing {
            let mut bytes = if state.bytes == 0 { self.format.head().to_vec() } else { Vec::new() };
            bytes.extend(state.step(conn, &filter, &names, source).map_err(in_words)?);
            state.bytes += u64::try_from(bytes.len())?;
            sink.write(&bytes, &state)?;
        }
        Ok(Exported { features: state.features, changes_cursor: state.changes.encode().map_err(in_words)? })
    }

    fn begin(&self, conn: &mut PgConnection) -> ApiResult<State> {
        let (next, changes) = match &self.updated_after {
            Some(text) => {
                let place = changes::begin(conn, Start::read(text)?)?;
                (Next::Changes(place), place)
            }
            // What changes while the reports are written is told again after this.
            None => (Next::Reports(0), changes::standing(conn)?.place),
        };
        Ok(State { format: self.format, filter: self.filter.clone(), next, changes, features: 0, bytes: 0 })
    }

    fn go_on(&self, state: State) -> anyhow::Result<State> {
        anyhow::ensure!(
            state.format == self.format && state.filter == self.filter,
            "the file was begun with another format or other filters; without --resume it is written anew"
        );
        if state.next != Next::Nothing {
            return Ok(state);
        }
        anyhow::ensure!(
            self.format == Format::GeoJsonL,
            "the document is complete, and nothing can be added to one; without --resume it is written anew"
        );
        Ok(State { next: Next::Changes(state.changes), ..state })
    }
}

impl State {
    /// Reads and writes the next batch.
    fn step(&mut self, conn: &mut PgConnection, filter: &Filter, names: &Names, source: &Source) -> ApiResult<Vec<u8>> {
        let first = self.features == 0;
        let (mut bytes, features) = match self.next {
            Next::Reports(after) => {
                let records = queries::records(conn, names, filter.conditions(), after, BATCH)?;
                let last = records.last().filter(|_| i64::try_from(records.len()).is_ok_and(|read| read == BATCH));
                self.next = last.map_or(Next::Nothing, |last| Next::Reports(last.id));
                (written(&records, source, self.format, first)?, records.len())
            }
            Next::Changes(place) => {
                let pulled = pull(conn, filter, Start::Place(place), BATCH)?;
                self.changes = pulled.place;
                self.next = if pulled.more { Next::Changes(pulled.place) } else { Next::Nothing };
                (pulled.written(source, self.format, first)?, pulled.len())
            }
            Next::Nothing => (Vec::new(), 0),
        };
        self.features += u64::try_from(features).map_err(ApiError::internal)?;
        if self.next == Next::Nothing {
            let members = Members { next_cursor: None, changes_cursor: self.changes.encode()? };
            bytes.extend(self.format.tail(&members)?);
        }
        Ok(bytes)
    }
}

/// Where it goes.
enum Sink {
    Standard,
    /// Locked: two runs would write over each other.
    File {
        file: File,
        state: PathBuf,
    },
}

impl Sink {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let told = || format!("{} cannot be written", path.display());
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).with_context(told)?;
        file.try_lock().with_context(|| format!("{} is being written by another run", path.display()))?;
        let mut state = path.as_os_str().to_owned();
        state.push(".state");
        Ok(Self::File { file, state: state.into() })
    }

    /// How far the file is right, if anything is known about it.
    fn state(&self) -> anyhow::Result<Option<State>> {
        let Self::File { file, state: path } = self else { return Ok(None) };
        let text = match fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("{} cannot be read", path.display()))?,
        };
        let state: State = serde_json::from_slice(&text).with_context(|| format!("{} is no state", path.display()))?;
        let length = file.metadata()?.len();
        anyhow::ensure!(length >= state.bytes, "the file is shorter than {} says: it was changed", path.display());
        Ok(Some(state))
    }

    /// Leaves so much of the file as is right.
    fn begin(&mut self, bytes: u64) -> anyhow::Result<()> {
        let Self::File { file, state } = self else { return Ok(()) };
        if bytes == 0 && state.exists() {
            // It is about what is written over now.
            fs::remove_file(&state)?;
        }
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(())
    }

    /// Writes the bytes that `state` comes after.
    fn write(&mut self, bytes: &[u8], state: &State) -> anyhow::Result<()> {
        match self {
            Self::Standard => {
                let mut out = std::io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush()).context("standard output cannot be written")
            }
            Self::File { file, state: path } => {
                file.write_all(bytes).and_then(|()| file.sync_data()).context("the file cannot be written")?;
                // It appears whole or not at all.
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let mut next = tempfile::NamedTempFile::new_in(folder)?;
                serde_json::to_writer(&mut next, state)?;
                next.as_file().sync_all()?;
                next.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
                Ok(())
            }
        }
    }
}
