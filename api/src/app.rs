//! What every handler may use.

use std::sync::{Arc, PoisonError, RwLock};

use mendmap_shared::geo::LonLat;

use crate::auth::tokens::Keys;
use crate::cache::Cache;
use crate::config::Config;
use crate::db::Db;
use crate::delivery::outbound::Outbound;
use crate::exports;
use crate::exports::made::Workshop;
use crate::http::health::Readiness;
use crate::http::rate_limit::RateLimits;
use crate::map::batches::Batches;
use crate::map::live::Live;
use crate::photos::{self, store::PhotoStore};
use crate::site::Site;
use crate::stats::kept::KeptStats;

/// The state shared by all handlers of a process. Nothing in it is the truth about anything: kill it, start another.
pub struct App {
    /// Settings.
    pub config: Config,
    /// Database.
    pub db: Db,
    /// Answers kept for a moment.
    pub cache: Cache,
    /// The way out to servers that somebody else named.
    pub outbound: Outbound,
    /// Photos.
    pub photos: Arc<PhotoStore>,
    /// What exports as files are made with.
    pub workshop: Workshop,
    /// What signs sessions and links.
    pub keys: Keys,
    /// Rate limits.
    pub limits: RateLimits,
    /// What the data said about the site when they were last asked.
    pub site: RwLock<Arc<Site>>,
    /// Memory for photos being uploaded and decoded.
    pub photo_room: photos::room::Room,
    /// What answers that are copies of everything may take.
    pub exports: exports::stream::Room,
    /// Tiles of the map that are being made.
    pub tiles: Batches,
    /// Who listens to the live map.
    pub live: Arc<Live>,
    /// Figures kept for a minute.
    pub stats: KeptStats,
    /// What `/readyz` found last.
    pub readiness: Readiness,
}

impl App {
    /// What the data said about the site when they were last asked, at most a minute ago.
    #[must_use]
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the data again: somebody may have imported more. Where they cannot be asked, what they said last holds.
    pub async fn refresh_site(&self) {
        if let Ok(site) = self.db.read(|conn| Ok(Site::read(conn)?)).await {
            *self.site.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(site);
        }
    }

    /// Where the map starts.
    #[must_use]
    pub fn map_centre(&self) -> LonLat {
        self.site().map_centre(&self.config)
    }
}
