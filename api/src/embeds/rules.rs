//! Which pages can be shown elsewhere, and how.

use mendmap_shared::map_filter::MapFilter;
use quick_xml::escape::escape;
use url::{Url, form_urlencoded};

/// The one page that others may show in a frame.
pub const EMBED_PAGE: &str = "/embed/map";

/// Pixels of a frame where nobody asks for less.
const SIZE: (u32, u32) = (640, 480);
/// The smallest frame in which the map can still be used, in pixels.
const SMALLEST: u32 = 200;
/// The zoom at which a report's street is seen.
const REPORT_ZOOM: u8 = 17;

/// A page that can be shown elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// The map, narrowed down, and where it is looked at: the query that says that, in the map's own words.
    Map(MapFilter, Vec<(&'static str, String)>),
    /// A report.
    Report(i64),
}

/// Parameters of the map's address that say where it is looked at.
const PLACE: [&str; 3] = ["lon", "lat", "zoom"];
/// Parameters that narrow it down.
const FILTER: [&str; 4] = ["status", "category", "body", "age"];

/// The page at an address of the site at `base_url`; none where it is another site's, or cannot be shown elsewhere.
#[must_use]
pub fn page(base_url: &str, address: &str) -> Option<Page> {
    let (base, address) = (Url::parse(base_url).ok()?, Url::parse(address).ok()?);
    if base.origin() != address.origin() {
        return None;
    }
    let path = address.path().trim_end_matches('/');
    if let Some(number) = path.strip_prefix("/reports/") {
        return number.parse().ok().map(Page::Report);
    }
    if path != "/map" && path != EMBED_PAGE {
        return None;
    }
    let value =
        |name: &str| address.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let filter = MapFilter::read_leniently(FILTER.map(|name| (name, value(name).unwrap_or_default())));
    // Numbers only: nothing else of the address is handed on.
    let place = PLACE.into_iter().filter_map(|name| {
        let number: f64 = value(name)?.parse().ok()?;
        number.is_finite().then(|| (name, number.to_string()))
    });
    Some(Page::Map(filter, place.collect()))
}

impl Page {
    /// The address of the frame; `at` is where a report is, in degrees east and north.
    #[must_use]
    pub fn frame(&self, base_url: &str, at: Option<(f64, f64)>) -> String {
        let (filter, place) = match self {
            Self::Map(filter, place) => (filter.to_string(), place.clone()),
            Self::Report(id) => {
                let (lon, lat) = at.unwrap_or_default();
                let place = [("lon", lon.to_string()), ("lat", lat.to_string()), ("zoom", REPORT_ZOOM.to_string())];
                (String::new(), place.into_iter().chain([("report", id.to_string())]).collect())
            }
        };
        let place = form_urlencoded::Serializer::new(String::new()).extend_pairs(place).finish();
        let query: Vec<String> = [filter, place].into_iter().filter(|part| !part.is_empty()).collect();
        let question = if query.is_empty() { "" } else { "?" };
        format!("{base_url}{EMBED_PAGE}{question}{}", query.join("&"))
    }
}

/// What a page's `Link` header says of the address that tells how to show it elsewhere (oEmbed, "Discovery"); none for a page
/// that cannot be.
#[must_use]
pub fn discovery(base_url: &str, address: &str) -> Option<String> {
    page(base_url, address)?;
    let url: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    let link = |format: &str, kind: &str| {
        format!("<{base_url}/api/v1/oembed?url={url}&format={format}>; rel=\"alternate\"; type=\"{kind}\"")
    };
    Some([link("json", "application/json+oembed"), link("xml", "text/xml+oembed")].join(", "))
}

/// Width and height of a frame that is to be no larger than this, in pixels.
#[must_use]
pub fn size(max_width: Option<u32>, max_height: Option<u32>) -> (u32, u32) {
    let within = |most: Option<u32>, usual: u32| most.map_or(usual, |most| most.min(usual).max(SMALLEST.min(most)));
    (within(max_width, SIZE.0), within(max_height, SIZE.1))
}

/// The frame as HTML.
#[must_use]
pub fn html(address: &str, title: &str, (width, height): (u32, u32)) -> String {
    format!(
        "<iframe src=\"{}\" width=\"{width}\" height=\"{height}\" title=\"{}\" loading=\"lazy\"></iframe>",
        escape(address),
        escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://streets.example.org";

    fn frame(address: &str) -> Option<String> {
        Some(page(BASE, address)?.frame(BASE, Some((-2.99, 51.58))))
    }

    #[test]
    fn the_map_and_reports_can_be_shown_elsewhere_and_nothing_else_can() {
        for (address, shown) in [
            ("/map", Some("/embed/map")),
            (
                "/map?category=Roads%20%26%20paths&status=open,closed",
                Some("/embed/map?status=open,closed&category=Roads%20%26%20paths"),
            ),
            (
                "/embed/map?body=newport&lon=-3&lat=51.5&zoom=14&x=%3Cscript%3E",
                Some("/embed/map?body=newport&lon=-3&lat=51.5&zoom=14"),
            ),
            ("/map?lon=%22onload%3D1&zoom=NaN", Some("/embed/map")),
            ("/reports/12", Some("/embed/map?lon=-2.99&lat=51.58&zoom=17&report=12")),
            ("/reports/12/", Some("/embed/map?lon=-2.99&lat=51.58&zoom=17&report=12")),
            ("/reports/twelve", None),
            ("/desk", None),
            ("/", None),
        ] {
            assert_eq!(frame(&format!("{BASE}{address}")), shown.map(|shown| format!("{BASE}{shown}")), "{address}");
        }
        for other in
            ["https://elsewhere.example.org/map", "http://streets.example.org/map", "javascript:alert(1)", "/map", ""]
        {
            assert_eq!(frame(other), None, "{other}");
        }
    }

    #[test]
    fn a_frame_is_no_larger_than_it_may_be_and_no_smaller_than_can_be_used() {
        assert_eq!(size(None, None), (640, 480));
        assert_eq!(size(Some(320), Some(10_000)), (320, 480));
        assert_eq!(size(Some(100), None), (100, 480), "who asks for less than can be used gets it all the same");
    }

    #[test]
    fn what_a_resident_wrote_ends_no_attribute() {
        let html = html("https://a/?x=1&y=\"", "\"><script>alert(1)</script>", (1, 2));
        assert!(!html.contains("<script>") && html.matches('"').count() == 10, "{html}");
    }
}
