//! What changed, for those who keep a copy.

use std::collections::HashMap;

use diesel::prelude::*;

use super::changes::{self, Change, Place, Start};
use super::feature::{Format, Writer};
use super::params::Filter;
use super::queries::{self, Names};
use super::record::{Record, Source};
use crate::error::{ApiError, ApiResult};
use crate::schema::reports;

/// Changes in order, each with what its report is now.
#[derive(Debug, Clone)]
pub struct Pulled {
    changes: Vec<Change>,
    records: HashMap<i64, Record>,
    /// What is known by whoever has these too.
    pub place: Place,
    /// Whether there are more already.
    pub more: bool,
}

/// The changes after a place or a moment, at most `size`, as of one moment: what is told of a report is what it became by that
/// change, and not by a later one that will be told yet.
///
/// # Errors
/// As [`Filter::check`] and [`changes::begin`]; from the database.
pub fn pull(conn: &mut PgConnection, filter: &Filter, start: Start, size: i64) -> ApiResult<Pulled> {
    conn.build_transaction().read_only().repeatable_read().run(|conn| {
        filter.check(conn)?;
        let begin = changes::begin(conn, start)?;
        let mut changes = changes::after(conn, begin, size + 1)?;
        let size = usize::try_from(size).map_err(ApiError::internal)?;
        let more = changes.len() > size;
        changes.truncate(size);
        let seen: Vec<i64> = changes.iter().filter(|change| !change.gone).map(|change| change.report_id).collect();
        let most = i64::try_from(seen.len()).map_err(ApiError::internal)?;
        let records = if seen.is_empty() {
            Vec::new()
        } else {
            let mut conditions = filter.conditions();
            conditions.push(Box::new(reports::id.eq_any(seen)));
            let names = Names::load(conn)?;
            queries::records(conn, &names, conditions, 0, most)?
        };
        Ok(Pulled {
            place: changes.last().map_or(begin, |last| begin.of(last)),
            records: records.into_iter().map(|record| (record.id, record)).collect(),
            changes,
            more,
        })
    })
}

impl Pulled {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Them as features: reports that are published and chosen as they are, all others as gone. One that changed so that it is
    /// not chosen any more is gone for whoever keeps a copy of what was chosen.
    ///
    /// # Errors
    /// When they cannot be written as JSON, which is our fault.
    pub fn written(&self, source: &Source, format: Format, first: bool) -> ApiResult<Vec<u8>> {
        let mut writer = Writer::new(format, first, self.changes.len());
        for change in &self.changes {
            match self.records.get(&change.report_id) {
                Some(record) => writer.report(record, source)?,
                None => writer.gone(change.report_id, change.changed_at)?,
            }
        }
        Ok(writer.into_bytes())
    }
}
