//! Features as GeoJSON. Written straight into the answer: a page can be ten thousand of them.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::crs::Crs;
use super::queries::{Features, Row};
use crate::error::{ApiError, ApiResult};
use crate::exports::record::{Record, Source, moment};

/// What is the same for all features of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// What the features are told with.
    pub source: &'a Source,
    /// What their coordinates are in.
    pub crs: Crs,
}

/// A page of features. What stands in it after the moment of the answer is nothing, so that the rest tells whether it changed.
pub struct Page {
    /// All but its end.
    pub body: Vec<u8>,
}

impl Page {
    /// Writes these features, with the links of the page and how many match, where that is known.
    ///
    /// # Errors
    /// When something cannot be written as JSON, which is our fault.
    pub fn of(features: &Features, manner: Manner<'_>, links: &[Value], matched: Option<i64>) -> ApiResult<Self> {
        let mut body = Vec::with_capacity(1024 * (features.count() + 1));
        body.extend_from_slice(b"{\"type\":\"FeatureCollection\",\"features\":[");
        each(features, |place, feature| {
            if place > 0 {
                body.push(b',');
            }
            feature.write(&mut body, manner)?;
            body.push(b'}');
            Ok(())
        })?;
        body.extend_from_slice(b"],\"links\":");
        json(&mut body, &links)?;
        if let Some(matched) = matched {
            write!(body, ",\"numberMatched\":{matched}").map_err(ApiError::internal)?;
        }
        write!(body, ",\"numberReturned\":{}", features.count()).map_err(ApiError::internal)?;
        Ok(Self { body })
    }

    /// The page as it is at this moment.
    ///
    /// # Errors
    /// Never: it is written to memory.
    pub fn at(mut self, now: DateTime<Utc>) -> ApiResult<Vec<u8>> {
        write!(self.body, ",\"timeStamp\":\"{}\"}}", moment(now)).map_err(ApiError::internal)?;
        Ok(self.body)
    }
}

/// The first of these features alone, with its links; none where there is none.
///
/// # Errors
/// When something cannot be written as JSON, which is our fault.
pub fn single(features: &Features, manner: Manner<'_>, links: &[Value]) -> ApiResult<Option<Vec<u8>>> {
    let mut body = Vec::new();
    each(features, |_, feature| {
        feature.write(&mut body, manner)?;
        body.extend_from_slice(b",\"links\":");
        json(&mut body, &links)?;
        body.push(b'}');
        Ok(())
    })?;
    Ok((!body.is_empty()).then_some(body))
}

enum Feature<'a> {
    Record(&'a Record),
    Row(&'a Row),
}

fn each(features: &Features, mut work: impl FnMut(usize, Feature<'_>) -> ApiResult<()>) -> ApiResult<()> {
    match features {
        Features::Records(all) => all.iter().enumerate().try_for_each(|(place, one)| work(place, Feature::Record(one))),
        Features::Rows(all) => all.iter().enumerate().try_for_each(|(place, one)| work(place, Feature::Row(one))),
    }
}

fn json<T: serde::Serialize>(body: &mut Vec<u8>, value: &T) -> ApiResult<()> {
    serde_json::to_writer(body, value).map_err(ApiError::internal)
}

impl Feature<'_> {
    /// The feature, but for the bracket that ends it.
    fn write(&self, body: &mut Vec<u8>, manner: Manner<'_>) -> ApiResult<()> {
        let id = match self {
            Self::Record(record) => record.id,
            Self::Row(row) => row.id,
        };
        write!(body, "{{\"type\":\"Feature\",\"id\":{id},\"geometry\":").map_err(ApiError::internal)?;
        match self {
            Self::Record(record) => match manner.crs.write(record.location.lon(), record.location.lat()) {
                Some([first, second]) => {
                    write!(body, "{{\"type\":\"Point\",\"coordinates\":[{first},{second}]}}")
                        .map_err(ApiError::internal)?;
                }
                None => body.extend_from_slice(b"null"),
            },
            Self::Row(row) => geometry(body, row.geometry.as_deref(), manner.crs)?,
        }
        body.extend_from_slice(b",\"properties\":");
        match self {
            Self::Record(record) => json(body, &record.properties(manner.source)),
            Self::Row(row) => {
                body.extend_from_slice(row.properties.as_bytes());
                Ok(())
            }
        }
    }
}

/// A geometry as it came from the database, in the coordinate reference system that is asked for. A part of it that lies beyond
/// that takes all of it away: half an outline would be a wrong one.
fn geometry(body: &mut Vec<u8>, kept: Option<&str>, crs: Crs) -> ApiResult<()> {
    let Some(kept) = kept else {
        body.extend_from_slice(b"null");
        return Ok(());
    };
    if crs == Crs::Crs84 {
        body.extend_from_slice(kept.as_bytes());
        return Ok(());
    }
    let mut value: Value = serde_json::from_str(kept).map_err(ApiError::internal)?;
    match value.get_mut("coordinates").and_then(|coordinates| bring(coordinates, crs)) {
        Some(()) => json(body, &value),
        None => {
            body.extend_from_slice(b"null");
            Ok(())
        }
    }
}

/// Rewrites the positions of nested lists; nothing where one of them is nowhere.
fn bring(coordinates: &mut Value, crs: Crs) -> Option<()> {
    let list = coordinates.as_array_mut()?;
    match list[..] {
        [ref lon, ref lat, ..] if lon.is_number() => {
            let position = crs.write(lon.as_f64()?, lat.as_f64()?)?;
            *coordinates = Value::from(position.to_vec());
            Some(())
        }
        _ => list.iter_mut().try_for_each(|part| bring(part, crs)),
    }
}
