//! How often one caller may do what writes, sends or decodes. The whole table is [`Door::quota`].

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use mendmap_shared::error::ErrorCode;

use super::client_address::ClientAddress;
use crate::error::{ApiError, ApiResult};

/// What is limited. Each door counts per network address, and per account or mailbox where one is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Sending a report.
    Report,
    /// Writing an update or a note.
    Update,
    /// Uploading a photo: decoding costs time and memory.
    Photo,
    /// Supporting, following and their opposites.
    Support,
    /// Asking for a mail to be sent.
    Mail,
    /// Trying a password or a link's token.
    SignIn,
    /// Carrying on a session, ending it, changing one's own account.
    Refresh,
    /// Searching: places, similar reports, text.
    Search,
    /// Asking what lies at a point.
    Place,
    /// Beginning to listen to the live map.
    Live,
    /// Any call of the Open311 server.
    Open311,
    /// Writing through the Open311 server, counted by key.
    Open311Write,
    /// Having us call a server outside, and what makes many calls.
    Call,
    /// Asking for an export.
    Export,
    /// Having the worker make one.
    MakeExport,
    /// Asking for figures: many reports are read for one answer.
    Stats,
}

impl Door {
    const ALL: [Self; 16] = [
        Self::Report,
        Self::Update,
        Self::Photo,
        Self::Support,
        Self::Mail,
        Self::SignIn,
        Self::Refresh,
        Self::Search,
        Self::Place,
        Self::Live,
        Self::Open311,
        Self::Open311Write,
        Self::Call,
        Self::Export,
        Self::MakeExport,
        Self::Stats,
    ];

    /// How many at once, and the seconds after which one more is allowed.
    const fn quota(self) -> (u32, u64) {
        match self {
            Self::Report => (20, 60),
            Self::Update => (30, 20),
            Self::Photo => (40, 10),
            Self::Support => (60, 5),
            Self::Mail => (8, 120),
            Self::SignIn => (10, 30),
            Self::Call => (10, 20),
            Self::Export => (60, 5),
            Self::MakeExport => (6, 600),
            Self::Refresh | Self::Stats => (60, 2),
            Self::Search | Self::Open311 => (120, 1),
            Self::Open311Write => (200, 2),
            Self::Place | Self::Live => (240, 1),
        }
    }
}

/// The counters of this process.
pub struct RateLimits {
    doors: HashMap<Door, DefaultKeyedRateLimiter<String>>,
}

impl RateLimits {
    /// Fresh counters; `scale` multiplies every quota.
    #[must_use]
    pub fn new(scale: u32) -> Self {
        let limiter = |door: Door| {
            let (burst, seconds) = door.quota();
            let scale = scale.max(1);
            let burst = NonZeroU32::new(burst.saturating_mul(scale)).unwrap_or(NonZeroU32::MIN);
            let refill = (Duration::from_secs(seconds) / scale).max(Duration::from_nanos(1));
            let quota = Quota::with_period(refill).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
            RateLimiter::keyed(quota.allow_burst(burst))
        };
        Self { doors: Door::ALL.iter().map(|door| (*door, limiter(*door))).collect() }
    }

    /// Counts one pass of this address through the door.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check(&self, door: Door, address: ClientAddress) -> ApiResult<()> {
        self.count(door, &address.bucket().to_string())
    }

    /// Counts one pass of a caller through the door: of their address, and of their account where they are signed in, so that
    /// changing the one does not help.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check_caller(&self, door: Door, address: ClientAddress, account: Option<i64>) -> ApiResult<()> {
        self.check(door, address)?;
        account.map_or(Ok(()), |user| self.check_account(door, &format!("user {user}")))
    }

    /// Counts one mail that somebody who is not signed in has us send to a mailbox.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check_mail_to(&self, address: ClientAddress, mailbox: &str) -> ApiResult<()> {
        self.check(Door::Mail, address)?;
        self.check_account(Door::Mail, mailbox)
    }

    /// Counts one pass of this account or mailbox through the door.
    ///
    /// # Errors
    /// `rate_limited`, with the seconds to wait.
    pub fn check_account(&self, door: Door, account: &str) -> ApiResult<()> {
        self.count(door, &format!("account {account}"))
    }

    fn count(&self, door: Door, key: &str) -> ApiResult<()> {
        let Some(limiter) = self.doors.get(&door) else { return Ok(()) };
        limiter.check_key(&key.to_owned()).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ApiError::code(ErrorCode::RateLimited).retry_after(wait.as_secs() + 1)
        })
    }

    /// Forgets callers whose quota is full again; run now and then, so that memory does not grow with visitors.
    pub fn forget_idle(&self) {
        for limiter in self.doors.values() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_is_used_up_by_one_caller_and_not_by_another() {
        let limits = RateLimits::new(1);
        let (burst, _) = Door::Mail.quota();
        for _ in 0..burst {
            assert!(limits.check_account(Door::Mail, "a").is_ok());
        }
        assert_eq!(limits.check_account(Door::Mail, "a").expect_err("used up").error_code(), ErrorCode::RateLimited);
        assert!(limits.check_account(Door::Mail, "b").is_ok());
        assert!(limits.check_account(Door::SignIn, "a").is_ok());
    }
}
