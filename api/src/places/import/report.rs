//! What an import did, and what it could not take.

use std::fmt;
use std::path::{Path, PathBuf};

/// Rows that could not be taken are shown up to this many; more are only counted.
const SHOWN: usize = 10;

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the file.
    pub read: u64,
    /// Were not there before.
    pub new: u64,
    /// Were there, differently.
    pub changed: u64,
    /// Were there already, the same.
    pub unchanged: u64,
    /// Were there, and the file has them no more.
    pub removed: u64,
    /// Could not be taken.
    pub refused: u64,
}

/// What an import did: counts for each kind of row, under a plain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Name and counts.
    pub parts: Vec<(&'static str, Counts)>,
    /// The rows left out on request.
    pub refused: BadRows,
}

impl Counts {
    /// Nothing, or the error that stops an import which would remove more than half of what `source` had.
    pub(super) fn stop_unless(
        &self,
        replace: bool,
        what: &'static str,
        file: &Path,
        source: &str,
    ) -> Result<(), ImportError> {
        let there = self.changed + self.unchanged + self.removed;
        if replace || self.removed * 2 <= there {
            return Ok(());
        }
        let (file, source_name, removed) = (file.to_owned(), source.to_owned(), self.removed);
        Err(ImportError::WouldRemove { file, what, removed, there, source_name })
    }
}

impl Imported {
    /// Whether the database is the same as before.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.parts.iter().all(|(_, counts)| counts.new + counts.changed + counts.removed == 0)
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (what, c)) in self.parts.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(
                f,
                "{line_end}{what}: {} read, {} new, {} changed, {} unchanged, {} removed, {} refused",
                c.read, c.new, c.changed, c.unchanged, c.removed, c.refused
            )?;
        }
        if self.refused.count > 0 { write!(f, "\n{}", self.refused) } else { Ok(()) }
    }
}

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Where it stands: `line 12`, `feature 3`, `way 42`.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// All the rows that cannot be taken: the first ones, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadRows {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<BadRow>,
}

impl BadRows {
    /// Notes one more.
    pub(super) fn push(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(BadRow { place: place.into(), reason: reason.into() });
        }
    }

    /// Nothing, or the error that stops an import which has `good` rows to take.
    pub(super) fn stop_unless(&self, skip_bad: bool, file: &Path, good: usize) -> Result<(), ImportError> {
        if self.count > 0 && !skip_bad {
            Err(ImportError::BadRows { file: file.to_owned(), rows: self.clone() })
        } else if good == 0 {
            Err(ImportError::form(file, "it has no row that can be taken"))
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, BadRow { place, reason }) in self.first.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(f, "{line_end}  {place}: {reason}")?;
        }
        let more = self.count - self.first.len() as u64;
        if more > 0 { write!(f, "\n  and {more} more") } else { Ok(()) }
    }
}

/// Why an import stopped. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened or read.
    #[error("{file} cannot be read: {reason}", file = file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is not what it should be.
    #[error("{file} is not in the right form: {reason}", file = file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// Some rows cannot be taken.
    #[error("{file} has {} that cannot be taken; nothing was written (--skip-bad leaves them out):\n{rows}",
        if rows.count == 1 { "1 row".to_owned() } else { format!("{} rows", rows.count) }, file = file.display())]
    BadRows {
        /// The file.
        file: PathBuf,
        /// The rows.
        rows: BadRows,
    },
    /// Most of what is there would go.
    #[error("{file} lacks {removed} of the {there} {what} an earlier import named {source_name:?}; nothing was written \
        (--source keeps two files apart, --replace removes what this one lacks)", file = file.display())]
    WouldRemove {
        /// The file.
        file: PathBuf,
        /// What they are.
        what: &'static str,
        /// How many would be removed.
        removed: u64,
        /// Of how many.
        there: u64,
        /// The name both imports have.
        source_name: String,
    },
    /// The database refused.
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
}

impl ImportError {
    pub(super) fn file(file: &Path, reason: impl fmt::Display) -> Self {
        Self::File { file: file.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn form(file: &Path, reason: impl fmt::Display) -> Self {
        Self::Form { file: file.to_owned(), reason: reason.to_string() }
    }
}
