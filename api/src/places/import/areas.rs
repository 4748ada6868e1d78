//! Councils and wards from GeoJSON.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use diesel::{PgConnection, RunQueryDsl, sql_query};
use geojson::{Feature, GeometryValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::report::{BadRows, Counts, ImportError, Imported};
use super::stage::{self, StagedArea};
use super::{Options, in_transaction};
use crate::site::queries::{note_centre, note_credit};

/// What a polygon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AreaKind {
    /// What a body covers.
    Council,
    /// A part of a council.
    Ward,
}

impl AreaKind {
    /// As the database has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Council => "council",
            Self::Ward => "ward",
        }
    }
}

/// The source of the places that are made of areas.
const SOURCE: &str = "areas";

#[derive(Deserialize)]
struct Collection {
    // Taken apart one by one, so that a broken feature can be named.
    features: Vec<Value>,
}

/// Loads councils or wards. None is ever removed: bodies and reports refer to them.
///
/// # Errors
/// See [`ImportError`]; nothing is written then.
pub fn areas(conn: &mut PgConnection, path: &Path, kind: AreaKind, options: &Options) -> Result<Imported, ImportError> {
    let file = File::open(path).map_err(|error| ImportError::file(path, error))?;
    options.progress.reading(file.metadata().map_or(0, |meta| meta.len()));
    let reader = BufReader::new(options.progress.follow(file));
    let collection: Collection = serde_json::from_reader(reader).map_err(|error| ImportError::form(path, error))?;

    let mut bad = BadRows::default();
    let mut numbers: HashMap<String, i64> = HashMap::new();
    let mut rows = Vec::with_capacity(collection.features.len());
    let read = collection.features.len() as u64;
    for (number, feature) in (1_i64..).zip(collection.features) {
        match read_feature(feature, number) {
            Ok(row) => match numbers.insert(row.code.clone(), number) {
                None => rows.push(row),
                Some(first) => bad.push(
                    format!("feature {number}"),
                    format!("the code {} belongs to feature {first} already", row.code),
                ),
            },
            Err(reason) => bad.push(format!("feature {number}"), reason),
        }
    }

    in_transaction(conn, |conn| {
        stage::create(conn)?;
        stage::fill_areas(conn, &rows, &options.progress)?;
        options.progress.busy("comparing");
        let invalid = stage::refuse_invalid_areas(conn)?;
        let good = rows.len() - invalid.len();
        for (number, reason) in invalid {
            bad.push(format!("feature {number}"), format!("its outline is not valid: {reason}"));
        }
        bad.stop_unless(options.skip_bad, path, good)?;
        let counts = stage::apply(conn, include_str!("apply_areas.sql"), &[kind.as_str()])?;
        if counts.new + counts.changed > 0 {
            sql_query(include_str!("areas_as_places.sql")).execute(conn)?;
            stage::apply_places(conn, SOURCE, &options.progress)?;
            stage::label_areas(conn, stage::Labelled::All, &options.progress)?;
        }
        note_credit(conn, &format!("{SOURCE}/{}", kind.as_str()), options.attribution.as_deref(), None)?;
        note_centre(conn)?;
        let counts = Counts { read, refused: bad.count, ..counts };
        let what = match kind {
            AreaKind::Council => "councils",
            AreaKind::Ward => "wards",
        };
        Ok(Imported { parts: vec![(what, counts)], refused: bad })
    })
}

fn read_feature(feature: Value, number: i64) -> Result<StagedArea, String> {
    let feature: Feature = serde_json::from_value(feature).map_err(|error| format!("it is no feature: {error}"))?;
    let properties = feature.properties.ok_or("it has no properties")?;
    let code = property(&properties, &["gss", "code"], "CD").ok_or("it has no code (gss, code or ...CD)")?;
    let name = property(&properties, &["name"], "NM").ok_or("it has no name (name or ...NM)")?;
    let name_alt = property(&properties, &["name_cy", "name_alt"], "NMW").filter(|alt| *alt != name);
    let geometry = feature.geometry.ok_or("it has no outline")?;
    let in_degrees = |ring: &Vec<geojson::Position>| {
        ring.iter().all(|at| matches!(at.as_slice(), [lon, lat, ..] if lon.abs() <= 180.0 && lat.abs() <= 90.0))
    };
    let fits = match &geometry.value {
        GeometryValue::Polygon { coordinates } => coordinates.iter().all(in_degrees),
        GeometryValue::MultiPolygon { coordinates } => coordinates.iter().flatten().all(in_degrees),
        _ => return Err("its outline is no polygon".to_owned()),
    };
    if !fits {
        return Err("its outline is not in degrees of longitude and latitude (WGS 84)".to_owned());
    }
    Ok(StagedArea { number, code, name, name_alt, outline: geometry.to_string() })
}

/// A property by one of its names; or as the Office for National Statistics names it, `WD22CD` and the like.
fn property(properties: &Map<String, Value>, names: &[&str], ons_ending: &str) -> Option<String> {
    let is_ons = |key: &str| {
        let key = key.to_ascii_uppercase();
        key.strip_suffix(ons_ending).is_some_and(|start| {
            let letters = start.trim_end_matches(|c: char| c.is_ascii_digit());
            start.len() == letters.len() + 2 && !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic())
        })
    };
    let by_name = names.iter().find_map(|name| properties.get(*name));
    let value = by_name.or_else(|| properties.iter().find(|(key, _)| is_ons(key)).map(|(_, value)| value))?;
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    // The database takes every character but NUL.
    (!text.is_empty() && !text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn feature(properties: &Value, ring: &Value) -> Value {
        json!({"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    }

    #[test]
    fn names_are_found_as_ours_and_as_the_statistics_office_writes_them() {
        let ring = json!([[-3.0, 51.5], [-2.9, 51.5], [-2.9, 51.6], [-3.0, 51.5]]);
        let ours = json!({"gss": "W06000022", "name": "Newport", "name_cy": "Casnewydd"});
        let theirs = json!({"OBJECTID": 1, "WD22CD": "W06000022", "WD22NM": "Newport", "WD22NMW": "Casnewydd"});
        for properties in [ours, theirs] {
            let area = read_feature(feature(&properties, &ring), 1).expect("an area");
            assert_eq!((area.code.as_str(), area.name.as_str()), ("W06000022", "Newport"));
            assert_eq!(area.name_alt.as_deref(), Some("Casnewydd"));
        }
    }

    #[test]
    fn an_outline_in_metres_is_refused() {
        let ring =
            json!([[331_000.0, 188_000.0], [332_000.0, 188_000.0], [332_000.0, 189_000.0], [331_000.0, 188_000.0]]);
        let refused = read_feature(feature(&json!({"gss": "X", "name": "Y"}), &ring), 1);
        assert!(refused.expect_err("refused").contains("degrees"));
    }
}
