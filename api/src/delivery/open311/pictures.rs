//! Photos of updates that came: fetched, decoded and encoded anew as those that people upload, and put to the update.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use mendmap_shared::limits::{PHOTO_BYTES, PHOTOS_PER_REPORT};
use mendmap_shared::wire::photos::PhotoId;
use ureq::http::Request;

use crate::delivery::outbound::{Bounds, OutboundError};
use crate::delivery::{Errand, Outside, Record};
use crate::photos::{self, rules::Processed};
use crate::schema::{open311_updates, update_photos, updates};

/// What one picture may cost. They often lie behind a redirect or two, each of which is checked.
const BOUNDS: Bounds = Bounds { seconds: 20, bytes: PHOTO_BYTES as u64, redirects: 3 };

/// Decoding needs much memory: one picture at a time in each process, however many servers send some.
static DECODING: Mutex<()> = Mutex::new(());

/// Fetches the pictures of an update that came from a server.
///
/// # Errors
/// From the database.
pub fn fetch(conn: &mut PgConnection, update: i64, server: i64) -> anyhow::Result<Errand> {
    let media: Option<Vec<Option<String>>> = open311_updates::table
        .inner_join(updates::table)
        .filter(open311_updates::server_id.eq(server))
        .filter(open311_updates::update_id.eq(update))
        .filter(updates::visibility.eq("published"))
        .select(open311_updates::media)
        .first(conn)
        .optional()?;
    let addresses: Vec<String> = media.into_iter().flatten().flatten().take(PHOTOS_PER_REPORT).collect();
    if addresses.is_empty() {
        return Ok(Errand::Nothing);
    }
    Ok(Errand::Call(Box::new(move |outside| {
        let mut pictures = Vec::new();
        for address in &addresses {
            pictures.extend(picture(outside, address)?);
        }
        let record: Record = Box::new(move |conn| attach(conn, update, &pictures));
        Ok(record)
    })))
}

/// One picture, stored; nothing where there is none, or none that can be shown.
fn picture(outside: &Outside<'_>, address: &str) -> anyhow::Result<Option<Processed>> {
    let Some(file) = file(outside, address)? else { return Ok(None) };
    let processed = {
        let _alone = DECODING.lock().unwrap_or_else(PoisonError::into_inner);
        photos::rules::process(&file)
    };
    let Ok(processed) = processed else { return Ok(None) };
    outside.photos.put(&processed)?;
    Ok(Some(processed))
}

fn file(outside: &Outside<'_>, address: &str) -> anyhow::Result<Option<Vec<u8>>> {
    if let Some(data) = address.strip_prefix("data:") {
        let words = data.split_once(";base64,").map(|(_, words)| words);
        return Ok(words.and_then(|words| STANDARD.decode(words).ok()));
    }
    let Ok(request) = Request::get(address).body(Vec::new()) else { return Ok(None) };
    match outside.outbound.send(request, BOUNDS) {
        Ok(answer) if answer.is_success() => Ok(Some(answer.body)),
        Ok(answer) if answer.status >= 500 || answer.status == 429 => {
            anyhow::bail!("a picture cannot be had now ({})", answer.status)
        }
        Err(error @ (OutboundError::Slow(_) | OutboundError::Unreachable(_))) => Err(error.into()),
        // It is not there, too large, or nowhere that strangers may send us.
        Ok(_) | Err(_) => Ok(None),
    }
}

fn attach(conn: &mut PgConnection, update: i64, pictures: &[Processed]) -> anyhow::Result<()> {
    let mut ids: Vec<PhotoId> = Vec::new();
    for picture in pictures {
        photos::queries::record(conn, picture)?;
        let id = picture.id.parse().map_err(|_| anyhow::anyhow!("a picture has no number"))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    photos::queries::take_uploaded(conn, &ids)?;
    let rows: Vec<_> = (0_i16..)
        .zip(&ids)
        .map(|(position, id)| {
            (
                update_photos::update_id.eq(update),
                update_photos::position.eq(position),
                update_photos::photo_id.eq(id.as_str()),
            )
        })
        .collect();
    diesel::insert_into(update_photos::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}
