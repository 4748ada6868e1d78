//! What a server's service list makes of our categories: a plan, without touching anything.

use std::collections::{HashMap, HashSet};

use mendmap_shared::questions::{self, Choice, Datatype, Question};
use serde::Serialize;

use super::rules::shortened;
use super::wire::{Attribute, Kind, Service};

/// The group of services that name none.
const NO_GROUP: &str = "Other";
/// Characters of a line of help.
const HINT_CHARS: usize = 300;
/// Characters of a category's code.
const CODE_CHARS: usize = 60;
/// Hidden fields we fill in even where the server does not say that a computer should.
const OURS: [&str; 4] = ["fixmystreet_id", "mendmap_id", "easting", "northing"];

/// A category as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Row of `categories`.
    pub id: i64,
    /// Its code.
    pub category: String,
    /// Its name.
    pub name: String,
    /// The group it is listed under.
    pub group: String,
    /// Its line of help.
    pub hint: Option<String>,
    /// Its questions.
    pub questions: Vec<Question>,
    /// Whether its reports are for author and body only.
    pub private: bool,
    /// Whether it can be chosen.
    pub live: bool,
    /// The service it is, if it is one.
    pub service: Option<Bound>,
}

/// What is kept of a service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bound {
    /// The server's code.
    pub code: String,
    /// What stays as it is here.
    pub protected: Vec<String>,
    /// The codes people answer.
    pub asked: Vec<String>,
    /// The codes we fill in.
    pub automated: Vec<String>,
    /// Whether the server took it away.
    pub gone: bool,
}

/// A category as it is to be; the fields are those of the statement that writes them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Row of `categories`; none for a new one.
    pub id: Option<i64>,
    /// Its code.
    pub category: String,
    /// Its name.
    pub name: String,
    /// The group it is listed under.
    pub group_name: String,
    /// Its line of help.
    pub hint: Option<String>,
    /// Its questions.
    pub questions: Vec<Question>,
    /// Whether its reports are for author and body only.
    pub private: bool,
    /// Whether it can be chosen.
    pub live: bool,
    /// The server's code.
    pub service: String,
    /// How its reports get their number.
    pub kind: &'static str,
    /// What stays as it is here.
    pub protected: Vec<String>,
    /// The codes people answer.
    pub asked: Vec<String>,
    /// The codes we fill in.
    pub automated: Vec<String>,
    /// Whether its questions were fetched just now.
    pub defined: bool,
    /// Whether the server took it away.
    pub gone: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The categories of all services, as they are to be.
    pub rows: Vec<Row>,
    /// How many are new.
    pub new: usize,
    /// How many change.
    pub changed: usize,
    /// How many the server took away just now.
    pub gone: usize,
    /// What staff should know.
    pub notes: Vec<String>,
}

/// Plans what brings our categories in step.
///
/// A service that is no category yet becomes the one of its name, which keeps its own name, group and help; or a new one. One
/// that is listed no more cannot be chosen any more, unless the list was not `whole`. Reports that were made stay as they are.
#[must_use]
pub fn plan(services: &[Service], definitions: &HashMap<String, Vec<Attribute>>, known: &[Known], whole: bool) -> Plan {
    let mut plan = Plan::default();
    let mut codes: HashSet<String> = known.iter().map(|category| category.category.clone()).collect();
    let mut taken: HashSet<i64> =
        known.iter().filter(|category| category.service.is_some()).map(|category| category.id).collect();
    let mut seen = HashSet::new();
    for service in services.iter().filter(|service| seen.insert(service.code.clone())) {
        let bound =
            known.iter().find(|category| category.service.as_ref().is_some_and(|bound| bound.code == service.code));
        let same_name = || {
            known.iter().find(|category| {
                !taken.contains(&category.id)
                    && (category.name.eq_ignore_ascii_case(&service.name) || category.category == slug(&service.name))
            })
        };
        let category = bound.or_else(same_name);
        let row = match category {
            Some(category) => {
                taken.insert(category.id);
                plan.changed += usize::from(category.service.is_none());
                changed(category, service, definitions.get(&service.code), &mut plan)
            }
            None => {
                plan.new += 1;
                let code = free_code(service, &mut codes);
                new(code, service, definitions.get(&service.code), &mut plan)
            }
        };
        plan.rows.push(row);
    }
    if whole {
        for category in known {
            let Some(bound) = category.service.as_ref().filter(|bound| !bound.gone && !seen.contains(&bound.code))
            else {
                continue;
            };
            plan.gone += 1;
            let mut row = as_it_is(category, bound);
            row.gone = true;
            row.live = row.live && is_protected(&bound.protected, "live");
            plan.rows.push(row);
        }
    }
    plan
}

fn is_protected(protected: &[String], field: &str) -> bool {
    protected.iter().any(|known| known == field)
}

fn as_it_is(category: &Known, bound: &Bound) -> Row {
    Row {
        id: Some(category.id),
        category: category.category.clone(),
        name: category.name.clone(),
        group_name: category.group.clone(),
        hint: category.hint.clone(),
        questions: category.questions.clone(),
        private: category.private,
        live: category.live,
        service: bound.code.clone(),
        kind: "realtime",
        protected: bound.protected.clone(),
        asked: bound.asked.clone(),
        automated: bound.automated.clone(),
        defined: false,
        gone: bound.gone,
    }
}

fn changed(category: &Known, service: &Service, definition: Option<&Vec<Attribute>>, plan: &mut Plan) -> Row {
    let by_name = Bound {
        code: service.code.clone(),
        protected: ["name", "group", "hint"].map(str::to_owned).to_vec(),
        ..Bound::default()
    };
    let bound = category.service.as_ref().unwrap_or(&by_name);
    let before = as_it_is(category, bound);
    let mut row = before.clone();
    row.kind = kind(service.kind);
    let may = |field: &str| !is_protected(&bound.protected, field);
    if may("name") {
        row.name.clone_from(&service.name);
    }
    if may("group") {
        row.group_name = group(service);
    }
    if may("hint") {
        row.hint = hint(service);
    }
    if may("private") {
        // What was private once does not become public because a word is missing.
        row.private |= has(service, "private");
    }
    row.gone = is_withdrawn(service);
    if may("live") && row.gone != bound.gone {
        row.live = !row.gone;
    }
    ask(&mut row, service, definition, may("questions"), &category.questions, plan);
    if category.service.is_some() && row != (Row { defined: row.defined, kind: row.kind, ..before }) {
        plan.changed += 1;
    }
    row
}

fn new(code: String, service: &Service, definition: Option<&Vec<Attribute>>, plan: &mut Plan) -> Row {
    let mut row = Row {
        id: None,
        category: code,
        name: service.name.clone(),
        group_name: group(service),
        hint: hint(service),
        questions: Vec::new(),
        private: has(service, "private"),
        live: !is_withdrawn(service),
        service: service.code.clone(),
        kind: kind(service.kind),
        protected: Vec::new(),
        asked: Vec::new(),
        automated: Vec::new(),
        defined: false,
        gone: is_withdrawn(service),
    };
    ask(&mut row, service, definition, true, &[], plan);
    row
}

/// The questions, where they were fetched or there are none; otherwise they stay.
fn ask(
    row: &mut Row,
    service: &Service,
    definition: Option<&Vec<Attribute>>,
    may: bool,
    before: &[Question],
    plan: &mut Plan,
) {
    let none = Vec::new();
    let Some(attributes) = definition.or((!service.metadata).then_some(&none)) else { return };
    let (ours, theirs): (Vec<&Attribute>, Vec<&Attribute>) = attributes
        .iter()
        .filter(|attribute| attribute.variable)
        .partition(|attribute| attribute.automated || OURS.contains(&attribute.code.as_str()));
    let asked: Vec<Question> = theirs.iter().map(|attribute| question(attribute, before)).collect();
    if let Err(error) = questions::validate(&asked) {
        plan.notes.push(format!("the questions of {} cannot be asked: {error}", service.name));
        return;
    }
    row.defined = true;
    row.asked = asked.iter().map(|question| question.code.clone()).collect();
    row.automated = ours.iter().map(|attribute| attribute.code.clone()).collect();
    if may {
        row.questions = asked;
    }
}

fn question(attribute: &Attribute, before: &[Question]) -> Question {
    let known = before.iter().find(|question| question.code == attribute.code);
    let is_list = matches!(attribute.datatype, Datatype::SingleValueList | Datatype::MultiValueList);
    let choices: Vec<Choice> = attribute
        .values
        .iter()
        .filter(|_| is_list)
        .map(|(key, name)| Choice {
            key: key.clone(),
            name: name.clone(),
            // A message of ours that a choice blocks the form with: no server has such.
            blocks: known
                .and_then(|question| question.choices.iter().find(|choice| choice.key == *key))
                .and_then(|choice| choice.blocks.clone()),
        })
        .collect();
    Question {
        code: attribute.code.clone(),
        label: attribute.description.clone().unwrap_or_else(|| attribute.code.clone()),
        hint: attribute.hint.clone(),
        // A list of nothing is answered in words.
        datatype: if is_list && choices.is_empty() { Datatype::String } else { attribute.datatype },
        required: attribute.required,
        choices,
    }
}

fn has(service: &Service, word: &str) -> bool {
    service.keywords.iter().any(|keyword| keyword == word)
}

/// mySociety's words for services that residents are not offered.
fn is_withdrawn(service: &Service) -> bool {
    ["inactive", "staff"].iter().any(|word| has(service, word))
}

fn group(service: &Service) -> String {
    service.group.clone().unwrap_or_else(|| NO_GROUP.to_owned())
}

fn hint(service: &Service) -> Option<String> {
    let line = service.description.as_deref()?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty() && line != service.name).then(|| shortened(&line, HINT_CHARS))
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Realtime => "realtime",
        Kind::Batch => "batch",
        Kind::Blackbox => "blackbox",
    }
}

/// A code made of a name: lower-case letters, digits, hyphens.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= CODE_CHARS {
            break;
        }
    }
    slug.trim_matches('-').to_owned()
}

fn free_code(service: &Service, codes: &mut HashSet<String>) -> String {
    let base = [slug(&service.name), slug(&service.code)].into_iter().find(|slug| !slug.is_empty());
    let base: String = base.unwrap_or_else(|| "service".to_owned()).chars().take(CODE_CHARS - 5).collect();
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    let code = std::iter::once(base.clone()).chain(numbered).find(|code| !codes.contains(code)).unwrap_or(base);
    codes.insert(code.clone());
    code
}
