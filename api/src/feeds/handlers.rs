//! The feed of reports.

use actix_web::{HttpRequest, HttpResponse, get, web};
use mendmap_shared::error::ErrorEnvelope;
use url::form_urlencoded;

use super::{queries, rules};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::params::FilterParams;
use crate::http::client_address::ClientAddress;
use crate::http::etag;
use crate::http::extract::Query;
use crate::http::rate_limit::Door;

/// Seconds a feed may be kept.
const KEEP: u32 = 60;

/// The newest published reports that match, 50 at most, as an Atom feed (RFC 4287). Each entry has its report's place as
/// GeoRSS-Simple's `georss:point`: latitude before longitude, WGS 84.
#[utoipa::path(operation_id = "get_reports_feed", tag = "feeds", params(FilterParams),
    responses((status = 200, description = "A feed", content_type = "application/atom+xml", body = String, example = json!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:georss=\"http://www.georss.org/georss\">…</feed>")),
        (status = 304, description = "As known"), (status = 400, description = "`invalid_request`", body = ErrorEnvelope),
        (status = 404, description = "`not_found`: there is no such body or area", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`", body = ErrorEnvelope)))]
#[get("/reports.atom")]
pub async fn get_reports_feed(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<FilterParams>,
) -> ApiResult<HttpResponse> {
    if params.is_search() {
        app.limits.check(Door::Search, address)?;
    }
    let filter = params.filter()?;
    let chosen = params.0.clone();
    let (subject, entries) = app
        .db
        .read_as(freshness, move |conn| {
            filter.check(conn)?;
            Ok((queries::subject(conn, &chosen)?, queries::newest(conn, filter.conditions())?))
        })
        .await?;
    let base_url = app.config.http.base_url();
    let written = serde_urlencoded::to_string(&params.0).map_err(ApiError::internal)?;
    let question = if written.is_empty() { "" } else { "?" };
    let feed = rules::Feed {
        address: format!("{base_url}/feeds/reports.atom{question}{written}"),
        page: map_page(&base_url, &params.0),
        site: app.config.site.brand.name.clone(),
        licence: app.config.site.data_licence.clone(),
        subject,
        base_url,
    };
    let body = rules::atom(&feed, &entries).map_err(ApiError::internal)?;
    etag::bytes(&request, body, "application/atom+xml; charset=utf-8", etag::Keep::Public(KEEP))
}

/// The map's address with those filters that it has.
fn map_page(base_url: &str, params: &FilterParams) -> String {
    let pairs = [("status", &params.status), ("category", &params.category), ("body", &params.body)];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let question = if query.is_empty() { "" } else { "?" };
    format!("{base_url}/map{question}{query}")
}
