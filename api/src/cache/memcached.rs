//! Memcached: which node keeps what, and one thread for each node that talks to it.
//!
//! The client blocks, so it lives on a thread of its own. That thread takes together what has come in while it was busy and
//! asks for all of it at once; a node that hangs holds up this one thread and nobody else.
//!
//! This stands on the crate's connection for memcached's meta commands (memcached 1.6 or newer) and not on its older
//! client, which cannot bound how long connecting takes, gives a connection that timed out to the next caller with the
//! late answer still in it, and sends every word of a command in a packet of its own.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use memcache::exp::{
    Error, MetaCommand, MetaConnection, MetaOp, Rendezvous, Router as _, build_noop, parse_meta_result,
};
use tokio::sync::oneshot;

use super::SHARED;
use super::breaker::{Breaker, Pass};
use super::stored::Name;
use crate::config::Endpoint;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(100);
/// How long one exchange may take.
const EXCHANGE: Duration = Duration::from_millis(50);
/// How long a request waits for a node, whatever keeps it. A node busy for longer with one thing is left alone meanwhile.
const PATIENCE: Duration = Duration::from_millis(200);
/// How many may wait for one node; for more there is no room, which is a miss.
const QUEUE: usize = 1024;
/// How many answers are asked for at once: so few that all of them arrive in the time of one exchange.
const BATCH: usize = 32;
/// How soon an endpoint is asked again that did not tell its nodes.
const DISCOVER_AGAIN: Duration = Duration::from_secs(5);
/// The largest value that memcached takes by default, in bytes, less what it needs for itself.
const LARGEST: usize = 1_000_000;

/// All nodes, which may come and go.
#[derive(Debug)]
pub(super) struct Memcached(Arc<RwLock<Arc<Nodes>>>);

/// The nodes there are at some time.
#[derive(Debug)]
struct Nodes {
    nodes: Vec<Arc<Node>>,
    addresses: Vec<String>,
    router: Rendezvous,
}

/// A node did not answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Away;

#[derive(Debug)]
struct Node {
    work: SyncSender<Work>,
    state: Arc<State>,
}

enum Work {
    Get(String, oneshot::Sender<Option<Vec<u8>>>),
    Set(String, Vec<u8>),
    Try,
}

impl Memcached {
    /// Starts a thread for each node (host and port). They need not be there.
    pub(super) fn open(addresses: &[String]) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(Nodes::start(addresses, None)?)))))
    }

    /// Starts with no nodes, and a thread that asks the endpoint which there are, now and again and again.
    pub(super) fn discover(endpoint: &Endpoint) -> anyhow::Result<Self> {
        let this = Self::open(&[])?;
        let (weak, endpoint) = (Arc::downgrade(&this.0), endpoint.clone());
        std::thread::Builder::new()
            .name("memcached-nodes".to_owned())
            .spawn(move || keep_discovering(&weak, &endpoint))
            .context("no thread for memcached")?;
        Ok(this)
    }

    fn nodes(&self) -> Arc<Nodes> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is kept under this name.
    ///
    /// # Errors
    /// Where its node is away or takes too long.
    pub(super) async fn get(&self, name: &Name) -> Result<Option<Vec<u8>>, Away> {
        let (answer, waiting) = oneshot::channel();
        let nodes = self.nodes();
        let node = nodes.node(name).ok_or(Away)?;
        node.work.try_send(Work::Get(name.text.clone(), answer)).map_err(|_| Away)?;
        tokio::time::timeout(PATIENCE, waiting).await.map_err(|_| Away)?.map_err(|_| Away)
    }

    /// Keeps a value, unless its node is away; nobody waits for that.
    pub(super) fn set(&self, name: &Name, value: impl FnOnce() -> Vec<u8>) {
        let nodes = self.nodes();
        let Some(node) = nodes.node(name) else { return };
        let value = value();
        if value.len() <= LARGEST {
            // No room is a miss later.
            let _ = node.work.try_send(Work::Set(name.text.clone(), value));
        }
    }
}

/// Asks the endpoint until nobody has the cache any more. One that does not answer changes nothing.
fn keep_discovering(known: &Weak<RwLock<Arc<Nodes>>>, endpoint: &Endpoint) {
    let mut answered = true;
    loop {
        let found = super::endpoint::nodes(&endpoint.address);
        let Some(known) = known.upgrade() else { return };
        let nodes = Arc::clone(&known.read().unwrap_or_else(PoisonError::into_inner));
        let every = if found.is_ok() { endpoint.every } else { endpoint.every.min(DISCOVER_AGAIN) };
        match found.and_then(|mut found| {
            found.sort();
            found.dedup();
            (found != nodes.addresses).then(|| Nodes::start(&found, Some(&nodes))).transpose()
        }) {
            Ok(changed) => {
                if let Some(changed) = changed {
                    tracing::info!(memcached.nodes = changed.nodes.len(), "the nodes of memcached are others");
                    *known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(changed);
                }
                answered = true;
            }
            Err(error) => {
                if std::mem::take(&mut answered) {
                    tracing::warn!(error.cause = %format!("{error:#}"), "the endpoint of memcached does not tell its nodes");
                }
            }
        }
        drop((known, nodes));
        std::thread::sleep(every);
    }
}

impl Nodes {
    /// Starts a thread for each node that was not there before; one that is gone ends when nobody asks it any more.
    fn start(addresses: &[String], before: Option<&Self>) -> anyhow::Result<Self> {
        let known = |address: &String| {
            let before = before?;
            let place = before.addresses.iter().position(|other| other == address)?;
            before.nodes.get(place).map(Arc::clone)
        };
        let node = |address| known(address).map_or_else(|| Node::start(address).map(Arc::new), Ok);
        let nodes = addresses.iter().map(node).collect::<anyhow::Result<_>>()?;
        Ok(Self { nodes, addresses: addresses.to_vec(), router: Rendezvous::new() })
    }

    /// The node of this name: the same in every process that sees the same nodes at work. One that is lost leaves its names
    /// to the others, and theirs stay where they are.
    fn node(&self, name: &Name) -> Option<&Arc<Node>> {
        if self.nodes.is_empty() {
            return None;
        }
        let first = self.nodes.get(self.router.route(name.text.as_bytes(), &self.addresses))?;
        if first.works() {
            return Some(first);
        }
        let others =
            self.nodes.iter().zip(&self.addresses).filter(|(node, _)| !Arc::ptr_eq(node, first) && node.works());
        let (nodes, addresses): (Vec<&Arc<Node>>, Vec<String>) =
            others.map(|(node, address)| (node, address.clone())).unzip();
        if nodes.is_empty() {
            return None;
        }
        nodes.get(self.router.route(name.text.as_bytes(), &addresses)).copied()
    }
}

impl Node {
    fn start(address: &str) -> anyhow::Result<Self> {
        let (work, queue) = sync_channel(QUEUE);
        let state =
            Arc::new(State { breaker: Breaker::default(), started: Instant::now(), busy_since: AtomicU64::new(0) });
        let talk = Talk { address: address.to_owned(), state: Arc::clone(&state), connection: None };
        std::thread::Builder::new()
            .name("memcached".to_owned())
            .spawn(move || talk.work_off(&queue))
            .context("no thread for memcached")?;
        // The connection is there when the first request needs it.
        let _ = work.try_send(Work::Try);
        Ok(Self { work, state })
    }

    /// Whether it may be asked now. One that was down is tried again without anybody waiting for it.
    fn works(&self) -> bool {
        if self.state.hangs() {
            return false;
        }
        match self.state.breaker.pass(Instant::now()) {
            Pass::Go => true,
            Pass::Try => {
                let _ = self.work.try_send(Work::Try);
                false
            }
            Pass::No => false,
        }
    }
}

/// What requests know about a node.
#[derive(Debug)]
struct State {
    breaker: Breaker,
    started: Instant,
    /// Milliseconds after `started` at which the thread began what it is doing; 0 when it is doing nothing.
    busy_since: AtomicU64,
}

impl State {
    fn milliseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the thread has been at one thing for too long, such as finding out a host's address.
    fn hangs(&self) -> bool {
        let since = self.busy_since.load(Ordering::Relaxed);
        since > 0 && u128::from(self.milliseconds().saturating_sub(since)) > PATIENCE.as_millis()
    }

    fn begins(&self) {
        self.busy_since.store(self.milliseconds().max(1), Ordering::Relaxed);
    }

    fn rests(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }
}

/// The thread's end.
struct Talk {
    address: String,
    state: Arc<State>,
    connection: Option<MetaConnection>,
}

impl Talk {
    /// Works until the cache is gone.
    fn work_off(mut self, queue: &Receiver<Work>) {
        while let Ok(first) = queue.recv() {
            self.state.begins();
            let (mut asked, mut told) = (Vec::new(), Vec::new());
            for work in std::iter::once(first).chain(queue.try_iter()).take(BATCH) {
                match work {
                    // Whoever asked may have gone.
                    Work::Get(name, answer) => asked.extend((!answer.is_closed()).then_some((name, answer))),
                    Work::Set(name, value) => told.push(set(name, value)),
                    Work::Try => told.push(build_noop()),
                }
            }
            let commands: Vec<_> =
                asked.iter().map(|(name, _)| MetaCommand::new(MetaOp::Get, &**name).flag("v")).collect();
            let mut result = self.exchange(&commands).map(|values| {
                for ((_, answer), value) in asked.drain(..).zip(values) {
                    let _ = answer.send(value);
                }
            });
            // Told one by one, so that a value it has no room for is the only one it does not take.
            for command in told {
                result = result.and_then(|()| self.exchange(&[command]).map(drop));
            }
            drop(asked);
            if result.is_err() {
                // Those who came meanwhile have waited for it already.
                drop(queue.try_iter().collect::<Vec<_>>());
            }
            self.state.rests();
        }
    }

    /// The values that the commands bring, in their order.
    ///
    /// A connection on which anything went wrong may still have an answer to come, and is not used again.
    fn exchange(&mut self, commands: &[MetaCommand]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let result = match self.connection.take().map_or_else(|| connect(&self.address), Ok) {
            Ok(mut connection) => connection.execute_batch(commands).inspect(|_| self.connection = Some(connection)),
            Err(error) => Err(error),
        };
        match result {
            Ok(answers) => {
                if self.state.breaker.worked() {
                    tracing::info!(memcached.node = %self.address, "a node of memcached is back");
                }
                answers.into_iter().map(|answer| Ok(parse_meta_result(answer)?.value)).collect()
            }
            // It works; it only has no room for this value.
            Err(Error::Server(reason)) => {
                tracing::debug!(memcached.node = %self.address, error.cause = reason, "a node of memcached took no value");
                self.state.breaker.worked();
                Ok(Vec::new())
            }
            Err(error) => {
                if self.state.breaker.failed(Instant::now()) {
                    tracing::warn!(memcached.node = %self.address, error.cause = %error, "a node of memcached is away");
                }
                Err(error)
            }
        }
    }
}

fn set(name: String, value: Vec<u8>) -> MetaCommand {
    MetaCommand::new(MetaOp::Set, name).flag(format!("T{}", SHARED.as_secs())).value(value)
}

/// Connects; the host's address is found out each time, because another machine may have taken its place.
fn connect(address: &str) -> Result<MetaConnection, Error> {
    let mut result = Err(std::io::Error::from(std::io::ErrorKind::NotFound));
    let end = Instant::now() + CONNECT;
    for address in address.to_socket_addrs()? {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        result = TcpStream::connect_timeout(&address, left);
        if result.is_ok() {
            break;
        }
    }
    let stream = result?;
    stream.set_nodelay(true)?;
    let mut connection = MetaConnection::from_stream(stream);
    connection.set_io_timeout(Some(EXCHANGE));
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Kind;
    use crate::cache::stored::Names;

    #[test]
    fn a_node_that_is_down_leaves_its_names_to_the_others_and_theirs_stay() {
        // Nobody is there; for this it does not matter.
        let addresses: Vec<String> = (1..=4).map(|port| format!("127.0.0.1:{port}")).collect();
        let memcached = Nodes::start(&addresses, None).expect("threads");
        let names: Vec<_> =
            (0..400).map(|number| Names::of("site").name(Kind::Json, &format!("tile {number}"))).collect();
        let place = |name| {
            let node = memcached.node(name).expect("a node");
            memcached.nodes.iter().position(|other| Arc::ptr_eq(other, node)).expect("one of them")
        };
        let before: Vec<usize> = names.iter().map(place).collect();
        for _ in 0..3 {
            memcached.nodes[1].state.breaker.failed(Instant::now());
        }
        let after: Vec<usize> = names.iter().map(place).collect();
        let mut taken_over = [0; 4];
        for (before, after) in before.into_iter().zip(after) {
            assert!(after != 1 && (before == 1 || before == after));
            if before == 1 {
                taken_over[after] += 1;
            }
        }
        assert!([0, 2, 3].iter().all(|node| taken_over[*node] > 10), "{taken_over:?}: they are spread over the others");
    }
}
