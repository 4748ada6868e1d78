//! The parameters by which open data are chosen, the same for every format and on the command line.
//!
//! `Query<FilterParams>` stands beside another `Query` for what else an address takes: one type in another, flattened, cannot
//! be read out of an address.

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::*;
use mendmap_shared::error::FieldCode;
use serde::{Deserialize, Serialize};

use super::polygon::Polygon;
use crate::error::{ApiError, ApiResult};
use crate::reports::listing::{self, Condition, ListParams};
use crate::schema::reports;

/// Which published reports are meant; all of them where nothing is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::IntoParams, clap::Args)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FilterParams {
    /// `west,south,east,north` in degrees, WGS 84.
    #[param(example = "-3.01,51.57,-2.98,51.59")]
    #[arg(long, allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bbox: Option<String>,
    /// Number of an area.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<i64>,
    /// A polygon as WKT (`POLYGON` or `MULTIPOLYGON`) or as a GeoJSON geometry, in degrees, longitude first, WGS 84: reports in
    /// it or on its edge. Large ones are better posted.
    #[param(example = "POLYGON((-3.01 51.57,-2.98 51.57,-2.98 51.59,-3.01 51.57))")]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polygon: Option<String>,
    /// Slug of a body.
    #[param(example = "newport")]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Code of a category, or name of a group.
    #[param(example = "potholes")]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Statuses or groups of them, separated by commas.
    #[param(example = "open,fixed")]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Words in title, details or street; `"two words"` together, `-word` without.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Only reports made at or after this moment, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only reports made before this moment, RFC 3339.
    #[param(value_type = Option<String>, format = DateTime)]
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// The parameters, read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    list: listing::Filter,
    until: Option<DateTime<Utc>>,
    polygon: Option<Polygon>,
}

impl FilterParams {
    /// Checks the parameters, as far as that can be done without the database: [`Filter::check`] does the rest.
    ///
    /// # Errors
    /// Names the first that cannot be read.
    pub fn filter(&self) -> ApiResult<Filter> {
        let list = ListParams {
            bbox: self.bbox.clone(),
            area: self.area,
            body: self.body.clone(),
            category: self.category.clone(),
            status: self.status.clone(),
            q: self.q.clone(),
            since: self.since,
            ..ListParams::default()
        };
        if !self.until.as_ref().is_none_or(listing::in_range) {
            return Err(ApiError::parameter("until", FieldCode::Invalid, "until is a moment in the years 1 to 9999"));
        }
        Ok(Filter {
            list: list.filter()?,
            until: self.until,
            polygon: self.polygon.as_deref().map(Polygon::read).transpose()?,
        })
    }

    /// Whether it costs enough to be counted: a search by words, or by a polygon.
    #[must_use]
    pub const fn is_search(&self) -> bool {
        self.q.is_some() || self.polygon.is_some()
    }
}

impl Filter {
    /// Checks what only the database can: once, before anything is read by it.
    ///
    /// # Errors
    /// `invalid_request` with what is wrong with the polygon; from the database.
    pub fn check(&self, conn: &mut PgConnection) -> ApiResult<()> {
        self.polygon.as_ref().map_or(Ok(()), |polygon| polygon.check(conn))
    }

    /// The conditions, to be put on any query of published reports.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let mut all = self.list.conditions();
        if let Some(until) = self.until {
            all.push(Box::new(reports::created_at.lt(until)));
        }
        if let Some(polygon) = &self.polygon {
            all.push(polygon.condition());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let polygon = || Some("POINT(1 2)".to_owned());
        for (params, name) in [
            (FilterParams { bbox: Some("1,2,3".into()), ..FilterParams::default() }, "bbox"),
            (FilterParams { status: Some("mended".into()), ..FilterParams::default() }, "status"),
            (FilterParams { until: Some(DateTime::<Utc>::MIN_UTC), ..FilterParams::default() }, "until"),
            (FilterParams { polygon: polygon(), ..FilterParams::default() }, "polygon"),
        ] {
            let error = format!("{:?}", params.filter().expect_err("refused"));
            assert!(error.contains(&format!("\"{name}\"")), "{error}");
        }
    }

    #[test]
    fn every_filter_is_a_condition() {
        let params = FilterParams {
            bbox: Some("1,2,3,4".into()),
            area: Some(1),
            polygon: Some("POLYGON((0 0, 2 0, 2 1, 0 0))".into()),
            body: Some("newport".into()),
            category: Some("potholes".into()),
            status: Some("open".into()),
            q: Some("hole".into()),
            since: Some(DateTime::UNIX_EPOCH),
            until: Some(DateTime::UNIX_EPOCH),
        };
        assert_eq!(params.filter().expect("reads").conditions().len(), 9);
        assert!(FilterParams::default().filter().expect("reads").conditions().is_empty());
    }
}
