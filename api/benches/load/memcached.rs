//! A memcached of our own, on a free port.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::process::{self, Running};

/// One that runs until this is dropped.
#[derive(Debug)]
pub struct Memcached {
    _process: Running,
    port: u16,
}

impl Memcached {
    /// Starts it as Debian does, but for its size and port.
    pub fn start() -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // As root it wants to be told whom to become; others stay who they are.
        let mut command = Command::new("memcached");
        command.args(["-l", "127.0.0.1", "-p", &port.to_string(), "-U", "0", "-m", "64", "-u", "nobody"]);
        let mut process = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        for _ in 0..250 {
            process.is_there().context("memcached")?;
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Self { _process: process, port });
            }
            process::wait(Duration::from_millis(20))?;
        }
        anyhow::bail!("memcached does not answer")
    }

    /// What `MEMCACHED_URL` calls it.
    pub fn url(&self) -> String {
        format!("memcache://127.0.0.1:{}", self.port)
    }
}
