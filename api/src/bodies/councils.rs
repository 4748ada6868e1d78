//! What a new body starts with: its area, an address to be edited, and the usual categories.

use std::collections::BTreeSet;

use diesel::prelude::*;
use mendmap_shared::standard_categories::{StandardCategory, standard_categories};

use crate::schema::{areas, bodies, body_areas, categories};

/// Official names of councils the boundaries file names by their place alone (ONS code, name).
const OFFICIAL: &[(&str, &str)] = &[
    ("W06000015", "Cardiff Council"),
    ("W06000018", "Caerphilly County Borough Council"),
    ("W06000020", "Torfaen County Borough Council"),
    ("W06000021", "Monmouthshire County Council"),
    ("W06000022", "Newport City Council"),
];

/// Gives a body the usual categories that are `chosen`. One it has already stays as it is: somebody may have edited it.
///
/// # Errors
/// From the database.
pub fn add_categories(
    conn: &mut PgConnection,
    body_id: i64,
    chosen: impl Fn(&StandardCategory) -> bool,
    preferred: impl Fn(&StandardCategory) -> bool,
) -> QueryResult<()> {
    let mut rows = Vec::new();
    for (position, category) in (0_i32..).zip(standard_categories()).filter(|(_, category)| chosen(category)) {
        let questions = serde_json::to_value(&category.questions)
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        rows.push((
            categories::body_id.eq(body_id),
            categories::code.eq(category.code),
            categories::name.eq(category.name),
            categories::group_name.eq(category.group),
            categories::hint.eq(category.hint),
            categories::keywords.eq(category.keywords),
            categories::target_hours.eq(category.target_hours),
            categories::preferred.eq(preferred(&category)),
            categories::questions.eq(questions),
            categories::position.eq(position),
        ));
    }
    diesel::insert_into(categories::table).values(rows).on_conflict_do_nothing().execute(conn).map(drop)
}

/// Makes a body for one area, with an address under example.org, and answers its number.
///
/// # Errors
/// From the database.
pub fn add_body(conn: &mut PgConnection, slug: &str, name: &str, area: i64) -> QueryResult<i64> {
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

fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// The name as a slug of at most 63 characters; with its code where that is empty or taken.
fn free_slug(name: &str, code: &str, taken: &BTreeSet<String>) -> String {
    let plain: String = slug_of(name).chars().take(40).collect();
    let plain = plain.trim_matches('-').to_owned();
    if plain.is_empty() || taken.contains(&plain) {
        let code: String = slug_of(code).chars().take(20).collect();
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
