//! A point as libraries for geometries read it.

use geozero::error::Result;
use geozero::{GeomProcessor, GeozeroGeometry};
use mendmap_shared::geo::LonLat;

/// A point in degrees, longitude first.
#[derive(Debug, Clone, Copy)]
pub struct Point(pub LonLat);

impl GeozeroGeometry for Point {
    fn process_geom<P: GeomProcessor>(&self, processor: &mut P) -> Result<()> {
        processor.point_begin(0)?;
        processor.xy(self.0.lon(), self.0.lat(), 0)?;
        processor.point_end(0)
    }
}
