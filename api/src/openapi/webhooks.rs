//! The requests that we send: what a webhook's server must be ready for.

use mendmap_shared::wire::integrations::EventKind;
use serde_json::{Value, json};
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{Components, ContentBuilder, Object, Ref, Required, ResponseBuilder, Type};

use super::examples::of_component;

const TAKEN: &str = "Taken. Any status of 200 to 299 says so.";
const GONE: &str = "Never call again: the webhook is switched off at once, and its body's administrators get a mail.";
const NOT_TAKEN: &str = "Not taken, as are redirects, and answers that do not begin within 15 seconds. It is sent again after 1, 5 \
    and 30 minutes, then every 2 hours for 4 days; after 5 days of nothing but failure the webhook is switched off.";

/// Every kind of event, as its receiver gets it.
pub(super) fn described(components: &Components) -> Paths {
    let known = of_component(components, "Event").unwrap_or_default();
    let kinds = EventKind::ALL.map(|kind| (kind.as_str(), about(kind), example(kind, &known, components)));
    let test = json!({ "type": "mendmap.test", "timestamp": known["timestamp"], "data": { "webhook": "0192f6c1-a4b2-7c3d-8e4f-5a6b7c8d9e0f" } });
    let test = ("mendmap.test", "Somebody at the desk tries the webhook.", test);
    let all = kinds.into_iter().chain([test]);
    all.fold(PathsBuilder::new(), |paths, (name, about, example)| {
        paths.path(name, PathItem::new(HttpMethod::Post, operation(name, about, example)))
    })
    .build()
}

const fn about(kind: EventKind) -> &'static str {
    match kind {
        EventKind::ReportPublished => "Everybody can see a report now.",
        EventKind::ReportChanged => "What everybody sees of a report changed.",
        EventKind::UpdatePublished => "Everybody can see an update now.",
        EventKind::ReportHidden => "Not everybody can see a report any more: forget what you were told of it.",
    }
}

/// The described event, made one of this kind.
fn example(kind: EventKind, known: &Value, components: &Components) -> Value {
    let report = &known["data"]["report"];
    let data = match kind {
        EventKind::ReportChanged => known["data"].clone(),
        EventKind::ReportPublished => json!({ "status": "open", "changed": [], "report": report }),
        EventKind::UpdatePublished => json!({
            "update": of_component(components, "Update"), "report": of_component(components, "ReportSummary"),
        }),
        EventKind::ReportHidden => json!({ "report_id": report["id"] }),
    };
    json!({ "type": kind, "timestamp": known["timestamp"], "data": data })
}

fn operation(name: &str, about: &str, example: Value) -> Operation {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Event"))).example(Some(example)).build();
    let body = RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build();
    let answer = |text: &str| ResponseBuilder::new().description(text).build();
    OperationBuilder::new()
        .operation_id(Some(format!("on_{}", name.replace('.', "_"))))
        .tag("integrations")
        .summary(Some(about))
        .parameter(header("webhook-id", "The same each time this event is sent to this webhook: take it once"))
        .parameter(header("webhook-timestamp", "Seconds since 1970 at which it was sent: refuse what is old"))
        .parameter(header("webhook-signature", "HMAC-SHA256 of id, timestamp and body, as standardwebhooks.com has it; two for a day after the secret was changed"))
        .request_body(Some(body))
        .response("2XX", answer(TAKEN))
        .response("410", answer(GONE))
        .response("default", answer(NOT_TAKEN))
        .build()
}

fn header(name: &str, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(Object::with_type(Type::String)))
        .build()
}
