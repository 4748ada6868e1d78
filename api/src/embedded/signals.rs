//! Ctrl-C before anybody listens for it: while a new database is filled, or during a command. Without this the server,
//! which has a session of its own, would stay behind.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

use super::{EmbeddedError, Usage};

/// Keeps the signals that would end this process; they wait for [`Watch::start`].
pub(super) fn catch() -> Result<Signals, EmbeddedError> {
    Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(EmbeddedError::file("listen for", Path::new("signals")))
}

/// A thread that waits for a signal.
#[derive(Debug)]
pub(super) struct Watch(Handle);

impl Watch {
    /// On a signal, ends the use of the server, and then the process in the way that signal does.
    pub(super) fn start(mut signals: Signals, usage: Arc<Usage>) -> Watch {
        let handle = signals.handle();
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                usage.end_or_log();
                // It does not come back from a signal that ends the process.
                let _: io::Result<()> = emulate_default_handler(signal);
            }
        });
        Watch(handle)
    }

    /// Listens no longer.
    pub(super) fn end(&self) {
        self.0.close();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}
