//! One answer in two forms: JSON as it is, and XML in which every list's items have a name (GeoReport v2, "JSON and XML
//! conversion"). Both come from one value, so that they say the same.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::xml;

/// What the end of the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// `.xml`
    Xml,
    /// `.json`
    Json,
}

/// What one item of a list is called in XML.
const ITEMS: [(&str, &str); 10] = [
    ("attributes", "attribute"),
    ("endpoints", "endpoint"),
    ("errors", "error"),
    ("formats", "format"),
    ("notes", "note"),
    ("photos", "photo"),
    ("service_request_updates", "request_update"),
    ("service_requests", "request"),
    ("services", "service"),
    ("values", "value"),
];

impl Format {
    /// The format with this ending.
    #[must_use]
    pub fn of(ending: &str) -> Option<Self> {
        match ending {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The type it is sent as.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "text/xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The answer as bytes; `root` is the name of the outermost element in XML, which JSON leaves out.
    ///
    /// # Errors
    /// When the value cannot be written, which is our fault.
    pub fn write(self, root: &str, answer: &impl Serialize) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Json => Ok(serde_json::to_vec(answer)?),
            Self::Xml => {
                let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
                writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
                element(&mut writer, root, &serde_json::to_value(answer)?)?;
                Ok(writer.into_inner())
            }
        }
    }
}

fn element(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> std::io::Result<()> {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => xml::text(text),
        Value::Array(items) => {
            let item = ITEMS.iter().find(|(list, _)| *list == name).map_or("item", |(_, item)| item);
            return parent(writer, name, items.iter().map(|value| (item, value)));
        }
        Value::Object(fields) => {
            return parent(writer, name, fields.iter().map(|(name, value)| (name.as_str(), value)));
        }
    };
    if text.is_empty() {
        return writer.write_event(Event::Empty(BytesStart::new(name)));
    }
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    writer.write_event(Event::Text(BytesText::new(&text)))?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn parent<'v>(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    children: impl Iterator<Item = (&'v str, &'v Value)>,
) -> std::io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    for (name, value) in children {
        element(writer, name, value)?;
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn xml(root: &str, value: &Value) -> String {
        String::from_utf8(Format::Xml.write(root, value).expect("writes")).expect("UTF-8")
    }

    #[test]
    fn lists_have_named_items_and_what_is_missing_is_an_empty_element() {
        let value = json!([{ "service_code": "a", "metadata": true, "group": null, "attributes": [{ "order": 1 }] }]);
        let written = xml("services", &value).replace("\n", "").replace("> <", "><").replace(">  <", "><");
        let squeezed: String = written.split('>').map(str::trim_start).collect::<Vec<_>>().join(">");
        assert_eq!(
            squeezed,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><services><service><service_code>a</service_code>\
             <metadata>true</metadata><group/><attributes><attribute><order>1</order></attribute></attributes></service></services>"
        );
    }

    #[derive(serde::Deserialize)]
    struct Element {
        #[serde(rename = "$text", default)]
        read: String,
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was_but_for_what_xml_cannot_hold(text in any::<String>()) {
            let written = xml("description", &json!(text));
            let kept: String = xml::text(&text);
            let Element { read } = quick_xml::de::from_str(&written).expect("well-formed");
            // Readers of XML take line ends for line feeds, and may drop space around text.
            let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned();
            prop_assert_eq!(plain(&read), plain(&kept));
        }
    }
}
