//! Every question to the tables of places and areas.

use diesel::sql_types::{BigInt, Double, Nullable, Text};
use diesel::{Connection, PgConnection, QueryDsl, QueryResult, RunQueryDsl, sql_query};
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits;
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::places::{NearStreet, Place, PlaceKind};

use super::models::{AreaRow, FoundRow, NearStreetRow, PostcodeRow};
use super::rules::{PostcodeSearch, TextSearch, Wanted, mistakes, recover};
use crate::db::prepared;
use crate::schema::areas;

/// Share of the typed trigrams a name must have to be offered at all. Measured on Newport: at 0.45 "Comercial Street"
/// and "Comercail Rd" find theirs, and a three-word text with one foreign word still does.
const SIMILAR: f64 = 0.45;
/// The same for a name that may be mistyped, and is kept only if few mistakes lead to it: two swapped letters take up to
/// four trigrams with them, which is most of a short word.
const MISTYPED: f64 = 0.3;
/// The last tier of a name that has what was typed in it as it is.
const GOOD_TIER: i32 = 3;

/// Streets offered around a point.
pub const STREETS_NEAR: i64 = 30;

/// Places for what somebody typed, best match first, at most [`limits::PLACES_PER_SEARCH`].
///
/// Equal matches come larger first, then nearer to `near`.
///
/// # Errors
/// From the database.
pub fn search(conn: &mut PgConnection, wanted: &Wanted, near: LonLat) -> QueryResult<Vec<Place>> {
    let mut places = match wanted {
        Wanted::Point { location, label } => vec![coordinates(label.clone(), *location, area_label(conn, *location)?)],
        Wanted::ShortPlusCode { code, locality } => {
            let reference = match locality {
                Some(locality) => match search_text(conn, locality, near)?.into_iter().next() {
                    Some(place) => place.location,
                    // Counted from the wrong place a short code is somewhere else entirely.
                    None => return Ok(Vec::new()),
                },
                None => near,
            };
            match recover(code, reference) {
                Some((label, location)) => vec![coordinates(label, location, area_label(conn, location)?)],
                None => Vec::new(),
            }
        }
        Wanted::Postcode { postcode, name } => {
            let mut places = search_postcode(conn, postcode, near)?;
            if let Some(name) = name
                && places.len() < limits::PLACES_PER_SEARCH
            {
                places.extend(search_text(conn, name, near)?);
            }
            places
        }
        Wanted::Text(text) => search_text(conn, text, near)?,
    };
    places.truncate(limits::PLACES_PER_SEARCH);
    Ok(places)
}

fn coordinates(name: String, location: LonLat, area: Option<String>) -> Place {
    Place { kind: PlaceKind::Coordinates, name, name_alt: None, area, location }
}

fn search_text(conn: &mut PgConnection, text: &TextSearch, near: LonLat) -> QueryResult<Vec<Place>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let postcode = match &text.postcode {
        Some(code) => search_postcode(conn, &PostcodeSearch::Full(code.clone()), near)?.into_iter().next(),
        None => None,
    };
    let near = postcode.as_ref().map_or(near, |place| place.location);
    let mut rows = search_names(conn, text, near, SIMILAR)?;
    if rows.first().is_none_or(|best| best.tier > GOOD_TIER) {
        rows = search_names(conn, text, near, MISTYPED)?;
        let mistakes = |row: &FoundRow| {
            let pairs = row.typed.iter().flat_map(|typed| row.forms.iter().map(move |form| mistakes(typed, form)));
            pairs.flatten().min()
        };
        let close = |row: FoundRow| match mistakes(&row) {
            Some(mistakes) => Some((mistakes, row)),
            None => (row.similarity >= SIMILAR).then_some((usize::MAX, row)),
        };
        let mut meant: Vec<(usize, FoundRow)> = rows.into_iter().filter_map(close).collect();
        meant.sort_by_key(|(mistakes, _)| *mistakes);
        rows = meant.into_iter().map(|(_, row)| row).collect();
        rows.truncate(limits::PLACES_PER_SEARCH);
    }
    let mut places = rows.into_iter().map(|row| Place::try_from(row.place)).collect::<QueryResult<Vec<_>>>()?;
    // The house may be unknown, its postcode is not.
    if let Some(postcode) = postcode {
        places.truncate(limits::PLACES_PER_SEARCH - 1);
        places.push(postcode);
    }
    Ok(places)
}

/// The places whose names share enough with what was typed, those that fit best first.
fn search_names(
    conn: &mut PgConnection,
    text: &TextSearch,
    near: LonLat,
    threshold: f64,
) -> QueryResult<Vec<FoundRow>> {
    // The more a name may differ, the more names there are to choose from.
    let (rows, looked_at) =
        if threshold < SIMILAR { (200_i64, 200_i64) } else { (limits::PLACES_PER_SEARCH as i64, 60) };
    conn.transaction(|conn| {
        sql_query("SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)")
            .bind::<Text, _>(threshold.to_string())
            .execute(conn)?;
        sql_query(include_str!("sql/search.sql"))
            .bind::<Text, _>(&text.name)
            .bind::<Text, _>(&text.street)
            .bind::<Nullable<Text>, _>(text.number.as_deref())
            .bind::<Nullable<Text>, _>(text.within.as_deref())
            .bind::<Double, _>(near.lon())
            .bind::<Double, _>(near.lat())
            .bind::<BigInt, _>(rows)
            .bind::<BigInt, _>(looked_at)
            .load(conn)
    })
}

fn search_postcode(conn: &mut PgConnection, postcode: &PostcodeSearch, near: LonLat) -> QueryResult<Vec<Place>> {
    let (code, spaced, rows) = match postcode {
        PostcodeSearch::Full(code) => (code, None, 1),
        PostcodeSearch::Begun { code, spaced } => (code, spaced.as_deref(), limits::PLACES_PER_SEARCH as i64),
    };
    sql_query(include_str!("sql/postcodes.sql"))
        .bind::<Text, _>(code)
        .bind::<Nullable<Text>, _>(spaced)
        .bind::<Double, _>(near.lon())
        .bind::<Double, _>(near.lat())
        .bind::<BigInt, _>(rows)
        .load::<PostcodeRow>(conn)?
        .into_iter()
        .map(Place::try_from)
        .collect()
}

/// All areas: councils before wards, each by name.
///
/// # Errors
/// From the database.
pub fn all_areas(conn: &mut PgConnection) -> QueryResult<Vec<AreaRef>> {
    let rows: Vec<(i64, String, String, Option<String>)> = areas::table
        .order((areas::kind, areas::name, areas::id))
        .select((areas::id, areas::kind, areas::name, areas::name_alt))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, kind, name, name_alt)| AreaRef { id, kind, name, name_alt }).collect())
}

/// The areas a point lies in, largest first: its council, and its ward or the nearest one within
/// [`limits::NEAREST_WARD_METRES`].
///
/// # Errors
/// From the database.
pub fn areas_at(conn: &mut PgConnection, point: LonLat) -> QueryResult<Vec<AreaRef>> {
    let rows: Vec<AreaRow> = prepared(include_str!("sql/areas_at.sql"))
        .bind::<Double, _>(point.lon())
        .bind::<Double, _>(point.lat())
        .bind::<Double, _>(limits::NEAREST_WARD_METRES)
        .load(conn)?;
    Ok(rows.into_iter().map(AreaRef::from).collect())
}

/// "Ward, Council" at a point, as places have it; nothing where no area is known.
///
/// # Errors
/// From the database.
pub fn area_label(conn: &mut PgConnection, point: LonLat) -> QueryResult<Option<String>> {
    Ok(label(&areas_at(conn, point)?))
}

/// "Ward, Council" of the areas a point lies in.
#[must_use]
pub fn label(areas: &[AreaRef]) -> Option<String> {
    let of = |kind: &str| areas.iter().find(|area| area.kind == kind).map(|area| area.name.as_str());
    match (of("ward"), of("council")) {
        (Some(ward), Some(council)) if ward != council => Some(format!("{ward}, {council}")),
        (ward, council) => council.or(ward).map(str::to_owned),
    }
}

/// The named street nearest to a point, within [`limits::NEAREST_STREET_METRES`].
///
/// Measured to the streets' lines; where there are none around, to the points of the gazetteer's streets.
///
/// # Errors
/// From the database.
pub fn nearest_street(conn: &mut PgConnection, point: LonLat) -> QueryResult<Option<NearStreet>> {
    let on_lines: Vec<NearStreetRow> = prepared(include_str!("sql/nearest_street.sql"))
        .bind::<Double, _>(point.lon())
        .bind::<Double, _>(point.lat())
        .bind::<Double, _>(limits::NEAREST_STREET_METRES)
        .load(conn)?;
    let row = match on_lines.into_iter().next() {
        Some(row) => Some(row),
        None => street_places_near(conn, point, 1)?.into_iter().next(),
    };
    row.map(NearStreet::try_from).transpose()
}

/// The named streets within [`limits::NEAREST_STREET_METRES`] of a point, each once, nearest first, at most `rows`.
///
/// # Errors
/// From the database.
pub fn streets_near(conn: &mut PgConnection, point: LonLat, rows: i64) -> QueryResult<Vec<NearStreet>> {
    let mut found: Vec<NearStreetRow> = sql_query(include_str!("sql/streets_near.sql"))
        .bind::<Double, _>(point.lon())
        .bind::<Double, _>(point.lat())
        .bind::<Double, _>(limits::NEAREST_STREET_METRES)
        .bind::<BigInt, _>(rows)
        .load(conn)?;
    if found.is_empty() {
        found = street_places_near(conn, point, rows)?;
    }
    found.into_iter().map(NearStreet::try_from).collect()
}

fn street_places_near(conn: &mut PgConnection, point: LonLat, rows: i64) -> QueryResult<Vec<NearStreetRow>> {
    sql_query(include_str!("sql/street_places_near.sql"))
        .bind::<Double, _>(point.lon())
        .bind::<Double, _>(point.lat())
        .bind::<Double, _>(limits::NEAREST_STREET_METRES)
        .bind::<BigInt, _>(rows)
        .load(conn)
}
