//! A mail server that takes every mail and keeps what must be known of it, and that can be as unkind as real ones are: refuse,
//! take its time, or fall silent after it has taken a mail.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

/// What it does with who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes every mail.
    Kind,
    /// Takes none, for now (code 451).
    Refusing,
    /// Waits so long before each reply.
    Slow(Duration),
    /// Takes the mail and hangs up before it says so.
    HangsUpAfterData,
}

/// A mail it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What stands before the @ of its Message-ID.
    pub id: String,
    /// To whom it was sent.
    pub to: String,
}

/// The running server.
#[derive(Debug, Clone)]
pub struct Sink {
    /// Its port.
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    mails: Vec<Mail>,
    /// Ports of the senders who have begun a mail and were not yet told what became of it.
    under_way: HashSet<u16>,
    /// Ports of those who went away in the middle of one.
    broken_off: HashSet<u16>,
    unkind: usize,
}

impl Sink {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(runtime: &Handle) -> anyhow::Result<Self> {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(State {
            mood: Mood::Kind,
            mails: Vec::new(),
            under_way: HashSet::new(),
            broken_off: HashSet::new(),
            unkind: 0,
        }));
        let sink = Self { port, state };
        let serving = sink.clone();
        runtime.spawn(async move {
            while let Ok((stream, sender)) = listener.accept().await {
                let sink = serving.clone();
                tokio::spawn(async move {
                    // A client that went away is its own affair.
                    let _ = sink.talk(stream, sender.port()).await;
                    sink.with(|state| {
                        if state.under_way.remove(&sender.port()) {
                            state.broken_off.insert(sender.port());
                        }
                    });
                });
            }
        });
        Ok(sink)
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what it does.
    pub fn set_mood(&self, mood: Mood) {
        self.with(|state| state.mood = mood);
    }

    fn mood(&self) -> Mood {
        self.with(|state| state.mood)
    }

    /// All mails so far.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.with(|state| state.mails.clone())
    }

    /// How many mails came so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.with(|state| state.mails.len())
    }

    /// The ports of those who are in the middle of a mail.
    #[must_use]
    pub fn under_way(&self) -> Vec<u16> {
        self.with(|state| state.under_way.iter().copied().collect())
    }

    /// Whether whoever sends from this port was never told what became of its last mail.
    #[must_use]
    pub fn was_not_told(&self, port: u16) -> bool {
        self.with(|state| state.under_way.contains(&port) || state.broken_off.contains(&port))
    }

    /// A mail of the sender with this port has begun, or is over.
    fn is_under_way(&self, port: u16, is_under_way: bool) {
        self.with(|state| {
            state.broken_off.remove(&port);
            if is_under_way {
                state.under_way.insert(port);
            } else {
                state.under_way.remove(&port);
            }
        });
    }

    /// How often it was unkind.
    #[must_use]
    pub fn unkind(&self) -> usize {
        self.with(|state| state.unkind)
    }

    /// Pretends that another mail came, under a number nobody knows.
    pub fn forge(&self, to: &str) {
        let (id, to) = (uuid::Uuid::new_v4().to_string(), to.to_owned());
        self.with(|state| state.mails.push(Mail { id, to }));
    }

    async fn talk(&self, stream: TcpStream, port: u16) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        self.say(&mut stream, "220 sink").await?;
        let mut to = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let word = line.trim_end().to_ascii_uppercase();
            let reply = match word.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8",
                "MAIL" if self.mood() == Mood::Refusing => {
                    self.with(|state| state.unkind += 1);
                    "451 4.3.0 come back later"
                }
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    "250 ok"
                }
                "MAIL" => {
                    self.is_under_way(port, true);
                    "250 ok"
                }
                "RSET" => {
                    self.is_under_way(port, false);
                    "250 ok"
                }
                "HELO" | "NOOP" => "250 ok",
                "DATA" => {
                    self.say(&mut stream, "354 go on").await?;
                    let text = read_data(&mut stream).await?;
                    let hangs_up = self.mood() == Mood::HangsUpAfterData;
                    let id = message_id(&text);
                    self.with(|state| {
                        state.mails.push(Mail { id: id.clone(), to: to.clone() });
                    });
                    if hangs_up {
                        self.with(|state| state.unkind += 1);
                        self.is_under_way(port, false);
                        return Ok(());
                    }
                    self.say(&mut stream, "250 taken").await?;
                    self.is_under_way(port, false);
                    continue;
                }
                "QUIT" => {
                    self.is_under_way(port, false);
                    self.say(&mut stream, "221 bye").await?;
                    return Ok(());
                }
                _ => "502 what",
            };
            self.say(&mut stream, reply).await?;
        }
    }

    async fn say(&self, stream: &mut BufReader<TcpStream>, words: &str) -> std::io::Result<()> {
        if let Mood::Slow(wait) = self.mood() {
            self.with(|state| state.unkind += 1);
            tokio::time::sleep(wait).await;
        }
        stream.write_all(format!("{words}\r\n").as_bytes()).await
    }
}

/// Reads a mail up to the line with nothing but a dot.
async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(text);
        }
        text.push_str(&String::from_utf8_lossy(&line));
    }
}

fn message_id(text: &str) -> String {
    let header = text.lines().find_map(|line| line.strip_prefix("Message-ID: <"));
    header.and_then(|id| id.split('@').next()).unwrap_or_default().to_owned()
}

/// How often each Message-ID came, whether or not its sender was told that it was taken: a receiver has it either way.
#[must_use]
pub fn times_taken(mails: &[Mail]) -> HashMap<&str, usize> {
    let mut times = HashMap::new();
    for mail in mails {
        *times.entry(&*mail.id).or_default() += 1;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_came_again_is_counted() {
        let mail = |id: &str| Mail { id: id.to_owned(), to: String::new() };
        let mails = [mail("a"), mail("b"), mail("a")];
        let times = times_taken(&mails);
        assert_eq!((times["a"], times["b"]), (2, 1));
    }
}
