//! Reports, as everybody sees them and as they are made.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::categories::{AreaRef, BodyRef, CategoryRef};
use super::photos::{Photo, PhotoId};
use crate::geo::LonLat;
use crate::questions::Answers;
use crate::text::{Email, PersonName, Phone, ReportDetailText, ReportTitle};
use crate::workflow::{FixedBy, Status, StatusGroup, Visibility};

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::report_summary))]
pub struct ReportSummary {
    /// Number of the report.
    #[cfg_attr(feature = "openapi", schema(example = 1204))]
    pub id: i64,
    /// Title.
    #[cfg_attr(feature = "openapi", schema(example = "Deep pothole by the bus stop"))]
    pub title: String,
    /// Where.
    pub location: LonLat,
    /// Category.
    pub category: CategoryRef,
    /// Status.
    pub status: Status,
    /// The status's group.
    pub status_group: StatusGroup,
    /// Nearest street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Ward or council.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// The bodies it went to.
    pub bodies: Vec<BodyRef>,
    /// When it was reported.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
    /// When anything public last changed.
    #[serde(deserialize_with = "super::moment::read")]
    pub updated_at: DateTime<Utc>,
    /// The first photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Photo>,
    /// How many people pressed "I see this too".
    pub supporters: i32,
    /// How many public updates it has.
    pub updates: i32,
    /// Metres from the point asked about, in answers about a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
}

/// A report on its own page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::report))]
pub struct Report {
    /// What the list shows.
    #[serde(flatten)]
    pub summary: ReportSummary,
    /// The details.
    pub detail: String,
    /// The author's name, where they let it be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// Who may see it; always `published` for the public.
    pub visibility: Visibility,
    /// All photos.
    pub photos: Vec<Photo>,
    /// The areas it lies in, largest first.
    pub areas: Vec<AreaRef>,
    /// How it was handed over to each body.
    pub deliveries: Vec<PublicDelivery>,
    /// Who says it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_by: Option<FixedBy>,
    /// The report this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<i64>,
    /// What the caller is to this report; without a session, what any resident is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer: Option<Viewer>,
}

/// How a report was handed over to a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublicDelivery {
    /// The body.
    pub body: BodyRef,
    /// When it was handed over; absent while it is on its way.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
}

/// What the caller is to a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Viewer {
    /// Whether they reported it.
    pub author: bool,
    /// Whether they follow it.
    pub following: bool,
    /// Whether they support it.
    pub supporting: bool,
    /// Whether they work for a body it went to.
    pub staff: bool,
    /// The statuses they may set now.
    pub allowed: Vec<Status>,
}

/// A report in the list of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::my_report))]
pub struct MyReport {
    /// What every list shows.
    #[serde(flatten)]
    pub report: ReportSummary,
    /// Who may see it: among one's own are some that nobody else sees.
    pub visibility: Visibility,
}

/// A new report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_report))]
pub struct NewReport {
    /// Where.
    pub location: LonLat,
    /// Code of the category.
    #[cfg_attr(feature = "openapi", schema(example = "potholes"))]
    pub category: String,
    /// Title.
    #[cfg_attr(feature = "openapi", schema(example = "Deep pothole by the bus stop"))]
    pub title: ReportTitle,
    /// Details.
    #[cfg_attr(feature = "openapi", schema(example = "It has been getting larger since the frost."))]
    pub detail: ReportDetailText,
    /// Answers to the category's extra questions.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, crate::questions::Answer>))]
    pub answers: Answers,
    /// Photos uploaded before, at most six.
    #[serde(default)]
    pub photos: Vec<PhotoId>,
    /// Whether the name stays off the public page. The body sees it all the same.
    #[serde(default)]
    pub anonymous: bool,
    /// Who reports; needed without a session, and not read with one, but for name and phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<NewAuthor>,
}

/// Somebody who reports or writes without being signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAuthor {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// Address the confirmation is sent to. Not read with a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Telephone number, for the body only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

/// A report was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::report_taken))]
pub struct ReportTaken {
    /// Its number.
    pub id: i64,
    /// `published` at once, `private` where the category is, or `unconfirmed` until the mailed link is opened.
    pub visibility: Visibility,
    /// The bodies it goes to.
    pub bodies: Vec<BodyRef>,
}

/// Supports a report ("I see this too").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::support_request))]
pub struct SupportRequest {
    /// A random name the browser keeps, so that one device counts once without an account. Needed without a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// How many support a report now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::supported))]
pub struct Supported {
    /// How many.
    pub supporters: i32,
}

/// Follows a report: a mail with every public change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::follow_request))]
pub struct FollowRequest {
    /// Address; needed without a session, where a link is mailed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
}

/// Whether a report is followed now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::followed))]
pub struct Followed {
    /// `false` when a mailed link must be opened first.
    pub following: bool,
}

/// What confirming a mailed link did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::confirmed))]
pub struct Confirmed {
    /// What was confirmed.
    pub what: ConfirmedWhat,
    /// The report it belongs to.
    pub report_id: i64,
    /// The session that was opened for the person; the refresh token is in a cookie.
    pub session: super::auth::Session,
}

/// What a mailed link confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfirmedWhat {
    /// A report.
    Report,
    /// An update.
    Update,
    /// Following a report.
    Follow,
}

/// The order of a list of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportSort {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// Latest change first.
    Updated,
    /// Most supporters first.
    Supported,
}
