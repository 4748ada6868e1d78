//! The load balancer: what the Application Load Balancer is in production, HAProxy here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::ports;
use crate::process::{Process, output, until};

/// Where Debian puts it.
const HAPROXY: &str = "/usr/sbin/haproxy";

/// The running load balancer.
#[derive(Debug)]
pub struct Balancer {
    _process: Process,
    /// Its port.
    pub port: u16,
    folder: PathBuf,
    socket: PathBuf,
}

impl Balancer {
    /// Starts it before the api processes on these ports.
    ///
    /// # Errors
    /// When HAProxy is not installed or refuses its configuration.
    pub fn start(folder: &Path, sockets: &Path, port: u16, apis: &[u16]) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = folder.join("haproxy.cfg");
        let unavailable = folder.join("503.http");
        fs::write(&unavailable, UNAVAILABLE.replace('\n', "\r\n"))?;
        let socket = sockets.join("balancer.sock");
        fs::write(&file, configuration(folder, &socket, port, apis))?;
        output(Command::new(HAPROXY).arg("-c").arg("-q").arg("-f").arg(&file))?;
        let process = Process::start(
            "haproxy",
            Command::new(HAPROXY).arg("-db").arg("-f").arg(&file),
            &folder.join("access.log"),
        )?;
        until("the load balancer's start", Duration::from_secs(10), || ports::answers(port))?;
        Ok(Self { _process: process, port, folder: folder.to_owned(), socket })
    }

    /// Its log, of one JSON object a line.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("access.log")
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs a command of its Runtime API.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn command(&self, command: &str) -> anyhow::Result<String> {
        let mut socket = UnixStream::connect(&self.socket)?;
        socket.write_all(format!("{command}\n").as_bytes())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Sends an api process nothing new, as a target group does with one that is taken out.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn drain(&self, api: usize) -> anyhow::Result<()> {
        self.command(&format!("set server api/api-{} state drain", api + 1)).map(drop)
    }

    /// Sends it requests again, once its checks hold.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn take_back(&self, api: usize) -> anyhow::Result<()> {
        self.command(&format!("set server api/api-{} state ready", api + 1)).map(drop)
    }

    /// How many api processes hold their check and get requests.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn healthy(&self) -> anyhow::Result<usize> {
        let table = self.command("show stat")?;
        let up = |line: &&str| {
            let columns: Vec<&str> = line.split(',').collect();
            columns.first() == Some(&"api")
                && columns.get(1).is_some_and(|name| name.starts_with("api-"))
                && columns.get(17).is_some_and(|status| *status == "UP")
        };
        Ok(table.lines().filter(up).count())
    }

    /// Leaves one api process in, or all of them.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn use_only(&self, count: usize, of: usize) -> anyhow::Result<()> {
        for api in 0..of {
            let state = if api < count { "ready" } else { "maint" };
            self.command(&format!("set server api/api-{} state {state}", api + 1))?;
        }
        Ok(())
    }
}

/// What is said when nobody can be reached: in the API's envelope, and when to come back.
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable
Cache-Control: no-store
Retry-After: 1
Content-Type: application/json

{\"error\":{\"code\":\"unavailable\",\"message\":\"Try again in a moment.\",\"reference\":\"balancer\"}}
";

fn configuration(folder: &Path, socket: &Path, port: u16, apis: &[u16]) -> String {
    let (folder, socket) = (folder.display(), socket.display());
    let server = |checked: &str| -> String {
        let line = |(n, port): (usize, &u16)| format!("    server api-{} 127.0.0.1:{port}{checked}\n", n + 1);
        apis.iter().enumerate().map(line).collect()
    };
    // A new span for the load balancer, between the edge's and the task's: HAProxy of Debian speaks no OTLP, so the recorder
    // makes it from this log.
    format!(
        r#"global
    maxconn 4000
    stats socket {socket} mode 600 level admin
    log stdout format raw local0
defaults
    mode http
    log global
    timeout connect 1s
    timeout client 65s
    timeout server 65s
    timeout queue 5s
    timeout http-request 35s
    timeout http-keep-alive 60s
    # A connection that was refused is tried with another server: nothing was sent on it.
    retries 3
    option redispatch 1
    retry-on conn-failure
    errorfile 503 {folder}/503.http
frontend balancer
    bind 127.0.0.1:{port}
    option forwardfor
    http-request set-var(txn.begin) date(0,us)
    http-request set-var(txn.trace) req.hdr(traceparent),field(2,-)
    http-request set-var(txn.parent) req.hdr(traceparent),field(3,-)
    http-request set-var(txn.span) uuid,regsub(-,,g),bytes(0,16)
    http-request set-header traceparent 00-%[var(txn.trace)]-%[var(txn.span)]-01 if {{ req.hdr(traceparent) -m found }}
    http-request set-var(txn.path) path
    log-format '{{"trace":"%[var(txn.trace)]","span":"%[var(txn.span)]","parent":"%[var(txn.parent)]","begin_us":%[var(txn.begin)],"end_us":%[date(0,us)],"method":"%HM","path":"%[var(txn.path),json(utf8s)]","status":%ST,"server":"%s","retries":"%rc","state":"%ts"}}'
    # Where no target is healthy, an Application Load Balancer asks them all.
    use_backend fail_open if {{ nbsrv(api) eq 0 }}
    default_backend api
backend api
    balance leastconn
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host twin
    http-check expect status 200
    default-server check inter 500ms fastinter 200ms downinter 300ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
{checked}backend fail_open
    balance roundrobin
{unchecked}"#,
        checked = server(""),
        unchecked = server(""),
    )
}
