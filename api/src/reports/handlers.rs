//! Reading reports.

use actix_web::{HttpRequest, HttpResponse, get, web};
use diesel::PgConnection;
use mendmap_shared::error::{ErrorEnvelope, FieldCode};
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::{SIMILAR_METRES, SIMILAR_METRES_STAFF};
use mendmap_shared::wire::Page;
use mendmap_shared::wire::reports::{Report, ReportSummary};
use serde::Deserialize;

use super::listing::{self, Key, ListParams};
use super::{queries, similar};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::queries::bodies_where;
use crate::auth::rules::Permission;
use crate::cache::{self, Kind, Made};
use crate::categories;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::Query;
use crate::http::rate_limit::Door;
use crate::http::{cursor, etag, kept};

/// Everything that decides the beginning of a list, but for the reports.
struct KeptList(String);

impl cache::Key for KeptList {
    fn text(&self) -> String {
        self.0.clone()
    }
}

/// Published reports that match.
#[utoipa::path(operation_id = "list_reports", tag = "reports", params(ListParams),
    responses((status = 200, body = Page<ReportSummary>), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 429, description = "`rate_limited`: only searches by words are counted", body = ErrorEnvelope)))]
#[get("/reports")]
pub async fn list_reports(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<ListParams>,
) -> ApiResult<HttpResponse> {
    if params.q.is_some() {
        app.limits.check(Door::Search, address)?;
    }
    let filter = params.filter()?;
    let size = cursor::page_size(params.limit)?;
    let after: Option<Key> = cursor::decode(params.cursor.as_deref())?;
    let sort = params.sort.unwrap_or_default();
    // The beginning of a list is what many look at; words that somebody searched for are kept nowhere.
    let kept_as = (freshness == Freshness::MayLag && app.cache.is_shared() && params.q.is_none() && after.is_none())
        .then(|| KeptList(format!("list of reports {filter:?} {sort:?} {size}")));
    let read = move |conn: &mut PgConnection| -> ApiResult<Page<ReportSummary>> {
        let rows = listing::list(conn, &filter, sort, after, size)?;
        let page = cursor::page(rows, size, |row| Key::of(sort, row))?;
        Ok(Page { items: queries::summaries(conn, page.items, &|_| String::new())?, next_cursor: page.next_cursor })
    };
    if let Some(key) = kept_as {
        let db = &app.db;
        let made = move || async move {
            let write = move |conn: &mut PgConnection| serde_json::to_vec(&read(conn)?).map_err(ApiError::internal);
            db.see(freshness, write).await.map(Made::from)
        };
        let (list, _) = app.cache.get_or_make(&key, Kind::Json, made).await?;
        return Ok(kept::answer(&request, &list));
    }
    let page = app.db.read_as(freshness, read).await?;
    etag::json(&request, &page, etag::Keep::Public(2))
}

/// The problem somebody is about to report.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SimilarParams {
    /// Degrees east, WGS 84.
    #[param(example = -2.9977)]
    lon: f64,
    /// Degrees north, WGS 84.
    #[param(example = 51.5842)]
    lat: f64,
    /// Code of the category.
    #[param(example = "potholes")]
    category: String,
    /// Title, as far as it is typed.
    title: Option<String>,
}

/// Open reports of the same category group near a point (250 m; staff 1000 m), by distance, likeness of the title, and
/// age; at most five.
#[utoipa::path(operation_id = "list_similar_reports", tag = "reports", params(SimilarParams),
    responses((status = 200, body = Vec<ReportSummary>), (status = 400, description = "`invalid_request`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/reports/similar")]
pub async fn list_similar_reports(
    request: HttpRequest,
    app: web::Data<App>,
    caller: Caller,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<SimilarParams>,
) -> ApiResult<HttpResponse> {
    app.limits.check_caller(Door::Search, address, caller.0)?;
    let point = LonLat::new(params.lon, params.lat)?;
    let Query(params) = params;
    let found = app
        .db
        .read_as(freshness, move |conn| {
            let here = categories::queries::here(conn, point)?;
            let route = categories::rules::routes(&here).into_iter().find(|route| route.option.code == params.category);
            let group = route
                .ok_or_else(|| {
                    ApiError::parameter("category", FieldCode::InvalidChoice, FieldCode::InvalidChoice.message())
                })?
                .group;
            let staff = match caller.0 {
                Some(user) => !bodies_where(conn, user, Permission::ViewDesk)?.is_empty(),
                None => false,
            };
            let metres = if staff { SIMILAR_METRES_STAFF } else { SIMILAR_METRES };
            let near =
                similar::similar(conn, point, metres, &group, params.title.as_deref().unwrap_or_default().trim())?;
            let ids: Vec<i64> = near.iter().map(|(id, _)| *id).collect();
            let mut reports = queries::published(conn, &ids)?;
            for report in &mut reports {
                report.distance_m = near.iter().find(|(id, _)| *id == report.id).map(|(_, distance)| distance.round());
            }
            Ok(reports)
        })
        .await?;
    etag::json(&request, &found, if caller.0.is_some() { etag::Keep::Private } else { etag::Keep::Public(5) })
}

/// One report. What is not published answers as if it did not exist, but to its author and its body.
#[utoipa::path(operation_id = "get_report", tag = "reports", params(("id" = i64, Path, description = "Number of the report", example = 1204)),
    responses((status = 200, body = Report), (status = 304, description = "As known"), (status = 404, description = "`not_found`", body = ErrorEnvelope)))]
#[get("/reports/{id}")]
pub async fn get_report(
    request: HttpRequest,
    app: web::Data<App>,
    caller: Caller,
    freshness: Freshness,
    id: web::Path<i64>,
) -> ApiResult<HttpResponse> {
    let (keys, id) = (app.keys.clone(), id.into_inner());
    let report = app.db.read_as(freshness, move |conn| queries::report(conn, &keys, id, caller.0)).await?;
    etag::json(&request, &report, if caller.0.is_some() { etag::Keep::Private } else { etag::Keep::Public(2) })
}
