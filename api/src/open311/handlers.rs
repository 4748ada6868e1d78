//! Discovery: what is offered, and where.

use actix_web::{HttpResponse, get};

use super::call::Call;
use super::fault::Refusal;
use super::format::Format;
use super::wire::{Discovery, Endpoint, ErrorItem};

/// When the server last learned something new.
const CHANGESET: &str = "2026-11-25T00:00:00Z";

/// What is offered, and where.
#[utoipa::path(operation_id = "get_discovery", tag = "discovery",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json")),
    responses((status = 200, body = Discovery), (status = 404, body = Vec<ErrorItem>)))]
#[get("/discovery.{format}")]
pub async fn get_discovery(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("discovery", async {
        let base = call.base_url();
        let is_demonstration = call.app.site().is_demonstration();
        Ok(Discovery {
            changeset: CHANGESET,
            contact: format!("{}: {base}", call.app.config.site.brand.name),
            key_service: format!("Ask the body's administrator, who makes keys at {base}/desk"),
            endpoints: vec![Endpoint {
                specification: "http://wiki.open311.org/GeoReport_v2",
                url: format!("{base}/open311/v2"),
                changeset: CHANGESET,
                kind: if is_demonstration { "test" } else { "production" },
                formats: vec![Format::Xml.content_type(), Format::Json.content_type()],
            }],
        })
    })
    .await
}
