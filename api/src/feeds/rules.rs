//! How a feed is written.

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::queries::Entry;
use crate::http::xml;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const GEORSS: &str = "http://www.georss.org/georss";

/// What a feed says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its own address, which is also its name for good.
    pub address: String,
    /// The page that shows the same.
    pub page: String,
    /// Name of the site.
    pub site: String,
    /// The licence of what is in it.
    pub licence: String,
    /// What its reports have in common: names.
    pub subject: Vec<String>,
    /// Address of the site, without a slash at the end.
    pub base_url: String,
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn leaf(to: &mut Writer<Vec<u8>>, name: &str, text: &str) -> std::io::Result<()> {
    to.create_element(name).write_text_content(BytesText::new(&xml::text(text)))?;
    Ok(())
}

fn link(to: &mut Writer<Vec<u8>>, rel: &str, kind: &str, href: &str) -> std::io::Result<()> {
    to.create_element("link")
        .with_attributes([("rel", rel), ("type", kind), ("href", &xml::text(href))])
        .write_empty()?;
    Ok(())
}

/// The feed as Atom with GeoRSS-Simple. The same reports make the same bytes.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn atom(feed: &Feed, entries: &[Entry]) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let root = writer.create_element("feed").with_attributes([("xmlns", ATOM), ("xmlns:georss", GEORSS)]);
    root.write_inner_content(|to| {
        let about = std::iter::once("Reports").chain(feed.subject.iter().map(String::as_str)).collect::<Vec<_>>();
        leaf(to, "id", &feed.address)?;
        leaf(to, "title", &format!("{} – {}", about.join(", "), feed.site))?;
        // RFC 4287 wants a moment also where nothing ever happened.
        let updated = entries.iter().map(|entry| entry.updated_at).max().unwrap_or(DateTime::UNIX_EPOCH);
        leaf(to, "updated", &moment(updated))?;
        to.create_element("author").write_inner_content(|to| leaf(to, "name", &feed.site))?;
        leaf(to, "rights", &feed.licence)?;
        link(to, "self", "application/atom+xml", &feed.address)?;
        link(to, "alternate", "text/html", &feed.page)?;
        entries.iter().try_for_each(|entry| write_entry(to, &feed.base_url, entry))
    })?;
    Ok(writer.into_inner())
}

fn write_entry(to: &mut Writer<Vec<u8>>, base_url: &str, entry: &Entry) -> std::io::Result<()> {
    to.create_element("entry").write_inner_content(|to| {
        let address = format!("{base_url}/reports/{}", entry.id);
        leaf(to, "id", &address)?;
        leaf(to, "title", &entry.title)?;
        leaf(to, "published", &moment(entry.created_at))?;
        leaf(to, "updated", &moment(entry.updated_at))?;
        link(to, "alternate", "text/html", &address)?;
        let category = [("term", xml::text(&entry.category)), ("label", xml::text(&entry.category_name))];
        let category = category.iter().map(|(name, value)| (*name, value.as_str()));
        to.create_element("category").with_attributes(category).write_empty()?;
        let status = ("term", entry.status.as_str());
        let scheme = format!("{base_url}/api/openapi.json#/components/schemas/Status");
        to.create_element("category").with_attributes([status, ("scheme", &scheme)]).write_empty()?;
        // Without a type it is plain text (RFC 4287, 3.1.1): no reader takes it for HTML.
        let place = [entry.street.as_deref(), entry.area.as_deref()];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let parts = [place.as_str(), entry.detail.as_str()];
        let parts = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        leaf(to, "summary", &parts.join("\n\n"))?;
        // GeoRSS-Simple puts the latitude first.
        leaf(to, "georss:point", &format!("{} {}", entry.location.lat(), entry.location.lon()))
    })?;
    Ok(())
}
