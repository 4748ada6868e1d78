//! What other sites need to show a page of this one within a page of theirs (oEmbed 1.0).

use serde::{Deserialize, Serialize};

/// How to show a page of this site elsewhere. The names are oEmbed's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::embed))]
pub struct Embed {
    /// Always `rich`.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "rich"))]
    pub kind: String,
    /// Always `1.0`.
    #[cfg_attr(feature = "openapi", schema(example = "1.0"))]
    pub version: String,
    /// What the page is about.
    pub title: String,
    /// Name of this site.
    pub provider_name: String,
    /// Its address.
    pub provider_url: String,
    /// How many seconds this answer may be kept.
    pub cache_age: u32,
    /// An `<iframe>` of this width and height.
    pub html: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}
