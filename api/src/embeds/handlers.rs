//! oEmbed 1.0 (<https://oembed.com>).

use actix_web::{HttpRequest, HttpResponse, get, web};
use anyhow::Context as _;
use mendmap_shared::error::{ErrorCode, ErrorEnvelope, FieldCode};
use mendmap_shared::wire::embeds::Embed;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Deserialize;

use super::rules::{self, Page};
use crate::app::App;
use crate::db::Freshness;
use crate::error::{ApiError, ApiResult};
use crate::http::extract::Query;
use crate::http::{etag, xml};
use crate::reports;

/// How many seconds an answer may be kept.
const KEEP: u32 = 3600;

/// Which page, and how large.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EmbedParams {
    /// Address of the page: of the map, with its filters, or of a report.
    #[param(example = "http://127.0.0.1:8080/map?body=newport")]
    url: String,
    /// `json`, which holds where nothing is given, or `xml`.
    #[param(example = "json")]
    format: Option<String>,
    /// Pixels it may be wide at most.
    #[param(example = 640)]
    maxwidth: Option<u32>,
    /// Pixels it may be high at most.
    #[param(example = 480)]
    maxheight: Option<u32>,
}

/// How another site can show the map, narrowed down, or a report within a page of its own (oEmbed 1.0, type `rich`).
#[utoipa::path(operation_id = "get_oembed", tag = "embeds", params(EmbedParams),
    responses((status = 200, body = Embed), (status = 304, description = "As known"),
        (status = 400, description = "`invalid_request`", body = ErrorEnvelope),
        (status = 404, description = "`not_found`: it is no page of this site that can be shown elsewhere", body = ErrorEnvelope)))]
#[get("/oembed")]
pub async fn get_oembed(
    request: HttpRequest,
    app: web::Data<App>,
    freshness: Freshness,
    params: Query<EmbedParams>,
) -> ApiResult<HttpResponse> {
    let as_xml = match params.format.as_deref() {
        None | Some("json") => false,
        Some("xml") => true,
        Some(_) => return Err(ApiError::parameter("format", FieldCode::InvalidChoice, "format is json or xml")),
    };
    let base_url = app.config.http.base_url();
    let page = rules::page(&base_url, &params.url).ok_or(ErrorCode::NotFound)?;
    let name = app.config.site.brand.name.clone();
    let (title, at) = match page {
        Page::Map(..) => (format!("Map of reports – {name}"), None),
        Page::Report(id) => {
            let found = app.db.read_as(freshness, move |conn| Ok(reports::queries::published(conn, &[id])?)).await?;
            let report = found.into_iter().next().ok_or(ErrorCode::NotFound)?;
            (report.title, Some((report.location.lon(), report.location.lat())))
        }
    };
    let size = rules::size(params.maxwidth, params.maxheight);
    let embed = Embed {
        kind: "rich".to_owned(),
        version: "1.0".to_owned(),
        html: rules::html(&page.frame(&base_url, at), &title, size),
        title,
        provider_name: name,
        provider_url: base_url,
        cache_age: KEEP,
        width: size.0,
        height: size.1,
    };
    if as_xml {
        let body = as_xml_text(&embed).map_err(ApiError::internal)?;
        return etag::bytes(&request, body, "text/xml; charset=utf-8", etag::Keep::Public(KEEP));
    }
    etag::json(&request, &embed, etag::Keep::Public(KEEP))
}

fn as_xml_text(embed: &Embed) -> anyhow::Result<Vec<u8>> {
    let value = serde_json::to_value(embed)?;
    let fields = value.as_object().context("an embed is an object")?;
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), Some("yes"))))?;
    writer.create_element("oembed").write_inner_content(|inside| {
        for (name, value) in fields {
            let text = value.as_str().map_or_else(|| value.to_string(), xml::text);
            inside.create_element(name.as_str()).write_text_content(BytesText::new(&text))?;
        }
        Ok(())
    })?;
    Ok(writer.into_inner())
}
