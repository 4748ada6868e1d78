//! Programs the twin starts, hurts and stops: always by their number, never by name.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often is looked whether something happened.
const LOOK: Duration = Duration::from_millis(20);
/// What a program gets to end by itself.
const PATIENCE: Duration = Duration::from_secs(15);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on a signal is an error of whatever is going on, so that everything is stopped on the way out.
///
/// # Errors
/// When the system does not let us.
pub fn hear_signals() -> anyhow::Result<()> {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))?;
    }
    Ok(())
}

/// Whether a signal has come.
#[must_use]
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Waits, unless a signal comes.
///
/// # Errors
/// When one came.
pub fn wait(time: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + time;
    loop {
        anyhow::ensure!(!is_interrupted(), "interrupted");
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(LOOK.min(left));
    }
}

/// Waits until something holds, and says how long that took.
///
/// # Errors
/// When it does not hold in time, or a signal came.
pub fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    while !holds() {
        anyhow::ensure!(begun.elapsed() < patience, "{what} did not happen in {patience:?}");
        wait(Duration::from_millis(50))?;
    }
    Ok(begun.elapsed())
}

/// Runs a program to its end, and answers what it wrote.
///
/// # Errors
/// With what it wrote about itself, when it fails.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    // A Ctrl-C in the terminal is for us; it may finish what it began.
    let done = command.process_group(0).output().with_context(|| format!("{name} cannot be started"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "{name} failed ({}): {}", done.status, said.trim());
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// A program that runs, with its log; stopped when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts it in a process group of its own: a Ctrl-C in the terminal is for us. What it writes is added to `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| format!("{} cannot be written", log.display()))?;
        let errors = file.try_clone()?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors).process_group(0);
        let child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it has a connection on the loopback interface from this port of its own to that one.
    #[must_use]
    pub fn has_connection(&self, from: u16, to: u16) -> bool {
        let Some(inode) = fs::read_to_string("/proc/net/tcp").ok().and_then(|table| connection(&table, from, to))
        else {
            return false;
        };
        let socket = PathBuf::from(format!("socket:[{inode}]"));
        let open = fs::read_dir(format!("/proc/{}/fd", self.child.id())).into_iter().flatten().flatten();
        open.map(|entry| entry.path()).any(|path| fs::read_link(path).is_ok_and(|target| target == socket))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        send(self.child.id(), signal).with_context(|| format!("{} cannot be sent {signal}", self.name))
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end and waits; says whether it did so by itself, in time.
    pub fn terminate(&mut self) -> bool {
        self.terminate_within(PATIENCE)
    }

    /// The same with another patience.
    pub fn terminate_within(&mut self, patience: Duration) -> bool {
        if !self.is_running() {
            return true;
        }
        // A stopped one does not hear.
        let _ = self.signal(Signal::SIGCONT);
        let _ = self.signal(Signal::SIGTERM);
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if !self.is_running() {
                return true;
            }
            thread::sleep(LOOK);
        }
        let _ = self.kill();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.terminate();
    }
}

/// The inode of the socket that is connected from one port to another, out of the system's table.
fn connection(table: &str, from: u16, to: u16) -> Option<String> {
    let ends = (format!(":{from:04X}"), format!(":{to:04X}"));
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (local, remote, inode) = (columns.get(1)?, columns.get(2)?, columns.get(9)?);
        (local.ends_with(&ends.0) && remote.ends_with(&ends.1)).then(|| (*inode).to_owned())
    })
}

/// Sends a process a signal.
///
/// # Errors
/// When there is no such process.
pub fn send(pid: u32, signal: Signal) -> anyhow::Result<()> {
    Ok(kill(Pid::from_raw(pid.cast_signed()), signal)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_by_both_its_ports() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0 20 4 30 10 -1\n\
             1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 30 10 -1\n";
        assert_eq!(connection(table, 50000, 8080).as_deref(), Some("22"));
        assert_eq!(connection(table, 8080, 50000).as_deref(), Some("11"));
        assert_eq!(connection(table, 50001, 8080), None);
    }
}
