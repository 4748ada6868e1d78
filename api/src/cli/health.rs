//! `mendmap health`: whether the process beside it lives, for a container's health check. It asks no database: an outage of that
//! must restart nobody.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(clap::Args)]
pub struct HealthArgs {
    /// Ask a worker, which answers on METRICS_ADDRESS only
    #[arg(long)]
    worker: bool,
    #[arg(long, env = "BIND_ADDRESS", default_value = "127.0.0.1", hide = true)]
    bind_address: IpAddr,
    #[arg(long, env = "PORT", default_value = "8080", hide = true)]
    port: u16,
    #[arg(long, env = "METRICS_ADDRESS", hide = true)]
    metrics_address: Option<SocketAddr>,
}

/// Asks the process of this machine.
///
/// # Errors
/// When it does not answer, or says that it does not live.
pub fn run(args: &HealthArgs) -> anyhow::Result<()> {
    let (address, path) = if args.worker {
        (args.metrics_address.context("METRICS_ADDRESS is not set: a worker answers nowhere else")?, "/metrics")
    } else {
        (SocketAddr::new(args.bind_address, args.port), "/healthz")
    };
    let address = SocketAddr::new(reachable(address.ip()), address.port());
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).build().into();
    agent.get(format!("http://{address}{path}")).call().with_context(|| format!("no answer at {address}"))?;
    Ok(())
}

/// Who listens on all addresses is asked on this machine's own.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(all) if all.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(all) if all.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        one => one,
    }
}
