//! Rows as the database gives them.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text};
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::places::{NearStreet, Place, PlaceKind};

/// A place found by its name.
#[derive(Debug, QueryableByName)]
pub struct PlaceRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    name_alt: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    area: Option<String>,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
}

/// A place found by its name, with what tells how well it fits.
#[derive(Debug, QueryableByName)]
pub struct FoundRow {
    /// The place.
    #[diesel(embed)]
    pub place: PlaceRow,
    /// How the name fits, 0 best; the last is "only similar".
    #[diesel(sql_type = Integer)]
    pub tier: i32,
    /// Share of what was typed that the name has, 0 to 1.
    #[diesel(sql_type = Double)]
    pub similarity: f64,
    /// What was typed, in the form searches compare: all of it, and without a house number.
    #[diesel(sql_type = Array<Text>)]
    pub typed: Vec<String>,
    /// Its names in that form.
    #[diesel(sql_type = Array<Text>)]
    pub forms: Vec<String>,
}

/// A postcode.
#[derive(Debug, QueryableByName)]
pub struct PostcodeRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    area: Option<String>,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
}

/// An area a point lies in.
#[derive(Debug, QueryableByName)]
pub struct AreaRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    name_alt: Option<String>,
}

/// A street near a point.
#[derive(Debug, QueryableByName)]
pub struct NearStreetRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    name_alt: Option<String>,
    #[diesel(sql_type = Double)]
    distance_m: f64,
    #[diesel(sql_type = Double)]
    lon: f64,
    #[diesel(sql_type = Double)]
    lat: f64,
}

/// The point of a row. The importers take only points that exist, so an error means somebody else wrote the row.
fn point(lon: f64, lat: f64) -> Result<LonLat, diesel::result::Error> {
    LonLat::new(lon, lat).map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))
}

impl TryFrom<PlaceRow> for Place {
    type Error = diesel::result::Error;

    fn try_from(row: PlaceRow) -> Result<Self, Self::Error> {
        let kind = match row.kind.as_str() {
            "street" => PlaceKind::Street,
            "locality" => PlaceKind::Locality,
            "address" => PlaceKind::Address,
            _ => PlaceKind::PointOfInterest,
        };
        let location = point(row.lon, row.lat)?;
        Ok(Self { kind, name: row.name, name_alt: row.name_alt, area: row.area, location })
    }
}

impl TryFrom<PostcodeRow> for Place {
    type Error = diesel::result::Error;

    fn try_from(row: PostcodeRow) -> Result<Self, Self::Error> {
        let location = point(row.lon, row.lat)?;
        Ok(Self { kind: PlaceKind::Postcode, name: row.name, name_alt: None, area: row.area, location })
    }
}

impl From<AreaRow> for AreaRef {
    fn from(row: AreaRow) -> Self {
        Self { id: row.id, kind: row.kind, name: row.name, name_alt: row.name_alt }
    }
}

impl TryFrom<NearStreetRow> for NearStreet {
    type Error = diesel::result::Error;

    fn try_from(row: NearStreetRow) -> Result<Self, Self::Error> {
        let location = point(row.lon, row.lat)?;
        Ok(Self { name: row.name, name_alt: row.name_alt, distance_m: row.distance_m, location })
    }
}
