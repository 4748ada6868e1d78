//! The bodies of requests and answers, by feature.

pub mod auth;
pub mod categories;
pub mod config;
pub mod desk;
pub mod embeds;
#[cfg(feature = "openapi")]
mod examples;
pub mod exports;
pub mod integrations;
pub mod integrations_open311;
pub mod map;
mod moment;
pub mod photos;
pub mod places;
pub mod reports;
pub mod stats;
pub mod updates;

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Send this back as `cursor` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
