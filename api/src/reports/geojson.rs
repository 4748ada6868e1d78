//! Reports as GeoJSON (RFC 7946), one bounded page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use geojson::{Feature, FeatureCollection, GeometryValue};
use mendmap_shared::error::ErrorEnvelope;
use mendmap_shared::limits::GEOJSON_PAGE;
use mendmap_shared::wire::reports::ReportSummary;
use serde_json::json;

use super::listing::{self, Key, ListParams};
use super::queries;
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::Query;
use crate::http::rate_limit::Door;
use crate::http::{cursor, etag};

fn feature(base_url: &str, report: &ReportSummary) -> Feature {
    let properties = json!({
        "id": report.id,
        "url": format!("{base_url}/reports/{}", report.id),
        "title": report.title,
        "category": report.category.code,
        "category_name": report.category.name,
        "category_group": report.category.group,
        "status": report.status,
        "status_group": report.status_group,
        "bodies": report.bodies.iter().map(|body| &body.slug).collect::<Vec<_>>(),
        "street": report.street,
        "area": report.area,
        "reported": report.created_at,
        "updated": report.updated_at,
        "supporters": report.supporters,
        "updates": report.updates,
    });
    Feature {
        bbox: None,
        geometry: Some(geojson::Geometry::new(GeometryValue::new_point([
            report.location.lon(),
            report.location.lat(),
        ]))),
        id: Some(geojson::feature::Id::Number(report.id.into())),
        properties: properties.as_object().cloned(),
        foreign_members: None,
    }
}

/// Published reports that match, as GeoJSON: at most 1000, newest first; `next_cursor` leads on.
#[utoipa::path(operation_id = "get_reports_geojson", tag = "reports", params(ListParams),
    responses((status = 200, description = "A FeatureCollection of points; coordinates are longitude, latitude", content_type = "application/geo+json", body = Object),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope), (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/reports.geojson")]
pub async fn get_reports_geojson(
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
    let size = i64::from(params.limit.unwrap_or(GEOJSON_PAGE).clamp(1, GEOJSON_PAGE));
    let after: Option<Key> = cursor::decode(params.cursor.as_deref())?;
    let sort = params.sort.unwrap_or_default();
    let page = app
        .db
        .read_as(freshness, move |conn| {
            let rows = listing::list(conn, &filter, sort, after, size)?;
            let page = cursor::page(rows, size, |row| Key::of(sort, row))?;
            Ok((queries::summaries(conn, page.items, &|_| String::new())?, page.next_cursor))
        })
        .await?;
    let (reports, next_cursor) = page;
    let base_url = app.config.http.base_url();
    let collection = FeatureCollection {
        bbox: None,
        features: reports.iter().map(|report| feature(&base_url, report)).collect(),
        foreign_members: json!({ "next_cursor": next_cursor }).as_object().cloned(),
    };
    let body = serde_json::to_vec(&collection).map_err(ApiError::internal)?;
    etag::bytes(&request, body, "application/geo+json", etag::Keep::Public(10))
}
