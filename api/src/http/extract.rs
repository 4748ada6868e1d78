//! Extractors that fail in our envelope and name the fields.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use mendmap_shared::error::{ErrorCode, FieldCode, FieldProblems};
use mendmap_shared::limits::JSON_BODY_BYTES;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, ApiResult};

/// Reads a request's body into memory, but no more than `limit` bytes of it.
///
/// # Errors
/// `too_large` as soon as the limit is passed, whatever the length header promised.
pub async fn read_body(request: &HttpRequest, payload: &mut Payload, limit: usize) -> ApiResult<Bytes> {
    let promised = request.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if promised.is_some_and(|length| length > limit) {
        return Err(ErrorCode::TooLarge.into());
    }
    let mut body = BytesMut::with_capacity(promised.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::code(ErrorCode::InvalidRequest))?;
        if body.len() + chunk.len() > limit {
            return Err(ErrorCode::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A JSON body whose fields were all checked; what breaks a rule is named by field.
#[derive(Debug)]
pub struct Json<T> {
    /// The value.
    pub value: T,
    /// The body as it came, for the idempotency check.
    pub raw: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            // Without this, any page could have its visitors' browsers post here: only this type needs our consent (CORS).
            if request.content_type() != "application/json" {
                return Err(ErrorCode::UnsupportedMediaType.into());
            }
            let raw = read_body(&request, &mut payload, JSON_BODY_BYTES).await?;
            let value = serde_json::from_slice(&raw).map_err(|_| ApiError::code(ErrorCode::InvalidRequest))?;
            Ok(Self { value: from_value(value)?, raw })
        })
    }
}

/// Builds a typed value from JSON; all the fields that break a rule are named, and the first one missing.
fn from_value<T: DeserializeOwned>(value: Value) -> ApiResult<T> {
    let Err(first) = serde_path_to_error::deserialize::<_, T>(&value) else {
        return serde_json::from_value(value).map_err(|_| ErrorCode::InvalidRequest.into());
    };
    let mut problems = FieldProblems::new();
    note(&mut problems, &first.path().to_string(), &first.inner().to_string());
    // A parser stops at the first problem. Each field on its own shows the others; what it then lacks is no news.
    if let Value::Object(fields) = &value {
        for (name, field) in fields {
            let alone = Value::Object(std::iter::once((name.clone(), field.clone())).collect());
            if let Err(error) = serde_path_to_error::deserialize::<_, T>(&alone) {
                let path = error.path().to_string();
                if path.split(['.', '[']).next() == Some(name) {
                    note(&mut problems, &path, &error.inner().to_string());
                }
            }
        }
    }
    Err(if problems.is_empty() { ErrorCode::InvalidRequest.into() } else { ApiError::fields(problems) })
}

fn note(problems: &mut FieldProblems, path: &str, message: &str) {
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let (field, code) = match missing {
        Some(name) if path == "." => (name.to_owned(), FieldCode::Required),
        Some(name) => (format!("{path}.{name}"), FieldCode::Required),
        None if path == "." => return,
        None => (
            path.to_owned(),
            FieldCode::ALL.iter().copied().find(|c| c.as_str() == message).unwrap_or(FieldCode::Invalid),
        ),
    };
    if problems.get(&field).is_none() {
        problems.insert(field, code.into());
    }
}

/// The parameters behind the question mark; one that cannot be read is named. Empty ones count as absent.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(query(request.query_string()).map(Self))
    }
}

fn query<T: DeserializeOwned>(text: &str) -> ApiResult<T> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(text).map_err(|_| ApiError::code(ErrorCode::InvalidRequest))?;
    let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    // PostgreSQL knows no text with a NUL in it, so nothing can be found by one.
    if let Some((name, _)) = pairs.iter().find(|(_, value)| value.contains('\0')) {
        return Err(ApiError::parameter(name, FieldCode::Invalid, FieldCode::Invalid.message()));
    }
    let tidy = serde_urlencoded::to_string(&pairs).map_err(ApiError::internal)?;
    let parser = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(tidy.as_bytes()));
    serde_path_to_error::deserialize(parser).map_err(|error| {
        let message = error.inner().to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        match missing {
            Some(name) => ApiError::parameter(name, FieldCode::Required, FieldCode::Required.message()),
            None => ApiError::parameter(error.path().to_string(), FieldCode::Invalid, FieldCode::Invalid.message()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mendmap_shared::wire::reports::NewReport;
    use serde::Deserialize;

    #[test]
    fn all_the_bad_fields_of_a_report_are_named_at_once() {
        let error = from_value::<NewReport>(serde_json::json!({
            "location": {"lon": 200, "lat": 0}, "title": " ", "category": "potholes",
            "detail": "x".repeat(5000), "author": {"email": "nobody"}, "photos": ["abc"],
        }))
        .expect_err("refused");
        let text = format!("{error:?}");
        for field in ["location", "title", "detail", "author.email", "photos[0]"] {
            assert!(text.contains(&format!("\"{field}\"")), "{field} in {text}");
        }
    }

    #[test]
    fn a_missing_field_is_named() {
        let error =
            from_value::<NewReport>(serde_json::json!({"location": {"lon": 2, "lat": 0}})).expect_err("refused");
        assert!(format!("{error:?}").contains("\"category\""));
    }

    #[derive(Debug, Deserialize)]
    struct Wanted {
        lon: f64,
        limit: Option<u32>,
    }

    #[test]
    fn an_empty_parameter_is_absent_and_a_bad_one_is_named() {
        let wanted: Wanted = query("lon=1.5&limit=").expect("reads");
        assert!((wanted.lon - 1.5).abs() < f64::EPSILON && wanted.limit.is_none());
        assert!(format!("{:?}", query::<Wanted>("lon=x").expect_err("refused")).contains("\"lon\""));
        assert!(format!("{:?}", query::<Wanted>("").expect_err("refused")).contains("\"lon\""));
        assert!(format!("{:?}", query::<Wanted>("lon=1&q=%00").expect_err("refused")).contains("\"q\""));
    }
}
