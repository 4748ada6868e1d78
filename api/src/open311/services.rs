//! What can be reported, and what is asked about it.

use actix_web::{HttpResponse, get};
use mendmap_shared::geo::LonLat;
use mendmap_shared::questions::{Datatype, Question};

use super::call::{Call, Parameters};
use super::fault::{Fault, Refusal};
use super::format::Format;
use super::queries;
use super::rules::datatype;
use super::wire::{Attribute, ErrorItem, Service, ServiceDefinition, Value};
use crate::categories::rules::Route;

/// The point in `lat` and `long`, if there is one.
///
/// # Errors
/// Where there is only half of one, or none on Earth.
pub fn point(parameters: &Parameters) -> Result<Option<LonLat>, Fault> {
    match (parameters.number::<f64>("lat")?, parameters.number::<f64>("long")?) {
        (Some(lat), Some(lon)) => {
            LonLat::new(lon, lat).map(Some).map_err(|error| Fault::bad(format!("lat, long: {error}.")))
        }
        (None, None) => Ok(None),
        _ => Err(Fault::bad("lat and long belong together.")),
    }
}

/// The type of a service: no number is given for what is private.
const fn kind(route: &Route) -> &'static str {
    if route.option.private { "blackbox" } else { "realtime" }
}

/// What can be reported: in a jurisdiction, at a place, or both. What nobody can report there (its form says whom to phone
/// instead) is left out.
#[utoipa::path(operation_id = "list_services", tag = "services",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("lat" = Option<f64>, Query, description = "Only what can be reported at this place: degrees north, WGS 84"),
        ("long" = Option<f64>, Query, description = "Degrees east, WGS 84")),
    responses((status = 200, body = Vec<Service>), (status = 400, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/services.{format}")]
pub async fn list_services(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("services", async {
        let jurisdiction = call.jurisdiction().await?;
        let at = point(&call.parameters)?;
        call.read(move |conn| {
            let mut routes = queries::services(conn, jurisdiction.map(|known| known.body_id), at)?;
            routes.retain(|route| route.option.blocking_message.is_none());
            let ids: Vec<i64> = routes.iter().flat_map(|route| &route.targets).map(|(_, category)| *category).collect();
            let mut keywords = queries::keywords(conn, &ids)?;
            let service = |route: Route| Service {
                kind: kind(&route),
                keywords: keywords.remove(&route.option.code).unwrap_or_default(),
                metadata: !route.option.questions.is_empty(),
                service_code: route.option.code,
                service_name: route.option.name,
                description: route.option.hint.unwrap_or_default(),
                group: route.group,
            };
            Ok(routes.into_iter().map(service).collect::<Vec<_>>())
        })
        .await
    })
    .await
}

/// The questions of one service.
#[utoipa::path(operation_id = "get_service_definition", tag = "services",
    params(("service_code" = String, Path, description = "Code of the service", example = "potholes"),
        ("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("lat" = Option<f64>, Query, description = "As it is asked at this place: degrees north, WGS 84"),
        ("long" = Option<f64>, Query, description = "Degrees east, WGS 84")),
    responses((status = 200, body = ServiceDefinition), (status = 400, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/services/{service_code}.{format}")]
pub async fn get_service_definition(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("service_definition", async {
        let jurisdiction = call.jurisdiction().await?;
        let at = point(&call.parameters)?;
        let code = call.part("service_code");
        let routes =
            call.read(move |conn| queries::services(conn, jurisdiction.map(|known| known.body_id), at)).await?;
        let route = routes.into_iter().find(|route| route.option.code == code).ok_or_else(unknown_service)?;
        Ok(ServiceDefinition {
            service_code: route.option.code,
            attributes: (1..).zip(route.option.questions).map(|(order, question)| attribute(order, question)).collect(),
        })
    })
    .await
}

/// There is no such service in the jurisdiction, or at the place.
#[must_use]
pub fn unknown_service() -> Fault {
    Fault::unknown("There is no service with this service_code here.")
}

fn attribute(order: usize, question: Question) -> Attribute {
    let how = match question.datatype {
        Datatype::Datetime => Some("A moment with its zone, as in 2026-03-01T10:00:00Z".to_owned()),
        _ => question.hint,
    };
    Attribute {
        variable: true,
        code: question.code,
        datatype: datatype(question.datatype),
        required: question.required,
        datatype_description: how,
        order,
        description: question.label,
        values: question.choices.into_iter().map(|choice| Value { key: choice.key, name: choice.name }).collect(),
    }
}
