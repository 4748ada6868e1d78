//! A body's other systems: the keys with which they come to us, and the webhooks with which we go to them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::categories::AreaRef;
use super::reports::{Report, ReportSummary};
use super::updates::Update;
use crate::text::{ApiKeyName, WebhookUrl};
use crate::workflow::Status;

/// A key of another system, as its body's administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::api_key))]
pub struct ApiKey {
    /// Its number.
    pub id: String,
    /// What staff call it.
    pub name: String,
    /// How it begins, to tell it from others.
    #[cfg_attr(feature = "openapi", schema(example = "mendmap_q7Z0"))]
    pub hint: String,
    /// Whether what is sent with it needs no mail to confirm; see [`NewApiKey::trusted`].
    pub trusted: bool,
    /// When it was made.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour or so.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_api_key))]
pub struct NewApiKey {
    /// What staff call it.
    pub name: ApiKeyName,
    /// Whether its holder knows their people already: what they send is published at once. Otherwise a mail asks the person
    /// to confirm.
    #[serde(default)]
    pub trusted: bool,
}

/// A key was made. Nobody can be shown it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::api_key_made))]
pub struct ApiKeyMade {
    /// Its number.
    pub id: String,
    /// The key itself.
    pub key: String,
}

/// Something that changed in public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventKind {
    /// Everybody can see a report now.
    #[serde(rename = "report.published")]
    ReportPublished,
    /// What everybody sees of a report changed: its status, its words, its category, its place.
    #[serde(rename = "report.changed")]
    ReportChanged,
    /// Everybody can see an update now.
    #[serde(rename = "update.published")]
    UpdatePublished,
    /// Not everybody can see a report any more.
    #[serde(rename = "report.hidden")]
    ReportHidden,
}

impl EventKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::ReportPublished, Self::ReportChanged, Self::UpdatePublished, Self::ReportHidden];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReportPublished => "report.published",
            Self::ReportChanged => "report.changed",
            Self::UpdatePublished => "update.published",
            Self::ReportHidden => "report.hidden",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchEvent;

impl fmt::Display for NoSuchEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such event")
    }
}

impl std::error::Error for NoSuchEvent {}

impl FromStr for EventKind {
    type Err = NoSuchEvent;

    fn from_str(word: &str) -> Result<Self, NoSuchEvent> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(NoSuchEvent)
    }
}

/// Which webhook it is, whom it tells, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::webhook))]
pub struct Webhook {
    /// Its number.
    pub id: String,
    /// The address that is called.
    pub url: String,
    /// What it is told of.
    pub events: Vec<EventKind>,
    /// Slug of the body whose reports alone it is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Code of the category whose reports alone it is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The area whose reports alone it is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaRef>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_why: Option<DisabledWhy>,
    /// Since when its server has taken nothing.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// Until when calls are signed with the secret before the present one too.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
}

/// Why a webhook is told nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisabledWhy {
    /// Staff switched it off.
    Staff,
    /// Its server took nothing for days.
    Failing,
    /// Its server said that it is gone (410).
    Gone,
}

/// A webhook to make, or what an existing one is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_webhook))]
pub struct NewWebhook {
    /// The address to call: http or https, on the public internet.
    pub url: WebhookUrl,
    /// What to tell it of.
    pub events: Vec<EventKind>,
    /// Slug of a body: only of its reports. Absent: of all bodies' reports, and of those that went to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Code of a category: only of its reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Number of an area: only of reports in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<i64>,
    /// Whether it is told anything.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

/// A webhook was made, or has a new secret. Nobody can be shown the secret again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::webhook_secret))]
pub struct WebhookSecret {
    /// Number of the webhook.
    pub id: String,
    /// What its calls are signed with, by the scheme of standardwebhooks.com.
    #[cfg_attr(feature = "openapi", schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))]
    pub secret: String,
    /// Until when calls are signed with the secret before this one too.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<DateTime<Utc>>,
}

/// What came of trying a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::webhook_tried))]
pub struct WebhookTried {
    /// Whether its server took the event.
    pub taken: bool,
    /// HTTP status of the answer; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The beginning of the answer, or why there was none.
    pub words: String,
    /// Milliseconds it took.
    pub milliseconds: u64,
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::webhook_delivery))]
pub struct WebhookDelivery {
    /// Number of the event.
    pub event: i64,
    /// `webhook-id` of its calls, the same for all of them.
    pub message: String,
    /// What it tells of.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The report it is about.
    pub report_id: i64,
    /// When it happened.
    #[serde(deserialize_with = "super::moment::read")]
    pub at: DateTime<Utc>,
    /// Where it is.
    pub state: super::desk::DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The beginning of the last answer, or why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// When it is tried next.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was taken.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
}

/// What to tell a webhook again: one event, or all it is for since a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::replay))]
pub struct Replay {
    /// Number of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<i64>,
    /// The moment, at most 30 days ago.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// How much is told again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::replayed))]
pub struct Replayed {
    /// Events that are on their way (again).
    pub events: i64,
    /// Where there were more than one request takes: when the first of the others happened.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub next_since: Option<DateTime<Utc>>,
}

/// What a webhook is sent, signed by the scheme of standardwebhooks.com. What it says of a report is what everybody may read
/// when it is sent: an event that waited, or is told again, says nothing that was hidden or corrected since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::event))]
pub struct Event {
    /// When it happened.
    #[serde(deserialize_with = "super::moment::read")]
    pub timestamp: DateTime<Utc>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened, and to what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", content = "data")]
pub enum What {
    /// Everybody can see a report now.
    #[serde(rename = "report.published")]
    ReportPublished(Box<ReportEvent>),
    /// What everybody sees of a report changed.
    #[serde(rename = "report.changed")]
    ReportChanged(Box<ReportEvent>),
    /// Everybody can see an update now.
    #[serde(rename = "update.published")]
    UpdatePublished(Box<UpdateEvent>),
    /// Not everybody can see a report any more: forget what you were told of it.
    #[serde(rename = "report.hidden")]
    ReportHidden(HiddenEvent),
    /// Somebody at the desk wants to see whether you answer.
    #[serde(rename = "mendmap.test")]
    Test(TestEvent),
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportEvent {
    /// The report's status after the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What changed: `status`, `title`, `detail`, `category`, `bodies`, `location`, `author_name`, `updates`.
    pub changed: Vec<String>,
    /// The report as it is when this is sent.
    pub report: Report,
}

/// An update of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateEvent {
    /// The update.
    pub update: Update,
    /// Its report as it is when this is sent.
    pub report: ReportSummary,
}

/// A report that not everybody may see any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HiddenEvent {
    /// Its number.
    pub report_id: i64,
}

/// Nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestEvent {
    /// Number of the webhook that is tried.
    pub webhook: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_reads_back_from_its_own_word() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).expect("serialises"), format!("\"{kind}\""));
        }
        assert_eq!("report.eaten".parse::<EventKind>(), Err(NoSuchEvent));
    }
}
