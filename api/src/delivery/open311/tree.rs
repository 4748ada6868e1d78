//! What XML and JSON have in common once they are read: names, texts and what is inside. Bounded, and forgiving of what real
//! servers send: namespaces, unknown entities, a lone `&`, Latin-1.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::Value;

use super::wire::Unreadable;

/// Elements inside each other; Open311 needs five.
const DEPTH: usize = 32;
/// Elements of one answer.
const ELEMENTS: usize = 200_000;

/// What the members of a JSON list are called, as they have no name.
pub(super) const MEMBER: &str = "";

/// An element, or a member of a JSON object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// Its name without namespace; [`MEMBER`] for a member of a list.
    pub name: String,
    /// Its own text, trimmed.
    pub text: String,
    /// What is inside.
    pub inside: Vec<Self>,
}

impl Node {
    fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The text of the first of these that is there and not empty.
    pub fn field(&self, names: &[&str]) -> Option<&str> {
        let texts = names.iter().flat_map(|name| self.inside.iter().filter(move |node| node.name == *name));
        texts.map(|node| node.text.as_str()).find(|text| !text.is_empty())
    }

    /// All texts of this name, whether one stands there, several, or a list.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        let named = self.inside.iter().filter(|node| node.name == name);
        let texts = named.flat_map(|node| std::iter::once(node).chain(node.inside.iter()));
        texts.map(|node| node.text.as_str()).filter(|text| !text.is_empty()).collect()
    }

    /// The things called `item`: inside a `container`, or without one; in XML by name, in JSON as members; one alone instead
    /// of a list, too.
    pub fn items(&self, container: &str, item: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        for node in &self.inside {
            if node.name != container && node.name != item {
                continue;
            }
            let members: Vec<&Self> =
                node.inside.iter().filter(|inner| inner.name == item || inner.name == MEMBER).collect();
            if !members.is_empty() {
                found.extend(members);
            } else if !node.inside.is_empty() || (node.name == item && !node.text.is_empty()) {
                found.push(node);
            }
        }
        found
    }
}

/// Reads an answer, whichever of the two formats it is in: a server may send the other than the one it was asked for.
pub(super) fn read(body: &[u8]) -> Result<Node, Unreadable> {
    let text = text_of(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.chars().next() {
        None => Err(Unreadable("the answer is empty".into())),
        Some('{' | '[') => read_json(text),
        Some('<') => read_xml(text),
        Some(_) => Err(Unreadable(format!("the answer is neither XML nor JSON; it begins with {:?}", begin(text)))),
    }
}

/// The text of a body: UTF-8, or Latin-1 where it cannot be that.
pub(super) fn text_of(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap_or_else(|_| body.iter().map(|byte| char::from(*byte)).collect())
}

/// A text without NUL: PostgreSQL takes none, and nobody reads one.
fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// The first words of a text, on one line.
pub(super) fn begin(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(80).collect()
}

fn read_json(text: &str) -> Result<Node, Unreadable> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| Unreadable(format!("the answer is not sound JSON: {error}")))?;
    let mut left = ELEMENTS;
    of_json(MEMBER, value, &mut left)
}

/// `serde_json` itself stops at 128 levels.
fn of_json(name: &str, value: Value, left: &mut usize) -> Result<Node, Unreadable> {
    *left = left.checked_sub(1).ok_or_else(too_much)?;
    let mut node = Node::named(name);
    match value {
        Value::Null => {}
        Value::Bool(value) => node.text = value.to_string(),
        Value::Number(value) => node.text = value.to_string(),
        Value::String(value) => node.text = storable(value.trim()),
        Value::Array(members) => {
            for member in members {
                node.inside.push(of_json(MEMBER, member, left)?);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                node.inside.push(of_json(&name, value, left)?);
            }
        }
    }
    Ok(node)
}

fn too_much() -> Unreadable {
    Unreadable(format!("the answer has more than {ELEMENTS} elements"))
}

fn read_xml(text: &str) -> Result<Node, Unreadable> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut left = ELEMENTS;
    // The outermost holds the document's one element.
    let mut open = vec![Node::default()];
    loop {
        let at = reader.buffer_position();
        let broken = |error: String| Unreadable(format!("the answer is not sound XML at byte {at}: {}", begin(&error)));
        match reader.read_event().map_err(|error| broken(error.to_string()))? {
            Event::Start(start) => {
                left = left.checked_sub(1).ok_or_else(too_much)?;
                if open.len() > DEPTH {
                    return Err(Unreadable(format!("the answer has elements {DEPTH} deep inside each other")));
                }
                open.push(Node::named(String::from_utf8_lossy(start.local_name().as_ref())));
            }
            Event::Empty(start) => {
                left = left.checked_sub(1).ok_or_else(too_much)?;
                let node = Node::named(String::from_utf8_lossy(start.local_name().as_ref()));
                put(&mut open, node);
            }
            Event::End(_) => {
                if let Some(mut node) = open.pop() {
                    node.text = storable(node.text.trim());
                    put(&mut open, node);
                }
            }
            Event::Text(part) => {
                write(&mut open, &part.xml10_content().map_err(|error| broken(error.to_string()))?);
            }
            Event::CData(part) => {
                write(&mut open, &part.decode().map_err(|error| broken(error.to_string()))?);
            }
            Event::GeneralRef(reference) => write(&mut open, &resolved(&reference)),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if let [_, .., unclosed] = open.as_slice() {
        return Err(Unreadable(format!("the answer ends inside <{}>", begin(&unclosed.name))));
    }
    let root = open.pop().and_then(|mut document| document.inside.pop());
    root.ok_or_else(|| Unreadable("the answer is XML without an element".into()))
}

fn put(open: &mut [Node], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.inside.push(node);
    }
}

fn write(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

/// What a reference stands for. Only the five of XML itself and numbers: an entity that a document defines stays as it is
/// written, so that nothing unfolds.
fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name: &[u8] = reference;
    match name {
        b"amp" => "&".into(),
        b"lt" => "<".into(),
        b"gt" => ">".into(),
        b"quot" => "\"".into(),
        b"apos" => "'".into(),
        b"nbsp" => "\u{a0}".into(),
        other => format!("&{};", String::from_utf8_lossy(other)),
    }
}
