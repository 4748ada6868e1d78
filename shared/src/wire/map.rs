//! Map tiles: pins and clusters, and the streets drawn where no base map is configured.

use serde::{Deserialize, Serialize};

use crate::geo::LonLat;
use crate::workflow::StatusGroup;

/// What one tile shows: pins where they fit, clusters at lower zooms. Never both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::map_tile))]
pub struct MapTile {
    /// One per report.
    pub pins: Vec<Pin>,
    /// Counted reports.
    pub clusters: Vec<Cluster>,
}

/// A report on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pin {
    /// Number of the report.
    pub id: i64,
    /// Where.
    pub location: LonLat,
    /// Colour and shape.
    pub status_group: StatusGroup,
    /// Title, for the pin's label.
    pub title: String,
    /// Category's name, for the pin's label.
    pub category: String,
}

/// Reports counted together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cluster {
    /// Their centre of mass.
    pub location: LonLat,
    /// How many are open.
    pub open: i64,
    /// How many are fixed.
    pub fixed: i64,
    /// How many are closed.
    pub closed: i64,
}

impl Cluster {
    /// How many reports it stands for.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.open + self.fixed + self.closed
    }
}

/// Units of a street tile along each edge, counted from its north-west corner.
pub const STREET_TILE_EXTENT: i32 = 4096;

/// The streets of one tile, for a map without a base map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::street_tile))]
pub struct StreetTile {
    /// Streets and paths.
    pub streets: Vec<StreetLine>,
}

/// A stretch of a street within a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StreetLine {
    /// How it is drawn.
    pub class: StreetClass,
    /// Name; left out at small scales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// x and y in turn, in tile units (0 to 4096 within the tile, y to the south).
    pub points: Vec<i32>,
}

/// How a street is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StreetClass {
    /// Motorways and trunk roads.
    Trunk,
    /// Main roads.
    Main,
    /// Other streets.
    Minor,
    /// Paths, steps and cycleways.
    Path,
    /// Rivers and streams.
    Water,
    /// Railways.
    Rail,
}
