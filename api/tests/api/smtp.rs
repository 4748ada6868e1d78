//! A real mail server (Debian's python3-aiosmtpd) on a free port, and a line to it that can be cut.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub struct MailServer {
    process: Child,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl MailServer {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("/usr/bin/python3")
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}"), "-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("maildir"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3-aiosmtpd is installed");
        let server = Self { process, folder, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the mail server did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Every mail that was taken.
    pub fn mails(&self) -> Vec<String> {
        let new: PathBuf = self.folder.path().join("maildir/new");
        let files = std::fs::read_dir(new).into_iter().flatten();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }

    pub fn message_ids(&self) -> Vec<String> {
        let of = |mail: String| mail.lines().find_map(|line| line.strip_prefix("Message-ID: ").map(str::to_owned));
        self.mails().into_iter().filter_map(of).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A line on which the mail server takes its time for every reply, as some do to keep senders of rubbish waiting.
pub fn slow_line(server: &MailServer, wait: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = server.port;
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(mut client) = client else { return };
            let Ok(upstream) = TcpStream::connect(("127.0.0.1", target)) else { return };
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            std::thread::spawn(move || {
                for line in BufReader::new(upstream).lines().map_while(Result::ok) {
                    std::thread::sleep(wait);
                    if client.write_all(format!("{line}\r\n").as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// A line to the mail server that goes dead at the one moment that matters: the server has taken the mail and says so, and the
/// sender never hears it. `taken` tells the test when.
pub struct CutLine {
    pub port: u16,
    pub taken: Receiver<()>,
}

impl CutLine {
    pub fn to(server: &MailServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = server.port;
        let (tell, taken) = channel();
        std::thread::spawn(move || {
            // One sender, once: whoever comes later finds nobody here.
            let Ok((client, _)) = listener.accept() else { return };
            drop(listener);
            let upstream = TcpStream::connect(("127.0.0.1", target)).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = from_client.read(&mut buffer) {
                    if to_server.write_all(&buffer[..n]).is_err() {
                        break;
                    }
                }
            });
            let mut to_client = client;
            let mut in_data = false;
            for line in BufReader::new(upstream).lines() {
                let Ok(line) = line else { break };
                if in_data && line.starts_with("250") {
                    let _ = tell.send(());
                    // Kept open and silent, as a line is whose other end has gone.
                    std::thread::sleep(Duration::from_secs(30));
                    break;
                }
                in_data |= line.starts_with("354");
                if to_client.write_all(format!("{line}\r\n").as_bytes()).is_err() {
                    break;
                }
            }
        });
        Self { port, taken }
    }
}
