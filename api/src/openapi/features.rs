//! The features of open data, described from [`PROPERTIES`], with an example that is made like every other answer.

use chrono::{DateTime, Utc};
use mendmap_shared::geo::LonLat;
use mendmap_shared::workflow::Status;
use serde_json::{Value, json};
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{
    ArrayBuilder, Components, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
};

use crate::exports::record::{Kind, PROPERTIES, Property, Record, Source};

/// The name of the schema of a collection.
pub(super) const COLLECTION: &str = "ReportFeatures";
const FEATURE: &str = "ReportFeature";
const OWN: &str = "ReportFeatureProperties";

/// Describes a collection, its features and their properties.
pub(super) fn define(components: &mut Components) {
    let mut own = ObjectBuilder::new().description(Some(
        "What is told about a report, the same in every format. Names are never changed, and none is taken away; whoever reads \
         them should expect more to come. Every one is there, with `null` for what is empty. Easting and northing are by OSTN15, \
         Ordnance Survey's definition of the National Grid, from 49.922 degrees north: to the centimetre of the place given in \
         degrees, which is taken for ETRS89; that and WGS 84 drift apart by 2.5 cm a year, and are less than a metre apart today.",
    ));
    for property in &PROPERTIES {
        own = own.property(property.name, described(property)).required(property.name);
    }
    let position = ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(SchemaType::Type(Type::Number)))
        .min_items(Some(2))
        .max_items(Some(2))
        .description(Some("Longitude and latitude in degrees, WGS 84"));
    let point = ObjectBuilder::new()
        .schema_type(nullable(Type::Object))
        .property("type", word("Point"))
        .required("type")
        .property("coordinates", position)
        .required("coordinates")
        .description(Some("Where; `null` for a report that is gone, among what changed"));
    let properties = "Of a report that is gone, among what changed, only `id`, `gone` (true) and `changed` (when)";
    let mut properties_ref = Ref::from_schema_name(OWN);
    properties_ref.description = properties.to_owned();
    let feature = ObjectBuilder::new()
        .property("type", word("Feature"))
        .required("type")
        .property("id", Object::with_type(Type::Integer))
        .required("id")
        .property("geometry", point)
        .required("geometry")
        .property("properties", properties_ref)
        .required("properties");
    let cursor = |what: &str| ObjectBuilder::new().schema_type(nullable(Type::String)).description(Some(what));
    let collection = ObjectBuilder::new()
        .property("type", word("FeatureCollection"))
        .required("type")
        .property("features", ArrayBuilder::new().items(Ref::from_schema_name(FEATURE)))
        .required("features")
        .property("next_cursor", cursor("Sent back as `cursor`, it answers the next page; `null` where there is none"))
        .property("changes_cursor", cursor("Sent back as `updated_after`, it answers what changed since"));
    for (name, schema) in [(OWN, own), (FEATURE, feature), (COLLECTION, collection)] {
        components.schemas.insert(name.to_owned(), RefOr::T(Schema::Object(schema.build())));
    }
}

fn word(word: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some([word]))
}

fn nullable(kind: Type) -> SchemaType {
    SchemaType::Array(vec![kind, Type::Null])
}

fn described(property: &Property) -> ObjectBuilder {
    let (kind, format) = match property.kind {
        Kind::Integer => (Type::Integer, Some(KnownFormat::Int64)),
        Kind::Number => (Type::Number, Some(KnownFormat::Double)),
        Kind::Text => (Type::String, None),
        Kind::Moment => (Type::String, Some(KnownFormat::DateTime)),
    };
    ObjectBuilder::new()
        .schema_type(nullable(kind))
        .format(format.map(SchemaFormat::KnownFormat))
        .description(Some(property.meaning))
}

/// A report as it is answered.
fn feature() -> Value {
    let moment = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    let Ok(location) = LonLat::new(-2.99434, 51.58519) else { return Value::Null };
    let record = Record {
        id: 1204,
        location,
        title: "Deep pothole by the bus stop".to_owned(),
        description: "It has been getting larger since the frost.".to_owned(),
        category: "potholes".to_owned(),
        category_name: "Potholes".to_owned(),
        group: "Roads and pavements".to_owned(),
        status: Status::ActionScheduled,
        bodies: vec!["newport".to_owned()],
        ward: Some("Stow Hill".to_owned()),
        council: Some("Newport".to_owned()),
        street: Some("Commercial Street".to_owned()),
        reported: moment(1_795_163_400),
        confirmed: Some(moment(1_795_163_520)),
        sent: Some(moment(1_795_163_530)),
        first_answer: Some(moment(1_795_269_900)),
        fixed: None,
        closed: None,
        updated: moment(1_795_269_900),
        supporters: 3,
        updates: 1,
        photos: 0,
        photo: None,
    };
    let source = Source {
        base_url: "https://streets.example.org".to_owned(),
        licence: "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/".to_owned(),
    };
    json!({
        "type": "Feature", "id": record.id, "geometry": { "type": "Point", "coordinates": [location.lon(), location.lat()] },
        "properties": record.properties(&source),
    })
}

/// An example of a collection.
pub(super) fn collection() -> Value {
    json!({ "type": "FeatureCollection", "features": [feature()], "next_cursor": "MTIwNA", "changes_cursor": CURSOR })
}

/// An example of features, one a line: a report, and one that is gone.
pub(super) fn lines() -> Value {
    let gone = json!({
        "type": "Feature", "id": 1187, "geometry": null,
        "properties": { "id": 1187, "gone": true, "changed": "2026-11-21T14:05:00Z" },
    });
    Value::String(format!("{}\n{gone}\n", feature()))
}

/// A place in the order of changes, as it is given out.
const CURSOR: &str = "eyJvIjoiNWQwYzFmN2EtNDJiOS00ZTY3LThjYTEtMmY5ZDBlNmE3YjNjIiwidCI6ODE3MiwiciI6MTIwNH0";
