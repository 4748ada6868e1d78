//! Old addresses: what stands in mails, in other systems and in search engines leads to where the same thing is now.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use actix_web::{HttpResponse, http::StatusCode};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Text};
use mendmap_shared::geo::{Bbox, LonLat};
use percent_encoding::percent_decode_str;

use super::rules;
use crate::app::App;
use crate::error::{ApiError, ApiResult};

/// The zoom of a map that an old address shows: theirs count zooms from another end.
const ZOOM: u8 = 16;
/// Kilometres around a point that a feed is about where their address names none; they look at how many people live there.
const FEED_KM: f64 = 2.0;
/// Kilometres of a degree of latitude.
const DEGREE_KM: f64 = 111.2;
/// How long others may remember where an address leads. Numbers never change; a site may be filled anew.
const KEEP: &str = "public, max-age=3600";

/// What an old address shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Old {
    /// A report, by their number.
    Report(i64),
    /// A picture of a report or of an update, by their number, and its place counted from 0.
    Photo(&'static str, i64, i32),
    /// A body, by its name as they write it in addresses.
    Body(String),
    /// The map, perhaps around a point.
    Map(Option<LonLat>),
    /// The form for a report at a point.
    NewReport(LonLat),
    /// One's own reports.
    Mine,
    /// The feed of all reports.
    Feed,
    /// The feed of a body, by its name as they write it in addresses.
    FeedOfBody(String),
    /// The feed of the reports around a point, so many kilometres from it.
    FeedAround(LonLat, f64),
}

/// What an address of theirs shows; none for those that are ours.
#[must_use]
pub fn read(path: &str, query: &str) -> Option<Old> {
    let mut parts = path.trim_matches('/').split('/');
    match (parts.next()?, parts.next()) {
        ("report", Some("new")) => {
            // Ours has the same path, and asks for lon and lat.
            point(query, "longitude", "latitude").map(Old::NewReport)
        }
        // Where another server has `/reports/`, it sends here what is no number.
        ("report", Some("of")) => body_name(parts.next()?),
        ("report", Some(number)) => number.parse().ok().map(Old::Report),
        ("photo", Some("c")) => photo("update", parts.next()?),
        ("photo", Some(name)) => photo("report", name),
        ("around", None) => {
            Some(Old::Map(point(query, "lon", "lat").or_else(|| point(query, "longitude", "latitude"))))
        }
        ("reports", None) => Some(Old::Map(None)),
        ("reports", Some(name)) if name.parse::<i64>().is_err() => body_name(name),
        ("my", None) => Some(Old::Mine),
        ("rss", Some("problems")) => Some(Old::Feed),
        // A ward of the body may follow: its feed has the ward's reports too.
        ("rss", Some("reports")) => match body_name(parts.next()?)? {
            Old::Body(name) => Some(Old::FeedOfBody(name)),
            _ => None,
        },
        ("rss", Some("l")) => feed_around(parts.next()?, parts.next()),
        _ => None,
    }
}

/// `51.58,-2.99`, perhaps with a number of kilometres after it.
fn feed_around(point: &str, kilometres: Option<&str>) -> Option<Old> {
    let (lat, lon) = point.split_once(',')?;
    let kilometres = kilometres.and_then(|number| number.parse().ok()).unwrap_or(FEED_KM);
    let point = LonLat::new(lon.trim().parse().ok()?, lat.trim().parse().ok()?).ok()?;
    (0.0..=100.0).contains(&kilometres).then_some(Old::FeedAround(point, kilometres))
}

/// The box around a point that is so many kilometres from it, as addresses have it.
fn around(point: LonLat, kilometres: f64) -> Option<Bbox> {
    let north = kilometres / DEGREE_KM;
    let east = north / point.lat().to_radians().cos().max(0.01);
    Bbox::new(
        (point.lon() - east).max(-180.0),
        (point.lat() - north).max(-90.0),
        (point.lon() + east).min(180.0),
        (point.lat() + north).min(90.0),
    )
    .ok()
}

/// Their addresses write a space as a plus and a slash as a low line.
fn body_name(name: &str) -> Option<Old> {
    let name = name.replace('+', " ");
    Some(Old::Body(percent_decode_str(&name).decode_utf8().ok()?.replace('_', "/")))
}

/// `123.0.jpeg`, `123.0.full.jpeg`, `123.jpeg`.
fn photo(owner: &'static str, name: &str) -> Option<Old> {
    let mut parts = name.split('.');
    let number = parts.next()?.parse().ok()?;
    let place = parts.next()?.parse().unwrap_or(0);
    Some(Old::Photo(owner, number, place))
}

fn point(query: &str, lon: &str, lat: &str) -> Option<LonLat> {
    let query: Vec<(String, String)> = serde_urlencoded::from_str(query).ok()?;
    let number = |key: &str| query.iter().find(|(name, _)| name == key)?.1.trim().parse::<f64>().ok();
    LonLat::new(number(lon)?, number(lat)?).ok()
}

/// Where an old address leads; none where what it showed is not here.
///
/// # Errors
/// From the database.
pub fn now_at(conn: &mut PgConnection, old: &Old) -> QueryResult<Option<String>> {
    Ok(match old {
        Old::Report(number) => moved(conn, *number)?.map(|ours| format!("/reports/{ours}")),
        Old::Photo(owner, number, place) => {
            public_photo(conn, owner, *number, *place)?.map(|id| format!("/photos/{id}/full.jpg"))
        }
        Old::Body(name) => body(conn, name)?.map(|slug| format!("/map?body={slug}")),
        Old::Map(None) => Some("/map".to_owned()),
        Old::Map(Some(at)) => Some(format!("/map?lon={}&lat={}&zoom={ZOOM}", at.lon(), at.lat())),
        Old::NewReport(at) => Some(format!("/report/new?lon={}&lat={}", at.lon(), at.lat())),
        Old::Mine => Some("/my/reports".to_owned()),
        Old::Feed => Some("/feeds/reports.atom".to_owned()),
        Old::FeedOfBody(name) => body(conn, name)?.map(|slug| format!("/feeds/reports.atom?body={slug}")),
        Old::FeedAround(at, kilometres) => {
            around(*at, *kilometres).map(|bbox| format!("/feeds/reports.atom?bbox={bbox}"))
        }
    })
}

#[derive(QueryableByName)]
struct Ours {
    #[diesel(sql_type = BigInt)]
    ours: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn moved(conn: &mut PgConnection, number: i64) -> QueryResult<Option<i64>> {
    let row: Option<Ours> = sql_query("SELECT ours FROM moved_in WHERE kind = 'report' AND theirs = $1")
        .bind::<BigInt, _>(number)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|row| row.ours))
}

/// The picture, where everybody may see it.
fn public_photo(conn: &mut PgConnection, owner: &str, number: i64, place: i32) -> QueryResult<Option<String>> {
    let statement = match owner {
        "report" => include_str!("sql/old_report_photo.sql"),
        _ => include_str!("sql/old_update_photo.sql"),
    };
    let row: Option<Word> =
        sql_query(statement).bind::<BigInt, _>(number).bind::<Integer, _>(place).get_result(conn).optional()?;
    Ok(row.map(|row| row.word))
}

/// The one body that came over and is called so, whole or without what all councils are called.
fn body(conn: &mut PgConnection, name: &str) -> QueryResult<Option<String>> {
    type Row = (String, String);
    let rows: Vec<Row> = crate::schema::bodies::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "EXISTS (SELECT FROM moved_in m WHERE m.kind = 'body' AND m.ours = bodies.id)",
        ))
        .select((crate::schema::bodies::slug, crate::schema::bodies::name))
        .load(conn)?;
    if let Some((slug, _)) = rows.iter().find(|(_, known)| known.to_lowercase() == name.to_lowercase()) {
        return Ok(Some(slug.clone()));
    }
    let bare = rules::bare_name(name);
    let mut alike = rows.into_iter().filter(|(_, known)| rules::bare_name(known) == bare);
    Ok(alike.next().filter(|_| alike.next().is_none()).map(|(slug, _)| slug))
}

/// Leads on from an old address; none where it is none, or what it showed is not here.
///
/// # Errors
/// From the database.
pub async fn lead_on(app: &App, path: &str, query: &str) -> ApiResult<Option<HttpResponse>> {
    let Some(old) = read(path, query) else { return Ok(None) };
    let Some(address) = app.db.read(move |conn| Ok(now_at(conn, &old)?)).await? else { return Ok(None) };
    let mut response = HttpResponse::new(StatusCode::MOVED_PERMANENTLY);
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(&address).map_err(ApiError::internal)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEEP));
    Ok(Some(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("a point")
    }

    #[test]
    fn old_addresses_say_what_they_show() {
        for (path, query, old) in [
            ("/report/123", "", Some(Old::Report(123))),
            ("/report/123/confirmation", "token=x", Some(Old::Report(123))),
            ("/report/new", "longitude=-3&latitude=51.5", Some(Old::NewReport(at(-3.0, 51.5)))),
            ("/around", "lat=51.5&lon=-3&zoom=4", Some(Old::Map(Some(at(-3.0, 51.5))))),
            ("/around", "pc=NP20+4UR", Some(Old::Map(None))),
            ("/around", "lat=abc&lon=-3", Some(Old::Map(None))),
            ("/reports", "", Some(Old::Map(None))),
            ("/reports/Newport+City/Quay", "", Some(Old::Body("Newport City".into()))),
            ("/report/of/Newport+City", "", Some(Old::Body("Newport City".into()))),
            ("/reports/Ynys%20M%C3%B4n", "", Some(Old::Body("Ynys Môn".into()))),
            ("/photo/123.1.full.jpeg", "abc", Some(Old::Photo("report", 123, 1))),
            ("/photo/123.jpeg", "", Some(Old::Photo("report", 123, 0))),
            ("/photo/c/7.0.jpeg", "", Some(Old::Photo("update", 7, 0))),
            ("/my", "", Some(Old::Mine)),
            ("/rss/problems", "", Some(Old::Feed)),
            ("/rss/reports/Newport+City/Quay", "", Some(Old::FeedOfBody("Newport City".into()))),
            ("/rss/l/51.5,-3", "", Some(Old::FeedAround(at(-3.0, 51.5), 2.0))),
            ("/rss/l/51.5,-3/5", "", Some(Old::FeedAround(at(-3.0, 51.5), 5.0))),
            ("/rss/l/95,-3", "", None),
        ] {
            assert_eq!(read(path, query), old, "{path}?{query}");
        }
    }

    #[test]
    fn addresses_of_ours_are_left_alone() {
        for path in
            ["/", "/map", "/reports/123", "/report/new", "/my/reports", "/report/abc", "/about", "/desk/newport"]
        {
            assert_eq!(read(path, "lon=1&lat=2"), None, "{path}");
        }
    }
}
