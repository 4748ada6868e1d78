//! OGC API Features: whether a page far along a walk takes longer than the first one.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::http::cursor;

use super::{Bench, FEW};
use crate::report::{Goal, Report};
use crate::server::{Caches, Server};
use crate::wrk::{self, Requests};

/// A page of a thousand reports.
const PAGE: &str = "/ogc/collections/reports/items?limit=1000";

impl Bench<'_> {
    pub(super) fn features_page(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("features_page") {
            return Ok(());
        }
        let database = self.large()?;
        let far = "SELECT id FROM reports WHERE visibility = 'published' ORDER BY id \
                   OFFSET (SELECT count(*) * 9 / 10 FROM reports WHERE visibility = 'published') LIMIT 1";
        let last: i64 = diesel::dsl::sql::<BigInt>(far).get_result(&mut database.connect()?)?;
        let cursor = cursor::encode(&last).map_err(|error| anyhow::anyhow!("{error}"))?;
        let deep = format!("{PAGE}&cursor={cursor}");
        let server = Server::start(database, Caches::Off, 1)?;
        for path in [PAGE, &deep] {
            let page: serde_json::Value = serde_json::from_slice(&server.get(path)?)?;
            anyhow::ensure!(page["numberReturned"] == 1000, "{path} is no full page");
        }
        let (first, deep) = (Requests::get(&[PAGE.to_owned()])?, Requests::get(&[deep])?);
        let pair = self.pair(
            "features_page",
            |time| Ok(wrk::run(&server, &deep, FEW, time)?.p50_ms()),
            |time| Ok(wrk::run(&server, &first, FEW, time)?.p50_ms()),
        )?;
        self.weigh(&server)?;
        report.add("features_page", pair.ratio(), "ratio", Goal::AtMost(1.2));
        report.note("features_page: deep page", pair.one.median(), "ms");
        report.note("features_page: first page", pair.other.median(), "ms");
        Ok(())
    }
}
