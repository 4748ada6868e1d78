//! The errors every operation of a kind can answer with, so that no handler has to list them.

use mendmap_shared::error::{ErrorBody, ErrorCode, ErrorEnvelope, FieldCode, FieldProblems};
use serde_json::Value;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Components, ContentBuilder, Object, Ref, RefOr, Response, ResponseBuilder, Type};

use super::{WITHOUT_DATABASE, has_parameter, is_one_of, takes_json};

/// Describes every error once, under its code.
pub(super) fn define(components: &mut Components) {
    components.responses.extend(ErrorCode::ALL.iter().map(|code| (code.to_string(), response(*code).into())));
}

/// Adds what this operation can answer with because of what it takes, and examples to what its handler lists.
pub(super) fn complete(operation: &mut Operation, is_read: bool) {
    for (status, response) in &mut operation.responses.responses {
        if let Some(code) = usual_code(status) {
            tidy(response, code);
        }
    }
    let may_have_session = operation.security.is_some();
    let uses_database = !is_one_of(operation, &WITHOUT_DATABASE);
    let takes_json = takes_json(operation);
    let can_happen = [
        (ErrorCode::InvalidRequest, takes_json || has_parameter(operation, &ParameterIn::Query)),
        (ErrorCode::Unauthenticated, may_have_session),
        (ErrorCode::NotFound, has_parameter(operation, &ParameterIn::Path)),
        (ErrorCode::TooLarge, takes_json),
        (ErrorCode::UnsupportedMediaType, takes_json),
        (ErrorCode::ValidationFailed, takes_json),
        // Whatever writes is limited; what is limited among the rest says so itself.
        (ErrorCode::RateLimited, !is_read),
        (ErrorCode::Internal, uses_database),
        (ErrorCode::Unavailable, uses_database),
    ];
    for (code, _) in can_happen.into_iter().filter(|(_, can_happen)| *can_happen) {
        operation.responses.responses.entry(code.http_status().to_string()).or_insert_with(|| reference(code));
    }
}

/// The first code of a status: the one that is meant where a handler names only the status.
fn usual_code(status: &str) -> Option<ErrorCode> {
    ErrorCode::ALL.iter().copied().find(|code| code.http_status().to_string() == status)
}

/// Refers to the shared description where a handler's says no more than that, and gives an example to the others.
fn tidy(response: &mut RefOr<Response>, usual: ErrorCode) {
    let RefOr::T(own) = response else { return };
    let named =
        own.description.split('`').nth(1).and_then(|word| ErrorCode::ALL.iter().find(|code| code.as_str() == word));
    let code = named.copied().unwrap_or(usual);
    if own.description.is_empty() || own.description == format!("`{code}`") {
        *response = reference(code);
    } else if let Some(RefOr::T(content)) = own.content.get_mut("application/json") {
        content.example.get_or_insert_with(|| example(code));
    }
}

fn reference(code: ErrorCode) -> RefOr<Response> {
    Ref::from_response_name(code.as_str()).into()
}

fn response(code: ErrorCode) -> Response {
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorEnvelope"))).example(Some(example(code)));
    let response = ResponseBuilder::new()
        .description(format!("`{code}`: {}", code.message()))
        .content("application/json", content.build());
    let response = match code {
        ErrorCode::RateLimited | ErrorCode::Unavailable => {
            let mut wait = Header::new(Object::with_type(Type::Integer));
            wait.description = Some("Seconds after which to try again".to_owned());
            response.header("Retry-After", wait)
        }
        _ => response,
    };
    response.build()
}

fn example(code: ErrorCode) -> Value {
    let fields = match code {
        ErrorCode::ValidationFailed => FieldProblems::from([("title".to_owned(), FieldCode::TooShort.into())]),
        _ => FieldProblems::new(),
    };
    let (message, reference) = (code.message().to_owned(), "5d0c1f7a42b9".to_owned());
    serde_json::to_value(ErrorEnvelope { error: ErrorBody { code, message, fields, reference } }).unwrap_or_default()
}
