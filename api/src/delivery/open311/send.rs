//! Sending a report, or an update of one, to a body's server.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use lonlat_bng::convert_osgb36;
use mendmap_shared::questions::{Answers, Question};
use mendmap_shared::wire::integrations_open311::Open311Photos;
use mendmap_shared::wire::photos::PhotoId;
use mendmap_shared::workflow::{Status, Visibility};
use uuid::Uuid;

use super::client::{Server, Trouble, Upload};
use super::queries::{self, Acknowledged, RequestState};
use super::rules::{self, Sent};
use super::wire;
use crate::db::Stored;
use crate::delivery::letters::in_words;
use crate::delivery::{Errand, Outside, Post, Record, Told};
use crate::jobs::Job;
use crate::photos::{self, rules::Size};
use crate::reports::rules::answers_in_words;
use crate::schema::{
    deliveries, open311_requests, open311_servers, open311_services, report_bodies, report_contacts, reports,
    update_contacts, updates,
};

/// Hands over what a delivery is about: at once to the server; by mail where the server is gone or takes no such thing.
///
/// # Errors
/// From the database.
pub fn deliver(conn: &mut PgConnection, post: &Post, delivery: Uuid, server: i64) -> anyhow::Result<Errand> {
    let row: Option<(i64, Option<i64>)> = deliveries::table
        .inner_join(reports::table)
        .filter(deliveries::id.eq(delivery))
        .filter(deliveries::state.ne("sent"))
        .filter(reports::visibility.eq_any(["published", "private"]))
        .select((deliveries::report_id, deliveries::update_id))
        .first(conn)
        .optional()?;
    let Some((report, update)) = row else { return Ok(Errand::Nothing) };
    let by_mail = Errand::Enqueue(vec![Job::Deliver { delivery }]);
    type State = (String, Option<String>, Option<bool>);
    let state: Option<State> = open311_requests::table
        .inner_join(open311_servers::table)
        .filter(open311_requests::report_id.eq(report).and(open311_requests::server_id.eq(server)))
        .select((open311_requests::state, open311_requests::request_id, open311_servers::has_updates))
        .first(conn)
        .optional()?;
    let (Some((state, number, has_updates)), Some(to)) = (state, queries::server(conn, &post.keys, server)?) else {
        return Ok(by_mail);
    };
    let Some(update) = update else { return send_report(conn, post, to, delivery, report) };
    match (state.parse()?, number) {
        (RequestState::Numbered, Some(number)) if has_updates != Some(false) => {
            send_update(conn, post, to, delivery, report, update, number)
        }
        (RequestState::Numbered | RequestState::Unnumbered, _) => Ok(by_mail),
        // Its turn has not come; whoever makes it come makes the job anew.
        (RequestState::Sending | RequestState::Token, _) => Ok(Errand::Enqueue(Vec::new())),
    }
}

/// What of a report goes into the form.
#[derive(Queryable)]
struct ReportRow {
    title: String,
    detail: String,
    street: Option<String>,
    area: Option<String>,
    location: postgis_diesel::types::Point,
    visibility: Stored<Visibility>,
}

struct Service {
    code: String,
    is_blackbox: bool,
    asked: Vec<String>,
    automated: Vec<String>,
}

fn service_of(conn: &mut PgConnection, report: i64, server: &Server) -> QueryResult<Option<Service>> {
    type Row = (String, String, Vec<Option<String>>, Vec<Option<String>>);
    let row: Option<Row> = report_bodies::table
        .inner_join(open311_services::table.on(report_bodies::category_id.eq(open311_services::category_id.nullable())))
        .filter(report_bodies::report_id.eq(report))
        .filter(report_bodies::body_id.eq(server.body_id))
        .filter(open311_services::server_id.eq(server.id))
        .select((open311_services::code, open311_services::kind, open311_services::asked, open311_services::automated))
        .first(conn)
        .optional()?;
    Ok(row.map(|(code, kind, asked, automated)| Service {
        code,
        is_blackbox: kind == "blackbox",
        asked: asked.into_iter().flatten().collect(),
        automated: automated.into_iter().flatten().collect(),
    }))
}

fn send_report(
    conn: &mut PgConnection,
    post: &Post,
    server: Server,
    delivery: Uuid,
    report: i64,
) -> anyhow::Result<Errand> {
    // The category was taken from the server meanwhile; what follows the report goes the way it went.
    let Some(service) = service_of(conn, report, &server)? else {
        queries::numbered(conn, report, server.id, None)?;
        return Ok(Errand::Enqueue(vec![Job::Deliver { delivery }]));
    };
    let row: ReportRow = reports::table
        .find(report)
        .select((
            reports::title,
            reports::detail,
            reports::street,
            reports::area,
            reports::location,
            reports::visibility,
        ))
        .first(conn)?;
    type Contact = (Option<String>, Option<String>, Option<String>, serde_json::Value, serde_json::Value);
    let (name, email, phone, answers, questions): Contact = report_contacts::table
        .find(report)
        .select((
            report_contacts::name,
            report_contacts::email,
            report_contacts::phone,
            report_contacts::answers,
            report_contacts::questions,
        ))
        .first(conn)?;
    let answers: Answers = serde_json::from_value(answers)?;
    let questions: Vec<Question> = serde_json::from_value(questions)?;
    let link = format!("{}/reports/{report}", post.base_url);
    // What the server does not ask, people read.
    let unasked: Vec<Question> =
        questions.into_iter().filter(|question| !service.asked.contains(&question.code)).collect();
    let told: Vec<String> = answers_in_words(&unasked, &answers)
        .into_iter()
        .map(|shown| format!("{}: {}", shown.question, shown.answer))
        .collect();
    let detail = [vec![row.detail.clone()], told].concat().join("\n");
    let description = rules::description(&row.title, &detail, &link);
    let place = (row.location.y, row.location.x);
    let address = [row.street.clone(), row.area.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");

    let mut fields = vec![
        ("service_code".to_owned(), service.code.clone()),
        ("lat".to_owned(), format!("{:.6}", place.0)),
        ("long".to_owned(), format!("{:.6}", place.1)),
        ("description".to_owned(), description.clone()),
    ];
    let (first, last) = name.as_deref().map(rules::names).unzip();
    let optional = [
        ("address_string", Some(address.clone()).filter(|address| !address.is_empty())),
        ("email", email),
        ("first_name", first),
        ("last_name", last),
        ("phone", phone),
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    fields.extend(rules::answer_fields(&answers, &service.asked));
    let known = Known { report, title: &row.title, detail: &row.detail, link: &link, address: &address, place };
    fields.extend(service.automated.iter().filter_map(|code| known.field(code)));

    let visibility = row.visibility.0;
    let sign = |photo: &str| match visibility {
        Visibility::Published => String::new(),
        _ => post.keys.mailed_photo_query(photo),
    };
    let photos = photos::queries::of_reports(conn, &[report], &sign)?.remove(&report).unwrap_or_default();
    let files: Vec<PhotoId> = match server.photos {
        Open311Photos::Uploads => photos.into_iter().map(|photo| photo.id).collect(),
        Open311Photos::Links => {
            fields.extend(
                photos.iter().map(|photo| ("media_url".to_owned(), format!("{}{}", post.base_url, photo.full))),
            );
            Vec::new()
        }
    };
    let tried = queries::trying(conn, report, server.id)?;
    let sent = Sent { description, link, place };
    Ok(Errand::Call(Box::new(move |outside| {
        let known = match tried {
            Some(tried) => look_up(outside, &server, &service, &sent, tried).map_err(Trouble::into_error)?,
            None => None,
        };
        let answer = match known {
            Some(number) => Acknowledged::Number(number),
            None => {
                let uploads = files_of(outside, &files)?;
                let body = server
                    .post(outside.outbound, &["requests"], delivery, &fields, &uploads)
                    .map_err(Trouble::into_error)?;
                acknowledgement(&body, service.is_blackbox)?
            }
        };
        let record: Record =
            Box::new(move |conn| Ok(queries::acknowledged(conn, report, server.id, delivery, &answer)?));
        Ok(record)
    })))
}

fn files_of(outside: &Outside<'_>, photos: &[PhotoId]) -> anyhow::Result<Vec<Upload>> {
    let read = |photo: &PhotoId| {
        let bytes = std::fs::read(outside.photos.path(photo, Size::Full))?;
        Ok(Upload { name: format!("{}.jpg", photo.as_str()), bytes })
    };
    photos.iter().map(read).collect()
}

/// What the answer to a report means. One that cannot be read is no acknowledgement, and the report is looked for at the server
/// before it is sent again.
fn acknowledgement(body: &[u8], is_blackbox: bool) -> anyhow::Result<Acknowledged> {
    let accepted = wire::accepted(body);
    if is_blackbox && accepted.as_ref().map_or(true, |accepted| accepted.request_id.is_none()) {
        return Ok(Acknowledged::Nothing);
    }
    let accepted = accepted.map_err(|error| Told(error.to_string()))?;
    match (accepted.request_id, accepted.token) {
        (Some(number), _) => Ok(Acknowledged::Number(number)),
        (None, Some(token)) => Ok(Acknowledged::Token(token)),
        (None, None) => anyhow::bail!("the server answered with neither a number nor a token for the report"),
    }
}

/// Looks for a report that may have arrived. A server that cannot be asked tells nothing: then it is sent once more.
fn look_up(
    outside: &Outside<'_>,
    server: &Server,
    service: &Service,
    sent: &Sent,
    tried: DateTime<Utc>,
) -> Result<Option<String>, Trouble> {
    let (from, to) = rules::lookup_window(tried, Utc::now());
    let query = [("service_code", service.code.clone()), ("start_date", written(from)), ("end_date", written(to))];
    match server.get(outside.outbound, &["requests"], &query) {
        Ok(body) => Ok(wire::requests(&body).ok().and_then(|listed| rules::find(sent, &listed.items))),
        Err(Trouble::Refused(..) | Trouble::TooLarge(_)) => Ok(None),
        Err(later @ Trouble::Later(_)) => Err(later),
    }
}

/// A moment as Open311 writes it.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What we can fill in where a service wants it from the computer (mySociety's hidden fields).
struct Known<'a> {
    report: i64,
    title: &'a str,
    detail: &'a str,
    link: &'a str,
    address: &'a str,
    place: (f64, f64),
}

impl Known<'_> {
    fn field(&self, code: &str) -> Option<(String, String)> {
        let grid = || convert_osgb36(self.place.1, self.place.0).ok();
        let value = match code {
            "fixmystreet_id" | "mendmap_id" | "report_id" => self.report.to_string(),
            "report_url" => self.link.to_owned(),
            "title" | "report_title" => self.title.to_owned(),
            "description" | "detail" => self.detail.to_owned(),
            "closest_address" => self.address.to_owned(),
            "easting" => format!("{:.0}", grid()?.0),
            "northing" => format!("{:.0}", grid()?.1),
            _ => return None,
        };
        Some((format!("attribute[{code}]"), value)).filter(|(_, value)| !value.is_empty())
    }
}

fn send_update(
    conn: &mut PgConnection,
    post: &Post,
    server: Server,
    delivery: Uuid,
    report: i64,
    update: i64,
    number: String,
) -> anyhow::Result<Errand> {
    type Row = (Option<String>, Option<Stored<Status>>, DateTime<Utc>, Option<(Option<String>, String)>);
    let row: Option<Row> = updates::table
        .left_join(update_contacts::table)
        .filter(updates::id.eq(update))
        .filter(updates::visibility.eq("published"))
        .select((
            updates::text,
            updates::status,
            updates::created_at,
            (update_contacts::name, update_contacts::email).nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((text, status, at, contact)) = row else { return Ok(Errand::Nothing) };
    let is_about_it = status.is_some();
    let status = match status {
        Some(status) => status.0,
        None => status_at(conn, report, at, update)?,
    };
    // The standard wants words.
    let words = text.unwrap_or_else(|| format!("Status: {}", in_words(status)));
    let visibility: Stored<Visibility> = reports::table.find(report).select(reports::visibility).first(conn)?;
    let sign = |photo: &str| match visibility.0 {
        Visibility::Published => String::new(),
        _ => post.keys.mailed_photo_query(photo),
    };
    let photos = photos::queries::of_updates(conn, &[update], &sign)?.remove(&update).unwrap_or_default();
    let mut fields = vec![
        ("service_request_id".to_owned(), number.clone()),
        ("update_id".to_owned(), delivery.to_string()),
        ("updated_datetime".to_owned(), written(at)),
        ("description".to_owned(), words.clone()),
    ];
    if let Some((name, email)) = contact {
        let (first, last) = rules::names(name.as_deref().unwrap_or("-"));
        let who = [("first_name", first), ("last_name", last), ("email", email)];
        fields.extend(who.map(|(name, value)| (name.to_owned(), value)));
    }
    let files: Vec<PhotoId> = match server.photos {
        Open311Photos::Uploads => photos.into_iter().map(|photo| photo.id).collect(),
        Open311Photos::Links => {
            fields.extend(
                photos.iter().map(|photo| ("media_url".to_owned(), format!("{}{}", post.base_url, photo.full))),
            );
            Vec::new()
        }
    };
    queries::saying(conn, server.id, report, update, number_of_words(&words))?;
    Ok(Errand::Call(Box::new(move |outside| {
        let word = if is_about_it {
            rules::changed_to(status, server.extended)
        } else {
            let there = status_there(outside, &server, &number).map_err(Trouble::into_error)?;
            rules::unchanged(there.as_deref(), status, server.extended)
        };
        fields.push(("status".to_owned(), word.to_owned()));
        let uploads = files_of(outside, &files)?;
        let answer = server.post(outside.outbound, &["servicerequestupdates"], delivery, &fields, &uploads);
        let number = match answer {
            // Without a number of its own, it is known there by the one we gave it.
            Ok(body) => wire::taken_update(&body).or_else(|| Some(delivery.to_string())),
            // It has it from an attempt whose answer never came, and with that the number: its own list will tell.
            Err(Trouble::Refused(_, words)) if words.to_lowercase().contains("already exists") => None,
            Err(trouble) => return Err(trouble.into_error()),
        };
        let record: Record =
            Box::new(move |conn| Ok(queries::said(conn, report, server.id, update, delivery, number.as_deref())?));
        Ok(record)
    })))
}

/// The status a report has at the server now, if it tells.
fn status_there(outside: &Outside<'_>, server: &Server, number: &str) -> Result<Option<String>, Trouble> {
    match server.get(outside.outbound, &["requests", number], &[]) {
        Ok(body) => {
            let listed = wire::requests(&body).map(|listed| listed.items).unwrap_or_default();
            Ok(listed.into_iter().find(|request| request.id == number).and_then(|request| request.status))
        }
        Err(Trouble::Refused(..) | Trouble::TooLarge(_)) => Ok(None),
        Err(later @ Trouble::Later(_)) => Err(later),
    }
}

/// The number that words are known by when they come back.
#[must_use]
pub fn number_of_words(words: &str) -> Uuid {
    let squeezed: Vec<&str> = words.split_whitespace().collect();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, squeezed.join(" ").as_bytes())
}

/// The status a report had when an update without one was made.
fn status_at(conn: &mut PgConnection, report: i64, at: DateTime<Utc>, update: i64) -> QueryResult<Status> {
    let before = updates::created_at.lt(at).or(updates::created_at.eq(at).and(updates::id.lt(update)));
    let status: Option<Option<Stored<Status>>> = updates::table
        .filter(updates::report_id.eq(report))
        .filter(updates::visibility.eq("published"))
        .filter(updates::status.is_not_null())
        .filter(before)
        .order((updates::created_at.desc(), updates::id.desc()))
        .select(updates::status)
        .first(conn)
        .optional()?;
    Ok(status.flatten().map_or(Status::Open, |stored| stored.0))
}
