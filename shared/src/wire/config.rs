//! What the browser needs to know before it can draw anything.

use serde::{Deserialize, Serialize};

use crate::geo::LonLat;

/// The site's public settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::public_config))]
pub struct PublicConfig {
    /// Name, colours and logo.
    pub brand: Brand,
    /// Where the map starts and what lies under it.
    pub map: MapConfig,
    /// Everybody the places must credit, one text each.
    #[serde(default)]
    pub credits: Vec<String>,
    /// Present where this is a demonstration with invented reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<Demonstration>,
}

/// What is real about a demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Demonstration {
    /// Whether the places are invented as the reports are.
    pub invented_places: bool,
    /// Whether mail leaves the server; otherwise it is written to files.
    pub sends_mail: bool,
}

/// Name, colours and logo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Brand {
    /// Name of the site.
    #[cfg_attr(feature = "openapi", schema(example = "Mendmap"))]
    pub name: String,
    /// Main colour, as `#rrggbb`; absent keeps the style sheet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_colour: Option<String>,
    /// Colour of links and buttons, as `#rrggbb`; absent keeps the style sheet's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent_colour: Option<String>,
    /// Address of the logo, from this site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
}

/// Where the map starts and what lies under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapConfig {
    /// Where it starts.
    pub centre: LonLat,
    /// At which zoom.
    pub zoom: u8,
    /// XYZ address with `{z}`, `{x}`, `{y}`; absent draws the streets we have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles_url: Option<String>,
    /// Address of a PMTiles file of vector tiles with OpenMapTiles' layers, from this site; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pmtiles_url: Option<String>,
    /// What must be shown on the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
}
