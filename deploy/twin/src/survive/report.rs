//! The table, and the same as JSON.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::edge::check::Outcome;

/// What one fault did.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Name of the fault.
    pub fault: &'static str,
    /// Requests sent meanwhile.
    pub requests: usize,
    /// Those that did not go as they should, before they were sent again.
    pub errors: usize,
    /// Longest time, in milliseconds, in which no tile, or no write, went well.
    pub longest_gap_ms: u64,
    /// Acknowledged reports, updates, photos and deliveries that are not there.
    pub lost: usize,
    /// Those that are there twice.
    pub doubled: usize,
    /// Whether the goal is met.
    pub met: bool,
    /// Public answers that held what is nobody's business.
    pub private_shown: usize,
    /// Mails that came again under the same Message-ID, in all so far.
    pub repeated_mails: usize,
    /// What may go wrong, in words.
    pub rule: &'static str,
    /// Whether it could not be made here.
    pub skipped: bool,
    /// What else is to be said; what was not met.
    pub notes: Vec<String>,
}

impl Row {
    /// As a line of the table.
    pub fn line(&self) -> String {
        let verdict = if self.skipped {
            "skipped"
        } else if self.met {
            "met"
        } else {
            "NOT MET"
        };
        let notes = if self.notes.is_empty() { String::new() } else { format!("  {}", self.notes.join("; ")) };
        format!(
            "{:32} {:>8} {:>6} {:>8} ms {:>4} {:>7} {:>5}  {verdict}{notes}",
            self.fault, self.requests, self.errors, self.longest_gap_ms, self.lost, self.doubled, self.private_shown
        )
    }
}

/// All rows.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the faults.
    pub rows: Vec<Row>,
    /// Whether the edge does what its table says.
    pub edge: Outcome,
}

/// Heads the lines of the table.
pub fn heading() -> String {
    format!(
        "{:32} {:>8} {:>6} {:>11} {:>4} {:>7} {:>5}",
        "fault", "requests", "errors", "longest gap", "lost", "doubled", "shown"
    )
}

impl Report {
    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, serde_json::to_string_pretty(&self.rows)? + "\n")?)
    }

    /// How many goals are met, and of how many.
    pub fn met(&self) -> (usize, usize) {
        let tried = self.rows.iter().filter(|row| !row.skipped);
        (tried.clone().filter(|row| row.met).count(), tried.count())
    }

    /// Whether everything held.
    pub fn holds(&self) -> bool {
        let (met, tried) = self.met();
        met == tried && self.edge.broken.is_empty()
    }
}
