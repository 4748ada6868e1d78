//! Figures, for everybody.

use std::future::Future;

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use mendmap_shared::error::{ErrorEnvelope, FieldCode};
use mendmap_shared::wire::stats::{BodyStats, ReportStats};
use serde::Deserialize;
use serde_json::Value;

use super::{kept, queries, rules};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::params::FilterParams;
use crate::http::client_address::ClientAddress;
use crate::http::etag;
use crate::http::extract::{Json, Query};
use crate::http::rate_limit::Door;

/// Figures about the published reports that match: how many were made over time, what became of them, and how long that took.
///
/// Every figure is about the reports chosen, and what is true of them now: `open`, `fixed` and `closed` add up to `reported`,
/// and `closed` are those that were ended without being fixed. Times are in hours; median and 90th percentile are those of
/// PostgreSQL's `percentile_cont`. Answers are up to a minute old.
#[utoipa::path(operation_id = "get_report_stats", tag = "stats", params(FilterParams),
    responses((status = 200, body = ReportStats), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/stats/reports")]
pub async fn get_report_stats(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    params: Query<FilterParams>,
) -> ApiResult<HttpResponse> {
    answer(&request, &app, address, params.0).await
}

/// The same for reports in a polygon that is too large for an address: the body is a GeoJSON geometry, `Polygon` or
/// `MultiPolygon`.
#[utoipa::path(operation_id = "post_report_stats", tag = "stats", params(FilterParams),
    request_body(content = Object, content_type = "application/json", example = json!({ "type": "Polygon", "coordinates": [[[-3.01, 51.57], [-2.98, 51.57], [-2.98, 51.59], [-3.01, 51.57]]] })),
    responses((status = 200, body = ReportStats),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[post("/stats/reports")]
pub async fn post_report_stats(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    params: Query<FilterParams>,
    polygon: Json<Value>,
) -> ApiResult<HttpResponse> {
    let params = FilterParams { polygon: Some(polygon.value.to_string()), ..params.0 };
    answer(&request, &app, address, params).await
}

async fn answer(
    request: &HttpRequest,
    app: &App,
    address: ClientAddress,
    params: FilterParams,
) -> ApiResult<HttpResponse> {
    app.limits.check(Door::Stats, address)?;
    let filter = params.filter()?;
    let written = serde_urlencoded::to_string(&params).map_err(ApiError::internal)?;
    let db = app.db.clone();
    let make = async move {
        db.read_as(Freshness::MayLag, move |conn| {
            filter.check(conn)?;
            let (stats, _) = queries::summed(conn, filter.conditions())?;
            serde_json::to_vec(&stats).map_err(ApiError::internal)
        })
        .await
    };
    kept_answer(request, app, format!("reports {written}"), make).await
}

/// The time that figures of a body are about.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpanParams {
    /// Reports made at or after this moment, RFC 3339. Where neither is given: the last twelve months and the one that has
    /// begun. Where only `until` is given: the twelve months before it.
    #[param(value_type = Option<String>, format = DateTime)]
    pub since: Option<DateTime<Utc>>,
    /// Reports made before this moment, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<DateTime<Utc>>,
}

impl SpanParams {
    /// The time meant, in whole: from, and up to.
    fn span(&self, now: DateTime<Utc>) -> ApiResult<(DateTime<Utc>, DateTime<Utc>)> {
        let (first, last) = rules::last_year(self.until.unwrap_or(now));
        let span = (self.since.unwrap_or(first), self.until.unwrap_or(last));
        if span.0 < span.1 {
            Ok(span)
        } else {
            Err(ApiError::parameter("until", FieldCode::Invalid, "until is a moment after since"))
        }
    }
}

/// How a body does with what is reported to it, for everybody to see.
///
/// Figures are about the published reports sent to it and made in that time, and what became of them by now; `open_now` counts
/// those of any time. A report sent to several bodies counts for each of them, and an answer of any of them is its answer.
/// Reports closed without being fixed (`made.total.closed`, and by status in `made.statuses`) are never counted among those
/// fixed. Answers are up to a minute old.
#[utoipa::path(operation_id = "get_body_stats", tag = "stats",
    params(("slug" = String, Path, description = "The body's slug", example = "newport"), SpanParams),
    responses((status = 200, body = BodyStats), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 404, description = "`not_found`", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/stats/bodies/{slug}")]
pub async fn get_body_stats(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    slug: web::Path<String>,
    params: Query<SpanParams>,
) -> ApiResult<HttpResponse> {
    app.limits.check(Door::Stats, address)?;
    let (since, until) = params.span(Utc::now())?;
    let chosen = FilterParams {
        body: Some(slug.into_inner()),
        since: Some(since),
        until: Some(until),
        ..FilterParams::default()
    };
    let filter = chosen.filter()?;
    let written = serde_urlencoded::to_string(&chosen).map_err(ApiError::internal)?;
    let db = app.db.clone();
    let make = async move {
        db.read_as(Freshness::MayLag, move |conn| {
            let slug = chosen.body.unwrap_or_default();
            let (body, open_now) = queries::body_now(conn, &slug)?;
            let (made, unanswered) = queries::summed(conn, filter.conditions())?;
            let stats = BodyStats { body, since, until, open_now, unanswered, made };
            serde_json::to_vec(&stats).map_err(ApiError::internal)
        })
        .await
    };
    kept_answer(&request, &app, format!("body {written}"), make).await
}

async fn kept_answer(
    request: &HttpRequest,
    app: &App,
    key: String,
    make: impl Future<Output = ApiResult<Vec<u8>>>,
) -> ApiResult<HttpResponse> {
    let body = app.stats.get_or_make(key, make).await?;
    etag::bytes(request, body.to_vec(), "application/json", etag::Keep::Public(kept::SECONDS))
}
