//! What the data say about the site that shows them: where its map begins, whom it credits, whether they are made up.
//!
//! Whoever writes places or fills a database notes it beside them, so that every process on that database, also one that
//! started earlier, learns it by reading a few rows.

pub mod queries;

use diesel::result::Error;
use diesel::{PgConnection, QueryResult};
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::{Demonstration, MapConfig, PublicConfig};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::http::base_map::BASE_MAP;

/// Where the map begins when nothing says so, in degrees: the middle of Great Britain.
const NOWHERE: (f64, f64) = (-2.5, 54.0);

/// What this program filled a database with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The invented borough.
    Borough,
    /// A real region with invented reports, from the files in this folder.
    Region(String),
}

/// A filling, and whether it came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// With what.
    pub content: Content,
    /// Whether all of it is there.
    pub done: bool,
}

/// What the data say.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The middle of the loaded places.
    centre: LonLat,
    /// Whom the lines on the map credit.
    map_credits: Vec<String>,
    /// Whom all the places credit.
    credits: Vec<String>,
    /// What this program filled the database with.
    filling: Option<Filling>,
}

impl Site {
    /// Reads it.
    ///
    /// # Errors
    /// From the database.
    pub fn read(conn: &mut PgConnection) -> QueryResult<Self> {
        let nowhere =
            || LonLat::new(NOWHERE.0, NOWHERE.1).map_err(|error| Error::DeserializationError(Box::new(error)));
        let mut site = Self {
            centre: queries::centre(conn)?.map_or_else(nowhere, Ok)?,
            map_credits: Vec::new(),
            credits: Vec::new(),
            filling: queries::filling(conn)?,
        };
        for (source, text) in queries::credits(conn)? {
            if source.starts_with(queries::OSM) && !site.map_credits.contains(&text) {
                site.map_credits.push(text.clone());
            }
            if !site.credits.contains(&text) {
                site.credits.push(text);
            }
        }
        Ok(site)
    }

    /// Where the map begins.
    #[must_use]
    pub fn map_centre(&self, config: &Config) -> LonLat {
        config.site.map_centre.unwrap_or(self.centre)
    }

    /// Whether the reports are made up.
    #[must_use]
    pub const fn is_demonstration(&self) -> bool {
        self.filling.is_some()
    }

    /// What the browser needs to know before it can draw anything.
    #[must_use]
    pub fn public_config(&self, config: &Config) -> PublicConfig {
        let attribution = config.site.attribution.clone();
        PublicConfig {
            brand: config.site.brand.clone(),
            map: MapConfig {
                centre: self.map_centre(config),
                zoom: config.site.map_zoom,
                tiles_url: config.site.tiles_url.clone(),
                pmtiles_url: config.site.pmtiles.as_ref().map(|_| BASE_MAP.to_owned()),
                attribution: attribution.or_else(|| {
                    let together = self.map_credits.join(", ");
                    (!together.is_empty()).then_some(together)
                }),
            },
            credits: config.site.attribution.iter().chain(&self.credits).cloned().collect(),
            demo: self.filling.as_ref().map(|filling| Demonstration {
                invented_places: filling.content == Content::Borough,
                sends_mail: config.mail.smtp_url.is_some(),
            }),
        }
    }
}
