//! Updates: what happened to a report, in order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::categories::BodyRef;
use super::photos::{Photo, PhotoId};
use super::reports::NewAuthor;
use crate::text::UpdateText;
use crate::workflow::{Status, Visibility};

/// A public update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::update))]
pub struct Update {
    /// Number of the update.
    pub id: i64,
    /// When.
    #[serde(deserialize_with = "super::moment::read")]
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub by: UpdateBy,
    /// The words; absent on a bare change of status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The status it set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The report named when the status is `duplicate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<i64>,
    /// Photos.
    #[serde(default)]
    pub photos: Vec<Photo>,
}

/// Who wrote an update, as far as everybody may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum UpdateBy {
    /// The body.
    Body {
        /// Which.
        body: BodyRef,
    },
    /// The person who reported it.
    Author {
        /// Name, where they let it be shown.
        name: Option<String>,
    },
    /// Another resident.
    Resident {
        /// Name, where they let it be shown.
        name: Option<String>,
    },
}

/// A new update: words, a change of status, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::new_update))]
pub struct NewUpdate {
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<UpdateText>,
    /// The status to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The other report, with status `duplicate` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<i64>,
    /// Photos uploaded before, at most six.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoId>,
    /// Whether the name stays off the public page.
    #[serde(default)]
    pub anonymous: bool,
    /// Who writes; needed without a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<NewAuthor>,
}

/// An update was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::update_taken))]
pub struct UpdateTaken {
    /// Its number.
    pub id: i64,
    /// `published` at once, or `unconfirmed` until the mailed link is opened.
    pub visibility: Visibility,
}
