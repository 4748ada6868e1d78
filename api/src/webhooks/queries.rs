//! The table of webhooks.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use mendmap_shared::error::{ErrorCode, FieldCode, FieldProblems};
use mendmap_shared::limits::{WEBHOOK_FAILING_DAYS, WEBHOOK_OLD_SECRET_HOURS, WEBHOOKS_PER_BODY};
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::integrations::{DisabledWhy, EventKind, NewWebhook, Webhook};
use serde_json::json;
use uuid::Uuid;

use super::models::Target;
use super::rules::{chosen, lane};
use crate::auth::queries::role;
use crate::auth::rules::{Permission, may};
use crate::desk::queries::audit;
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::schema::{areas, bodies, categories, staff, webhook_deliveries, webhooks};

/// Why a webhook is switched off, other than by staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// It took nothing for days.
    Failing,
    /// Its server said that it is gone.
    Gone,
}

/// What a webhook is to be, with what it names found.
#[derive(Debug, Clone, AsChangeset, Insertable)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
pub struct Wanted {
    url: String,
    events: Vec<Option<String>>,
    of_body_id: Option<i64>,
    category_code: Option<String>,
    area_id: Option<i64>,
    enabled: bool,
    disabled_why: Option<String>,
}

/// Looks up what a webhook is to be told of. `url` is the address that was checked.
///
/// # Errors
/// Names the fields that name nothing.
pub fn wanted(conn: &mut PgConnection, new: &NewWebhook, url: String) -> ApiResult<Wanted> {
    let events = chosen(&new.events)?;
    let mut unknown = FieldProblems::new();
    let mut known = |field: &str, is_known: bool| {
        if !is_known {
            unknown.insert(field.to_owned(), FieldCode::Unknown.into());
        }
    };
    // PostgreSQL refuses a text with a NUL in it; there is no such name.
    let name = |text: &Option<String>| text.clone().map(|text| text.replace('\0', "\u{fffd}"));
    let (slug, code) = (name(&new.body), name(&new.category));
    let of_body_id: Option<i64> = match &slug {
        Some(slug) => bodies::table.filter(bodies::slug.eq(slug)).select(bodies::id).first(conn).optional()?,
        None => None,
    };
    known("body", slug.is_none() || of_body_id.is_some());
    if let Some(code) = &code {
        let there = categories::table.filter(categories::code.eq(code));
        known("category", diesel::select(diesel::dsl::exists(there)).get_result(conn)?);
    }
    if let Some(area) = new.area {
        known("area", diesel::select(diesel::dsl::exists(areas::table.find(area))).get_result(conn)?);
    }
    if !unknown.is_empty() {
        return Err(ApiError::fields(unknown));
    }
    Ok(Wanted {
        url,
        events: events.into_iter().map(|kind| Some(kind.to_string())).collect(),
        of_body_id,
        category_code: code,
        area_id: new.area,
        enabled: new.enabled,
        disabled_why: (!new.enabled).then(|| "staff".to_owned()),
    })
}

/// Makes a webhook, as many as a body may have.
///
/// # Errors
/// `conflict` when it has that many; from the database.
pub fn create(
    conn: &mut PgConnection,
    id: Uuid,
    body: i64,
    wanted: &Wanted,
    sealed: Vec<u8>,
    by: i64,
) -> ApiResult<()> {
    // Whoever makes another at the same time waits, and counts this one.
    bodies::table.find(body).select(bodies::id).for_no_key_update().first::<i64>(conn)?;
    let there: i64 = webhooks::table.filter(webhooks::body_id.eq(body)).count().get_result(conn)?;
    if there >= WEBHOOKS_PER_BODY {
        let message = format!("There are {WEBHOOKS_PER_BODY} webhooks, and no room for more.");
        return Err(ApiError::code(ErrorCode::Conflict).with_message(message));
    }
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::id.eq(id),
            webhooks::body_id.eq(body),
            wanted,
            webhooks::secret.eq(sealed),
            webhooks::created_by.eq(by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes a webhook what it is to be. One that is switched on begins afresh; one that is switched off is called no more.
///
/// # Errors
/// `NotFound` when the body has no such webhook.
pub fn change(conn: &mut PgConnection, body: i64, id: Uuid, wanted: &Wanted) -> QueryResult<()> {
    let (url, enabled, why): (String, bool, Option<String>) = webhooks::table
        .find(id)
        .filter(webhooks::body_id.eq(body))
        .select((webhooks::url, webhooks::enabled, webhooks::disabled_why))
        .for_update()
        .first(conn)?;
    let mut wanted = wanted.clone();
    if !wanted.enabled && !enabled {
        // It stays off for the reason it has.
        wanted.disabled_why = why;
    }
    diesel::update(webhooks::table.find(id)).set(&wanted).execute(conn)?;
    if wanted.enabled && (!enabled || wanted.url != url) {
        diesel::update(webhooks::table.find(id))
            .set(webhooks::failing_since.eq(None::<DateTime<Utc>>))
            .execute(conn)?;
    }
    if !wanted.enabled {
        call_no_more(conn, id)?;
    }
    Ok(())
}

/// Deletes a webhook, and with it what it was to be told.
///
/// # Errors
/// `NotFound` when the body has no such webhook.
pub fn delete(conn: &mut PgConnection, body: i64, id: Uuid) -> QueryResult<()> {
    let deleted = diesel::delete(webhooks::table.find(id)).filter(webhooks::body_id.eq(body)).execute(conn)?;
    if deleted == 0 {
        return Err(diesel::result::Error::NotFound);
    }
    jobs::queries::clear(conn, &lane(id))
}

/// Gives a webhook a new secret; the one it had is good for a day. Answers until when.
///
/// # Errors
/// `NotFound` when the body has no such webhook.
pub fn change_secret(conn: &mut PgConnection, body: i64, id: Uuid, sealed: Vec<u8>) -> QueryResult<DateTime<Utc>> {
    let until = Utc::now() + Duration::hours(WEBHOOK_OLD_SECRET_HOURS);
    let changed = diesel::update(webhooks::table.find(id))
        .filter(webhooks::body_id.eq(body))
        .set((
            webhooks::old_secret.eq(webhooks::secret.nullable()),
            webhooks::old_secret_until.eq(until),
            webhooks::secret.eq(sealed),
        ))
        .execute(conn)?;
    if changed == 0 { Err(diesel::result::Error::NotFound) } else { Ok(until) }
}

/// What a call of a body's webhook needs.
///
/// # Errors
/// `NotFound` when the body has no such webhook.
pub fn target(conn: &mut PgConnection, body: i64, id: Uuid) -> QueryResult<Target> {
    webhooks::table.find(id).filter(webhooks::body_id.eq(body)).select(Target::as_select()).first(conn)
}

/// What is on its way to it waits for a person.
fn call_no_more(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table)
        .filter(webhook_deliveries::webhook_id.eq(id))
        .filter(webhook_deliveries::state.eq("pending"))
        .set((webhook_deliveries::state.eq("parked"), webhook_deliveries::next_attempt_at.eq(None::<DateTime<Utc>>)))
        .execute(conn)?;
    jobs::queries::clear(conn, &lane(id))
}

/// Switches a webhook off, and writes to those who manage it; what is off already is left alone.
///
/// # Errors
/// From the database.
pub fn switch_off(conn: &mut PgConnection, id: Uuid, why: Off) -> QueryResult<()> {
    let word = match why {
        Off::Failing => "failing",
        Off::Gone => "gone",
    };
    let body: Option<i64> = diesel::update(webhooks::table.find(id))
        .filter(webhooks::enabled)
        .set((webhooks::enabled.eq(false), webhooks::disabled_why.eq(word)))
        .returning(webhooks::body_id)
        .get_result(conn)
        .optional()?;
    let Some(body) = body else { return Ok(()) };
    call_no_more(conn, id)?;
    audit(conn, None, "webhook.switch_off", ("body", body), &json!({ "webhook": id, "why": word }))?;
    let people: Vec<(i64, String)> =
        staff::table.filter(staff::body_id.eq(body)).select((staff::user_id, staff::role)).load(conn)?;
    let manages = |word: &str| role(word).is_some_and(|role| may(role, Permission::ManageIntegrations));
    let mails: Vec<Job> = people
        .into_iter()
        .filter(|(_, word)| manages(word))
        .map(|(user, _)| Job::WebhookDisabledMail { webhook: id, user })
        .collect();
    jobs::queries::enqueue_all(conn, &mails)
}

/// A webhook took nothing once more: from the first time on the days are counted, and after some it is switched off.
///
/// # Errors
/// From the database.
pub fn note_failure(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    let now = Utc::now();
    diesel::update(webhooks::table.find(id))
        .filter(webhooks::failing_since.is_null())
        .set(webhooks::failing_since.eq(now))
        .execute(conn)?;
    let given_up =
        webhooks::table.find(id).filter(webhooks::failing_since.le(now - Duration::days(WEBHOOK_FAILING_DAYS)));
    if diesel::select(diesel::dsl::exists(given_up)).get_result(conn)? {
        switch_off(conn, id, Off::Failing)?;
    }
    Ok(())
}

#[derive(Queryable)]
struct Row {
    id: Uuid,
    url: String,
    events: Vec<Option<String>>,
    category_code: Option<String>,
    area_id: Option<i64>,
    enabled: bool,
    disabled_why: Option<String>,
    failing_since: Option<DateTime<Utc>>,
    old_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    of_body: Option<String>,
}

/// A body's webhooks, or one of them, oldest first.
///
/// # Errors
/// From the database.
pub fn list(conn: &mut PgConnection, body: i64, only: Option<Uuid>) -> QueryResult<Vec<Webhook>> {
    let mut query = webhooks::table
        .left_join(bodies::table.on(webhooks::of_body_id.eq(bodies::id.nullable())))
        .filter(webhooks::body_id.eq(body))
        .order((webhooks::created_at, webhooks::id))
        .select((
            webhooks::id,
            webhooks::url,
            webhooks::events,
            webhooks::category_code,
            webhooks::area_id,
            webhooks::enabled,
            webhooks::disabled_why,
            webhooks::failing_since,
            webhooks::old_secret_until,
            webhooks::created_at,
            bodies::slug.nullable(),
        ))
        .into_boxed();
    if let Some(id) = only {
        query = query.filter(webhooks::id.eq(id));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let ids: Vec<i64> = rows.iter().filter_map(|row| row.area_id).collect();
    let named: Vec<(i64, String, String, Option<String>)> = areas::table
        .filter(areas::id.eq_any(ids))
        .select((areas::id, areas::kind, areas::name, areas::name_alt))
        .load(conn)?;
    let named: HashMap<i64, AreaRef> =
        named.into_iter().map(|(id, kind, name, name_alt)| (id, AreaRef { id, kind, name, name_alt })).collect();
    let now = Utc::now();
    let shown = |row: Row| Webhook {
        id: row.id.to_string(),
        url: row.url,
        events: row.events.iter().flatten().filter_map(|word| word.parse::<EventKind>().ok()).collect(),
        body: row.of_body,
        category: row.category_code,
        area: row.area_id.and_then(|id| named.get(&id).cloned()),
        enabled: row.enabled,
        disabled_why: row.disabled_why.as_deref().map(|word| match word {
            "failing" => DisabledWhy::Failing,
            "gone" => DisabledWhy::Gone,
            _ => DisabledWhy::Staff,
        }),
        failing_since: row.failing_since,
        old_secret_until: row.old_secret_until.filter(|until| *until > now),
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}
