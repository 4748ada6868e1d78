//! When to leave a node of memcached alone: whoever asks one that is down only waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which a node is left alone.
const FAILURES: u32 = 3;
/// How long it is left alone before it is tried again, by nobody who waits for it.
const PAUSE: Duration = Duration::from_secs(2);

/// What may be done with a node now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// It works, as far as is known.
    Go,
    /// It was down. See, without waiting, whether it still is.
    Try,
    /// It is down.
    No,
}

/// What is known about one node.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// When it may be tried again.
    retry: Option<Instant>,
}

impl Breaker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What may be done at this time; each pause ends in one [`Pass::Try`], for one caller.
    pub(super) fn pass(&self, now: Instant) -> Pass {
        let mut state = self.state();
        match state.retry {
            None => Pass::Go,
            Some(retry) if retry <= now => {
                state.retry = Some(now + PAUSE);
                Pass::Try
            }
            Some(_) => Pass::No,
        }
    }

    /// Notes an exchange that worked; whether the node was down until now.
    pub(super) fn worked(&self) -> bool {
        let mut state = self.state();
        let was_down = state.retry.is_some();
        *state = State::default();
        was_down
    }

    /// Notes one that did not; whether the node counts as down from now on.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return false;
        }
        let goes_down = state.retry.is_none();
        state.retry = Some(now + PAUSE);
        goes_down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_leave_a_node_alone_and_a_success_between_them_does_not() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        assert!(!breaker.failed(now) && !breaker.failed(now) && !breaker.worked());
        assert!(!breaker.failed(now) && !breaker.failed(now));
        assert_eq!(breaker.pass(now), Pass::Go);
        assert!(breaker.failed(now), "it goes down");
        assert_eq!(breaker.pass(now), Pass::No);
        assert!(!breaker.failed(now), "it is down already");
    }

    #[test]
    fn one_caller_a_pause_tries_a_node_that_is_down_and_success_brings_it_back() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            breaker.failed(now);
        }
        let later = now + PAUSE;
        assert_eq!([breaker.pass(later), breaker.pass(later)], [Pass::Try, Pass::No]);
        breaker.failed(later);
        assert_eq!(breaker.pass(later + PAUSE / 2), Pass::No);
        assert_eq!(breaker.pass(later + PAUSE), Pass::Try);
        assert!(breaker.worked(), "it was down");
        assert_eq!(breaker.pass(later + PAUSE), Pass::Go);
    }
}
