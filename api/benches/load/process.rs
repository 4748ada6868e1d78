//! Programs that are run, and stopped with the bench, however it ends.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How often is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// What a program gets to end by itself.
const PATIENCE: Duration = Duration::from_secs(15);

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on a signal is an error of whatever is going on, so that everything is put away on the way out.
pub fn hear_signals() -> anyhow::Result<()> {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))?;
    }
    Ok(())
}

/// Lets this process and all that it starts have as many connections as the machine lets them.
pub fn open_many_files() -> anyhow::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// Fails once a signal has come.
pub fn go_on() -> anyhow::Result<()> {
    anyhow::ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    Ok(())
}

/// Waits, unless a signal comes.
pub fn wait(time: Duration) -> anyhow::Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        go_on()?;
        thread::sleep(LOOK.min(end.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

/// A program that runs; it is stopped when this is dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts it. Its standard input stays open until [`Running::end`].
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let name = command.get_program().display().to_string();
        command.stdin(Stdio::piped());
        command.spawn().map(Self).with_context(|| format!("{name} cannot be started"))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// What it writes, if that was asked for; once.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// Fails once it has ended.
    pub fn is_there(&mut self) -> anyhow::Result<()> {
        go_on()?;
        let ended = self.0.try_wait()?;
        anyhow::ensure!(ended.is_none(), "it ended: {ended:?}");
        Ok(())
    }

    /// Lets it end by closing its input, and makes it after a while.
    pub fn end(&mut self) {
        drop(self.0.stdin.take());
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(LOOK);
        }
        self.kill();
    }

    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

/// Runs a program to its end, and answers what it wrote. What it writes about itself is shown if it fails.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().display().to_string();
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    drop(running.0.stdin.take());
    let (out, err) = (running.0.stdout.take(), running.0.stderr.take());
    thread::scope(|scope| {
        let out = scope.spawn(|| all_of(out));
        let err = scope.spawn(|| all_of(err));
        let status = loop {
            if let Err(error) = go_on() {
                running.kill();
                return Err(error);
            }
            if let Some(status) = running.0.try_wait()? {
                break status;
            }
            thread::sleep(LOOK);
        };
        let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
        anyhow::ensure!(status.success(), "{name} failed ({status}): {}{}", err.trim(), last(&out));
        Ok(out)
    })
}

fn all_of(stream: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn last(text: &str) -> String {
    text.lines().last().map(|line| format!(" ({line})")).unwrap_or_default()
}
