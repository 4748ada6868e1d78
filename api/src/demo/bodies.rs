//! Who receives the demo's reports, and the bodies a real region starts with.

use std::collections::BTreeSet;

use diesel::prelude::*;
use mendmap_shared::standard_categories::{StandardCategory, standard_categories};
use serde::Serialize;

use super::{borough, queries};
use crate::schema::{areas, bodies, body_areas};

/// Official names of councils the boundaries file names by their place alone (ONS code, name).
const OFFICIAL: &[(&str, &str)] = &[
    ("W06000015", "Cardiff Council"),
    ("W06000018", "Caerphilly County Borough Council"),
    ("W06000020", "Torfaen County Borough Council"),
    ("W06000021", "Monmouthshire County Council"),
    ("W06000022", "Newport City Council"),
];

/// What the county deals with besides the council. It alone gets the potholes; the rest goes to both.
const COUNTY_CODES: [&str; 3] = ["potholes", "signs", "drains"];

#[derive(Serialize)]
struct CategoryRow {
    body_id: i64,
    code: &'static str,
    name: &'static str,
    group_name: &'static str,
    hint: &'static str,
    target_hours: i32,
    preferred: bool,
    questions: serde_json::Value,
    position: i32,
}

fn add_categories(
    conn: &mut PgConnection,
    body_id: i64,
    chosen: impl Fn(&StandardCategory) -> bool,
    preferred: impl Fn(&StandardCategory) -> bool,
) -> QueryResult<()> {
    let mut rows = Vec::new();
    for (position, category) in (0_i32..).zip(standard_categories()) {
        if chosen(&category) {
            rows.push(CategoryRow {
                body_id,
                code: category.code,
                name: category.name,
                group_name: category.group,
                hint: category.hint,
                target_hours: category.target_hours,
                preferred: preferred(&category),
                questions: serde_json::to_value(&category.questions)
                    .map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
                position,
            });
        }
    }
    queries::insert(conn, include_str!("sql/insert_categories.sql"), &rows).map(drop)
}

fn add_body(conn: &mut PgConnection, slug: &str, name: &str, area: i64) -> QueryResult<i64> {
    let email = format!("street-problems@{slug}.example.org");
    let body: i64 = diesel::insert_into(bodies::table)
        .values((bodies::slug.eq(slug), bodies::name.eq(name), bodies::email.eq(email)))
        .returning(bodies::id)
        .get_result(conn)?;
    diesel::insert_into(body_areas::table)
        .values((body_areas::body_id.eq(body), body_areas::area_id.eq(area)))
        .execute(conn)?;
    Ok(body)
}

/// The demo borough's two bodies over one area: its council, and the county's highways.
///
/// # Errors
/// When the borough is not there, or from the database.
pub fn demo_bodies(conn: &mut PgConnection) -> QueryResult<()> {
    let council: i64 = areas::table
        .filter(areas::kind.eq("council"))
        .filter(areas::name.eq(borough::NAME))
        .select(areas::id)
        .first(conn)?;
    let body = add_body(conn, "wrenmouth", "Wrenmouth Borough Council", council)?;
    add_categories(conn, body, |_| true, |_| false)?;
    let body = add_body(conn, "wrenshire-highways", "Wrenshire Highways", council)?;
    let county = |category: &StandardCategory| COUNTY_CODES.contains(&category.code);
    add_categories(conn, body, county, |category| category.code == COUNTY_CODES[0])
}

/// Makes a body of every council that has none, with the usual categories. What is there already, edited or not, stays.
/// Answers how many were made.
///
/// # Errors
/// From the database.
pub fn bodies_for_councils(conn: &mut PgConnection) -> QueryResult<usize> {
    let councils: Vec<(i64, String, String)> = areas::table
        .filter(areas::kind.eq("council"))
        .filter(diesel::dsl::not(areas::id.eq_any(body_areas::table.select(body_areas::area_id))))
        .order(areas::code)
        .select((areas::id, areas::code, areas::name))
        .load(conn)?;
    let mut taken: BTreeSet<String> = bodies::table.select(bodies::slug).load(conn)?.into_iter().collect();
    for (area, code, name) in &councils {
        let slug = free_slug(name, code, &taken);
        let body = add_body(conn, &slug, &official_name(code, name), *area)?;
        add_categories(conn, body, |_| true, |_| false)?;
        taken.insert(slug);
    }
    Ok(councils.len())
}

fn official_name(code: &str, name: &str) -> String {
    match OFFICIAL.iter().find(|(known, _)| *known == code) {
        Some((_, official)) => (*official).to_owned(),
        None if name.ends_with("Council") => name.to_owned(),
        None => format!("{name} Council"),
    }
}

/// The name as a slug of at most 63 characters; with its code where that is empty or taken.
fn free_slug(name: &str, code: &str, taken: &BTreeSet<String>) -> String {
    let plain: String = borough::slug(name).chars().take(40).collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() || taken.contains(&plain) {
        let code: String = borough::slug(code).chars().take(20).collect();
        format!("{plain}-{code}").trim_matches('-').to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_council_known_by_its_code_gets_its_official_name_and_others_get_council_added() {
        assert_eq!(official_name("W06000022", "Newport"), "Newport City Council");
        assert_eq!(official_name("X1", "Wrenmouth"), "Wrenmouth Council");
        assert_eq!(official_name("X1", "Wrenmouth Town Council"), "Wrenmouth Town Council");
    }

    #[test]
    fn a_slug_that_is_taken_gets_the_code() {
        let taken = BTreeSet::from(["newport".to_owned()]);
        assert_eq!(free_slug("Newport", "W06000022", &taken), "newport-w06000022");
        assert_eq!(free_slug("Abbot's Rise", "1", &taken), "abbot-s-rise");
    }
}
