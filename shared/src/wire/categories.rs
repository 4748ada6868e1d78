//! What can be reported at a place, and to whom.

use serde::{Deserialize, Serialize};

use crate::questions::Question;

/// A body, briefly.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::body))]
pub struct BodyRef {
    /// Stable name in addresses.
    #[cfg_attr(feature = "openapi", schema(example = "newport"))]
    pub slug: String,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Newport City Council"))]
    pub name: String,
}

/// An area, briefly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::area))]
pub struct AreaRef {
    /// Number.
    pub id: i64,
    /// `council` or `ward`.
    #[cfg_attr(feature = "openapi", schema(example = "ward"))]
    pub kind: String,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Stow Hill"))]
    pub name: String,
    /// Name in the other language of the place, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_alt: Option<String>,
}

/// A category by name: as it is shown with a report, and as one chooses among reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::category_name))]
pub struct CategoryRef {
    /// Stable code.
    #[cfg_attr(feature = "openapi", schema(example = "potholes"))]
    pub code: String,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Potholes"))]
    pub name: String,
    /// Group it is listed under.
    #[cfg_attr(feature = "openapi", schema(example = "Roads and pavements"))]
    pub group: String,
}

/// Everything that can be reported at one point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::categories_at))]
pub struct CategoriesAt {
    /// Whether any body covers the point. Where none does, a report is still taken and published, and sent to nobody.
    pub covered: bool,
    /// The bodies that cover it.
    pub bodies: Vec<BodyRef>,
    /// The areas it lies in, largest first.
    pub areas: Vec<AreaRef>,
    /// The categories, by group.
    pub groups: Vec<CategoryGroup>,
}

/// A group of categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryGroup {
    /// Name of the group.
    pub name: String,
    /// Its categories.
    pub categories: Vec<CategoryOption>,
}

/// One category to choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryOption {
    /// Stable code, sent back with the report.
    pub code: String,
    /// Name.
    pub name: String,
    /// A line of help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The bodies the report would go to.
    pub bodies: Vec<BodyRef>,
    /// Extra questions.
    pub questions: Vec<Question>,
    /// Set where this cannot be reported here at all; says what to do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocking_message: Option<String>,
    /// Whether a report of this category is shown to the author and the body only.
    #[serde(default)]
    pub private: bool,
}
