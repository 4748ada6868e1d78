//! Subscriptions. Those to one report exist here too; those to an area, a body or a place do not, and are only counted.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::left_out::Reason;
use super::ours::Tally;
use super::theirs::{self, Alert};
use super::{AT_ONCE, Move, ours};
use crate::alerts::queries::number;

#[derive(Serialize)]
struct StagedAlert {
    theirs: i64,
    seen: Uuid,
    report: i64,
    user_id: i64,
    live: bool,
    created_at: Option<DateTime<Utc>>,
    number: Uuid,
}

/// Carries over subscriptions to reports, and ends those that have ended there since.
///
/// # Errors
/// From one of the databases.
pub fn alerts(at: &mut Move<'_>) -> anyhow::Result<()> {
    let (users, reports) = (ours::numbers(at.ours, "user")?, ours::numbers(at.ours, "report")?);
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<Alert> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let mut rows = Vec::with_capacity(page.len());
        for alert in &page {
            let report = alert.report.and_then(|report| reports.get(&report).copied());
            let (reason, detail) = match (alert.alert_type.as_str(), report, users.get(&alert.user_id).copied()) {
                ("new_updates", Some(report), Some(user_id)) => {
                    rows.push(staged(alert, report, user_id)?);
                    continue;
                }
                ("new_updates", None, _) => (Reason::ReportLeftOut, ""),
                ("new_updates", _, None) => (Reason::NoAccount, ""),
                (kind, ..) => (Reason::KindOfAlert, kind),
            };
            // What has ended there is missed by nobody.
            if alert.live {
                tally.left += 1;
                at.left_out.note("alert", alert.id, reason, detail)?;
            }
        }
        let outcome = ours::apply(at.ours, "staged_alerts", &rows, include_str!("sql/apply_alerts.sql"))?;
        at.note_all("alert", &outcome.words)?;
        tally.add(outcome.tally);
    }
    at.done("alerts", tally);
    Ok(())
}

fn staged(alert: &Alert, report: i64, user_id: i64) -> anyhow::Result<StagedAlert> {
    Ok(StagedAlert {
        theirs: alert.id,
        seen: ours::seen(alert)?,
        report,
        user_id,
        live: alert.live,
        created_at: alert.subscribed,
        number: number(user_id, report),
    })
}
