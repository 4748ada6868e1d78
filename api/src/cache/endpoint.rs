//! ElastiCache's configuration endpoint: who asks it is told which nodes there are, and that changes while we run.
//!
//! It speaks memcached's text protocol with one more command (Amazon ElastiCache User Guide, "Adding auto discovery to your
//! client library"):
//!
//! ```text
//! config get cluster                  CONFIG cluster <flags> <bytes>
//!                                     <version of the list>
//!                                     <host>|<address>|<port> <host>|<address>|<port>
//!
//!                                     END
//! ```

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// How long connecting may take, and how long one answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest list that is read, in bytes: hundreds of nodes.
const LARGEST: usize = 64 * 1024;

/// The nodes that there are now, as host and port.
///
/// # Errors
/// When the endpoint is away or answers something else.
pub(super) fn nodes(endpoint: &str) -> anyhow::Result<Vec<String>> {
    let address = endpoint.to_socket_addrs()?.next().context("it cannot be found")?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"config get cluster\r\n")?;
    let mut answer = BufReader::new(stream).take(LARGEST as u64 + 1024);
    let mut head = String::new();
    answer.read_line(&mut head)?;
    let length = head
        .strip_prefix("CONFIG cluster ")
        .and_then(|rest| rest.split_ascii_whitespace().nth(1)?.parse::<usize>().ok())
        .filter(|length| *length <= LARGEST)
        .with_context(|| format!("it does not know the nodes: {:?}", head.chars().take(80).collect::<String>()))?;
    let mut list = vec![0; length];
    answer.read_exact(&mut list)?;
    read(std::str::from_utf8(&list)?)
}

/// Reads a list: its version in the first line, the nodes in the second.
fn read(list: &str) -> anyhow::Result<Vec<String>> {
    let mut lines = list.lines();
    lines.next().and_then(|version| version.trim().parse::<u64>().ok()).context("the list has no version")?;
    lines.next().unwrap_or_default().split_ascii_whitespace().map(node).collect()
}

/// By its name, which leads to another machine once that takes its place; by its address where it has none.
fn node(text: &str) -> anyhow::Result<String> {
    let mut parts = text.split('|');
    let (host, address, port) = (parts.next(), parts.next(), parts.next());
    let host = host.filter(|host| !host.is_empty()).or(address).unwrap_or_default();
    let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    let port: u16 = port.and_then(|port| port.parse().ok()).unwrap_or_default();
    ensure!(is_host && port > 0 && parts.next().is_none(), "the list has a node that cannot be read: {text:?}");
    Ok(if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_documented() {
        let list = "12\nmine.0001.use1.cache.amazonaws.com|10.82.235.120|11211 mine.0002.use1.cache.amazonaws.com|10.80.249.27|11211\n";
        let nodes = ["mine.0001.use1.cache.amazonaws.com:11211", "mine.0002.use1.cache.amazonaws.com:11211"];
        assert_eq!(read(list).expect("a list"), nodes);
        assert_eq!(read("1\n|10.0.0.1|11212 |fd00::1|11211\n").expect("a list"), ["10.0.0.1:11212", "[fd00::1]:11211"]);
        assert!(read("3\n\n").expect("a list").is_empty(), "no nodes just now");
    }

    #[test]
    fn what_is_no_list_is_not_taken_for_one() {
        for list in [
            "",
            "x\nhost|1.2.3.4|11211",
            "1\nhost",
            "1\nhost|1.2.3.4|0",
            "1\nho st||",
            "1\n||11211",
            "1\na|b|1|c",
            "1\n<x>||11211",
        ] {
            assert!(read(list).is_err(), "{list:?}");
        }
    }
}
