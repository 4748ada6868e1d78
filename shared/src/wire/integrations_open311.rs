//! How reports reach a body's own Open311 server: what its administrators set, and what came of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the server is asked to answer in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Open311Format {
    /// XML, which every server has.
    #[default]
    Xml,
    /// JSON.
    Json,
}

impl Open311Format {
    /// The word, which is also how its resources end.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }
}

/// How photos reach the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Open311Photos {
    /// As addresses, in `media_url`.
    #[default]
    Links,
    /// As files, in parts named `media`.
    Uploads,
}

impl Open311Photos {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::Uploads => "uploads",
        }
    }
}

/// A field of a category that stays as it is, whatever the server's service list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProtectedField {
    /// Its name.
    Name,
    /// The group it is listed under.
    Group,
    /// Its line of help.
    Hint,
    /// Its questions.
    Questions,
    /// Whether its reports are for author and body only.
    Private,
    /// Whether it can be chosen.
    Live,
}

impl ProtectedField {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Group => "group",
            Self::Hint => "hint",
            Self::Questions => "questions",
            Self::Private => "private",
            Self::Live => "live",
        }
    }
}

/// A body's Open311 server, as its administrators see it. The key is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::open311_server))]
pub struct Open311Server {
    /// Where its resources begin, without their names.
    pub endpoint: String,
    /// `jurisdiction_id`, where the server wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Whether a key is kept.
    pub has_key: bool,
    /// What it is asked to answer in.
    pub format: Open311Format,
    /// Whether it speaks the extended status words.
    pub extended_statuses: bool,
    /// How photos get there.
    pub photos: Open311Photos,
    /// The last look at its service list.
    pub sync: Open311Run,
    /// The last look for its updates.
    pub updates: Open311Run,
    /// Its services and the categories they are here.
    pub services: Vec<Open311Service>,
    /// Codes of services that are no category here.
    pub ignored: Vec<String>,
}

/// What the last run of something came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Open311Run {
    /// When; absent until the first has come to an end.
    #[serde(default, deserialize_with = "super::moment::read_some", skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// How many failed since the last that did not.
    pub failures: i32,
    /// What came of it, in words: the server's own where it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// A service and the category it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Open311Service {
    /// The server's code.
    pub service: String,
    /// Code of our category.
    pub category: String,
    /// Its name.
    pub name: String,
    /// Whether it can be chosen.
    pub live: bool,
    /// Whether the server no longer lists it.
    pub gone: bool,
    /// What stays as it is here.
    pub protected: Vec<ProtectedField>,
}

/// How a body's Open311 server is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_open311_server))]
pub struct NewOpen311Server {
    /// Where its resources begin, without their names.
    pub endpoint: String,
    /// `jurisdiction_id`, where the server wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The key it gave us. Absent keeps the one there is; empty takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is asked to answer in.
    #[serde(default)]
    pub format: Open311Format,
    /// Whether it speaks the extended status words.
    #[serde(default)]
    pub extended_statuses: bool,
    /// How photos get there.
    #[serde(default)]
    pub photos: Open311Photos,
}

/// Which category a service is here, and what of it stays as it is; or that it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::open311_binding))]
pub struct NewOpen311Service {
    /// The server's code.
    pub service: String,
    /// Code of our category. Absent where the service is to be none: what it was is delivered by mail then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What stays as it is here.
    #[serde(default)]
    pub protected: Vec<ProtectedField>,
}
