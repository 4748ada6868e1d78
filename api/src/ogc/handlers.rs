//! What each address answers.

use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use mendmap_shared::error::{ErrorCode, FieldCode};
use serde_json::{Value, json};

use super::ask::{self, Ask, Parameters};
use super::collections::{self, Collection, Reading};
use super::conformance::CLASSES;
use super::crs::Crs;
use super::describe;
use super::links::{Site, link, media};
use super::queries;
use super::write::{self, Manner, Page};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::exports::record::Source;
use crate::http::{cursor, etag};
use crate::openapi;

/// The coordinate reference system of an answer (Part 2, 6.4.3).
static CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// What changes only with the program, or with who set it up, may be kept a while.
const DESCRIPTION: &str = "public, max-age=300";
/// Features, a moment: whoever hides a report wants it gone.
const FEATURES: &str = "public, max-age=10";

fn site(app: &App) -> Site {
    Site::new(app.config.http.base_url())
}

fn source(app: &App) -> Source {
    Source { base_url: app.config.http.base_url(), licence: app.config.site.data_licence.clone() }
}

/// Refuses parameters where there are none.
fn plain(request: &HttpRequest) -> ApiResult<()> {
    Parameters::read(request.query_string(), |_| false).map(drop)
}

/// The collection that the address names.
fn named(request: &HttpRequest) -> ApiResult<&'static Collection> {
    Ok(Collection::of(request.match_info().query("collection")).ok_or(ErrorCode::NotFound)?)
}

/// JSON of this kind with an ETag; 304 where the caller has it.
fn answer(request: &HttpRequest, body: Vec<u8>, kind: &'static str, keep: &'static str) -> HttpResponse {
    let tag = etag::of(&body);
    let known = etag::is_known(request, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, keep));
    if known { response.finish() } else { response.content_type(kind).body(body) }
}

fn told(request: &HttpRequest, value: &Value, kind: &'static str) -> ApiResult<HttpResponse> {
    Ok(answer(request, serde_json::to_vec(value).map_err(ApiError::internal)?, kind, DESCRIPTION))
}

/// `/`: where everything is.
///
/// # Errors
/// `invalid_request` for parameters.
pub async fn landing_page(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    plain(&request)?;
    told(&request, &describe::landing_page(&site(&app), &app.config.site.brand.name), media::JSON)
}

/// `/api`: the description of this interface.
///
/// # Errors
/// `invalid_request` for parameters.
pub async fn api(request: HttpRequest) -> ApiResult<HttpResponse> {
    plain(&request)?;
    told(&request, &openapi::ogc::document(), media::OPENAPI)
}

/// `/conformance`: which parts of the standards are met.
///
/// # Errors
/// `invalid_request` for parameters.
pub async fn conformance(request: HttpRequest) -> ApiResult<HttpResponse> {
    plain(&request)?;
    told(&request, &json!({ "conformsTo": CLASSES }), media::JSON)
}

/// `/collections`: all of them.
///
/// # Errors
/// `invalid_request` for parameters; from the database.
pub async fn collections(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    plain(&request)?;
    let extents = app
        .db
        .read_as(Freshness::MayLag, |conn| {
            Ok(collections::ALL.iter().map(|one| queries::extent(conn, one)).collect::<Result<Vec<_>, _>>()?)
        })
        .await?;
    let (site, licence) = (site(&app), &app.config.site.data_licence);
    let all: Vec<Value> = collections::ALL
        .iter()
        .zip(&extents)
        .map(|(collection, extent)| describe::collection(collection, extent, &site, licence))
        .collect();
    let links = [site.link("self", "/collections", media::JSON, "The collections")];
    told(&request, &json!({ "links": links, "collections": all }), media::JSON)
}

/// `/collections/{collection}`: one of them.
///
/// # Errors
/// `not_found`; `invalid_request` for parameters; from the database.
pub async fn collection(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let collection = named(&request)?;
    plain(&request)?;
    let extent = app.db.read_as(Freshness::MayLag, |conn| Ok(queries::extent(conn, collection)?)).await?;
    let licence = &app.config.site.data_licence;
    told(&request, &describe::collection(collection, &extent, &site(&app), licence), media::JSON)
}

/// `/collections/{collection}/queryables`: what its features can be asked by.
///
/// # Errors
/// `not_found`; `invalid_request` for parameters.
pub async fn queryables(request: HttpRequest, app: web::Data<App>) -> ApiResult<HttpResponse> {
    let collection = named(&request)?;
    plain(&request)?;
    told(&request, &describe::queryables(collection, &site(&app)), media::SCHEMA)
}

/// `/collections/{collection}/items`: its features, page by page. There is no limit on how often: who copies everything by pages of
/// ten, as some do, is no trouble.
///
/// # Errors
/// `not_found`; `invalid_request`, with the reason; from the database.
pub async fn items(request: HttpRequest, app: web::Data<App>, freshness: Freshness) -> ApiResult<HttpResponse> {
    let collection = named(&request)?;
    let query = request.query_string().to_owned();
    // A filter takes its time to be read.
    let ask = web::block(move || Ask::read(collection, &query)).await.map_err(ApiError::internal)??;
    let source = source(&app);
    let (base_url, asked) = (source.base_url.clone(), ask.clone());
    let read = app.db.read_as(freshness, move |conn| {
        let (conditions, after) = (&asked.conditions, asked.after.unwrap_or(i64::MIN));
        let mut features = queries::features(conn, collection, &base_url, conditions, after, asked.limit + 1)?;
        let last = features.cut(asked.limit);
        // The first page tells how many there are: by itself, where it is all.
        let matched = match (asked.after, last) {
            (Some(_), _) => None,
            (None, None) => i64::try_from(features.count()).ok(),
            (None, Some(_)) => queries::count(conn, collection, conditions)?,
        };
        Ok((features, last, matched))
    });
    let (features, last, matched) = read.await.map_err(of_geometry)?;
    let links = page_links(&site(&app), &ask, last)?;
    let page = Page::of(&features, Manner { source: &source, crs: ask.crs }, &links, matched)?;
    let tag = etag::of(&page.body);
    let known = etag::is_known(&request, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, FEATURES)).insert_header(content_crs(ask.crs)?);
    Ok(if known { response.finish() } else { response.content_type(media::GEOJSON).body(page.at(Utc::now())?) })
}

/// `/collections/{collection}/items/{feature}`: one feature.
///
/// # Errors
/// `not_found`; `invalid_request`, with the reason; from the database.
pub async fn item(request: HttpRequest, app: web::Data<App>, freshness: Freshness) -> ApiResult<HttpResponse> {
    let collection = named(&request)?;
    let id =
        request.match_info().query("feature").parse::<i64>().ok().filter(|id| *id > 0).ok_or(ErrorCode::NotFound)?;
    let parameters = Parameters::read(request.query_string(), |name| name == "crs")?;
    let crs = ask::crs(&parameters, "crs")?;
    let source = source(&app);
    let base_url = source.base_url.clone();
    let features = app
        .db
        .read_as(freshness, move |conn| {
            let mut only = super::sql::Sql::of(collection.key);
            only.text(" = ").integer(id);
            let found = queries::features(conn, collection, &base_url, &[only], id - 1, 1)?;
            if found.count() == 0 { Err(ErrorCode::NotFound.into()) } else { Ok(found) }
        })
        .await?;
    let links = item_links(&site(&app), collection, id, &parameters);
    let body = write::single(&features, Manner { source: &source, crs }, &links)?.ok_or(ErrorCode::NotFound)?;
    let mut response = answer(&request, body, media::GEOJSON, FEATURES);
    let (name, value) = content_crs(crs)?;
    response.headers_mut().insert(name, value);
    Ok(response)
}

fn content_crs(crs: Crs) -> ApiResult<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&format!("<{}>", crs.uri())).map_err(ApiError::internal)?;
    Ok((CONTENT_CRS.clone(), value))
}

/// PostGIS has given up on a geometry that seemed valid: that is what was asked, and nothing of ours.
fn of_geometry(error: ApiError) -> ApiError {
    let text = error.to_string();
    if text.contains("TopologyException") || text.contains("GEOS") {
        return ApiError::parameter("filter", FieldCode::Invalid, "the geometry is not valid");
    }
    error
}

fn page_links(site: &Site, ask: &Ask, last: Option<i64>) -> ApiResult<Vec<Value>> {
    let collection = ask.collection;
    let at = |query: String| {
        let mark = if query.is_empty() { "" } else { "?" };
        site.ogc(&format!("/collections/{}/items{mark}{query}", collection.id))
    };
    let own = ask.parameters.with_cursor(ask.parameters.get("cursor"));
    let mut links = vec![link("self", &at(own), media::GEOJSON, "This page")];
    if let Some(last) = last {
        let query = ask.parameters.with_cursor(Some(&cursor::encode(&last)?));
        links.push(link("next", &at(query), media::GEOJSON, "The next page"));
    }
    links.push(site.link("collection", &format!("/collections/{}", collection.id), media::JSON, collection.title));
    Ok(links)
}

fn item_links(site: &Site, collection: &Collection, id: i64, parameters: &Parameters) -> Vec<Value> {
    let query = parameters.with_cursor(None);
    let mark = if query.is_empty() { "" } else { "?" };
    let own = format!("/collections/{}/items/{id}{mark}{query}", collection.id);
    let mut links = vec![
        site.link("self", &own, media::GEOJSON, "This feature"),
        site.link("collection", &format!("/collections/{}", collection.id), media::JSON, collection.title),
    ];
    if collection.reading == Reading::Records {
        links.push(link("alternate", &site.other(&format!("/reports/{id}")), media::HTML, "Its page"));
    }
    links
}
