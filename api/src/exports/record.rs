//! What is told about a published report, and under which names.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use mendmap_shared::geo::LonLat;
use mendmap_shared::workflow::Status;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::coordinates::to_national_grid;

/// What kind of value a property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A moment in UTC, RFC 3339 where it is written as text.
    Moment,
}

/// One property of every report, in every format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Its name. Names are never changed, and none is taken away.
    pub name: &'static str,
    /// What it holds, where it is not empty.
    pub kind: Kind,
    /// What it means, for people.
    pub meaning: &'static str,
}

const fn property(name: &'static str, kind: Kind, meaning: &'static str) -> Property {
    Property { name, kind, meaning }
}

/// How many properties there are.
pub const COUNT: usize = 27;

/// All properties, in the order in which they are written.
pub const PROPERTIES: [Property; COUNT] = [
    property("id", Kind::Integer, "Number of the report"),
    property("url", Kind::Text, "Address of its page"),
    property("title", Kind::Text, "Its title"),
    property("description", Kind::Text, "What the person who reported it wrote for everybody to read"),
    property("category", Kind::Text, "Code of its category"),
    property("category_name", Kind::Text, "Name of its category"),
    property("group", Kind::Text, "Name of the group its category belongs to"),
    property("status", Kind::Text, "Its status, one of the workflow's words"),
    property("status_group", Kind::Text, "open, fixed or closed: closed is what was ended without being fixed"),
    property("body", Kind::Text, "Short names of the bodies it went to, separated by commas"),
    property("ward", Kind::Text, "Name of the ward it lies in"),
    property("council", Kind::Text, "Name of the council it lies in"),
    property("street", Kind::Text, "Name of the nearest street"),
    property("reported", Kind::Moment, "When it was reported"),
    property("confirmed", Kind::Moment, "When it was confirmed and published"),
    property("sent", Kind::Moment, "When it was first handed to a body"),
    property("first_answer", Kind::Moment, "When a body first answered in public"),
    property("fixed", Kind::Moment, "Since when it is fixed, if it is"),
    property("closed", Kind::Moment, "Since when it is closed, if it is"),
    property("updated", Kind::Moment, "When anything public about it last changed"),
    property("supporters", Kind::Integer, "How many people support it"),
    property("updates", Kind::Integer, "How many public updates it has"),
    property("photos", Kind::Integer, "How many photos it has"),
    property("photo", Kind::Text, "Address of its first photo"),
    property(
        "easting",
        Kind::Number,
        "Metres east on the National Grid (EPSG:27700), to the centimetre; empty outside Great Britain",
    ),
    property(
        "northing",
        Kind::Number,
        "Metres north on the National Grid (EPSG:27700), to the centimetre; empty outside Great Britain",
    ),
    property("licence", Kind::Text, "The licence under which this may be used"),
];

/// A published report with everything that is open data about it. No field of it is private.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number.
    pub id: i64,
    /// Where, in degrees, WGS 84.
    pub location: LonLat,
    /// Title.
    pub title: String,
    /// The details, which are public.
    pub description: String,
    /// Category's code.
    pub category: String,
    /// Category's name.
    pub category_name: String,
    /// Category's group.
    pub group: String,
    /// Status.
    pub status: Status,
    /// Slugs of the bodies it went to.
    pub bodies: Vec<String>,
    /// Ward.
    pub ward: Option<String>,
    /// Council.
    pub council: Option<String>,
    /// Nearest street.
    pub street: Option<String>,
    /// When it was made.
    pub reported: DateTime<Utc>,
    /// When it was confirmed.
    pub confirmed: Option<DateTime<Utc>>,
    /// When it was first handed to a body.
    pub sent: Option<DateTime<Utc>>,
    /// When a body first answered.
    pub first_answer: Option<DateTime<Utc>>,
    /// Since when it is fixed.
    pub fixed: Option<DateTime<Utc>>,
    /// Since when it is closed.
    pub closed: Option<DateTime<Utc>>,
    /// When anything public last changed.
    pub updated: DateTime<Utc>,
    /// How many support it.
    pub supporters: i32,
    /// How many public updates.
    pub updates: i32,
    /// How many photos.
    pub photos: i32,
    /// Name of the first photo.
    pub photo: Option<String>,
}

/// What is the same for all records of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Address of this site, without a slash at the end.
    pub base_url: String,
    /// The licence under which its data may be used.
    pub licence: String,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Not known, or not so.
    Empty,
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// A moment.
    Moment(DateTime<Utc>),
}

/// A moment as it is written in text: RFC 3339, UTC, whole seconds.
#[must_use]
pub fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => to.serialize_none(),
            Self::Integer(number) => to.serialize_i64(*number),
            Self::Number(number) => to.serialize_f64(*number),
            Self::Text(text) => to.serialize_str(text),
            Self::Moment(at) => to.serialize_str(&moment(*at)),
        }
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn text_or_empty(found: Option<&String>) -> Value<'_> {
    found.map_or(Value::Empty, |found| text(found))
}

fn moment_or_empty(at: Option<DateTime<Utc>>) -> Value<'static> {
    at.map_or(Value::Empty, Value::Moment)
}

impl Record {
    /// The values in the order of [`PROPERTIES`].
    #[must_use]
    pub fn values<'a>(&'a self, source: &'a Source) -> [Value<'a>; COUNT] {
        let grid = to_national_grid(self.location.lon(), self.location.lat());
        [
            Value::Integer(self.id),
            Value::Text(format!("{}/reports/{}", source.base_url, self.id).into()),
            text(&self.title),
            text(&self.description),
            text(&self.category),
            text(&self.category_name),
            text(&self.group),
            text(self.status.as_str()),
            text(self.status.group().as_str()),
            Value::Text(self.bodies.join(",").into()),
            text_or_empty(self.ward.as_ref()),
            text_or_empty(self.council.as_ref()),
            text_or_empty(self.street.as_ref()),
            Value::Moment(self.reported),
            moment_or_empty(self.confirmed),
            moment_or_empty(self.sent),
            moment_or_empty(self.first_answer),
            moment_or_empty(self.fixed),
            moment_or_empty(self.closed),
            Value::Moment(self.updated),
            Value::Integer(self.supporters.into()),
            Value::Integer(self.updates.into()),
            Value::Integer(self.photos.into()),
            self.photo.as_ref().map_or(Value::Empty, |photo| {
                Value::Text(format!("{}/photos/{photo}/full.jpg", source.base_url).into())
            }),
            grid.map_or(Value::Empty, |(easting, _)| Value::Number(easting)),
            grid.map_or(Value::Empty, |(_, northing)| Value::Number(northing)),
            text(&source.licence),
        ]
    }

    /// The properties of its GeoJSON feature.
    #[must_use]
    pub const fn properties<'a>(&'a self, source: &'a Source) -> Properties<'a> {
        Properties { record: self, source }
    }
}

/// The properties of a record as one JSON object, in order, empty ones as `null`.
#[derive(Debug, Clone, Copy)]
pub struct Properties<'a> {
    record: &'a Record,
    source: &'a Source,
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(COUNT))?;
        for (property, value) in PROPERTIES.iter().zip(self.record.values(self.source)) {
            map.serialize_entry(property.name, &value)?;
        }
        map.end()
    }
}
