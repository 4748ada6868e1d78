//! Bodies, what can be reported to them, and the areas they cover: few rows, so all at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context as _, ensure};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::left_out::Reason;
use super::theirs::{self, Contact};
use super::{FixMyStreet, Move, Numbers, ours, rules};
use crate::schema::{areas as area_rows, bodies as body_rows, categories as category_rows};

/// The group of what they have in none.
const NO_GROUP: &str = "Other";

#[derive(Serialize)]
struct StagedBody<'a> {
    theirs: i64,
    seen: Uuid,
    slug: String,
    name: &'a str,
    email: String,
}

/// Carries over all bodies, also those that are deleted there: their reports went to them. Answers our numbers.
///
/// # Errors
/// When a body has no mail address anywhere and none was given, or from one of the databases.
pub fn bodies(at: &mut Move<'_>, from: &FixMyStreet) -> anyhow::Result<Numbers> {
    let found = theirs::bodies(at.theirs)?;
    let contacts = theirs::contacts(at.theirs)?;
    let known = ours::numbers(at.ours, "body")?;
    let mut slugs: BTreeSet<String> = body_rows::table.select(body_rows::slug).load(at.ours)?.into_iter().collect();
    let mut rows = Vec::with_capacity(found.len());
    let mut without = Vec::new();
    for body in &found {
        let slug = rules::free_slug(&body.name, "body", &mut slugs);
        let email = most_used_address(body.id, body.send_method.as_deref(), &contacts);
        if email.is_none() {
            if from.body_email.is_some() || known.contains_key(&body.id) {
                at.left_out.note("body", body.id, Reason::NoAddress, "")?;
            } else {
                without.push(body.name.as_str());
            }
        }
        if rules::is_open311(body.send_method.as_deref()) && !body.deleted {
            at.left_out.note("body", body.id, Reason::ByOpen311, "")?;
        }
        let email = email.or_else(|| from.body_email.as_ref().map(ToString::to_string)).unwrap_or_default();
        rows.push(StagedBody { theirs: body.id, seen: ours::seen(body)?, slug, name: &body.name, email });
    }
    ensure!(
        without.is_empty(),
        "no contact of {} has a mail address: --body-email says where their reports go by mail",
        without.join(", ")
    );
    let outcome = ours::apply(at.ours, "staged_bodies", &rows, include_str!("sql/apply_bodies.sql"))?;
    at.note_all("body", &outcome.words)?;
    at.done("bodies", outcome.tally);
    Ok(ours::numbers(at.ours, "body")?)
}

/// The address most of a body's contacts have.
fn most_used_address(body: i64, method: Option<&str>, contacts: &[Contact]) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for contact in contacts.iter().filter(|contact| contact.body_id == body && contact.state != "deleted") {
        if rules::is_open311(contact.send_method.as_deref().or(method)) {
            continue;
        }
        if let (Some(address), _) = rules::first_address(&contact.email) {
            *counts.entry(address.to_string()).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(address, _)| address)
}

/// A category as their reports name it.
#[derive(Debug, Clone)]
pub struct Category {
    /// Ours.
    pub id: i64,
    /// Its stable code.
    pub code: String,
    /// Group it is listed under.
    pub group: String,
}

/// Our categories by their body and name of it.
pub type Categories = HashMap<(i64, String), Category>;

#[derive(Serialize)]
struct StagedContact {
    theirs: i64,
    seen: Uuid,
    body_id: i64,
    code: String,
    name: String,
    group_name: String,
    email: Option<String>,
    live: bool,
    private: bool,
    questions: serde_json::Value,
}

/// Carries over all contacts as categories; what residents cannot choose there is not offered here either.
///
/// # Errors
/// From one of the databases.
pub fn contacts(at: &mut Move<'_>, bodies: &Numbers) -> anyhow::Result<Categories> {
    let found = theirs::contacts(at.theirs)?;
    let methods: HashMap<i64, Option<String>> =
        theirs::bodies(at.theirs)?.into_iter().map(|body| (body.id, body.send_method)).collect();
    // The same thing has one code at every body: that is how a report goes to several.
    let mut codes: HashMap<String, String> = HashMap::new();
    let mut taken = BTreeSet::new();
    let mut rows = Vec::with_capacity(found.len());
    for contact in &found {
        let Some(body_id) = bodies.get(&contact.body_id).copied() else { continue };
        let code = codes
            .entry(contact.category.to_lowercase())
            .or_insert_with(|| rules::free_slug(&contact.category, "category", &mut taken))
            .clone();
        let method = contact.send_method.as_deref().or(methods.get(&contact.body_id).and_then(Option::as_deref));
        let (email, addresses) = rules::first_address(&contact.email);
        let email = email.filter(|_| !rules::is_open311(method)).map(|email| email.to_string());
        let refuses = contact.email == "REFUSED";
        if refuses {
            at.left_out.note("contact", contact.id, Reason::Refuses, "")?;
        } else if addresses > 1 {
            at.left_out.note("contact", contact.id, Reason::SeveralAddresses, "")?;
        }
        let extra = contact.extra.clone().unwrap_or_default();
        let questions = rules::questions(&extra);
        if questions.is_none() {
            at.left_out.note("contact", contact.id, Reason::QuestionsNotReadable, "")?;
        }
        rows.push(StagedContact {
            theirs: contact.id,
            seen: ours::seen(contact)?,
            body_id,
            code,
            name: contact.category.clone(),
            group_name: rules::group(&extra).unwrap_or_else(|| NO_GROUP.to_owned()),
            email,
            live: contact.state == "confirmed" && !refuses,
            private: contact.non_public,
            questions: serde_json::to_value(questions.unwrap_or_default())?,
        });
    }
    let outcome = ours::apply(at.ours, "staged_contacts", &rows, include_str!("sql/apply_contacts.sql"))?;
    at.note_all("contact", &outcome.words)?;
    at.done("categories", outcome.tally);
    known_categories(at, &found)
}

fn known_categories(at: &mut Move<'_>, found: &[Contact]) -> anyhow::Result<Categories> {
    let numbers = ours::numbers(at.ours, "category")?;
    let here: Vec<(i64, String, String)> = category_rows::table
        .select((category_rows::id, category_rows::code, category_rows::group_name))
        .load(at.ours)?;
    let here: HashMap<i64, (String, String)> = here.into_iter().map(|(id, code, group)| (id, (code, group))).collect();
    let category = |contact: &Contact| {
        let id = *numbers.get(&contact.id)?;
        let (code, group) = here.get(&id)?.clone();
        Some(((contact.body_id, contact.category.clone()), Category { id, code, group }))
    };
    Ok(found.iter().filter_map(category).collect())
}

/// A line of the file of areas.
#[derive(Debug, Deserialize)]
struct MappedArea {
    #[serde(alias = "id")]
    mapit_id: i64,
    #[serde(alias = "gss")]
    code: Option<String>,
    name: Option<String>,
}

#[derive(Serialize)]
struct StagedArea {
    theirs: i64,
    body_id: i64,
    area_id: i64,
}

/// Says which of our areas each body covers: by the file, where MapIt's number stands in it; otherwise, for a body nothing
/// else is known of, the one council of its name. Areas that were given to a body here stay.
///
/// # Errors
/// When the file cannot be read, or from one of the databases.
pub fn areas(at: &mut Move<'_>, bodies: &Numbers, file: Option<&Path>) -> anyhow::Result<()> {
    let mapped = match file {
        Some(path) => read_mapping(path).with_context(|| format!("{} cannot be read", path.display()))?,
        None => HashMap::new(),
    };
    let here: Vec<(i64, String, String, String)> = area_rows::table
        .order((area_rows::kind, area_rows::id))
        .select((area_rows::id, area_rows::kind, area_rows::code, area_rows::name))
        .load(at.ours)?;
    let loaded = |mapped: &MappedArea| {
        let by_code = here.iter().find(|(.., code, _)| mapped.code.as_deref() == Some(code.as_str()));
        let mut by_name = here.iter().filter(|(.., name)| mapped.name.as_deref() == Some(name.as_str()));
        // A name that two areas have says nothing.
        by_code.or_else(|| by_name.next().filter(|_| by_name.next().is_none())).map(|(id, ..)| *id)
    };
    let mut rows: Vec<StagedArea> = Vec::new();
    for pair in theirs::body_areas(at.theirs)? {
        let Some(body_id) = bodies.get(&pair.body_id).copied() else { continue };
        let reason = match mapped.get(&pair.area_id).map(&loaded) {
            Some(Some(area_id)) => {
                rows.push(StagedArea { theirs: pair.body_id, body_id, area_id });
                continue;
            }
            Some(None) => Reason::AreaNotLoaded,
            None => Reason::AreaNotMapped,
        };
        at.left_out.note("body", pair.body_id, reason, &format!("area {}", pair.area_id))?;
    }
    let covering: BTreeSet<i64> = crate::schema::body_areas::table
        .select(crate::schema::body_areas::body_id)
        .load::<i64>(at.ours)?
        .into_iter()
        .chain(rows.iter().map(|row| row.body_id))
        .collect();
    for body in theirs::bodies(at.theirs)?.into_iter().filter(|body| !body.deleted) {
        let Some(body_id) = bodies.get(&body.id).copied().filter(|id| !covering.contains(id)) else { continue };
        let name = rules::bare_name(&body.name);
        let mut alike = here.iter().filter(|(_, kind, _, area)| kind == "council" && rules::bare_name(area) == name);
        match (alike.next(), alike.next()) {
            (Some((area_id, ..)), None) => rows.push(StagedArea { theirs: body.id, body_id, area_id: *area_id }),
            _ => at.left_out.note("body", body.id, Reason::NoArea, "")?,
        }
    }
    let outcome = ours::apply(at.ours, "staged_body_areas", &rows, include_str!("sql/apply_body_areas.sql"))?;
    at.done("areas of bodies", outcome.tally);
    Ok(())
}

fn read_mapping(path: &Path) -> anyhow::Result<HashMap<i64, MappedArea>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path)?;
    let rows: Result<Vec<MappedArea>, csv::Error> = reader.deserialize().collect();
    Ok(rows?.into_iter().map(|row| (row.mapit_id, row)).collect())
}
