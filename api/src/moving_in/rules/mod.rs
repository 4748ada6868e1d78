//! What their words mean here.

use std::collections::{BTreeSet, HashMap};

use mendmap_shared::limits::{ANSWER_CHARS, PHOTO_BYTES};
use mendmap_shared::questions::{Answer, Answers, Choice, Datatype, Question, validate};
use mendmap_shared::text::Email;
use mendmap_shared::workflow::{FixedBy, Status, Visibility};
use serde::Deserialize;
use serde_json::Value;

/// Longest slug, as the tables check it.
const SLUG_CHARS: usize = 63;
/// Largest picture file that is read, in bytes.
pub const FILE_BYTES: u64 = PHOTO_BYTES as u64;

/// What a report's state says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is here, with this status, for these eyes.
    Here(Status, Visibility),
    /// Nobody stands by it: it never was confirmed.
    Unconfirmed,
    /// It means nothing here.
    Unknown,
}

/// What a state means. `own` are the states the site made itself, each with its type: open, closed or fixed.
#[must_use]
pub fn standing(state: &str, non_public: bool, own: &HashMap<String, String>) -> Standing {
    let seen = if non_public { Visibility::Private } else { Visibility::Published };
    match (state, status(state, own)) {
        ("unconfirmed" | "partial", _) => Standing::Unconfirmed,
        ("hidden", _) => Standing::Here(Status::Open, Visibility::Hidden),
        (_, Some(status)) => Standing::Here(status, seen),
        (_, None) => Standing::Unknown,
    }
}

/// The status a state means, for those that have one.
#[must_use]
pub fn status(state: &str, own: &HashMap<String, String>) -> Option<Status> {
    Some(match state {
        "confirmed" => Status::Open,
        "investigating" => Status::Investigating,
        // "Planned" is their older word for it.
        "action scheduled" | "planned" => Status::ActionScheduled,
        "in progress" => Status::InProgress,
        "fixed" | "fixed - user" | "fixed - council" => Status::Fixed,
        "closed" => Status::Closed,
        "unable to fix" => Status::NoFurtherAction,
        "not responsible" => Status::NotResponsible,
        "duplicate" => Status::Duplicate,
        "internal referral" => Status::InternalReferral,
        "cancelled" => Status::Cancelled,
        _ => match own.get(state)?.as_str() {
            "open" => Status::Open,
            "fixed" => Status::Fixed,
            "closed" => Status::Closed,
            _ => return None,
        },
    })
}

/// Who says that a report is fixed. `by_other`: somebody but its author marked it so.
#[must_use]
pub fn fixed_by(status: Status, state: &str, by_other: bool) -> Option<FixedBy> {
    (status == Status::Fixed).then_some(match state {
        "fixed" | "fixed - user" if by_other => FixedBy::Resident,
        "fixed" | "fixed - user" => FixedBy::Author,
        _ => FixedBy::Body,
    })
}

/// The role of somebody who works for a body, by what they may do there: the smallest that lets them.
#[must_use]
pub fn role(superuser: bool, permissions: &[String]) -> &'static str {
    let may = |of: &[&str]| permissions.iter().any(|permission| of.contains(&permission.as_str()));
    if superuser || may(&["user_edit", "user_manage_permissions", "user_assign_body"]) {
        "administrator"
    } else if may(&["moderate", "report_edit", "report_edit_category", "category_edit", "template_edit"]) {
        "officer"
    } else if may(&["report_inspect", "report_instruct", "planned_reports", "contribute_as_body", "default_to_body"]) {
        "inspector"
    } else {
        "viewer"
    }
}

/// A name in lower-case letters, digits and hyphens that is not taken, and now is.
pub fn free_slug(name: &str, otherwise: &str, taken: &mut BTreeSet<String>) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
    let slug = slug.get(..slug.len().min(SLUG_CHARS - 8)).unwrap_or_default().trim_matches('-');
    let slug = if slug.is_empty() { otherwise } else { slug };
    let numbered = (2..).map(|n: u32| format!("{slug}-{n}"));
    let free = std::iter::once(slug.to_owned()).chain(numbered).find(|slug| !taken.contains(slug));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// The first mail address of a list as their contacts have it, and how many there are.
#[must_use]
pub fn first_address(contact: &str) -> (Option<Email>, usize) {
    let mut addresses = contact.split(',').filter_map(|part| part.trim().parse::<Email>().ok());
    let first = addresses.next();
    let count = usize::from(first.is_some()) + addresses.count();
    (first, count)
}

/// Whether reports go by something else than mail, where a method is named.
#[must_use]
pub fn is_open311(method: Option<&str>) -> bool {
    method.is_some_and(|method| method.contains("Open311"))
}

/// Addresses of accounts that were removed there stand for nobody.
#[must_use]
pub fn is_removed(email: &str) -> bool {
    email
        .strip_prefix("removed-")
        .and_then(|rest| rest.split_once('@'))
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A body's or council's name without what all of them are called: "Newport City Council" and "newport" are one, as their
/// addresses shorten names.
#[must_use]
pub fn bare_name(name: &str) -> String {
    const COMMON: [&str; 10] =
        ["council", "city", "county", "borough", "district", "metropolitan", "parish", "town", "royal", "london"];
    let lower = name.to_lowercase().replace('&', " and ");
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let bare: Vec<&str> = words.iter().copied().filter(|word| !COMMON.contains(word) && *word != "of").collect();
    // Something must be left: the City of London's own name is made of common words.
    if bare.is_empty() { words.join(" ") } else { bare.join(" ") }
}

/// The names of the picture files in a photo column, or the picture itself, as the oldest versions kept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pictures<'a> {
    /// Files in the upload folder.
    Files(Vec<&'a str>),
    /// The bytes of one picture.
    Inside(&'a [u8]),
}

/// Reads a photo column.
#[must_use]
pub fn pictures(column: &[u8]) -> Pictures<'_> {
    match str::from_utf8(column) {
        Ok(text) => Pictures::Files(text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()),
        Err(_) => Pictures::Inside(column),
    }
}

/// The name of a file as it lies in the upload folder: forty hexadecimal digits, and what it is (JPEG where nothing says so).
#[must_use]
pub fn file_name(name: &str) -> Option<String> {
    let (hash, ending) = name.split_once('.').unwrap_or((name, "jpeg"));
    let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Nothing that leads out of the folder.
    let is_ending = !ending.is_empty() && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_hash && is_ending).then(|| format!("{hash}.{ending}"))
}

/// A question as a contact's extra has it; an answer as a report's has it.
#[derive(Debug, Deserialize)]
struct Field {
    code: Option<String>,
    name: Option<String>,
    description: Option<String>,
    datatype: Option<String>,
    required: Option<Value>,
    variable: Option<Value>,
    automated: Option<String>,
    values: Option<Vec<FieldValue>>,
    value: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct FieldValue {
    key: Value,
    name: Option<Value>,
    disable: Option<Value>,
    disable_message: Option<String>,
}

fn fields(extra: &Value) -> Option<Vec<Field>> {
    match extra.get("_fields") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(fields) => serde_json::from_value(fields.clone()).ok(),
    }
}

/// Their flags are 1, "1", "true" and true.
fn is_set(flag: Option<&Value>) -> bool {
    match flag {
        Some(Value::Bool(set)) => *set,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !matches!(text.as_str(), "" | "0" | "false"),
        _ => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

/// The questions of a category that people are asked; nothing where they cannot be asked here as they are.
#[must_use]
pub fn questions(extra: &Value) -> Option<Vec<Question>> {
    let asked = |field: &Field| field.automated.as_deref().unwrap_or_default().is_empty();
    let is_question = |field: &Field| field.variable.is_none() || is_set(field.variable.as_ref());
    let questions: Vec<Question> = fields(extra)?
        .into_iter()
        .filter(|field| asked(field) && is_question(field))
        .map(|field| {
            let code = field.code.unwrap_or_default();
            let datatype = match field.datatype.as_deref() {
                Some("number") => Datatype::Number,
                Some("datetime") => Datatype::Datetime,
                Some("text") => Datatype::Text,
                Some("singlevaluelist") => Datatype::SingleValueList,
                Some("multivaluelist") => Datatype::MultiValueList,
                _ => Datatype::String,
            };
            let choice = |value: FieldValue| {
                let key = text_of(&value.key);
                let name = value.name.as_ref().map(text_of).filter(|name| !name.is_empty());
                let blocks = is_set(value.disable.as_ref()).then_some(value.disable_message).flatten();
                Choice { name: name.unwrap_or_else(|| key.clone()), key, blocks }
            };
            let values = field.values.unwrap_or_default();
            Question {
                label: field.description.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| code.clone()),
                code,
                hint: None,
                datatype,
                required: is_set(field.required.as_ref()),
                choices: values.into_iter().map(choice).filter(|choice| !choice.key.is_empty()).collect(),
            }
        })
        .collect();
    validate(&questions).is_ok().then_some(questions)
}

/// The answers of a report, each with its question as one of text, so that staff can read them.
#[must_use]
pub fn answers(extra: &Value) -> Option<(Answers, Vec<Question>)> {
    let (mut answers, mut questions) = (Answers::new(), Vec::new());
    for field in fields(extra)? {
        let (Some(code), Some(value)) = (field.name.or(field.code), field.value) else { continue };
        let text = match &value {
            Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join(", "),
            value => text_of(value),
        };
        let text: String = text.chars().take(ANSWER_CHARS).collect();
        if text.is_empty() || code.trim().is_empty() || answers.contains_key(&code) {
            continue;
        }
        let label = field.description.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| code.clone());
        let datatype = Datatype::Text;
        questions.push(Question { code: code.clone(), label, hint: None, datatype, required: false, choices: vec![] });
        answers.insert(code, Answer::One(text));
    }
    Some((answers, questions))
}

/// The group a contact's extra names; the first, where there are several.
#[must_use]
pub fn group(extra: &Value) -> Option<String> {
    let group = extra.get("group")?;
    let first = group.as_array().and_then(|groups| groups.first()).unwrap_or(group);
    Some(text_of(first)).filter(|group| !group.is_empty())
}

#[cfg(test)]
mod tests;
