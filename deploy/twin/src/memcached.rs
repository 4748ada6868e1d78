//! Nodes of the shared cache.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use crate::ports;
use crate::process::{Process, until};

/// One node of the shared cache, which comes and goes on the same port.
#[derive(Debug)]
pub struct Memcached {
    /// Its port.
    pub port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl Memcached {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(folder: &Path, n: usize) -> anyhow::Result<Self> {
        let [port] = ports::free()?;
        let mut node = Self { port, folder: folder.join(format!("memcached-{n}.log")), process: None };
        node.come_back()?;
        Ok(node)
    }

    /// Starts it, empty.
    ///
    /// # Errors
    /// When it does not start.
    pub fn come_back(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new("/usr/bin/memcached");
        command.args(["-l", "127.0.0.1", "-p", &self.port.to_string(), "-U", "0", "-t", "1"]);
        if geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        self.process = Some(Process::start("memcached", &mut command, &self.folder)?);
        until("memcached's start", Duration::from_secs(10), || ports::answers(self.port)).map(drop)
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("memcached does not run")?.kill()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        self.process.as_ref().context("memcached does not run")?.signal(signal)
    }
}
