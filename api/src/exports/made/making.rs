//! How the worker makes exports and snapshots: in batches, so that it needs the same little memory for any number of reports.

use std::path::Path;

use anyhow::Context as _;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use mendmap_shared::wire::exports::{ExportFormat, SnapshotFile};
use uuid::Uuid;

use super::Workshop;
use super::queries::{self, ExportRow, snapshot_name};
use super::staff::{self, StaffFilter};
use super::store::{Measured, file_name, measure};
use crate::db::Db;
use crate::delivery::Record as ToRecord;
use crate::exports::formats::{self, Row, Sink};
use crate::exports::params::Filter;
use crate::exports::queries::{Names, records};
use crate::exports::record::Record;
use crate::exports::rules::read_form;

/// Reports of one read.
const BATCH: i64 = 1_000;
/// A worker may wait longer for a batch than a request: its filter may be one that few reports match.
const PATIENCE: &str = "SET LOCAL statement_timeout = '10min'";

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// An export that somebody asked for.
    Export(Uuid),
    /// The snapshot of a day.
    Snapshot(NaiveDate),
}

/// Where the files of an export lie in the store.
#[must_use]
pub fn name(export: Uuid) -> String {
    export.to_string()
}

/// Makes it, down to the disk and into its place, and answers what is to be recorded of it.
///
/// # Errors
/// From the database and the disk; nothing is in its place then.
pub fn make(db: &Db, workshop: &Workshop, piece: Piece) -> anyhow::Result<ToRecord> {
    let bench = Bench { db, workshop };
    match piece {
        Piece::Export(id) => {
            let Some(row) = db.blocking(|conn| Ok(queries::to_make(conn, id)?))? else { return Ok(nothing()) };
            let (rows, file) = bench.export(&row)?;
            Ok(Box::new(move |conn| Ok(queries::ready(conn, id, rows, &file)?)))
        }
        Piece::Snapshot(day) => {
            if !db.blocking(|conn| Ok(queries::snapshot_is_wanted(conn, day)?))? {
                return Ok(nothing());
            }
            let (rows, files) = bench.snapshot(day)?;
            let files = serde_json::to_value(files)?;
            Ok(Box::new(move |conn| Ok(queries::snapshot_ready(conn, day, rows, &files)?)))
        }
    }
}

/// It is gone, or was made before.
fn nothing() -> ToRecord {
    Box::new(|_| Ok(()))
}

struct Bench<'a> {
    db: &'a Db,
    workshop: &'a Workshop,
}

impl Bench<'_> {
    fn export(&self, row: &ExportRow) -> anyhow::Result<(i64, Measured)> {
        let (format, store) = (row.format.0, &self.workshop.store);
        let folder = store.begin(&name(row.id))?;
        let rows = match row.body_id {
            None => {
                let filter = read_form(&row.query)?.filter()?;
                let sinks = self.sinks::<Record>(folder.path(), &[format])?;
                self.write_public(&filter, Some(row.id), sinks)?
            }
            Some(body) => {
                let filter = StaffFilter::read(&row.query)?;
                let sinks = self.sinks::<staff::StaffRecord>(folder.path(), &[format])?;
                let total = self.patiently(|conn| queries::count(conn, filter.conditions(body)))?;
                let read = |conn: &mut PgConnection, names: &Names, after| {
                    staff::records(conn, names, filter.conditions(body), after, BATCH)
                };
                self.write(read, sinks, |rows| self.progress(row.id, rows, total))?
            }
        };
        let file = measure(&folder.path().join(file_name(format)))?;
        store.keep(&folder, &name(row.id)).context("the export cannot be put in its place")?;
        Ok((rows, file))
    }

    fn snapshot(&self, day: NaiveDate) -> anyhow::Result<(i64, Vec<SnapshotFile>)> {
        let store = &self.workshop.store;
        let folder = store.begin(&snapshot_name(day))?;
        let sinks = self.sinks::<Record>(folder.path(), &ExportFormat::ALL)?;
        let rows = self.write_public(&Filter::default(), None, sinks)?;
        let file = |format| {
            let Measured { bytes, sha256 } = measure(&folder.path().join(file_name(format)))?;
            let file = format!("/api/v1/exports/snapshot/{}", file_name(format));
            anyhow::Ok(SnapshotFile { format, file, bytes, sha256 })
        };
        let files = ExportFormat::ALL.into_iter().map(file).collect::<anyhow::Result<_>>()?;
        store.keep(&folder, &snapshot_name(day)).context("the snapshot cannot be put in its place")?;
        Ok((rows, files))
    }

    fn sinks<R: Row>(&self, folder: &Path, formats: &[ExportFormat]) -> anyhow::Result<Vec<Box<dyn Sink>>> {
        let source = &self.workshop.source;
        formats.iter().map(|one| formats::create(*one, &folder.join(file_name(*one)), R::COLUMNS, source)).collect()
    }

    fn write_public(&self, filter: &Filter, export: Option<Uuid>, sinks: Vec<Box<dyn Sink>>) -> anyhow::Result<i64> {
        let total = match export {
            Some(_) => self.patiently(|conn| queries::count_public(conn, filter.conditions()))?,
            None => 0,
        };
        let read =
            |conn: &mut PgConnection, names: &Names, after| records(conn, names, filter.conditions(), after, BATCH);
        self.write(read, sinks, |rows| export.map_or(Ok(()), |id| self.progress(id, rows, total)))
    }

    /// Writes all that `read` reads to all sinks, and finishes them. Answers how many that were.
    fn write<R: Row>(
        &self,
        read: impl Fn(&mut PgConnection, &Names, i64) -> QueryResult<Vec<R>>,
        mut sinks: Vec<Box<dyn Sink>>,
        told: impl Fn(i64) -> anyhow::Result<()>,
    ) -> anyhow::Result<i64> {
        let names = self.db.blocking(|conn| Ok(Names::load(conn)?))?;
        let (mut rows, mut after) = (0, Some(0));
        while let Some(last) = after {
            told(rows)?;
            // No connection is held while files are written.
            let batch = self.patiently(|conn| read(conn, &names, last))?;
            for row in &batch {
                let values = row.values(&self.workshop.source);
                for sink in &mut sinks {
                    sink.write(row.id(), row.location(), &values)?;
                }
            }
            rows += batch.len() as i64;
            after = batch.last().map(Row::id).filter(|_| batch.len() as i64 == BATCH);
        }
        told(rows)?;
        sinks.into_iter().try_for_each(Sink::finish)?;
        Ok(rows)
    }

    fn progress(&self, id: Uuid, rows: i64, total: i64) -> anyhow::Result<()> {
        self.db.blocking(|conn| Ok(queries::progress(conn, id, rows, total)?))
    }

    fn patiently<T>(&self, read: impl FnOnce(&mut PgConnection) -> QueryResult<T>) -> anyhow::Result<T> {
        self.db.blocking(|conn| {
            let moment = |conn: &mut PgConnection| {
                sql_query(PATIENCE).execute(conn)?;
                read(conn)
            };
            // What is read of one batch is of one moment.
            Ok(conn.build_transaction().repeatable_read().read_only().run(moment)?)
        })
    }
}
