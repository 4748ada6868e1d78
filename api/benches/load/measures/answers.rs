//! How long single answers take when nobody else asks: no ratios, but they show what became slow.

use std::time::Duration;

use super::Bench;
use crate::report::Report;
use crate::server::{Caches, Server};
use crate::wrk::{self, Requests};

impl Bench<'_> {
    pub(super) fn answers(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("answers") {
            return Ok(());
        }
        let server = Server::start(self.small()?, Caches::Off, 1)?;
        let place =
            self.ground.places().first().map_or(String::new(), |at| format!("lon={}&lat={}", at.lon(), at.lat()));
        let questions = [
            ("a street", "places?q=high%20street".to_owned()),
            ("a mistyped street", "places?q=hihg%20street".to_owned()),
            ("the nearest street and areas", format!("places/reverse?{place}")),
            ("what can be reported here", format!("categories?{place}")),
            ("twenty reports", "reports".to_owned()),
            ("one report", "reports/1".to_owned()),
        ];
        for (name, path) in questions {
            let asked = Requests::get(&[format!("/api/v1/{path}")])?;
            wrk::run(&server, &asked, 1, Duration::from_secs(1))?;
            let outcome = wrk::run(&server, &asked, 1, self.options.seconds)?;
            report.note(&format!("{name}: p50"), outcome.p50_ms(), "ms");
            report.note(&format!("{name}: p99"), outcome.p99_ms(), "ms");
        }
        Ok(())
    }
}
