//! Reports as GeoJSON: everything, a page, or what changed.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, ETAG, EntityTag, LINK};
use actix_web::web::Payload;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder, get, post, web};
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::limits::{FEATURES_PER_PAGE, JSON_BODY_BYTES};
use serde::Deserialize;
use serde_json::Value;

use super::changes::{self, Place, Standing, Start};
use super::feature::{Format, Members};
use super::params::FilterParams;
use super::pull::pull;
use super::queries::Names;
use super::record::Source;
use super::stream::{self, BATCH, Reading};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::http::extract::{Query, read_body};
use crate::http::rate_limit::Door;
use crate::http::{cursor, etag};

/// After which place changes are asked for: what comes with every answer.
const CHANGES_CURSOR: &str = "X-Changes-Cursor";
/// Where the next page begins.
const NEXT_CURSOR: &str = "X-Next-Cursor";

/// How much of what was chosen is meant.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PullParams {
    /// Only what changed after this: `X-Changes-Cursor` of an answer before, or, to begin with, a moment (RFC 3339). Reports
    /// that changed come as they are, and what is gone as a feature without geometry whose properties are `id`, `gone` (true) and
    /// `changed`: what was hidden or erased, and what was not chosen or is no more. A page at a time, in the order in which the
    /// changes were committed; those of a moment begin with the first change begun after it.
    pub updated_after: Option<String>,
    /// `next_cursor` of the page before (`X-Next-Cursor`), with everything else as it was.
    pub cursor: Option<String>,
    #[param(minimum = 1, maximum = 5000)]
    /// Features of one page, 1 to 5000. Without it, and without `cursor` and `updated_after`, everything comes in one answer.
    pub limit: Option<u32>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Everything,
    Page { after: i64, size: i64 },
    Changes { start: Start, size: i64 },
}

impl PullParams {
    fn read(&self) -> ApiResult<Asked> {
        let most = i64::from(FEATURES_PER_PAGE);
        let size = match self.limit.map(i64::from) {
            Some(size) if !(1..=most).contains(&size) => {
                return Err(ApiError::parameter("limit", FieldCode::Invalid, format!("limit is 1 to {most}")));
            }
            size => size.unwrap_or(most),
        };
        let cursor = self.cursor.as_deref();
        if let Some(from) = &self.updated_after {
            let next = |text: &str| -> ApiResult<Start> {
                let wrong = "send an X-Next-Cursor back as it came, with the same updated_after";
                let place =
                    Place::read(text).ok_or_else(|| ApiError::parameter("cursor", FieldCode::Invalid, wrong))?;
                Ok(Start::Place(place))
            };
            // What cannot be read is refused where it does not count any more, too.
            let from = Start::read(from)?;
            return Ok(Asked::Changes { start: cursor.map_or(Ok(from), next)?, size });
        }
        match (cursor::decode(cursor)?, self.limit) {
            (None, None) => Ok(Asked::Everything),
            (after, _) => Ok(Asked::Page { after: after.unwrap_or_default(), size }),
        }
    }
}

/// A request, as far as all of its answers have it in common.
struct Call {
    request: HttpRequest,
    app: web::Data<App>,
    format: Format,
    params: FilterParams,
    pull: PullParams,
}

impl Call {
    async fn answer(self, freshness: Freshness, address: ClientAddress) -> ApiResult<HttpResponse> {
        if self.params.is_search() {
            self.app.limits.check(Door::Search, address)?;
        }
        let asked = self.pull.read()?;
        if let Asked::Changes { start, size } = asked {
            return self.changes(start, size).await;
        }
        let filter = Arc::new(self.params.filter()?);
        let chosen = Arc::clone(&filter);
        let begun = self.app.db.read_as(freshness, move |conn| {
            chosen.check(conn)?;
            Ok((changes::standing(conn)?, Names::load(conn)?))
        });
        let (standing, names) = begun.await?;
        let tag = self.tag(&standing)?;
        if tag.as_ref().is_some_and(|tag| etag::is_known(&self.request, tag)) {
            return Ok(self.begin(HttpResponse::NotModified(), &standing.place, tag)?.finish());
        }
        let reading =
            Reading { filter, names: Arc::new(names), source: Arc::new(self.source()), place: standing.place };
        match asked {
            Asked::Page { after, size } => self.page(reading, after, size, tag).await,
            _ => self.whole(reading, tag, address).await,
        }
    }

    /// What changes with everything that the answer is made of. None while somebody writes who began before the last change
    /// that is seen: what they write would be missing under the same tag.
    fn tag(&self, standing: &Standing) -> ApiResult<Option<EntityTag>> {
        if !standing.settled || self.request.method() != Method::GET {
            return Ok(None);
        }
        let source = self.source();
        let made_of = (
            (&standing.place, &standing.names, &self.params, self.format),
            (&self.pull.cursor, &self.pull.limit, source.base_url, source.licence, env!("CARGO_PKG_VERSION")),
        );
        Ok(Some(etag::of(&serde_json::to_vec(&made_of).map_err(ApiError::internal)?)))
    }

    fn source(&self) -> Source {
        Source { base_url: self.app.config.http.base_url(), licence: self.app.config.site.data_licence.clone() }
    }

    fn begin(
        &self,
        mut response: HttpResponseBuilder,
        place: &Place,
        tag: Option<EntityTag>,
    ) -> ApiResult<HttpResponseBuilder> {
        response.insert_header((CHANGES_CURSOR, place.encode()?));
        match tag {
            // To be kept, and asked for each time: a report that was hidden is in no answer.
            Some(tag) => response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "public, no-cache")),
            None => response.insert_header((CACHE_CONTROL, "no-store")),
        };
        response.content_type(self.format.content_type());
        Ok(response)
    }

    /// Says where the next page is.
    fn lead_on(&self, response: &mut HttpResponseBuilder, next: &str) {
        response.insert_header((NEXT_CURSOR, next));
        if self.request.method() == Method::GET {
            let query = self.request.query_string().as_bytes();
            let kept = url::form_urlencoded::parse(query).filter(|(name, _)| name != "cursor");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(kept)
                .append_pair("cursor", next)
                .finish();
            let link = format!("<{}{}?{query}>; rel=\"next\"", self.app.config.http.base_url(), self.request.path());
            response.insert_header((LINK, link));
        }
    }

    async fn whole(self, reading: Reading, tag: Option<EntityTag>, address: ClientAddress) -> ApiResult<HttpResponse> {
        let room = self.app.exports.enter(address.bucket())?;
        let mut response = self.begin(HttpResponse::Ok(), &reading.place, tag)?;
        let members = Members { next_cursor: None, changes_cursor: reading.place.encode()? };
        // Read before anything is said: where the database does not answer, that is said instead.
        let first = reading.batch(&self.app, 0, BATCH).await?;
        Ok(response.streaming(stream::whole(self.app, reading, self.format, first, members, room)))
    }

    async fn page(self, reading: Reading, after: i64, size: i64, tag: Option<EntityTag>) -> ApiResult<HttpResponse> {
        let found = reading.batch(&self.app, after, size + 1).await?;
        let page = cursor::page(found, size, |record| record.id)?;
        let mut response = self.begin(HttpResponse::Ok(), &reading.place, tag)?;
        if let Some(next) = &page.next_cursor {
            self.lead_on(&mut response, next);
        }
        let members = Members { next_cursor: page.next_cursor, changes_cursor: reading.place.encode()? };
        let (source, format) = (reading.source, self.format);
        let write = move || stream::written(&page.items, &source, format, true);
        self.bounded(response, web::block(write).await.map_err(ApiError::internal)??, &members)
    }

    async fn changes(self, start: Start, size: i64) -> ApiResult<HttpResponse> {
        let (filter, source, format) = (self.params.filter()?, self.source(), self.format);
        // From where everything is seen: a copy that lags has not reached a place that was given out a moment ago.
        let pulled = self.app.db.read(move |conn| {
            let pulled = pull(conn, &filter, start, size)?;
            Ok((pulled.written(&source, format, true)?, pulled.place, pulled.more))
        });
        let (bytes, place, more) = pulled.await?;
        let cursor = place.encode()?;
        let mut response = self.begin(HttpResponse::Ok(), &place, None)?;
        if more {
            self.lead_on(&mut response, &cursor);
        }
        let members = Members { next_cursor: more.then(|| cursor.clone()), changes_cursor: cursor };
        self.bounded(response, bytes, &members)
    }

    fn bounded(
        &self,
        mut response: HttpResponseBuilder,
        features: Vec<u8>,
        members: &Members,
    ) -> ApiResult<HttpResponse> {
        let mut body = self.format.head().to_vec();
        body.extend(features);
        body.extend(self.format.tail(members)?);
        Ok(response.body(body))
    }
}

/// A polygon that was posted.
#[derive(Debug, Deserialize, serde::Serialize, utoipa::ToSchema)]
#[schema(example = json!({ "polygon": { "type": "Polygon", "coordinates": [[[-3.01, 51.57], [-2.98, 51.57], [-2.98, 51.59], [-3.01, 51.57]]] } }))]
pub struct PostedPolygon {
    /// A GeoJSON geometry: `Polygon` or `MultiPolygon`, at most 5000 positions.
    #[schema(value_type = Object)]
    polygon: Value,
}

/// Reads what was posted: `{"polygon": geometry}`, or the geometry itself.
async fn posted_polygon(request: &HttpRequest, payload: Payload) -> ApiResult<String> {
    if !matches!(request.content_type(), "application/json" | "application/geo+json") {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    let body = read_body(request, &mut payload.into_inner(), JSON_BODY_BYTES).await?;
    let read: Value = serde_json::from_slice(&body).map_err(|_| ApiError::code(ErrorCode::InvalidRequest))?;
    let geometry = if read.get("polygon").is_some() {
        serde_json::from_value::<PostedPolygon>(read).map_err(ApiError::internal)?.polygon
    } else {
        read
    };
    match geometry {
        Value::Object(_) => Ok(geometry.to_string()),
        _ => Err(ApiError::parameter("polygon", FieldCode::Required, "polygon is a GeoJSON geometry")),
    }
}

/// Published reports that match, as GeoJSON (RFC 7946): all of them in one answer that is streamed, or a page with `limit` and
/// `cursor`, in the order of their numbers. Coordinates are longitude and latitude; every feature has every property.
#[utoipa::path(operation_id = "get_reports_geojson", tag = "reports", params(FilterParams, PullParams),
    responses((status = 200, description = "A FeatureCollection of points, with `next_cursor` and `changes_cursor`", content_type = "application/geo+json", body = Object,
            headers(("X-Changes-Cursor" = String, description = "Sent back as `updated_after`, it answers what changed since"),
                ("X-Next-Cursor" = String, description = "Sent back as `cursor`, it answers the next page; missing where there is none"),
                ("Link" = String, description = "The next page's address, `rel=\"next\"`"))),
        (status = 304, description = "As known; without anything having been read"),
        (status = 400, description = "`invalid_request`; with the field code `outdated` where a cursor's order of changes has ended: start again with everything", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`: searches by words or a polygon are counted, and how many answers without `limit` somebody reads at once", body = ErrorEnvelope)))]
#[get("/reports.geojson")]
pub async fn get_reports_geojson(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<FilterParams>,
    pull: Query<PullParams>,
) -> ApiResult<HttpResponse> {
    Call { request, app, format: Format::GeoJson, params: params.0, pull: pull.0 }.answer(freshness, address).await
}

/// The same, one feature a line (newline-delimited GeoJSON), for loaders that read line by line. The cursors are in the headers
/// `X-Changes-Cursor` and `X-Next-Cursor`.
#[utoipa::path(operation_id = "get_reports_geojsonl", tag = "reports", params(FilterParams, PullParams),
    responses((status = 200, description = "Features, one a line", content_type = "application/x-ndjson", body = String,
            headers(("X-Changes-Cursor" = String, description = "Sent back as `updated_after`, it answers what changed since"),
                ("X-Next-Cursor" = String, description = "Sent back as `cursor`, it answers the next page; missing where there is none"),
                ("Link" = String, description = "The next page's address, `rel=\"next\"`"))),
        (status = 304, description = "As known; without anything having been read"),
        (status = 400, description = "`invalid_request`; with the field code `outdated` where a cursor's order of changes has ended: start again with everything", body = ErrorEnvelope),
        (status = 429, description = "`rate_limited`: searches by words or a polygon are counted, and how many answers without `limit` somebody reads at once", body = ErrorEnvelope)))]
#[get("/reports.geojsonl")]
pub async fn get_reports_geojsonl(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<FilterParams>,
    pull: Query<PullParams>,
) -> ApiResult<HttpResponse> {
    Call { request, app, format: Format::GeoJsonL, params: params.0, pull: pull.0 }.answer(freshness, address).await
}

/// The same as by GET, of the reports in a polygon that is too large for an address: `{"polygon": geometry}`, or the GeoJSON
/// geometry itself. Nothing is written.
#[utoipa::path(operation_id = "find_reports_geojson", tag = "reports", params(FilterParams, PullParams), request_body = PostedPolygon,
    responses((status = 200, description = "A FeatureCollection of points, with `next_cursor` and `changes_cursor`", content_type = "application/geo+json", body = Object),
        (status = 400, description = "`invalid_request`, with what is wrong with the polygon", body = ErrorEnvelope)))]
#[post("/reports.geojson")]
pub async fn find_reports_geojson(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<FilterParams>,
    pull: Query<PullParams>,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    let params = FilterParams { polygon: Some(posted_polygon(&request, payload).await?), ..params.0 };
    Call { request, app, format: Format::GeoJson, params, pull: pull.0 }.answer(freshness, address).await
}

/// The same, one feature a line.
#[utoipa::path(operation_id = "find_reports_geojsonl", tag = "reports", params(FilterParams, PullParams), request_body = PostedPolygon,
    responses((status = 200, description = "Features, one a line", content_type = "application/x-ndjson", body = String),
        (status = 400, description = "`invalid_request`, with what is wrong with the polygon", body = ErrorEnvelope)))]
#[post("/reports.geojsonl")]
pub async fn find_reports_geojsonl(
    request: HttpRequest,
    app: web::Data<App>,
    address: ClientAddress,
    freshness: Freshness,
    params: Query<FilterParams>,
    pull: Query<PullParams>,
    payload: Payload,
) -> ApiResult<HttpResponse> {
    let params = FilterParams { polygon: Some(posted_polygon(&request, payload).await?), ..params.0 };
    Call { request, app, format: Format::GeoJsonL, params, pull: pull.0 }.answer(freshness, address).await
}
