//! Places: search, the nearest street, the streets around.

use serde::{Deserialize, Serialize};

use super::categories::AreaRef;
use crate::geo::LonLat;

/// What kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A street.
    Street,
    /// A village, suburb or town.
    Locality,
    /// A building with number and street.
    Address,
    /// A named building, park, shop or the like.
    PointOfInterest,
    /// A postcode.
    Postcode,
    /// A point written as numbers, grid reference or plus code.
    Coordinates,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Kind.
    pub kind: PlaceKind,
    /// Name.
    #[cfg_attr(feature = "openapi", schema(example = "Commercial Street"))]
    pub name: String,
    /// Name in the other language of the place, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_alt: Option<String>,
    /// Where it is, for telling two of the same name apart: ward and council.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "Stow Hill, Newport"))]
    pub area: Option<String>,
    /// A point on it.
    pub location: LonLat,
}

/// What a search found, best match first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlacesFound {
    /// The places.
    pub places: Vec<Place>,
}

/// What lies at a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlaceAt {
    /// The nearest street, within 500 m.
    pub street: Option<NearStreet>,
    /// The areas, largest first.
    pub areas: Vec<AreaRef>,
}

/// A street near a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NearStreet {
    /// Name.
    pub name: String,
    /// Name in the other language of the place, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_alt: Option<String>,
    /// Metres from the point.
    pub distance_m: f64,
    /// The point of the street nearest to it.
    pub location: LonLat,
}

/// The streets around a point, nearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreetsNear {
    /// The streets.
    pub streets: Vec<NearStreet>,
}
