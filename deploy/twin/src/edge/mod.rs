//! The edge: what CloudFront is in production, nginx here, both by the one table `deploy/edge.json`.

pub mod check;
mod nginx;
pub mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::unistd::geteuid;

use crate::ports;
use crate::process::{Process, output, until};
use rules::Rules;

/// Where Debian puts it.
const NGINX: &str = "/usr/sbin/nginx";

/// The running edge.
#[derive(Debug)]
pub struct Edge {
    _process: Process,
    /// Its port.
    pub port: u16,
    folder: PathBuf,
}

impl Edge {
    /// Starts it before the load balancer on that port. `spa` is the folder of the built app.
    ///
    /// # Errors
    /// When nginx is not installed or refuses its configuration.
    pub fn start(folder: &Path, sockets: &Path, spa: &Path, port: u16, balancer: u16) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let places = nginx::Places { folder, sockets, spa, port, balancer, is_root: geteuid().is_root() };
        let file = folder.join("nginx.conf");
        fs::write(&file, nginx::configuration(&Rules::read()?, &places)?)?;
        let command = |check: bool| {
            let mut command = Command::new(NGINX);
            command.arg("-p").arg(folder).arg("-c").arg(&file).arg("-e").arg(folder.join("error.log"));
            if check {
                command.arg("-t");
            }
            command
        };
        output(&mut command(true))?;
        let process = Process::start("nginx", &mut command(false), &folder.join("nginx.log"))?;
        until("the edge's start", Duration::from_secs(10), || ports::answers(port))?;
        Ok(Self { _process: process, port, folder: folder.to_owned() })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its log, of one JSON object a line.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("access.log")
    }
}
