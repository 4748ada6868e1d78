//! A server that is not ours, on a free port: it keeps what it was asked, and answers what a test tells it to, byte by byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What it was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What it says.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A status, a content type and a body.
    Say(u16, &'static str, Vec<u8>),
    /// Send the caller elsewhere.
    Redirect(String),
    /// These bytes and nothing else, whatever HTTP says.
    Raw(Vec<u8>),
    /// A head that promises a body, and then a byte of it now and then, for ever.
    Drip(Duration),
    /// Nothing at all, for ever.
    Silence,
    /// A body without an end.
    Endless,
}

type Rule = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The server. Dropping it stops it.
pub struct OutsideServer {
    pub address: String,
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    rule: Arc<Rule>,
    ended: Arc<AtomicBool>,
}

impl OutsideServer {
    pub fn start(rule: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            address: format!("http://127.0.0.1:{port}"),
            port,
            asked: Arc::default(),
            rule: Arc::new(Box::new(rule)),
            ended: Arc::default(),
        };
        let (asked, rule, ended) = (server.asked.clone(), server.rule.clone(), server.ended.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (asked, rule, ended) = (asked.clone(), rule.clone(), ended.clone());
                thread::spawn(move || {
                    let stream = stream.unwrap();
                    let Some(question) = read(&stream) else { return };
                    let reply = rule(&question);
                    asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
                    answer(stream, reply, &ended);
                });
            }
        });
        server
    }

    /// All it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for OutsideServer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let mut asked = Asked { method: words.next()?.into(), path: words.next()?.into(), ..Asked::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    if asked.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).ok()? + 2];
            reader.read_exact(&mut chunk).ok()?;
            if chunk.len() == 2 {
                break;
            }
            chunk.truncate(chunk.len() - 2);
            asked.body.extend(chunk);
        }
    } else {
        let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        asked.body = vec![0; length];
        reader.read_exact(&mut asked.body).ok()?;
    }
    Some(asked)
}

fn answer(mut stream: TcpStream, reply: Reply, ended: &AtomicBool) {
    let on_the_way =
        |stream: &mut TcpStream, bytes: &[u8]| !ended.load(Ordering::Relaxed) && stream.write_all(bytes).is_ok();
    match reply {
        Reply::Say(status, content_type, body) => {
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
        Reply::Redirect(to) => {
            let _ = write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Reply::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
        }
        Reply::Drip(pause) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
            while on_the_way(&mut stream, b" ") {
                thread::sleep(pause);
            }
        }
        Reply::Silence => {
            while !ended.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50));
            }
        }
        Reply::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while on_the_way(&mut stream, &[b'x'; 8192]) {}
        }
    }
}
