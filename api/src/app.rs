//! What every handler may use.

use std::sync::Arc;

use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::PublicConfig;

use crate::auth::tokens::Keys;
use crate::config::Config;
use crate::db::Db;
use crate::http::rate_limit::RateLimits;
use crate::photos::store::PhotoStore;

/// The state shared by all handlers of a process. Nothing in it is the truth about anything: kill it, start another.
pub struct App {
    /// Settings.
    pub config: Config,
    /// Database.
    pub db: Db,
    /// Photos.
    pub photos: Arc<PhotoStore>,
    /// What signs sessions and links.
    pub keys: Keys,
    /// Rate limits.
    pub limits: RateLimits,
    /// Where the map starts.
    pub map_centre: LonLat,
    /// What must be shown for base map and places.
    pub attribution: Option<String>,
    /// Pictures decoded at once: each may take a hundred megabytes.
    pub decoding: Arc<tokio::sync::Semaphore>,
    /// Whether the reports are invented.
    pub demo: bool,
}

impl App {
    /// What the browser needs to know before it can draw anything.
    #[must_use]
    pub fn public_config(&self) -> PublicConfig {
        PublicConfig {
            brand: self.config.site.brand.clone(),
            map: mendmap_shared::wire::config::MapConfig {
                centre: self.map_centre,
                zoom: self.config.site.map_zoom,
                tiles_url: self.config.site.tiles_url.clone(),
                attribution: self.attribution.clone(),
            },
            demo: self.demo,
        }
    }
}
