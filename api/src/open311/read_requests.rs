//! Reports, as the standard has them. Only what is published shows here, whoever asks.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::BoxableExpression;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Double, Text};
use mendmap_shared::geo::{Bbox, LonLat};
use mendmap_shared::limits::{OPEN311_DEEPEST, OPEN311_METRES, OPEN311_METRES_MAX, OPEN311_REQUESTS};
use mendmap_shared::text::SearchText;
use mendmap_shared::workflow::StatusGroup;

use super::call::{Call, Parameters};
use super::fault::{Fault, Refusal};
use super::format::Format;
use super::queries::{self, UpdateRow};
use super::rules::{extended, moment, plain, window};
use super::services::point;
use super::wire::{self, ErrorItem, Extended, Note, Photo, Request};
use crate::photos;
use crate::reports::models::SummaryRow;
use crate::reports::queries::summaries;
use crate::schema::reports;

/// A condition on a report.
pub type Condition = Box<dyn BoxableExpression<reports::table, Pg, SqlType = Bool>>;

/// Orders that a list can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Newest,
    Oldest,
    LastUpdated,
    FirstUpdated,
}

/// What a list is asked for.
pub struct Wanted {
    conditions: Vec<Condition>,
    order: Order,
    page: i64,
    size: i64,
    /// Whether fields come that the standard does not know.
    extensions: bool,
}

/// How many days may be asked for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// The standard's 90, and the last ones before this moment where nothing is said.
    Few(DateTime<Utc>),
    /// All there are: what is made is a file.
    All,
}

/// What everybody may see, of one body or of all.
fn public(body: Option<i64>) -> Vec<Condition> {
    let mut all: Vec<Condition> = vec![Box::new(reports::visibility.eq("published"))];
    if let Some(body) = body {
        all.push(Box::new(sql::<Bool>("reports.body_ids @> ").bind::<Array<BigInt>, _>(vec![body])));
    }
    all
}

/// Reads the filters. Numbers of reports override everything else. With `updated_*` and without dates, any day will do.
///
/// # Errors
/// Where one of them cannot be read.
pub fn conditions(parameters: &Parameters, body: Option<i64>, days: Days) -> Result<Vec<Condition>, Fault> {
    let mut all = public(body);
    let numbers = parameters.list("service_request_id");
    if !numbers.is_empty() {
        // What is no number of ours names no report.
        let numbers: Vec<i64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
        all.push(Box::new(reports::id.eq_any(numbers)));
        return Ok(all);
    }
    let at = |name: &str| parameters.one(name).map(|text| moment(name, text)).transpose();
    let (start, end) = (at("start_date")?, at("end_date")?);
    let (after, before) = (at("updated_after")?, at("updated_before")?);
    let has_dates = start.is_some() || end.is_some();
    let (start, end) = match days {
        Days::Few(now) if has_dates || (after.is_none() && before.is_none()) => {
            let (start, end) = window(start, end, now)?;
            (Some(start), Some(end))
        }
        _ => (start, end),
    };
    if let Some(start) = start {
        all.push(Box::new(reports::created_at.ge(start)));
    }
    if let Some(end) = end {
        all.push(Box::new(reports::created_at.le(end)));
    }
    if let Some(after) = after {
        all.push(Box::new(reports::updated_at.ge(after)));
    }
    if let Some(before) = before {
        all.push(Box::new(reports::updated_at.le(before)));
    }
    let codes = parameters.list("service_code");
    if !codes.is_empty() {
        all.push(Box::new(reports::category_code.eq_any(codes)));
    }
    if let Some(groups) = groups(parameters)? {
        all.push(Box::new(reports::status_group.eq_any(groups)));
    }
    if let Some(bbox) = parameters.one("bbox") {
        let bbox: Bbox = bbox.parse().map_err(|error| Fault::bad(format!("bbox: {error}.")))?;
        all.push(inside_of(bbox));
    }
    if let Some(point) = point(parameters)? {
        let metres = parameters.number::<f64>("radius")?.unwrap_or(OPEN311_METRES);
        if !(metres > 0.0 && metres <= OPEN311_METRES_MAX) {
            return Err(Fault::bad(format!("radius is more than 0 and at most {OPEN311_METRES_MAX} metres.")));
        }
        all.push(near(point, metres));
    }
    if let Some(words) = parameters.one("q") {
        let words: SearchText = words
            .parse()
            .map_err(|code: mendmap_shared::error::FieldCode| Fault::bad(format!("q: {}", code.message())))?;
        let search = sql::<Bool>("reports.search @@ websearch_to_tsquery('english', ");
        all.push(Box::new(search.bind::<Text, _>(String::from(words)).sql(")")));
    }
    Ok(all)
}

/// The groups of the standard's two words: what is fixed is closed there.
fn groups(parameters: &Parameters) -> Result<Option<Vec<&'static str>>, Fault> {
    let words = parameters.list("status");
    let mut groups = Vec::new();
    for word in &words {
        match word.to_lowercase().as_str() {
            "open" => groups.push(StatusGroup::Open.as_str()),
            "closed" => groups.extend([StatusGroup::Fixed.as_str(), StatusGroup::Closed.as_str()]),
            _ => return Err(Fault::bad("status is open, closed or both, separated by a comma.")),
        }
    }
    Ok((!words.is_empty()).then_some(groups))
}

fn inside_of(bbox: Bbox) -> Condition {
    let [west, south, east, north] = bbox.edges();
    let envelope = sql::<Bool>("reports.location && ST_MakeEnvelope(").bind::<Double, _>(west).sql(", ");
    let envelope = envelope.bind::<Double, _>(south).sql(", ").bind::<Double, _>(east).sql(", ");
    Box::new(envelope.bind::<Double, _>(north).sql(", 4326)"))
}

/// Within so many metres of a point: by the index first, in degrees, and then exactly.
fn near(point: LonLat, metres: f64) -> Condition {
    // A degree of latitude is 110,574 m at the least; one of longitude shrinks with the cosine of the latitude.
    let north = metres / 110_574.0;
    let east = (north / point.lat().to_radians().cos().max(0.000_1)).min(360.0);
    let at = "ST_SetSRID(ST_MakePoint(";
    let box_of = sql::<Bool>(&format!("reports.location && ST_Expand({at}")).bind::<Double, _>(point.lon()).sql(", ");
    let box_of = box_of.bind::<Double, _>(point.lat()).sql("), 4326), ").bind::<Double, _>(east).sql(", ");
    let exact = box_of.bind::<Double, _>(north).sql(&format!(") AND ST_DWithin(reports.location::geography, {at}"));
    let exact = exact.bind::<Double, _>(point.lon()).sql(", ").bind::<Double, _>(point.lat());
    Box::new(exact.sql("), 4326)::geography, ").bind::<Double, _>(metres).sql(")"))
}

impl Wanted {
    fn read(parameters: &Parameters, body: Option<i64>) -> Result<Self, Fault> {
        let order = match parameters.one("sort").map(|text| text.trim_start_matches('+').to_lowercase()).as_deref() {
            None | Some("-requested_datetime") => Order::Newest,
            Some("requested_datetime") => Order::Oldest,
            Some("-updated_datetime") => Order::LastUpdated,
            Some("updated_datetime") => Order::FirstUpdated,
            Some(_) => {
                return Err(Fault::bad(
                    "sort is requested_datetime or updated_datetime, with a - before it for the last first.",
                ));
            }
        };
        let (page, size) = page(parameters)?;
        let conditions = conditions(parameters, body, Days::Few(Utc::now()))?;
        Ok(Self { conditions, order, page, size, extensions: parameters.flag("extensions") })
    }
}

/// The page that is asked for, from 0, and how many a page has. Pages are counted from 1; 0 is the first too.
///
/// # Errors
/// Where they are no numbers, or beyond what is listed.
pub fn page(parameters: &Parameters) -> Result<(i64, i64), Fault> {
    let size = parameters.number::<i64>("page_size")?.unwrap_or(OPEN311_REQUESTS);
    let page = parameters.number::<i64>("page")?.unwrap_or(1).max(1) - 1;
    if !(1..=OPEN311_REQUESTS).contains(&size) {
        return Err(Fault::bad(format!("page_size is 1 to {OPEN311_REQUESTS}.")));
    }
    if page.checked_mul(size).is_none_or(|first| first > OPEN311_DEEPEST) {
        return Err(Fault::bad(format!(
            "Pages end after {OPEN311_DEEPEST} requests. Ask for fewer days, or for requests.csv, which has all of them."
        )));
    }
    Ok((page, size))
}

/// Published reports that match: those of the last 90 days, newest first, 1000 at most, where nothing else is asked for. Empty
/// parameters count as absent.
#[utoipa::path(operation_id = "list_requests", tag = "requests", path = "/requests.{format}",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("service_request_id" = Option<String>, Query, description = "Numbers separated by commas; everything else is not read then", example = "1204,1205"),
        ("service_code" = Option<String>, Query, description = "Codes separated by commas", example = "potholes,drains"),
        ("start_date" = Option<String>, Query, description = "Reported at or after this moment", example = "2026-03-01T00:00:00Z"),
        ("end_date" = Option<String>, Query, description = "Reported at or before this moment, at most 90 days later", example = "2026-05-01T00:00:00Z"),
        ("status" = Option<String>, Query, description = "`open`, `closed` or both", example = "open,closed"),
        ("updated_after" = Option<String>, Query, description = "Changed at or after this moment; the 90 days do not hold then"),
        ("updated_before" = Option<String>, Query, description = "Changed at or before this moment"),
        ("bbox" = Option<String>, Query, description = "`west,south,east,north` in degrees, WGS 84", example = "-3.01,51.57,-2.98,51.59"),
        ("lat" = Option<f64>, Query, description = "Near this place: degrees north, WGS 84"),
        ("long" = Option<f64>, Query, description = "Degrees east, WGS 84"),
        ("radius" = Option<f64>, Query, description = "How near, in metres; 750 where nothing is said, 50000 at most"),
        ("q" = Option<String>, Query, description = "Words in title, description or street"),
        ("sort" = Option<String>, Query, description = "`requested_datetime` or `updated_datetime`, with `-` before it for the last first", example = "-requested_datetime"),
        ("page" = Option<i64>, Query, description = "Page, from 1"),
        ("page_size" = Option<i64>, Query, description = "Requests of a page, 1 to 1000"),
        ("extensions" = Option<bool>, Query, description = "Also what the standard does not know")),
    responses((status = 200, body = Vec<Request>), (status = 400, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/requests.{format:xml|json}")]
pub async fn list_requests(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("service_requests", async {
        let body = call.jurisdiction().await?.map(|known| known.body_id);
        let (parameters, base) = (call.parameters.clone(), call.base_url());
        call.read(move |conn| {
            let wanted = Wanted::read(&parameters, body)?;
            let extensions = wanted.extensions;
            let rows = list(conn, wanted)?;
            requests(conn, rows, extensions, &base)
        })
        .await
    })
    .await
}

/// One report, as a list of one.
#[utoipa::path(operation_id = "get_request", tag = "requests",
    params(("service_request_id" = String, Path, description = "Number of the report", example = "1204"),
        ("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("extensions" = Option<bool>, Query, description = "Also what the standard does not know")),
    responses((status = 200, body = Vec<Request>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/requests/{service_request_id}.{format}")]
pub async fn get_request(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("service_requests", async {
        let body = call.jurisdiction().await?.map(|known| known.body_id);
        let unknown = || Fault::unknown("There is no request with this service_request_id.");
        let number: i64 = call.part("service_request_id").parse().map_err(|_| unknown())?;
        let (base, extensions) = (call.base_url(), call.parameters.flag("extensions"));
        call.read(move |conn| {
            let mut conditions = public(body);
            conditions.push(Box::new(reports::id.eq(number)));
            let wanted = Wanted { conditions, order: Order::Newest, page: 0, size: 1, extensions };
            let rows = list(conn, wanted)?;
            if rows.is_empty() { Err(unknown()) } else { requests(conn, rows, extensions, &base) }
        })
        .await
    })
    .await
}

fn list(conn: &mut PgConnection, wanted: Wanted) -> QueryResult<Vec<SummaryRow>> {
    let mut query = reports::table
        .select(SummaryRow::as_select())
        .limit(wanted.size)
        .offset(wanted.page.saturating_mul(wanted.size))
        .into_boxed();
    for condition in wanted.conditions {
        query = query.filter(condition);
    }
    match wanted.order {
        Order::Newest => query.order((reports::created_at.desc(), reports::id.desc())),
        Order::Oldest => query.order((reports::created_at.asc(), reports::id.asc())),
        Order::LastUpdated => query.order((reports::updated_at.desc(), reports::id.desc())),
        Order::FirstUpdated => query.order((reports::updated_at.asc(), reports::id.asc())),
    }
    .load(conn)
}

/// Rows as the standard has them: a few more statements for the whole list.
///
/// # Errors
/// From the database.
pub fn requests(
    conn: &mut PgConnection,
    rows: Vec<SummaryRow>,
    extensions: bool,
    base: &str,
) -> Result<Vec<Request>, Fault> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut details = queries::details(conn, &ids)?;
    let mut words = queries::last_words(conn, &ids)?;
    let (mut pictures, said) = if extensions {
        (photos::queries::of_reports(conn, &ids, &|_| String::new())?, queries::updates_of(conn, &ids)?)
    } else {
        Default::default()
    };
    let found = summaries(conn, rows, &|_| String::new())?;
    let link = |path: &str| format!("{base}{path}");
    let request = |report: mendmap_shared::wire::reports::ReportSummary| {
        let id = report.id;
        // Hidden since the list was read.
        let detail = details.remove(&id)?;
        let address = [report.street, report.area].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let agencies = report.bodies.into_iter().map(|body| body.name).collect::<Vec<_>>().join(", ");
        let photo = |photo: mendmap_shared::wire::photos::Photo| Photo {
            media_url: link(&photo.full),
            width: photo.width,
            height: photo.height,
        };
        let extended_attributes = extensions.then(|| Extended {
            title: report.title.clone(),
            url: link(&format!("/reports/{id}")),
            status: extended(report.status),
            supporters: report.supporters,
            photos: pictures.remove(&id).unwrap_or_default().into_iter().map(photo).collect(),
        });
        Some(Request {
            service_request_id: id.to_string(),
            status: plain(report.status),
            status_notes: words.remove(&id),
            service_name: report.category.name,
            service_code: report.category.code,
            // The title may say what the details do not repeat.
            description: if detail.starts_with(&report.title) {
                detail
            } else {
                format!("{}\n\n{detail}", report.title)
            },
            agency_responsible: (!agencies.is_empty()).then_some(agencies),
            service_notice: None,
            requested_datetime: wire::moment(report.created_at),
            updated_datetime: wire::moment(report.updated_at),
            expected_datetime: None,
            address: (!address.is_empty()).then_some(address),
            address_id: None,
            zipcode: None,
            lat: report.location.lat(),
            long: report.location.lon(),
            media_url: report.photo.map(|photo| link(&photo.full)),
            extended_attributes,
            notes: extensions.then(|| said.iter().filter(|update| update.report_id == id).map(note).collect()),
        })
    };
    Ok(found.into_iter().filter_map(request).collect())
}

fn note(update: &UpdateRow) -> Note {
    let status = update.status.as_ref().map(|status| extended(status.0));
    Note {
        datetime: wire::moment(update.created_at),
        description: update.text.clone().unwrap_or_else(|| status.unwrap_or_default().to_owned()),
        kind: match update {
            UpdateRow { body_id: Some(_), .. } => "body",
            UpdateRow { by_author: true, .. } => "author",
            UpdateRow { .. } => "resident",
        },
    }
}
