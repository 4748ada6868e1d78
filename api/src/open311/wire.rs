//! What crosses the wire, as GeoReport v2 has it: ids are text, positions are numbers, `metadata` is a boolean, times carry
//! their zone.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A moment in UTC, to the second.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// One error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorItem {
    /// The HTTP status.
    #[schema(example = 404)]
    pub code: u16,
    /// One sentence for people.
    #[schema(example = "There is no service with this service_code.")]
    pub description: String,
}

/// Something that can be reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct Service {
    /// Code of the category.
    #[schema(example = "potholes")]
    pub service_code: String,
    /// Name.
    #[schema(example = "Potholes")]
    pub service_name: String,
    /// A line of help.
    pub description: String,
    /// Whether there are questions: see the service's definition.
    pub metadata: bool,
    /// `realtime`: the number comes at once. `blackbox`: no number, as its reports are private.
    #[serde(rename = "type")]
    #[schema(example = "realtime")]
    pub kind: &'static str,
    /// Other words for it, separated by commas.
    #[schema(example = "hole, carriageway")]
    pub keywords: String,
    /// The group it is listed under.
    #[schema(example = "Roads and pavements")]
    pub group: String,
}

/// The questions of a service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceDefinition {
    /// Code of the category.
    #[schema(example = "potholes")]
    pub service_code: String,
    /// Its questions.
    pub attributes: Vec<Attribute>,
}

/// A question.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attribute {
    /// Whether it is answered; otherwise it only informs.
    pub variable: bool,
    /// Name of its answer: `attribute[code]`.
    #[schema(example = "depth")]
    pub code: String,
    /// `string`, `number`, `datetime`, `text`, `singlevaluelist` or `multivaluelist`.
    #[schema(example = "number")]
    pub datatype: &'static str,
    /// Whether an answer is needed.
    pub required: bool,
    /// How to write the answer.
    pub datatype_description: Option<String>,
    /// Its place, from 1.
    pub order: usize,
    /// What people read.
    #[schema(example = "How deep is it?")]
    pub description: String,
    /// The choices of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// A choice of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Value {
    /// What is sent.
    pub key: String,
    /// What people read.
    pub name: String,
}

/// What became of a request that was sent: a number, or a token for asking for it later.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Its number; null where the service is a `blackbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "1204")]
    pub service_request_id: Option<Option<String>>,
    /// What to ask for the number with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What happens next.
    pub service_notice: Option<String>,
    /// Never given.
    pub account_id: Option<String>,
}

/// The number of a request that a token was given for.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestId {
    /// Its number; null until it is published.
    pub service_request_id: Option<String>,
    /// The token.
    pub token: String,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Request {
    /// Number.
    #[schema(example = "1204")]
    pub service_request_id: String,
    /// `open` or `closed`.
    #[schema(example = "open")]
    pub status: &'static str,
    /// What its body said last.
    pub status_notes: Option<String>,
    /// Name of the category.
    pub service_name: String,
    /// Code of the category.
    pub service_code: String,
    /// What was reported.
    pub description: String,
    /// The bodies it went to.
    pub agency_responsible: Option<String>,
    /// Not given.
    pub service_notice: Option<String>,
    /// When it was reported.
    #[schema(format = DateTime)]
    pub requested_datetime: String,
    /// When anything public last changed.
    #[schema(format = DateTime)]
    pub updated_datetime: String,
    /// Not given.
    pub expected_datetime: Option<String>,
    /// Nearest street, and ward or council.
    pub address: Option<String>,
    /// Not given.
    pub address_id: Option<String>,
    /// Not given.
    pub zipcode: Option<String>,
    /// Degrees north, WGS 84.
    #[schema(example = 51.5842)]
    pub lat: f64,
    /// Degrees east, WGS 84.
    #[schema(example = -2.9977)]
    pub long: f64,
    /// Its first photo.
    pub media_url: Option<String>,
    /// More than the standard knows; only with `extensions=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_attributes: Option<Extended>,
    /// Its public updates, oldest first; only with `extensions=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Vec<Note>>,
}

/// What the standard has no field for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Extended {
    /// Title.
    pub title: String,
    /// Address of its page.
    pub url: String,
    /// Status in the extended words.
    #[schema(example = "in_progress")]
    pub status: &'static str,
    /// How many support it.
    pub supporters: i32,
    /// All photos.
    pub photos: Vec<Photo>,
}

/// A photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct Photo {
    /// Its address.
    pub media_url: String,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
}

/// A public update, as part of its report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Note {
    /// When.
    #[schema(format = DateTime)]
    pub datetime: String,
    /// What was said.
    pub description: String,
    /// `body`, `author` or `resident`: who said it.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// A public update.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestUpdate {
    /// Its number.
    #[schema(example = "88")]
    pub update_id: String,
    /// Number of the report.
    #[schema(example = "1204")]
    pub service_request_id: String,
    /// Status in the extended words; `unchanged` where it only says something.
    #[schema(example = "in_progress")]
    pub status: &'static str,
    /// When.
    #[schema(format = DateTime)]
    pub updated_datetime: String,
    /// What was said.
    pub description: String,
    /// Its first photo.
    pub media_url: Option<String>,
}

/// The number of an update that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpdateId {
    /// Its number.
    pub update_id: String,
}

/// What is offered, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Discovery {
    /// When any of this last changed.
    #[schema(format = DateTime)]
    pub changeset: &'static str,
    /// Whom to ask.
    pub contact: String,
    /// How to get a key.
    pub key_service: String,
    /// The servers.
    pub endpoints: Vec<Endpoint>,
}

/// One server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    /// The standard it keeps.
    pub specification: &'static str,
    /// Its address.
    pub url: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub changeset: &'static str,
    /// `production` or `test`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Types of its answers.
    pub formats: Vec<&'static str>,
}
