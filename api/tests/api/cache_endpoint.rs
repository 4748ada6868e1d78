//! Nodes of memcached that an endpoint tells: real ones, behind a server that speaks as ElastiCache's does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mendmap::cache::Cache;
use mendmap::config::{CacheConfig, Endpoint};
use tokio::time::sleep;

use crate::cache::ask;
use crate::memcached::Memcached;

/// What the endpoint answers; empty hangs up.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<String>>);

impl Answers {
    fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answers = self.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|caller| answers.answer(&caller)));
        address
    }

    fn answer(&self, mut caller: &TcpStream) {
        let mut command = String::new();
        let _ = BufReader::new(caller).read_line(&mut command);
        let answer = self.0.lock().unwrap().clone();
        let _ = caller.write_all(if command == "config get cluster\r\n" { answer.as_bytes() } else { b"ERROR\r\n" });
    }

    fn say(&self, answer: impl Into<String>) {
        *self.0.lock().unwrap() = answer.into();
    }

    fn nodes(&self, version: u32, nodes: &[&Memcached]) {
        let nodes: Vec<_> = nodes.iter().map(|node| format!("localhost|127.0.0.1|{}", node.port)).collect();
        let list = format!("{version}\n{}\n", nodes.join(" "));
        self.say(format!("CONFIG cluster 0 {}\r\n{list}\r\nEND\r\n", list.len()));
    }
}

fn process(endpoint: &str) -> Arc<Cache> {
    let endpoint = Endpoint { address: endpoint.to_owned(), every: Duration::from_millis(50) };
    Arc::new(
        Cache::open(&CacheConfig { memcached: Vec::new(), endpoint: Some(endpoint), megabytes: 0 }, "a site").unwrap(),
    )
}

/// Asks for ever new answers until this node keeps one.
async fn used(cache: &Arc<Cache>, node: &Memcached) {
    let (before, deadline) = (node.values_taken(), Instant::now() + Duration::from_secs(10));
    while node.values_taken() == before {
        assert!(Instant::now() < deadline, "the node is not used");
        assert_eq!(ask(cache, &rand::random::<u64>().to_string(), "made").await, "made");
        sleep(Duration::from_millis(10)).await;
    }
}

#[actix_web::test]
async fn nodes_that_come_and_go_are_used_and_left_without_a_restart() {
    let (one, two) = (Memcached::start(), Memcached::start());
    let answers = Answers::default();
    let endpoint = answers.start();
    answers.nodes(1, &[&one]);
    let (first, second) = (process(&endpoint), process(&endpoint));
    used(&first, &one).await;
    used(&second, &one).await;
    ask(&first, "shared", "by the first").await;
    one.has_taken(1).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(&second, "shared", "by the second").await, "by the first");

    answers.nodes(2, &[&two, &one]);
    used(&first, &two).await;
    used(&first, &one).await;

    answers.nodes(3, &[&two]);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let before = one.values_taken();
        for number in 0..20 {
            ask(&first, &format!("{number} {}", rand::random::<u64>()), "made").await;
        }
        sleep(Duration::from_millis(100)).await;
        if one.values_taken() == before {
            break;
        }
        assert!(Instant::now() < deadline, "the node that went is still used");
    }
}

#[actix_web::test]
async fn an_endpoint_that_says_nothing_or_nonsense_changes_nothing() {
    let node = Memcached::start();
    let answers = Answers::default();
    let endpoint = answers.start();
    let cache = process(&endpoint);
    assert_eq!(ask(&cache, "before", "made").await, "made", "no nodes are known yet");
    answers.nodes(1, &[&node]);
    used(&cache, &node).await;
    for nonsense in
        ["", "ERROR\r\n", "CONFIG cluster 0 9999999999\r\n", "CONFIG cluster 0 5\r\n2\nx|\r\nEND\r\n", "\u{0}\u{0}"]
    {
        answers.say(nonsense);
        sleep(Duration::from_millis(150)).await;
        used(&cache, &node).await;
    }
}
