//! Small exports: CSV and GeoJSON as a stream of batches, the others as a file that is gone when it is sent.

use std::fs::File;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use diesel::PgConnection;
use futures_util::{StreamExt as _, stream};
use mendmap_shared::wire::exports::ExportFormat;
use uuid::Uuid;

use super::Workshop;
use super::serving::{AT_ONCE, attachment, passing_file};
use super::store::file_name;
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::formats::{self, Row, content_type, csv, geojson_lines};
use crate::exports::params::Filter;
use crate::exports::queries::{Names, records};
use crate::exports::record::{Record, Source};

/// Reports of one read.
const BATCH: i64 = 1_000;

/// How far an export is.
struct Walk {
    app: web::Data<App>,
    filter: Filter,
    format: ExportFormat,
    freshness: Freshness,
    /// Read with the first batch.
    names: Option<Arc<Names>>,
    /// Number of the last report that was read; none once all are.
    after: Option<i64>,
}

/// A small export of what matches.
///
/// # Errors
/// From the database, and from the disk where a file is needed.
pub async fn answer(
    app: web::Data<App>,
    filter: Filter,
    format: ExportFormat,
    freshness: Freshness,
) -> ApiResult<HttpResponse> {
    let walk = Walk { app, filter, format, freshness, names: None, after: Some(0) };
    match format {
        ExportFormat::Csv | ExportFormat::GeoJsonLines => streamed(walk).await,
        ExportFormat::GeoPackage | ExportFormat::FlatGeobuf => whole(walk).await,
    }
}

impl Walk {
    /// The next reports; none are left after them once `after` is none.
    async fn next(&mut self, after: i64) -> ApiResult<Vec<Record>> {
        let (filter, known) = (self.filter.clone(), self.names.clone());
        let read = move |conn: &mut PgConnection| {
            let names = known.map_or_else(|| Names::load(conn).map(Arc::new), Ok)?;
            let batch = records(conn, &names, filter.conditions(), after, BATCH)?;
            Ok((names, batch))
        };
        let (names, batch) = self.app.db.read_as(self.freshness, read).await?;
        self.names = Some(names);
        self.after = batch.last().map(Row::id).filter(|_| batch.len() as i64 == BATCH);
        Ok(batch)
    }

    /// The lines of the next reports.
    async fn lines(&mut self, after: i64) -> ApiResult<web::Bytes> {
        let batch = self.next(after).await?;
        let lines = lines(self.format, &batch, &self.app.workshop.source, after == 0).map_err(ApiError::internal)?;
        Ok(lines.into())
    }
}

fn lines(format: ExportFormat, batch: &[Record], source: &Source, head: bool) -> anyhow::Result<Vec<u8>> {
    if format == ExportFormat::Csv {
        let mut table =
            if head { csv::Table::begin(Vec::new(), Record::COLUMNS)? } else { csv::Table::go_on(Vec::new()) };
        for record in batch {
            table.write(record.location, &record.values(source))?;
        }
        return table.into_inner();
    }
    let mut lines = geojson_lines::Lines::begin(Vec::new(), Record::COLUMNS);
    for record in batch {
        lines.write(record.id, record.location, &record.values(source))?;
    }
    Ok(lines.into_inner())
}

async fn streamed(mut walk: Walk) -> ApiResult<HttpResponse> {
    let format = walk.format;
    // Read before anything is promised.
    let first = walk.lines(0).await?;
    let others = stream::unfold(walk, |mut walk| async {
        let after = walk.after?;
        match walk.lines(after).await {
            Ok(lines) => Some((Ok(lines), walk)),
            // The answer is cut off, which the reader sees: its end is missing.
            Err(error) => Some((Err(actix_web::Error::from(error)), Walk { after: None, ..walk })),
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type(format)))
        .insert_header((CONTENT_DISPOSITION, attachment(format)))
        .insert_header((CACHE_CONTROL, AT_ONCE))
        .streaming(stream::iter([Ok(first)]).chain(others)))
}

async fn whole(mut walk: Walk) -> ApiResult<HttpResponse> {
    let mut all = Vec::new();
    while let Some(after) = walk.after {
        all.append(&mut walk.next(after).await?);
    }
    let (workshop, format) = (walk.app.workshop.clone(), walk.format);
    let file = web::block(move || write(&workshop, format, &all)).await.map_err(ApiError::internal)?;
    passing_file(file.map_err(ApiError::unavailable)?, format)
}

/// A file that is gone once it is closed.
fn write(workshop: &Workshop, format: ExportFormat, all: &[Record]) -> anyhow::Result<File> {
    let folder = workshop.store.begin(&format!("now-{}", Uuid::new_v4().simple()))?;
    let path = folder.path().join(file_name(format));
    let mut sink = formats::create(format, &path, Record::COLUMNS, &workshop.source)?;
    for record in all {
        sink.write(record.id, record.location, &record.values(&workshop.source))?;
    }
    sink.finish()?;
    Ok(File::open(path)?)
}
