//! Photos.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::FieldCode;

/// Name of a stored photo: the SHA-256 of its largest size, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
#[serde(try_from = "String", into = "String")]
pub struct PhotoId(String);

impl PhotoId {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhotoId {
    type Err = FieldCode;
    fn from_str(text: &str) -> Result<Self, FieldCode> {
        let ok = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if ok { Ok(Self(text.to_owned())) } else { Err(FieldCode::Invalid) }
    }
}

impl TryFrom<String> for PhotoId {
    type Error = FieldCode;
    fn try_from(text: String) -> Result<Self, FieldCode> {
        text.parse()
    }
}

impl From<PhotoId> for String {
    fn from(id: PhotoId) -> Self {
        id.0
    }
}

impl fmt::Display for PhotoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A photo to show. Addresses are relative to the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::photo))]
pub struct Photo {
    /// Name.
    pub id: PhotoId,
    /// Width in pixels of the largest size.
    pub width: i32,
    /// Height in pixels of the largest size.
    pub height: i32,
    /// Largest size, 2048 pixels at most.
    pub full: String,
    /// For a page, 800 pixels at most.
    pub page: String,
    /// For a list, 250 pixels at most.
    pub thumb: String,
}
