//! Map tiles: pins and clusters, what a live map is told, and the streets drawn where no base map is configured.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::geo::LonLat;
use crate::workflow::{Status, StatusGroup};

/// What one tile shows: a pin for every report where pins fit. Where they do not, clusters, and a pin for each report that is
/// alone in its cell. The counts of the clusters and the pins add up to the reports that match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::map_tile))]
pub struct MapTile {
    /// Single reports.
    pub pins: Vec<Pin>,
    /// Reports counted together.
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

/// The name of the server-sent event after which everything is told as it happens.
pub const LIVE_READY: &str = "ready";
/// The name of the server-sent event that carries a [`LiveReport`].
pub const LIVE_REPORT: &str = "report";
/// The name of the server-sent event that says: more changed than is told one by one, look at everything anew.
pub const LIVE_RELOAD: &str = "reload";

/// A report that came into sight, changed there, or went. The same may be told more than once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::live_report))]
pub struct LiveReport {
    /// Number of the report.
    pub id: i64,
    /// The report as everybody may see it now; none where it is not to be seen any more.
    pub now: Option<LivePin>,
}

/// A pin with what filters ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LivePin {
    /// The pin.
    #[serde(flatten)]
    pub pin: Pin,
    /// Its status, of which the pin has the group.
    pub status: Status,
    /// Code of its category.
    pub category_code: String,
    /// Name of its category's group.
    pub category_group: String,
    /// Slugs of the bodies it went to.
    pub bodies: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where the map's vector tiles are, as TileJSON 3.0 says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::tilejson))]
pub struct TileJson {
    /// "3.0.0".
    pub tilejson: String,
    /// Name of the site.
    pub name: String,
    /// What must be shown with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// "xyz": rows count from the north.
    pub scheme: String,
    /// Address of a tile, with {z}, {x} and {y}.
    pub tiles: Vec<String>,
    /// Smallest zoom.
    pub minzoom: u8,
    /// Deepest zoom.
    pub maxzoom: u8,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Longitude, latitude and zoom to begin with.
    pub center: [f64; 3],
    /// What is in the tiles.
    pub vector_layers: Vec<VectorLayer>,
}

/// A layer of the vector tiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VectorLayer {
    /// Name of the layer.
    pub id: String,
    /// What it shows.
    pub description: String,
    /// Smallest zoom it appears at.
    pub minzoom: u8,
    /// Deepest zoom.
    pub maxzoom: u8,
    /// Its properties and what kind each is.
    pub fields: std::collections::BTreeMap<String, String>,
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
