//! All reports in one file: GeoReport Bulk (open311.org, GeoReport/bulk), CSV, streamed from as many small reads as it takes.

use actix_web::{HttpResponse, get, web};
use diesel::prelude::*;
use futures_util::stream;

use super::call::Call;
use super::fault::{Fault, Refusal};
use super::queries;
use super::read_requests::{Days, conditions, requests};
use super::rules::plain;
use super::wire::{self, ErrorItem};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::formats::csv::harmless;
use crate::reports::models::SummaryRow;
use crate::schema::reports;

/// The columns, in the standard's order.
const COLUMNS: [&str; 14] = [
    "service_request_id",
    "requested_datetime",
    "updated_datetime",
    "closed_date",
    "status_description",
    "status_notes",
    "source",
    "service_name",
    "service_subtype",
    "description",
    "agency_responsible",
    "address",
    "lat",
    "long",
];
/// Reports of one read.
const AT_ONCE: i64 = 1_000;

/// What one read begins after, and what it is filtered by.
struct Walk {
    app: web::Data<App>,
    parameters: super::call::Parameters,
    body: Option<i64>,
    base: String,
    /// Number of the last report that was written; none once all are.
    after: Option<i64>,
    head: bool,
}

/// Every published report of a jurisdiction, or those that match, as one CSV file in the order of their numbers. The filters
/// are those of the list; without dates, all days.
#[utoipa::path(operation_id = "download_requests", tag = "requests",
    params(("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("service_code" = Option<String>, Query, description = "Codes separated by commas"),
        ("status" = Option<String>, Query, description = "`open`, `closed` or both"),
        ("start_date" = Option<String>, Query, description = "Reported at or after this moment"),
        ("end_date" = Option<String>, Query, description = "Reported at or before this moment"),
        ("updated_after" = Option<String>, Query, description = "Changed at or after this moment"),
        ("bbox" = Option<String>, Query, description = "`west,south,east,north` in degrees, WGS 84")),
    responses((status = 200, description = "The file", content_type = "text/csv", body = String),
        (status = 400, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/requests.csv")]
pub async fn download_requests(call: Call) -> Result<HttpResponse, Refusal> {
    let begun = async {
        let body = call.jurisdiction().await?.map(|known| known.body_id);
        let parameters = call.parameters.clone();
        // Refused before the file begins.
        conditions(&parameters, body, Days::All)?;
        Ok(Walk { app: call.app.clone(), parameters, body, base: call.base_url(), after: Some(0), head: true })
    };
    let walk = begun.await.map_err(|fault: Fault| fault.told_in(call.format))?;
    let chunks = stream::unfold(walk, |walk| async {
        let after = walk.after?;
        match chunk(&walk, after).await {
            Ok((bytes, last)) => Some((Ok(web::Bytes::from(bytes)), Walk { after: last, head: false, ..walk })),
            // The file is cut off, which the reader sees: its length is not what was promised.
            Err(error) => Some((Err(actix_web::Error::from(error)), Walk { after: None, ..walk })),
        }
    });
    let name = "attachment; filename=\"requests.csv\"";
    let mut response = HttpResponse::Ok();
    response.insert_header(("Content-Disposition", name)).insert_header(("Cache-Control", "no-store"));
    Ok(response.content_type("text/csv; charset=utf-8").streaming(chunks))
}

/// The lines of the next reports, and the number of the last of them; none when there are no more.
async fn chunk(walk: &Walk, after: i64) -> ApiResult<(Vec<u8>, Option<i64>)> {
    let (parameters, body, base, head) = (walk.parameters.clone(), walk.body, walk.base.clone(), walk.head);
    let read = move |conn: &mut PgConnection| -> Result<(Vec<u8>, Option<i64>), Fault> {
        let mut query = reports::table
            .select(SummaryRow::as_select())
            .filter(reports::id.gt(after))
            .order(reports::id)
            .limit(AT_ONCE)
            .into_boxed();
        for condition in conditions(&parameters, body, Days::All)? {
            query = query.filter(condition);
        }
        let rows: Vec<SummaryRow> = query.load(conn)?;
        let last = rows.last().map(|row| row.id).filter(|_| rows.len() as i64 == AT_ONCE);
        Ok((lines(conn, rows, &base, head)?, last))
    };
    walk.app.db.read_as(Freshness::MayLag, move |conn| Ok(read(conn)?)).await
}

fn lines(conn: &mut PgConnection, rows: Vec<SummaryRow>, base: &str, head: bool) -> Result<Vec<u8>, Fault> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let status: std::collections::HashMap<i64, _> = rows.iter().map(|row| (row.id, row.status.0)).collect();
    let closed = queries::closed_at(conn, &ids)?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Fault::from(ApiError::internal(error));
    if head {
        writer.write_record(COLUMNS).map_err(failed)?;
    }
    for request in requests(conn, rows, false, base)? {
        let id: i64 = request.service_request_id.parse().unwrap_or_default();
        let is_closed = status.get(&id).is_some_and(|status| plain(*status) == "closed");
        let closed = closed.get(&id).filter(|_| is_closed).map(|at| wire::moment(*at)).unwrap_or_default();
        let (lat, long) = (request.lat.to_string(), request.long.to_string());
        let cells = [
            &request.service_request_id,
            &request.requested_datetime,
            &request.updated_datetime,
            &closed,
            request.status,
            &harmless(request.status_notes.as_deref().unwrap_or_default()),
            "",
            &harmless(&request.service_name),
            "",
            &harmless(&request.description),
            &harmless(request.agency_responsible.as_deref().unwrap_or_default()),
            &harmless(request.address.as_deref().unwrap_or_default()),
            &lat,
            &long,
        ];
        writer.write_record(cells).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| ApiError::internal(anyhow::anyhow!("{error}")).into())
}
