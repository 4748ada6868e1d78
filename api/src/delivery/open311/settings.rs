//! What a body's administrators set about its server, and what they see of it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::wire::integrations_open311::{
    NewOpen311Server, NewOpen311Service, Open311Format, Open311Photos, Open311Run, Open311Server, Open311Service,
    ProtectedField,
};

use super::queries::key_owner;
use crate::auth::sealed;
use crate::auth::tokens::Keys;
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::schema::{categories, deliveries, open311_ignored, open311_servers, open311_services};

/// Characters of an address, a jurisdiction or a key.
const TEXT_CHARS: usize = 500;

#[derive(Queryable, Selectable)]
#[diesel(table_name = open311_servers)]
struct Row {
    id: i64,
    endpoint: String,
    jurisdiction: Option<String>,
    key_sealed: Option<Vec<u8>>,
    format: String,
    extended_statuses: bool,
    photos: String,
    synced_at: Option<DateTime<Utc>>,
    sync_failures: i32,
    sync_words: Option<String>,
    polled_at: Option<DateTime<Utc>>,
    poll_failures: i32,
    poll_words: Option<String>,
}

/// The server of a body, without its key.
///
/// # Errors
/// `not_found` when it has none.
pub fn show(conn: &mut PgConnection, body: i64) -> ApiResult<Open311Server> {
    let row: Row =
        open311_servers::table.filter(open311_servers::body_id.eq(body)).select(Row::as_select()).first(conn)?;
    type Service = (String, String, String, bool, bool, Vec<Option<String>>);
    let services: Vec<Service> = open311_services::table
        .inner_join(categories::table)
        .filter(open311_services::server_id.eq(row.id))
        .order(categories::name)
        .select((
            open311_services::code,
            categories::code,
            categories::name,
            categories::live,
            open311_services::gone,
            open311_services::protected,
        ))
        .load(conn)?;
    let field = |word: String| serde_json::from_value::<ProtectedField>(serde_json::Value::String(word)).ok();
    let service = |(service, category, name, live, gone, protected): Service| Open311Service {
        service,
        category,
        name,
        live,
        gone,
        protected: protected.into_iter().flatten().filter_map(field).collect(),
    };
    Ok(Open311Server {
        endpoint: row.endpoint,
        jurisdiction: row.jurisdiction,
        has_key: row.key_sealed.is_some(),
        format: if row.format == "json" { Open311Format::Json } else { Open311Format::Xml },
        extended_statuses: row.extended_statuses,
        photos: if row.photos == "uploads" { Open311Photos::Uploads } else { Open311Photos::Links },
        sync: Open311Run { at: row.synced_at, failures: row.sync_failures, words: row.sync_words },
        updates: Open311Run { at: row.polled_at, failures: row.poll_failures, words: row.poll_words },
        services: services.into_iter().map(service).collect(),
        ignored: open311_ignored::table
            .filter(open311_ignored::server_id.eq(row.id))
            .order(open311_ignored::code)
            .select(open311_ignored::code)
            .load(conn)?,
    })
}

/// Sets a body's server, and looks at it at once. `endpoint` has been found fit to be called.
///
/// # Errors
/// Names the fields that are too long.
pub fn set(conn: &mut PgConnection, keys: &Keys, body: i64, new: &NewOpen311Server) -> ApiResult<()> {
    let texts =
        [("endpoint", Some(&new.endpoint)), ("jurisdiction", new.jurisdiction.as_ref()), ("key", new.key.as_ref())];
    for (name, text) in texts {
        let Some(text) = text else { continue };
        if text.chars().count() > TEXT_CHARS {
            return Err(ApiError::field(name, FieldCode::TooLong));
        }
        if text.chars().any(char::is_control) {
            return Err(ApiError::field(name, FieldCode::Invalid));
        }
    }
    let jurisdiction = new.jurisdiction.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let values = (
        open311_servers::endpoint.eq(new.endpoint.trim()),
        open311_servers::jurisdiction.eq(jurisdiction),
        open311_servers::format.eq(new.format.as_str()),
        open311_servers::extended_statuses.eq(new.extended_statuses),
        open311_servers::photos.eq(new.photos.as_str()),
        // It may be another server now.
        open311_servers::has_updates.eq(None::<bool>),
        open311_servers::sync_failures.eq(0),
        open311_servers::poll_failures.eq(0),
    );
    let id: i64 = diesel::insert_into(open311_servers::table)
        .values((open311_servers::body_id.eq(body), values))
        .on_conflict(open311_servers::body_id)
        .do_update()
        .set(values)
        .returning(open311_servers::id)
        .get_result(conn)?;
    if let Some(key) = &new.key {
        let key = key.trim();
        let sealed = if key.is_empty() {
            None
        } else {
            Some(sealed::seal(keys, &key_owner(body), key).map_err(ApiError::internal)?)
        };
        diesel::update(open311_servers::table.find(id)).set(open311_servers::key_sealed.eq(sealed)).execute(conn)?;
    }
    Ok(jobs::queries::hasten(conn, &[Job::Open311Sync { server: id }, Job::Open311Poll { server: id }])?)
}

/// Takes a body's server away: from now on everything goes by mail, what waits for the server too.
///
/// # Errors
/// `not_found` when it has none.
pub fn remove(conn: &mut PgConnection, body: i64) -> ApiResult<()> {
    let gone = diesel::delete(open311_servers::table.filter(open311_servers::body_id.eq(body))).execute(conn)?;
    if gone == 0 {
        return Err(mendmap_shared::error::ErrorCode::NotFound.into());
    }
    let waiting: Vec<uuid::Uuid> = deliveries::table
        .filter(deliveries::body_id.eq(body))
        .filter(deliveries::state.eq("pending"))
        .select(deliveries::id)
        .load(conn)?;
    let by_mail: Vec<Job> = waiting.into_iter().map(|delivery| Job::Deliver { delivery }).collect();
    Ok(jobs::queries::enqueue_all(conn, &by_mail)?)
}

/// Looks at a body's service list at once.
///
/// # Errors
/// `not_found` when it has no server.
pub fn sync(conn: &mut PgConnection, body: i64) -> ApiResult<()> {
    let server: i64 =
        open311_servers::table.filter(open311_servers::body_id.eq(body)).select(open311_servers::id).first(conn)?;
    Ok(jobs::queries::hasten(conn, &[Job::Open311Sync { server }])?)
}

/// Says which category a service is, and what of it stays as it is; or that it is none. The category it was before is delivered by
/// mail again.
///
/// # Errors
/// Names the category that is none of the body's; `not_found` when the body has no server.
pub fn bind(conn: &mut PgConnection, body: i64, new: &NewOpen311Service) -> ApiResult<()> {
    let server: i64 =
        open311_servers::table.filter(open311_servers::body_id.eq(body)).select(open311_servers::id).first(conn)?;
    let service = new.service.trim();
    if service.is_empty() || service.len() > 200 || service.chars().any(char::is_control) {
        return Err(ApiError::field("service", FieldCode::Invalid));
    }
    let ignored = (open311_ignored::server_id.eq(server), open311_ignored::code.eq(service));
    let Some(category) = &new.category else {
        diesel::insert_into(open311_ignored::table).values(ignored).on_conflict_do_nothing().execute(conn)?;
        diesel::delete(open311_services::table)
            .filter(open311_services::server_id.eq(server).and(open311_services::code.eq(service)))
            .execute(conn)?;
        return Ok(());
    };
    if category.contains('\0') {
        return Err(ApiError::field("category", FieldCode::Unknown));
    }
    let category: Option<i64> = categories::table
        .filter(categories::body_id.eq(body))
        .filter(categories::code.eq(category))
        .select(categories::id)
        .for_no_key_update()
        .first(conn)
        .optional()?;
    let category = category.ok_or_else(|| ApiError::field("category", FieldCode::Unknown))?;
    diesel::delete(open311_ignored::table.find((server, service))).execute(conn)?;
    diesel::delete(open311_services::table)
        .filter(open311_services::server_id.eq(server).and(open311_services::code.eq(service)))
        .filter(open311_services::category_id.ne(category))
        .execute(conn)?;
    let protected: Vec<&str> = new.protected.iter().map(|field| field.as_str()).collect();
    let values = (
        open311_services::server_id.eq(server),
        open311_services::code.eq(service),
        open311_services::protected.eq(protected),
    );
    diesel::insert_into(open311_services::table)
        .values((open311_services::category_id.eq(category), values.clone()))
        .on_conflict(open311_services::category_id)
        .do_update()
        .set(values)
        .execute(conn)?;
    Ok(jobs::queries::hasten(conn, &[Job::Open311Sync { server }])?)
}
