//! Open311 GeoReport v2 as servers answer it, in XML or JSON, read into plain structures. Nothing here talks to anybody.
//!
//! One entry that cannot be used does not spoil the list it stands in: it is left out and named. What is wrong is said in words
//! that staff of a body can be shown.

use chrono::{DateTime, Utc};
use mendmap_shared::limits::PHOTOS_PER_REPORT;
use mendmap_shared::questions::Datatype;

use super::moments::{is_zoned, moment};
use super::tree::{MEMBER, Node, begin, read, text_of};

/// Characters of a text that comes from a server and is shown to staff.
const WORDS_SHOWN: usize = 300;
/// Entries left out that are named.
const NAMED: usize = 5;
/// Bytes of an id or a code; longer ones are not believed.
const ID_BYTES: usize = 200;

/// Why an answer cannot be used, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// A list as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// What can be used.
    pub items: Vec<T>,
    /// What cannot, and why; at most the first few.
    pub left_out: Vec<String>,
}

/// How a service's reports get their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// At once.
    Realtime,
    /// Later, by a token.
    Batch,
    /// Never.
    Blackbox,
}

/// A row of the service list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// What reports of it are sent under.
    pub code: String,
    /// Name.
    pub name: String,
    /// A line about it.
    pub description: Option<String>,
    /// Whether it asks questions of its own.
    pub metadata: bool,
    /// How its reports get their number.
    pub kind: Kind,
    /// Words, some of which mean something: see `services.rs`.
    pub keywords: Vec<String>,
    /// The first group it stands in.
    pub group: Option<String>,
}

/// A question of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// What its answer is sent under.
    pub code: String,
    /// Whether it is to be answered at all, rather than read.
    pub variable: bool,
    /// How it is answered; an unknown word counts as one line.
    pub datatype: Datatype,
    /// Whether an answer is needed.
    pub required: bool,
    /// What people read.
    pub description: Option<String>,
    /// Help with the answer.
    pub hint: Option<String>,
    /// Its place.
    pub order: i64,
    /// The choices of a list: key and name.
    pub values: Vec<(String, String)>,
    /// Whether a computer fills it in rather than a person (mySociety's `automated`).
    pub automated: bool,
}

/// What a server says to a report it took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Its number there.
    pub request_id: Option<String>,
    /// What the number can be asked for with later.
    pub token: Option<String>,
}

/// A report as the server has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its number there.
    pub id: String,
    /// `open` or `closed`, or an extended word.
    pub status: Option<String>,
    /// Why it has that status.
    pub notes: Option<String>,
    /// What it says.
    pub description: Option<String>,
    /// When it last changed.
    pub updated: Option<DateTime<Utc>>,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
}

/// An update as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestUpdate {
    /// Its number there.
    pub id: String,
    /// The report's number there.
    pub request_id: String,
    /// The status it set, or the report had.
    pub status: Option<String>,
    /// What it says.
    pub description: Option<String>,
    /// When it was made.
    pub updated: Option<DateTime<Utc>>,
    /// Whether that is certain: some servers leave the zone out.
    pub zoned: bool,
    /// Addresses of its pictures.
    pub media: Vec<String>,
}

/// Reads a service list.
///
/// # Errors
/// When the answer is none.
pub fn services(body: &[u8]) -> Result<Listed<Service>, Unreadable> {
    let root = read(body)?;
    let nodes = list(&root, &["services"], "service", "list of services")?;
    Ok(collect(&nodes, "service", |node| {
        let code = id(node, &["service_code"])?;
        Ok(Service {
            name: node.field(&["service_name"]).map_or_else(|| code.clone(), one_line),
            description: owned(node.field(&["description"])),
            metadata: truth(node, "metadata", false),
            kind: match node.field(&["type"]).map(str::to_lowercase).as_deref() {
                Some("batch") => Kind::Batch,
                Some("blackbox") => Kind::Blackbox,
                _ => Kind::Realtime,
            },
            keywords: node.fields("keywords").iter().flat_map(|text| text.split(',')).map(word).collect(),
            group: group(node),
            code,
        })
    }))
}

/// `<group>` with a text, or `<groups>` of them.
fn group(node: &Node) -> Option<String> {
    let groups = node.items("groups", "group");
    let first = groups.iter().map(|group| group.text.as_str()).find(|text| !text.is_empty());
    first.or_else(|| node.field(&["group", "groups"])).map(one_line)
}

/// Reads the questions of one service, in their order.
///
/// # Errors
/// When the answer is no service definition.
pub fn attributes(body: &[u8]) -> Result<Listed<Attribute>, Unreadable> {
    let root = read(body)?;
    // Some answer with a list of one, some with the definition inside something else.
    let definition = [&root].into_iter().chain(&root.inside).find(|node| is_definition(node));
    let definition = definition.ok_or_else(|| other_than(&root, "service definition"))?;
    let nodes = definition.items("attributes", "attribute");
    let mut listed = collect(&nodes, "question", |node| {
        let datatype = node.field(&["datatype"]).unwrap_or_default().to_lowercase();
        let value = |value: &&Node| {
            let key = value.field(&["key"])?.to_owned();
            Some((key.clone(), value.field(&["name"]).map_or(key, one_line)))
        };
        Ok(Attribute {
            code: id(node, &["code"])?,
            variable: truth(node, "variable", true),
            datatype: match datatype.as_str() {
                "number" => Datatype::Number,
                "datetime" => Datatype::Datetime,
                "text" => Datatype::Text,
                "singlevaluelist" => Datatype::SingleValueList,
                "multivaluelist" => Datatype::MultiValueList,
                _ => Datatype::String,
            },
            required: truth(node, "required", false),
            description: owned(node.field(&["description"])),
            hint: owned(node.field(&["datatype_description"])),
            order: node.field(&["order"]).and_then(|text| text.parse().ok()).unwrap_or(i64::MAX),
            values: node.items("values", "value").iter().filter_map(value).collect(),
            automated: node.field(&["automated"]).is_some(),
        })
    });
    listed.items.sort_by_key(|attribute| attribute.order);
    Ok(listed)
}

fn is_definition(node: &Node) -> bool {
    let is_field = |inner: &Node| matches!(inner.name.as_str(), "attributes" | "attribute" | "service_code");
    node.name == "service_definition" || node.inside.iter().any(is_field)
}

/// Reads the answer to a report that was sent, or to a token.
///
/// # Errors
/// When the answer names no report at all.
pub fn accepted(body: &[u8]) -> Result<Accepted, Unreadable> {
    let root = read(body)?;
    let nodes = list(&root, &["service_requests", "requests"], "request", "answer to a report")?;
    let first = nodes.first().ok_or_else(|| Unreadable("the answer names no report".into()))?;
    Ok(Accepted { request_id: id(first, &["service_request_id"]).ok(), token: id(first, &["token"]).ok() })
}

/// Reads a list of reports.
///
/// # Errors
/// When the answer is none.
pub fn requests(body: &[u8]) -> Result<Listed<Request>, Unreadable> {
    let root = read(body)?;
    let nodes = list(&root, &["service_requests", "requests"], "request", "list of reports")?;
    Ok(collect(&nodes, "report", |node| {
        let degrees = |name: &str| node.field(&[name]).and_then(|text| text.parse::<f64>().ok());
        Ok(Request {
            id: id(node, &["service_request_id"])?,
            status: owned(node.field(&["status"])),
            notes: owned(node.field(&["status_notes"])),
            description: owned(node.field(&["description"])),
            updated: node.field(&["updated_datetime"]).and_then(moment),
            place: degrees("lat").zip(degrees("long")),
        })
    }))
}

/// Reads a list of updates.
///
/// # Errors
/// When the answer is none.
pub fn request_updates(body: &[u8]) -> Result<Listed<RequestUpdate>, Unreadable> {
    let root = read(body)?;
    let containers = ["service_request_updates", "request_updates", "servicerequestupdates"];
    let nodes = list(&root, &containers, "request_update", "list of updates")?;
    Ok(collect(&nodes, "update", |node| {
        Ok(RequestUpdate {
            id: id(node, &["update_id"])?,
            request_id: id(node, &["service_request_id"])?,
            status: owned(node.field(&["status"])),
            description: owned(node.field(&["description"])),
            updated: node.field(&["updated_datetime"]).and_then(moment),
            zoned: node.field(&["updated_datetime"]).is_some_and(is_zoned),
            media: node.fields("media_url").into_iter().take(PHOTOS_PER_REPORT).map(str::to_owned).collect(),
        })
    }))
}

/// Reads the number a server gave an update that was sent; none is no fault.
#[must_use]
pub fn taken_update(body: &[u8]) -> Option<String> {
    let root = read(body).ok()?;
    let nodes = list(&root, &["service_request_updates", "request_updates"], "request_update", "").ok()?;
    id(nodes.first()?, &["update_id"]).ok()
}

/// The words of a server that refuses, whatever it sends: Open311's errors, another XML or JSON, a page, plain text. On one
/// line, bounded; empty when it says nothing.
#[must_use]
pub fn refusal(body: &[u8]) -> String {
    let text = text_of(body);
    // Some put a second HTTP head before their answer.
    let start = text.find("<?xml").or_else(|| text.find("<err")).unwrap_or(0);
    let told = match read(&text.as_bytes()[start..]) {
        Ok(root) => {
            let errors = root.items("errors", "error");
            let told: Vec<&str> = [&root]
                .into_iter()
                .chain(errors)
                .chain(&root.inside)
                .filter_map(|node| node.field(&["description", "message", "error"]))
                .collect();
            match told.as_slice() {
                [] if root.name == "error" || root.inside.is_empty() => root.text.clone(),
                [] => words_of(&root),
                told => {
                    let mut told = told.to_vec();
                    told.dedup();
                    told.join("; ")
                }
            }
        }
        Err(_) => text,
    };
    one_line(&told)
}

/// All the texts of a page.
fn words_of(node: &Node) -> String {
    let own = [node.text.clone()].into_iter().filter(|_| !matches!(node.name.as_str(), "script" | "style" | "code"));
    own.chain(node.inside.iter().map(words_of)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The entries of a list, at the top of a document.
fn list<'n>(root: &'n Node, containers: &[&str], item: &str, what: &str) -> Result<Vec<&'n Node>, Unreadable> {
    if root.name == "errors"
        || root.name == "error"
        || root.items("errors", "error").iter().any(|node| !node.inside.is_empty())
    {
        return Err(Unreadable(format!("the answer is no {what}, but an error: {}", describe_errors(root))));
    }
    if root.name == item {
        return Ok(vec![root]);
    }
    if root.name == MEMBER {
        if let Some(inner) = root.inside.iter().find(|node| containers.contains(&node.name.as_str())) {
            return Ok(members(inner, item));
        }
        if root.inside.iter().all(|node| node.name == MEMBER || node.name == item) {
            return Ok(members(root, item));
        }
        // One alone instead of a list of one.
        return Ok(vec![root]);
    }
    if containers.contains(&root.name.as_str()) { Ok(members(root, item)) } else { Err(other_than(root, what)) }
}

fn members<'n>(container: &'n Node, item: &str) -> Vec<&'n Node> {
    let named = container.inside.iter().filter(|node| node.name == item || node.name == MEMBER);
    // `{"service": [..]}`: a list under the name of what it lists.
    let found: Vec<&Node> = named
        .flat_map(|node| {
            let inner: Vec<&Node> = node.inside.iter().filter(|inner| inner.name == MEMBER).collect();
            if inner.is_empty() { vec![node] } else { inner }
        })
        .collect();
    let is_one =
        found.is_empty() && container.name != MEMBER && container.inside.iter().any(|node| !node.text.is_empty());
    if is_one { vec![container] } else { found }
}

fn describe_errors(root: &Node) -> String {
    let errors = root.items("errors", "error");
    let told = [root].into_iter().chain(errors).chain(&root.inside).find_map(|node| node.field(&["description"]));
    one_line(told.unwrap_or(&root.text))
}

fn other_than(root: &Node, what: &str) -> Unreadable {
    let begun = if root.name == MEMBER { "a JSON value".to_owned() } else { format!("<{}>", begin(&root.name)) };
    Unreadable(format!("the answer is no {what}, but {begun}"))
}

fn collect<T>(nodes: &[&Node], what: &str, of: impl Fn(&Node) -> Result<T, Unreadable>) -> Listed<T> {
    let mut listed = Listed { items: Vec::with_capacity(nodes.len()), left_out: Vec::new() };
    for (number, node) in (1..).zip(nodes) {
        match of(node) {
            Ok(item) => listed.items.push(item),
            Err(why) if listed.left_out.len() < NAMED => listed.left_out.push(format!("{what} {number} {why}")),
            Err(_) => {}
        }
    }
    listed
}

/// A name that things are told apart by.
fn id(node: &Node, names: &[&str]) -> Result<String, Unreadable> {
    let missing = || Unreadable(format!("has no {}", names.first().copied().unwrap_or("id")));
    let found = node.field(names).ok_or_else(missing)?;
    let is_name = found.len() <= ID_BYTES && !found.chars().any(char::is_control);
    if is_name { Ok(found.to_owned()) } else { Err(Unreadable("has an id that cannot be one".into())) }
}

fn truth(node: &Node, name: &str, missing: bool) -> bool {
    node.field(&[name]).map_or(missing, |text| matches!(text.to_lowercase().as_str(), "true" | "1" | "yes"))
}

fn word(text: &str) -> String {
    text.trim().to_lowercase()
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(WORDS_SHOWN).collect()
}
