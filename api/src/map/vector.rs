//! A tile as Mapbox Vector Tile 2.1, with the crate `mvt`, for whoever draws the map with a library of that kind.

use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::wire::map::MapTile;
use mvt::{GeomEncoder, GeomType, Tile};

/// Units along a tile's edge.
pub const EXTENT: u32 = 4096;
/// The layer of single reports.
pub const REPORTS: &str = "reports";
/// The layer of counted ones.
pub const CLUSTERS: &str = "clusters";

/// The tile's bytes; none where it shows nothing.
///
/// # Errors
/// When something in it cannot be written, which is our fault.
pub fn encode(at: TileXyz, shown: &MapTile) -> Result<Vec<u8>, mvt::Error> {
    if shown.pins.is_empty() && shown.clusters.is_empty() {
        return Ok(Vec::new());
    }
    let mut tile = Tile::new(EXTENT);
    let mut layer = tile.create_layer(REPORTS);
    for pin in &shown.pins {
        let mut feature = layer.into_feature(point(at, pin.location)?);
        feature.set_id(pin.id.unsigned_abs());
        feature.add_tag_int("id", pin.id);
        feature.add_tag_string("status_group", pin.status_group.as_str());
        feature.add_tag_string("title", &pin.title);
        feature.add_tag_string("category", &pin.category);
        layer = feature.into_layer();
    }
    if layer.num_features() > 0 {
        tile.add_layer(layer)?;
    }
    let mut layer = tile.create_layer(CLUSTERS);
    for cluster in &shown.clusters {
        let mut feature = layer.into_feature(point(at, cluster.location)?);
        feature.add_tag_int("count", cluster.total());
        feature.add_tag_int("open", cluster.open);
        feature.add_tag_int("fixed", cluster.fixed);
        feature.add_tag_int("closed", cluster.closed);
        layer = feature.into_layer();
    }
    if layer.num_features() > 0 {
        tile.add_layer(layer)?;
    }
    tile.to_bytes()
}

fn point(tile: TileXyz, location: LonLat) -> Result<mvt::GeomData, mvt::Error> {
    let (x, y) = tile.fraction(location);
    let units = f64::from(EXTENT);
    GeomEncoder::new(GeomType::Point).point(x * units, y * units)?.encode()
}
