//! Load on a server, by `wrk`.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use tempfile::TempDir;

use crate::process;
use crate::server::Server;

/// What `wrk` does at the end: one line of JSON.
const DONE: &str = r#"
function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format('{"requests":%d,"microseconds":%d,"bytes":%d,"failed":%d,"p50":%d,"p99":%d}\n',
      summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
      latency:percentile(50), latency:percentile(99)))
end
"#;

/// What to ask, in a file that `wrk` reads.
#[derive(Debug)]
pub struct Requests {
    script: PathBuf,
    _folder: TempDir,
}

impl Requests {
    /// GETs of these addresses, one after the other and from the beginning again.
    pub fn get(paths: &[String]) -> anyhow::Result<Self> {
        anyhow::ensure!(!paths.is_empty(), "there is nothing to ask for");
        let mut script = String::from("local paths = {\n");
        for path in paths {
            let _ = writeln!(script, "  {path:?},");
        }
        script += "}\nlocal ready, at = {}, 0\n\
            function init(args) for i, path in ipairs(paths) do ready[i] = wrk.format('GET', path) end end\n\
            function request() at = at % #ready + 1 return ready[at] end\n";
        Self::of(&script)
    }

    /// POSTs of these bodies to this address by somebody signed in, each with a key of its own.
    pub fn post(path: &str, token: &str, bodies: &[String]) -> anyhow::Result<Self> {
        let mut script = String::from("local bodies = {\n");
        for body in bodies {
            let _ = writeln!(script, "  {body:?},");
        }
        let _ = write!(
            script,
            "}}\nlocal sent, run = 0, ''\n\
             local headers = {{ ['Content-Type'] = 'application/json', Authorization = 'Bearer {token}' }}\n\
             function init(args) run = args[1] end\n\
             function request()\n\
                sent = sent + 1\n\
                headers['Idempotency-Key'] = run .. '-' .. sent\n\
                return wrk.format('POST', {path:?}, headers, bodies[sent % #bodies + 1])\n\
             end\n"
        );
        Self::of(&script)
    }

    fn of(script: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("requests.lua");
        fs::write(&path, format!("{script}{DONE}"))?;
        Ok(Self { script: path, _folder: folder })
    }
}

/// What came of it.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    requests: u64,
    microseconds: u64,
    failed: u64,
    p50: u64,
    p99: u64,
}

impl Outcome {
    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        self.requests as f64 * 1e6 / self.microseconds as f64
    }

    /// Half of the answers took no longer, in milliseconds.
    pub fn p50_ms(&self) -> f64 {
        self.p50 as f64 / 1000.0
    }

    /// 99 of 100 answers took no longer, in milliseconds.
    pub fn p99_ms(&self) -> f64 {
        self.p99 as f64 / 1000.0
    }
}

/// Asks the server for so long on so many connections. Every answer has to be one: an error ends the bench.
pub fn run(server: &Server, requests: &Requests, connections: usize, time: Duration) -> anyhow::Result<Outcome> {
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--connections", &connections.to_string(), "--timeout", "10s", "--script"]);
    command.arg(&requests.script).arg("--duration").arg(format!("{}s", time.as_secs().max(1)));
    // A word of its own for each run, where a request needs one.
    command.arg(&server.address).arg(uuid::Uuid::new_v4().simple().to_string());
    let said = process::output(&mut command)?;
    let line = said.lines().find(|line| line.starts_with('{')).context("wrk said nothing")?;
    let outcome: Outcome = serde_json::from_str(line)?;
    anyhow::ensure!(outcome.failed == 0, "{} of {} requests failed", outcome.failed, outcome.requests);
    anyhow::ensure!(outcome.requests > 0, "nothing was answered");
    Ok(outcome)
}
