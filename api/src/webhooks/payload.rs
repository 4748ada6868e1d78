//! What a webhook is told. Read when it is sent, as everybody could read it at that moment: what waited, or is told again, says
//! nothing that was hidden or corrected since. What is past (kind, time, status) stands in the log.

use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::wire::integrations::{EventKind, HiddenEvent, ReportEvent, UpdateEvent, What};
use mendmap_shared::wire::reports::Report;

use super::models::EventRow;
use crate::auth::tokens::Keys;
use crate::{reports, updates};

/// What there is to tell of an event; `None` where nobody may be told any more.
///
/// # Errors
/// From the database.
pub fn what(conn: &mut PgConnection, keys: &Keys, event: &EventRow) -> anyhow::Result<Option<What>> {
    if event.kind.0 == EventKind::ReportHidden {
        return Ok(Some(What::ReportHidden(HiddenEvent { report_id: event.report_id })));
    }
    let Some(report) = public_report(conn, keys, event.report_id)? else { return Ok(None) };
    if let Some(update) = event.update_id {
        let update = updates::queries::one(conn, event.report_id, update, &|_| String::new())?;
        return Ok(update.map(|update| What::UpdatePublished(Box::new(UpdateEvent { update, report: report.summary }))));
    }
    let changed = event.changed.iter().flatten().cloned().collect();
    let told = Box::new(ReportEvent { status: event.status.map(|stored| stored.0), changed, report });
    Ok(Some(match event.kind.0 {
        EventKind::ReportPublished => What::ReportPublished(told),
        _ => What::ReportChanged(told),
    }))
}

/// The report as nobody in particular sees it.
fn public_report(conn: &mut PgConnection, keys: &Keys, id: i64) -> anyhow::Result<Option<Report>> {
    match reports::queries::report(conn, keys, id, None) {
        Ok(report) => Ok(Some(Report { viewer: None, ..report })),
        Err(error) if error.error_code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
