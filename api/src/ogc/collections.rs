//! The table of what there is: each collection with its properties, where they lie in the database, and what they mean.

use mendmap_shared::limits::{OGC_OUTLINES_MAX, OGC_PAGE_MAX};

use super::reports;
use crate::exports::record::{self, Kind};

/// A property of every feature of a collection.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name, kind and meaning.
    pub told: record::Property,
    /// Where its value lies, in SQL over [`Collection::from`]; none where it is made for the answer and cannot be asked by.
    pub sql: Option<&'static str>,
    /// All words it can be, where those are a closed list.
    pub words: &'static [&'static str],
}

impl Property {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.told.name
    }

    /// What kind of values it has.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.told.kind
    }
}

const fn property(name: &'static str, kind: Kind, meaning: &'static str, sql: &'static str) -> Property {
    Property { told: record::Property { name, kind, meaning }, sql: Some(sql), words: &[] }
}

const fn word(
    name: &'static str,
    words: &'static [&'static str],
    meaning: &'static str,
    sql: &'static str,
) -> Property {
    Property { words, ..property(name, Kind::Text, meaning, sql) }
}

/// What shape the features of a collection have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One point each.
    Point,
    /// A line.
    Line,
    /// An outline of one or more parts.
    Outline,
}

impl Shape {
    /// What GeoJSON calls it.
    #[must_use]
    pub const fn geojson(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::Line => "LineString",
            Self::Outline => "MultiPolygon",
        }
    }

    /// What a schema calls it (Part 3, "format" of a spatial property).
    #[must_use]
    pub const fn format(self) -> &'static str {
        match self {
            Self::Point => "geometry-point",
            Self::Line => "geometry-linestring",
            Self::Outline => "geometry-multipolygon",
        }
    }

    /// Most features of one page.
    #[must_use]
    pub const fn page_max(self) -> i64 {
        match self {
            Self::Point | Self::Line => OGC_PAGE_MAX,
            Self::Outline => OGC_OUTLINES_MAX,
        }
    }
}

/// How the features of a collection are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As records of open data, so that all formats say the same.
    Records,
    /// By the expressions of the table, and this property as an address of this site, whose path is this expression.
    Table {
        /// Name and expression, where there is such a property.
        address: Option<(&'static str, &'static str)>,
    },
}

/// A collection of features.
#[derive(Debug, Clone, Copy)]
pub struct Collection {
    /// Its name in addresses.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What is in it.
    pub description: &'static str,
    /// What each feature tells, in this order.
    pub properties: &'static [Property],
    /// The shape of each feature.
    pub shape: Shape,
    /// Where its geometry lies: degrees, longitude first.
    pub geometry: &'static str,
    /// Whether a feature may have none.
    pub may_lack_geometry: bool,
    /// Name of the property that says when it was.
    pub time: Option<&'static str>,
    /// The tables it is read from.
    pub from: &'static str,
    /// Which of their rows are public features.
    pub public: &'static str,
    /// What numbers its features, and what they are ordered by.
    pub key: &'static str,
    /// The table whose geometries tell how far it reaches, and the column.
    pub extent: (&'static str, &'static str),
    /// How its features are read.
    pub reading: Reading,
}

impl Collection {
    /// The one with this name.
    #[must_use]
    pub fn of(id: &str) -> Option<&'static Self> {
        ALL.iter().find(|collection| collection.id == id)
    }

    /// A property by its name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name() == name)
    }

    /// The properties that can be asked by.
    pub fn queryables(&self) -> impl Iterator<Item = &'static Property> + use<> {
        self.properties.iter().filter(|property| property.sql.is_some())
    }

    /// The property that says when a feature was.
    #[must_use]
    pub fn time(&self) -> Option<&'static Property> {
        self.time.and_then(|name| self.property(name))
    }
}

/// All of them.
pub static ALL: [Collection; 5] = [
    Collection {
        id: "reports",
        title: "Reports",
        description: "Street problems that residents reported, with what happened to them",
        properties: &reports::PROPERTIES,
        shape: Shape::Point,
        geometry: "reports.location",
        may_lack_geometry: false,
        time: Some("reported"),
        from: "reports",
        public: "reports.visibility = 'published'",
        key: "reports.id",
        extent: ("reports", "location"),
        reading: Reading::Records,
    },
    Collection {
        id: "updates",
        title: "Updates",
        description: "What was said in public about reports since, and every change of their status; each at its report's point",
        properties: &UPDATES,
        shape: Shape::Point,
        geometry: "reports.location",
        may_lack_geometry: false,
        time: Some("created"),
        from: "updates JOIN reports ON reports.id = updates.report_id LEFT JOIN bodies ON bodies.id = updates.body_id",
        public: "updates.visibility = 'published' AND reports.visibility = 'published'",
        key: "updates.id",
        extent: ("reports", "location"),
        reading: Reading::Table { address: Some(("url", "'/reports/' || updates.report_id")) },
    },
    Collection {
        id: "areas",
        title: "Areas",
        description: "Councils and wards",
        properties: &AREAS,
        shape: Shape::Outline,
        geometry: "areas.geom",
        may_lack_geometry: false,
        time: None,
        from: "areas",
        public: "true",
        key: "areas.id",
        extent: ("areas", "geom"),
        reading: Reading::Table { address: None },
    },
    Collection {
        id: "bodies",
        title: "Bodies",
        description: "Organisations that receive reports, each with all the areas it covers as one outline",
        properties: &BODIES,
        shape: Shape::Outline,
        geometry: "covered.geom",
        may_lack_geometry: true,
        time: None,
        from: "bodies LEFT JOIN LATERAL (SELECT ST_Multi(ST_Union(areas.geom)) AS geom FROM body_areas JOIN areas ON \
               areas.id = body_areas.area_id WHERE body_areas.body_id = bodies.id) AS covered ON true",
        public: "true",
        key: "bodies.id",
        extent: ("areas", "geom"),
        reading: Reading::Table { address: None },
    },
    Collection {
        id: "streets",
        title: "Streets",
        description: "Streets and paths that have a name, in the pieces they are mapped in",
        properties: &STREETS,
        shape: Shape::Line,
        geometry: "street_lines.geom",
        may_lack_geometry: false,
        time: None,
        from: "street_lines",
        // As the index on named streets has it.
        public: "street_lines.name IS NOT NULL AND street_lines.class IN ('trunk', 'main', 'minor', 'path')",
        key: "street_lines.id",
        extent: ("street_lines", "geom"),
        reading: Reading::Table { address: None },
    },
];

const UPDATES: [Property; 8] = [
    property("id", Kind::Integer, "Number of the update", "updates.id"),
    property("report_id", Kind::Integer, "Number of the report it is about", "updates.report_id"),
    Property { sql: None, ..property("url", Kind::Text, "Address of the report's page", "") },
    property("text", Kind::Text, "What was written", "updates.text"),
    word("status", &reports::STATUSES, "The status it gave the report", "updates.status"),
    word(
        "by",
        &["author", "resident", "body"],
        "Who said so: the report's author, another resident, or a body",
        "CASE WHEN updates.body_id IS NOT NULL THEN 'body' WHEN updates.by_author THEN 'author' ELSE 'resident' END",
    ),
    property("body", Kind::Text, "Short name of the body", "bodies.slug"),
    property("created", Kind::Moment, "When it became public", "updates.created_at"),
];

const AREAS: [Property; 5] = [
    property("id", Kind::Integer, "Number of the area, as in `area=` of the other interfaces", "areas.id"),
    word("kind", &["council", "ward"], "What it is", "areas.kind"),
    property("name", Kind::Text, "Its name", "areas.name"),
    property("name_alt", Kind::Text, "Its name in another language", "areas.name_alt"),
    property("code", Kind::Text, "Its official code", "areas.code"),
];

const BODIES: [Property; 3] = [
    property("id", Kind::Integer, "Number of the body", "bodies.id"),
    property("slug", Kind::Text, "Its short name, as reports have it in `body`", "bodies.slug"),
    property("name", Kind::Text, "Its name", "bodies.name"),
];

const STREETS: [Property; 4] = [
    property("id", Kind::Integer, "Number of the piece; a new import may number anew", "street_lines.id"),
    property("name", Kind::Text, "Name of the street", "street_lines.name"),
    property("name_alt", Kind::Text, "Its name in another language", "street_lines.name_alt"),
    word("class", &["trunk", "main", "minor", "path"], "How large it is", "street_lines.class"),
];
