//! How far an import is, for somebody who waits at a terminal.

use std::io::Read;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressBarIter, ProgressStyle};

/// A progress bar that says what is being done, and counts in what that is counted in.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// One that draws on standard error, where that is a terminal.
    #[must_use]
    pub fn shown() -> Self {
        Self(ProgressBar::no_length())
    }

    /// One that shows nothing.
    #[must_use]
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// A file of so many bytes is being read; the bar moves with what [`Progress::follow`] is given.
    pub(super) fn reading(&self, bytes: u64) {
        self.begin("reading", "{msg} {bar:40} {bytes}/{total_bytes} {elapsed}");
        self.0.set_length(bytes);
    }

    /// Reads on, and moves the bar with it.
    pub(super) fn follow<R: Read>(&self, reader: R) -> ProgressBarIter<R> {
        self.0.wrap_read(reader)
    }

    /// So many rows are being written.
    pub(super) fn writing(&self, rows: usize) {
        self.begin("writing", "{msg} {bar:40} {human_pos}/{human_len} rows {elapsed}");
        self.0.set_length(rows as u64);
    }

    /// So many more rows are written.
    pub(super) fn wrote(&self, rows: usize) {
        self.0.inc(rows as u64);
    }

    /// Something is being done of which nobody knows how far it is.
    pub(super) fn busy(&self, what: &'static str) {
        self.begin(what, "{msg} {spinner} {elapsed}");
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    /// All is done: nothing is left on the screen.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }

    fn begin(&self, what: &'static str, template: &str) {
        self.0.disable_steady_tick();
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_message(what);
        self.0.set_position(0);
    }
}
