//! How a process that runs for long ends: what it has begun is finished or given back, within the seconds it has for that.

use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};

use super::ground::Ground;
use crate::serve::Drain;

/// How long the end may take.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// How long it goes on answering, so that load balancers see that it is leaving.
    pub notice: Duration,
    /// Until when what was begun may be finished.
    pub finish_until: Instant,
}

/// Waits until the process is told to end. Whatever hangs then does not keep it: it is gone after `DRAIN_SECONDS`.
///
/// Ctrl-C, or a terminal that closes, is somebody who waits: there is no load balancer to wait for.
///
/// # Errors
/// When signals cannot be heard.
pub async fn told(ground: &Ground) -> anyhow::Result<End> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    ground.leave_signals_to_caller();
    let has_balancer = tokio::select! {
        _ = interrupt.recv() => false,
        _ = terminate.recv() => true,
        _ = hangup.recv() => false,
    };
    let drain = Drain::of(ground.config.drain_seconds);
    let now = Instant::now();
    let all = Duration::from_secs(ground.config.drain_seconds);
    thread::Builder::new().name("last-second".to_owned()).spawn(move || {
        thread::sleep(all);
        tracing::warn!("something hangs, and the process ends without it");
        std::process::exit(0);
    })?;
    Ok(End {
        notice: if has_balancer { drain.notice } else { Duration::ZERO },
        finish_until: now + all.saturating_sub(drain.last),
    })
}
