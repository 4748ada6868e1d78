//! What is chosen, as the page's address has it and as the API wants it.

use js_sys::Date;
use mendmap_shared::geo::LonLat;
use wasm_bindgen::JsValue;

use crate::api::Query;
use crate::browser::{SearchParams, fixed, read_number};

/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;
/// Fewest corners of an area.
const FEWEST: usize = 3;

/// Which reports are looked at. Empty texts mean "any".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Number of an area.
    pub area: String,
    /// Slug of a body.
    pub body: String,
    /// Code of a category, or name of a group.
    pub category: String,
    /// Group of statuses.
    pub status: String,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day, `YYYY-MM-DD`.
    pub to: String,
    /// Words.
    pub q: String,
    /// A polygon as WKT.
    pub polygon: String,
}

impl Selection {
    /// Reads the query of the page's address.
    pub fn read(query: &SearchParams) -> Self {
        let text = |name| query.get(name).unwrap_or_default();
        Self {
            area: text("area"),
            body: text("body"),
            category: text("category"),
            status: text("status"),
            from: text("from"),
            to: text("to"),
            q: text("q"),
            polygon: text("polygon"),
        }
    }

    /// The address of this page with this selection.
    pub fn href(&self) -> String {
        let query = self.without_days().with("from", &self.from).with("to", &self.to);
        format!("/analysis{}", query.into_string())
    }

    /// As every address of the API takes it that gives reports, or figures about them: with its question mark, or empty.
    pub fn query(&self) -> String {
        let moment = |day: Option<String>| day.map(|day| format!("{day}T00:00:00Z"));
        let query = self
            .without_days()
            .with_some("since", moment(day_after(&self.from, 0.0)))
            .with_some("until", moment(day_after(&self.to, 1.0)));
        // A line for a shell has the address in quotation marks of this kind.
        query.into_string().replace('\'', "%27")
    }

    fn without_days(&self) -> Query {
        Query::new()
            .with("area", &self.area)
            .with("body", &self.body)
            .with("category", &self.category)
            .with("status", &self.status)
            .with("q", &self.q)
            .with("polygon", &self.polygon)
    }
}

/// The day so many days after this one, as `YYYY-MM-DD`; none for what is no day.
fn day_after(day: &str, days: f64) -> Option<String> {
    let at = Date::parse(&format!("{day}T00:00:00Z"));
    (!at.is_nan()).then(|| {
        let text = String::from(Date::new(&JsValue::from_f64(at + days * DAY_MS)).to_iso_string());
        text.chars().take(10).collect()
    })
}

/// The day so many months before today, as `YYYY-MM-DD`, in UTC: the first of its month.
pub fn months_ago(months: u32) -> String {
    let now = Date::new_0();
    let first = Date::utc(f64::from(now.get_utc_full_year()), f64::from(now.get_utc_month()) - f64::from(months));
    let text = String::from(Date::new(&JsValue::from_f64(first)).to_iso_string());
    text.chars().take(10).collect()
}

/// What is wrong with the corners that somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crooked {
    /// This line, counted from 1, is no place.
    Line(usize),
    /// They are too few.
    Few,
}

/// The corners typed, one on each line: latitude, longitude in degrees. Empty lines do not count.
///
/// # Errors
/// Names the first line that is no place.
pub fn corners(text: &str) -> Result<Vec<LonLat>, Crooked> {
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (lat, lon) = line.split_once([',', ' ', '\t']).ok_or(Crooked::Line(at + 1))?;
        let number = |text: &str| read_number(text.trim_matches([' ', ',', '\t']));
        let place = number(lat).zip(number(lon)).and_then(|(lat, lon)| LonLat::new(lon, lat).ok());
        all.push(place.ok_or(Crooked::Line(at + 1))?);
    }
    Ok(all)
}

/// A corner as a line.
pub fn corner_line(corner: LonLat) -> String {
    format!("{}, {}", fixed(corner.lat(), 5), fixed(corner.lon(), 5))
}

/// The polygon of these corners as WKT, which closes it; empty where there are none.
///
/// # Errors
/// When they are too few.
pub fn wkt(corners: &[LonLat]) -> Result<String, Crooked> {
    let Some(first) = corners.first() else { return Ok(String::new()) };
    if corners.len() < FEWEST {
        return Err(Crooked::Few);
    }
    let position = |corner: &LonLat| format!("{} {}", fixed(corner.lon(), 5), fixed(corner.lat(), 5));
    let ring: Vec<String> = corners.iter().chain(std::iter::once(first)).map(position).collect();
    Ok(format!("POLYGON(({}))", ring.join(",")))
}

/// The corners of a polygon as this page writes it, one on each line; none for one that has holes or parts.
pub fn lines(wkt: &str) -> String {
    let ring = wkt.strip_prefix("POLYGON((").and_then(|rest| rest.strip_suffix("))"));
    let corner = |position: &str| {
        let (lon, lat) = position.trim().split_once(' ')?;
        Some(corner_line(LonLat::new(read_number(lon)?, read_number(lat)?).ok()?))
    };
    let corners: Option<Vec<String>> = ring.map(|ring| ring.split(',').map(corner).collect()).unwrap_or_default();
    let mut corners = corners.unwrap_or_default();
    corners.pop();
    corners.join("\n")
}
