//! What is asked of a collection's items: the parameters behind the question mark, of which none may be unknown or given twice.

use std::sync::Arc;

use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::OGC_PAGE;
use url::form_urlencoded;

use super::collections::{Collection, Property};
use super::crs::Crs;
use super::filter::{self, Comparison, Context, Language, Predicate, Term};
use super::moment::{Period, Span};
use super::region::Region;
use super::sql::Sql;
use crate::error::{ApiError, ApiResult};
use crate::exports::record::Kind;
use crate::http::cursor;

/// Parameters of an address, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads them; each at most once, and only these. `f=json` may stand everywhere.
    ///
    /// # Errors
    /// Names the one that is not known, or twice there.
    pub fn read(query: &str, is_known: impl Fn(&str) -> bool) -> ApiResult<Self> {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "f" && !is_known(&name) {
                return Err(ApiError::parameter(name, FieldCode::Unknown, "there is no such parameter here"));
            }
            if found.get(&name).is_some() {
                return Err(refused(&name, "this is given twice"));
            }
            if value.contains('\0') {
                return Err(refused(&name, "a text has no NUL in it"));
            }
            found.0.push((name.into_owned(), value.into_owned()));
        }
        match found.get("f") {
            None | Some("json") => Ok(found),
            Some(_) => Err(ApiError::parameter("f", FieldCode::InvalidChoice, "json is the one format there is")),
        }
    }

    /// The value of one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// As they stand in an address, without the cursor, with this one instead.
    #[must_use]
    pub fn with_cursor(&self, cursor: Option<&str>) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.0.iter().filter(|(name, _)| name != "cursor"));
        if let Some(cursor) = cursor {
            text.append_pair("cursor", cursor);
        }
        text.finish()
    }
}

/// A parameter whose value is not taken.
fn refused(name: &str, reason: impl Into<String>) -> ApiError {
    ApiError::parameter(name, FieldCode::Invalid, reason)
}

/// The parameters of a collection's items that are not its properties.
pub const PARAMETERS: [&str; 9] =
    ["limit", "cursor", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs"];

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Of what.
    pub collection: &'static Collection,
    /// The parameters as they came.
    pub parameters: Parameters,
    /// Most features of the page.
    pub limit: i64,
    /// The number that the page begins after.
    pub after: Option<i64>,
    /// What geometries are answered in.
    pub crs: Crs,
    /// What each feature has to be. Behind a pointer, as a polygon can be long and a read may be begun twice.
    pub conditions: Arc<[Sql]>,
}

impl Ask {
    /// Reads the parameters of a collection's items. A filter takes its time: not for a thread that has others to serve.
    ///
    /// # Errors
    /// Names the first parameter that is unknown or cannot be taken, and says why.
    pub fn read(collection: &'static Collection, query: &str) -> ApiResult<Self> {
        let queryable = |name: &str| collection.property(name).is_some_and(|property| property.sql.is_some());
        let parameters = Parameters::read(query, |name| PARAMETERS.contains(&name) || queryable(name))?;
        let mut conditions = Vec::new();
        let bbox_crs = crs(&parameters, "bbox-crs")?;
        if let Some(text) = parameters.get("bbox") {
            let region = Region::bbox(text, bbox_crs).map_err(|reason| refused("bbox", reason))?;
            conditions.push(met(&region, collection));
        }
        if let Some(text) = parameters.get("datetime") {
            let period = Period::read(text)
                .map_err(|reason| ApiError::parameter("datetime", FieldCode::InvalidDatetime, reason))?;
            // Features without a time are there at all times.
            conditions.extend(collection.time().map(|time| filter::write(&filter::within(time, period), collection)));
        }
        for (name, value) in &parameters.0 {
            if let Some(property) = collection.property(name).filter(|property| property.sql.is_some()) {
                conditions.push(filter::write(&equals(property, value)?, collection));
            }
        }
        conditions.extend(filtered(&parameters, collection)?);
        Ok(Self {
            limit: limit(parameters.get("limit"), collection.shape.page_max())?,
            after: cursor::decode(parameters.get("cursor"))?,
            crs: crs(&parameters, "crs")?,
            collection,
            parameters,
            conditions: conditions.into(),
        })
    }
}

/// That a feature shares a point with the region, or has no place at all (Part 1, 7.15.3).
fn met(region: &Region, collection: &Collection) -> Sql {
    let mut sql = Sql::of("(");
    sql.sql(region.condition("ST_Intersects", collection.geometry));
    if collection.may_lack_geometry {
        sql.text(" OR ").text(collection.geometry).text(" IS NULL");
    }
    sql.text(")");
    sql
}

fn limit(text: Option<&str>, most: i64) -> ApiResult<i64> {
    let Some(text) = text else { return Ok(OGC_PAGE.min(most)) };
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    match text.parse::<i64>() {
        // As many digits as somebody likes: who asks for too many gets the most there are.
        Err(_) if is_number => Ok(most),
        Ok(wanted) if is_number && wanted > 0 => Ok(wanted.min(most)),
        _ => Err(ApiError::parameter("limit", FieldCode::InvalidNumber, "limit is a whole number, 1 or more")),
    }
}

/// The coordinate reference system that a parameter names.
///
/// # Errors
/// Lists those there are.
pub fn crs(parameters: &Parameters, name: &str) -> ApiResult<Crs> {
    parameters.get(name).map_or(Ok(Crs::default()), |uri| {
        Crs::of(uri).ok_or_else(|| {
            let all: Vec<&str> = Crs::ALL.iter().map(|crs| crs.uri()).collect();
            ApiError::parameter(name, FieldCode::InvalidChoice, format!("{name} is one of {}", all.join(", ")))
        })
    })
}

/// That a property has the value it has as a parameter.
fn equals(property: &'static Property, value: &str) -> ApiResult<Predicate> {
    let term = match property.kind() {
        Kind::Text => Term::Text(value.to_owned()),
        Kind::Moment => Term::Moment(
            Span::read(value)
                .map_err(|reason| ApiError::parameter(property.name(), FieldCode::InvalidDatetime, reason))?,
        ),
        Kind::Integer | Kind::Number => match value.parse::<i64>() {
            Ok(number) => Term::Integer(number),
            Err(_) => {
                let message = format!("{} is a whole number", property.name());
                return Err(ApiError::parameter(property.name(), FieldCode::InvalidNumber, message));
            }
        },
    };
    Ok(Predicate::Compare(Term::Property(property), Comparison::Equal, term))
}

fn filtered(parameters: &Parameters, collection: &'static Collection) -> ApiResult<Option<Sql>> {
    let language = parameters.get("filter-lang").map_or(Ok(Language::default()), |name| {
        let message = || format!("filter-lang is one of {}", Language::NAMES.join(", "));
        Language::of(name).ok_or_else(|| ApiError::parameter("filter-lang", FieldCode::InvalidChoice, message()))
    })?;
    let context = Context { collection, crs: crs(parameters, "filter-crs")? };
    parameters
        .get("filter")
        .map(|text| {
            let predicate = filter::read(text, language, context).map_err(|reason| refused("filter", reason))?;
            Ok(filter::write(&predicate, collection))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> ApiResult<Ask> {
        Ask::read(Collection::of("reports").expect("a collection"), query)
    }

    fn reason(query: &str) -> String {
        format!("{:?}", read(query).expect_err(query))
    }

    #[test]
    fn what_is_too_much_is_as_much_as_there_is_and_what_is_no_number_is_refused() {
        for (query, expected) in
            [("", 1_000), ("limit=1", 1), ("limit=10001", 10_000), ("limit=99999999999999999999999", 10_000)]
        {
            assert_eq!(read(query).expect(query).limit, expected, "{query}");
        }
        for query in ["limit=0", "limit=-1", "limit=", "limit=1.5", "limit=ten", "limit=%2B5"] {
            assert!(reason(query).contains("\"limit\""), "{query}");
        }
    }

    #[test]
    fn the_parameter_that_is_not_taken_is_named() {
        for (query, name) in [
            ("colour=red", "colour"),
            ("url=x", "url"),
            ("status=open&status=fixed", "status"),
            ("f=html", "f"),
            ("crs=EPSG:27700", "crs"),
            ("bbox=1,2,3", "bbox"),
            ("bbox=1,2,3,x", "bbox"),
            ("bbox=0,1,2,0", "bbox"),
            ("bbox=0,0,0,1,1,-1", "bbox"),
            ("bbox=320000,180000,330000,190000", "bbox"),
            ("bbox=0,0,NaN,1", "bbox"),
            ("bbox-crs=http://www.opengis.net/def/crs/EPSG/0/1&bbox=0,0,1,1", "bbox-crs"),
            ("datetime=yesterday", "datetime"),
            ("datetime=2026-02-01T00:00:00Z/2026-01-01T00:00:00Z", "datetime"),
            ("supporters=many", "supporters"),
            ("reported=never", "reported"),
            ("filter=status%20LIKES%20%27x%27", "filter"),
            ("filter=true&filter-lang=sql", "filter-lang"),
            ("filter=true&filter-crs=http://example.org", "filter-crs"),
            ("cursor=x", "cursor"),
            ("title=%00", "title"),
        ] {
            assert!(reason(query).contains(&format!("\"{name}\"")), "{query}: {}", reason(query));
        }
    }

    #[test]
    fn an_address_that_was_not_escaped_is_read_as_it_was_meant() {
        let ask = read("crs=http://www.opengis.net/def/crs/EPSG/0/27700&bbox=-3.1,51.549999999999997,-2.9,51.6")
            .expect("reads");
        assert_eq!(ask.crs, Crs::NationalGrid);
        assert_eq!(ask.conditions.len(), 1);
    }
}
