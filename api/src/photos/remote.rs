//! Pictures that a sender only gave the address of: fetched by the worker, one server at a time, and kept like any photo.

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use mendmap_shared::limits::{PHOTO_BYTES, PHOTOS_PER_REPORT};
use ureq::http::Request;
use url::Url;

use super::queries;
use super::rules::{self, Processed};
use crate::delivery::outbound::{Bounds, OutboundError};
use crate::delivery::{self, Errand, Outside, Record};
use crate::jobs::{self, Job};
use crate::schema::{photos as photo_rows, report_media, report_photos, reports};

/// What fetching one picture may cost.
const BOUNDS: Bounds = Bounds { seconds: 30, bytes: PHOTO_BYTES as u64, redirects: 3 };
/// How long a picture is tried for, at once and twice more: a body is not kept waiting for a report because a stranger's server
/// is away.
const PATIENCE_MINUTES: i64 = 5;
/// After how long it is given up without another try: each took its worker along.
const GIVE_UP_MINUTES: i64 = 15;

/// Notes what is to be fetched for a report, behind the photos that it has.
///
/// # Errors
/// From the database.
pub fn expect(conn: &mut PgConnection, report: i64, photos: usize, addresses: &[String]) -> QueryResult<()> {
    let first = i16::try_from(photos).unwrap_or(i16::MAX);
    let rows: Vec<_> = (first..)
        .zip(addresses)
        .map(|(position, url)| {
            (report_media::report_id.eq(report), report_media::position.eq(position), report_media::url.eq(url))
        })
        .collect();
    diesel::insert_into(report_media::table).values(rows).execute(conn)?;
    let job = |(position, address): (i16, &String)| {
        let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_lowercase)).unwrap_or_default();
        Job::FetchMedia { report, position, host }
    };
    jobs::queries::enqueue_all(conn, &(first..).zip(addresses).map(job).collect::<Vec<_>>())
}

/// What fetches one; nothing where it is settled, or the report is gone.
///
/// # Errors
/// From the database.
pub fn fetch(conn: &mut PgConnection, report: i64, position: i16) -> QueryResult<Errand> {
    let waiting: Option<(String, DateTime<Utc>)> = report_media::table
        .find((report, position))
        .filter(report_media::state.eq("pending"))
        .select((report_media::url, report_media::created_at))
        .first(conn)
        .optional()?;
    let Some((url, since)) = waiting else { return Ok(Errand::Nothing) };
    if Utc::now() - since > Duration::minutes(GIVE_UP_MINUTES) {
        return Ok(Errand::Write(Box::new(move |conn| refuse(conn, report, position, "no try came to an end"))));
    }
    Ok(Errand::Call(Box::new(move |outside| call(outside, &url, since, report, position))))
}

fn call(outside: &Outside<'_>, url: &str, since: DateTime<Utc>, report: i64, position: i16) -> anyhow::Result<Record> {
    let request =
        Request::get(url).header("Accept", "image/*").body(Vec::new()).context("the address cannot be asked")?;
    let picture = match outside.outbound.send(request, BOUNDS) {
        Ok(answer) if answer.is_success() => {
            rules::process(&answer.body).map_err(|code| format!("it is no picture we can show ({code})"))
        }
        Ok(answer) if answer.status >= 500 => {
            return wait(since, &format!("the server answered {}", answer.status))
                .map(|reason| settle(outside, report, position, Err(reason)));
        }
        Ok(answer) => Err(format!("the server answered {}", answer.status)),
        Err(error @ (OutboundError::Slow(_) | OutboundError::Unreachable(_))) => {
            return wait(since, &error.to_string()).map(|reason| settle(outside, report, position, Err(reason)));
        }
        Err(error) => Err(error.to_string()),
    };
    Ok(settle(outside, report, position, picture))
}

/// Whether it is tried again (an error), or enough was tried: then the reason comes back.
fn wait(since: DateTime<Utc>, reason: &str) -> anyhow::Result<String> {
    anyhow::ensure!(Utc::now() - since > Duration::minutes(PATIENCE_MINUTES), "{reason}");
    Ok(reason.to_owned())
}

fn settle(outside: &Outside<'_>, report: i64, position: i16, picture: Result<Processed, String>) -> Record {
    let store = outside.photos.clone();
    Box::new(move |conn| {
        let picture = match picture {
            Ok(picture) => picture,
            Err(reason) => return refuse(conn, report, position, &reason),
        };
        if !lock(conn, report)? {
            return Ok(());
        }
        // The row first: it waits for whoever is just throwing the same picture away.
        queries::record(conn, &picture)?;
        store.put(&picture).context("the picture cannot be kept")?;
        let refused = take(conn, report, position, &picture.id)?;
        Ok(finish(conn, report, position, refused)?)
    })
}

fn refuse(conn: &mut PgConnection, report: i64, position: i16, reason: &str) -> anyhow::Result<()> {
    if lock(conn, report)? {
        finish(conn, report, position, Some(reason))?;
    }
    Ok(())
}

/// Holds the report, if it is still there: of its pictures, one is settled after the other, and before or after it is published.
/// So the last one always sees that it is.
fn lock(conn: &mut PgConnection, report: i64) -> QueryResult<bool> {
    let held = reports::table.find(report).select(reports::id).for_no_key_update().first::<i64>(conn).optional()?;
    Ok(held.is_some())
}

fn finish(conn: &mut PgConnection, report: i64, position: i16, refused: Option<&str>) -> QueryResult<()> {
    let state = if refused.is_some() { "refused" } else { "taken" };
    diesel::update(report_media::table.find((report, position)))
        .set((report_media::state.eq(state), report_media::reason.eq(refused)))
        .execute(conn)?;
    // The last one lets the report go on its way, if its author is known by now.
    let is_published = reports::table.find(report).filter(reports::visibility.eq_any(["published", "private"]));
    if diesel::select(exists(is_published)).get_result(conn)? {
        delivery::queries::deliver(conn, report, None)?;
    }
    Ok(())
}

/// Shows the photo with its report. Answers why not, where it is there already.
fn take(conn: &mut PgConnection, report: i64, position: i16, photo: &str) -> QueryResult<Option<&'static str>> {
    let there: Vec<String> =
        report_photos::table.filter(report_photos::report_id.eq(report)).select(report_photos::photo_id).load(conn)?;
    if there.len() >= PHOTOS_PER_REPORT || there.iter().any(|other| other == photo) {
        return Ok(Some("the report has this picture, or as many as it may"));
    }
    diesel::update(photo_rows::table.find(photo)).set(photo_rows::used.eq(true)).execute(conn)?;
    diesel::insert_into(report_photos::table)
        .values((
            report_photos::report_id.eq(report),
            report_photos::position.eq(position),
            report_photos::photo_id.eq(photo),
        ))
        .execute(conn)?;
    diesel::update(reports::table.find(report)).set(reports::updated_at.eq(Utc::now())).execute(conn)?;
    Ok(None)
}
