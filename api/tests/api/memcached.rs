//! A real memcached (Debian's package) on a free port, which can be stopped, frozen, and looked into.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub struct Memcached {
    process: Child,
    pub port: u16,
}

impl Memcached {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// One with these options.
    pub fn start_with(options: &[&str]) -> Self {
        // Somebody else may take the port first.
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        (0..10).find_map(|_| Self::try_start(free(), options)).expect("memcached is installed and starts")
    }

    /// One that comes back where another was.
    pub fn start_on(port: u16) -> Self {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(memcached) = Self::try_start(port, &[]) {
                return memcached;
            }
            assert!(Instant::now() < deadline, "memcached did not come back");
        }
    }

    fn try_start(port: u16, options: &[&str]) -> Option<Self> {
        let process = Command::new("/usr/bin/memcached")
            .args(["-l", "127.0.0.1", "-p", &port.to_string(), "-U", "0", "-t", "1", "-u", "nobody"])
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("memcached is installed");
        let mut memcached = Self { process, port };
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && memcached.process.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(memcached);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it, as a power cut would; returns where it was.
    pub fn kill(mut self) -> u16 {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.port
    }

    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let done = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.process.id())]).status().unwrap();
        assert!(done.success());
    }

    /// What it answers to a command, up to the line that ends it.
    fn command(&self, command: &[u8], end: &str) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(command).unwrap();
        BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| line != end).collect()
    }

    fn number(&self, name: &str) -> u64 {
        let prefix = format!("STAT {name} ");
        let lines = self.command(b"stats\r\n", "END");
        lines.iter().find_map(|line| line.strip_prefix(&prefix)).unwrap().parse().unwrap()
    }

    /// How many values it was given.
    pub fn values_taken(&self) -> u64 {
        self.number("total_items")
    }

    /// How often it was asked for a value.
    pub fn times_asked(&self) -> u64 {
        self.number("cmd_get")
    }

    /// Waits until it was given so many values: the cache does not wait for that.
    pub async fn has_taken(&self, values: u64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.values_taken() < values {
            assert!(Instant::now() < deadline, "memcached was given {} of {values} values", self.values_taken());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What is kept in it, under which names.
    pub fn names(&self) -> Vec<String> {
        let lines = self.command(b"lru_crawler metadump all\r\n", "END");
        lines.iter().filter_map(|line| line.strip_prefix("key=")?.split(' ').next().map(str::to_owned)).collect()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("get {name}\r\n").as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let mut value = vec![0; line.trim_end().rsplit(' ').next().unwrap().parse().unwrap()];
        stream.read_exact(&mut value).unwrap();
        value
    }

    pub fn overwrite(&self, name: &str, value: &[u8]) {
        let mut command = format!("set {name} 0 60 {}\r\n", value.len()).into_bytes();
        command.extend_from_slice(value);
        command.extend_from_slice(b"\r\n");
        assert!(self.command(&command, "STORED").is_empty());
    }
}

impl Drop for Memcached {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
