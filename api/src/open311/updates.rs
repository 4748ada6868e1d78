//! Updates both ways: mySociety's "Open311 extended" (`servicerequestupdates`).

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::OPEN311_ID_CHARS;
use mendmap_shared::text::PersonName;
use mendmap_shared::wire::photos::PhotoId;
use mendmap_shared::wire::updates::NewUpdate;
use mendmap_shared::workflow::{Actor, Status, Step, check};

use super::call::{Call, Parameters, check_key};
use super::fault::{Fault, Refusal};
use super::form::Posted;
use super::format::Format;
use super::markup::has_markup;
use super::post_request::{keep, parsed};
use super::queries::UpdateRow;
use super::read_requests::page;
use super::rules::{extended, moment, status, window};
use super::wire::{self, ErrorItem, RequestUpdate, UpdateId};
use crate::api_keys::queries::ApiKey;
use crate::db::Stored;
use crate::error::{ApiError, ApiResult};
use crate::http::rate_limit::Door;
use crate::photos;
use crate::schema::{received_updates, report_bodies, reports, updates};
use crate::updates::create::{self, Writer};

/// Public updates of published reports, oldest first: those between two moments, or of the last 90 days.
#[utoipa::path(operation_id = "list_request_updates", tag = "updates",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport"),
        ("service_request_id" = Option<String>, Query, description = "Only of these reports, numbers separated by commas", example = "1204"),
        ("start_date" = Option<String>, Query, description = "At or after this moment", example = "2026-03-01T00:00:00Z"),
        ("end_date" = Option<String>, Query, description = "At or before this moment, at most 90 days later"),
        ("page" = Option<i64>, Query, description = "Page, from 1"),
        ("page_size" = Option<i64>, Query, description = "Updates of a page, 1 to 1000")),
    responses((status = 200, body = Vec<RequestUpdate>), (status = 400, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/servicerequestupdates.{format}")]
pub async fn list_updates(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("service_request_updates", async {
        let body = call.jurisdiction().await?.map(|known| known.body_id);
        let form = &call.parameters;
        let numbers = form.list("service_request_id");
        let numbers: Option<Vec<i64>> =
            (!numbers.is_empty()).then(|| numbers.iter().filter_map(|number| number.parse().ok()).collect());
        let at = |name: &str| form.one(name).map(|text| moment(name, text)).transpose();
        let (start, end) = (at("start_date")?, at("end_date")?);
        // Of named reports, all there is to say.
        let between = if numbers.is_some() && start.is_none() && end.is_none() {
            None
        } else {
            Some(window(start, end, Utc::now())?)
        };
        let (page, size) = page(form)?;
        let base = call.base_url();
        call.read(move |conn| {
            let mut query = updates::table
                .inner_join(reports::table.on(reports::id.eq(updates::report_id)))
                .filter(updates::visibility.eq("published"))
                .filter(reports::visibility.eq("published"))
                .order((updates::created_at, updates::id))
                .limit(size)
                .offset(page.saturating_mul(size))
                .select(UpdateRow::as_select())
                .into_boxed();
            if let Some(body) = body {
                query = query.filter(reports::body_ids.contains(vec![body]));
            }
            if let Some(numbers) = numbers {
                query = query.filter(updates::report_id.eq_any(numbers));
            }
            if let Some((start, end)) = between {
                query = query.filter(updates::created_at.between(start, end));
            }
            let rows: Vec<UpdateRow> = query.load(conn)?;
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let mut pictures = photos::queries::of_updates(conn, &ids, &|_| String::new())?;
            let update = |row: UpdateRow| RequestUpdate {
                update_id: row.id.to_string(),
                service_request_id: row.report_id.to_string(),
                status: row.status.map_or("unchanged", |status| extended(status.0)),
                updated_datetime: wire::moment(row.created_at),
                description: row.text.unwrap_or_default(),
                media_url: pictures
                    .remove(&row.id)
                    .and_then(|photos| photos.into_iter().next())
                    .map(|photo| format!("{base}{}", photo.full)),
            };
            Ok(rows.into_iter().map(update).collect::<Vec<_>>())
        })
        .await
    })
    .await
}

/// What was posted.
struct Understood {
    report: i64,
    external_id: String,
    status: Option<Status>,
    /// Whether the word says that it is opened again, and not only that it is open as far as the sender knows.
    reopens: bool,
    happened_at: DateTime<Utc>,
    text: Option<String>,
    /// The resident who speaks, where one is named; otherwise the body itself does.
    resident: Option<Resident>,
    photos: Vec<PhotoId>,
}

struct Resident {
    name: Option<PersonName>,
    email: Option<mendmap_shared::text::Email>,
    anonymous: bool,
}

/// Takes an update of a report. Without a name or an address it speaks for the key's body; with one, for that resident. A
/// repeated `update_id` changes nothing and says so; a status older than the report's last one is not set any more.
#[utoipa::path(operation_id = "create_request_update", tag = "updates",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json")),
    request_body(content = super::schemas::NewRequestUpdate, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, body = Vec<UpdateId>), (status = 400, body = Vec<ErrorItem>), (status = 403, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)),
    security(("key" = [])))]
#[post("/servicerequestupdates.{format}")]
pub async fn create_update(posted: Posted) -> Result<HttpResponse, Refusal> {
    let Posted { call, pictures, .. } = posted;
    call.created("service_request_updates", async {
        let given = call.parameters.one("api_key").or_else(|| call.bearer()).map(ToOwned::to_owned);
        let key = call.app.db.write(move |conn| Ok(check_key(conn, given.as_deref())?)).await?;
        call.app.limits.check_account(Door::Open311Write, &key.id.to_string())?;
        if call.jurisdiction().await?.is_some_and(|known| known.body_id != key.body_id) {
            return Err(Fault::key("This api_key is for another jurisdiction."));
        }
        let mut understood = understand(&call.parameters)?;
        understood.photos = keep(&call, key, pictures).await?;
        let id = call.app.db.write(move |conn| take(conn, key, understood)).await?;
        Ok(vec![UpdateId { update_id: id.to_string() }])
    })
    .await
}

fn understand(form: &Parameters) -> Result<Understood, Fault> {
    let needed = |name: &str| form.one(name).ok_or_else(|| Fault::bad(format!("{name} is needed.")));
    let external_id = needed("update_id")?.to_owned();
    if external_id.chars().count() > OPEN311_ID_CHARS {
        return Err(Fault::bad(format!("update_id has at most {OPEN311_ID_CHARS} characters.")));
    }
    let report = needed("service_request_id")?.parse().map_err(|_| unknown_request())?;
    let word = needed("status")?;
    let happened_at = moment("updated_datetime", needed("updated_datetime")?)?;
    let text = form.one("description");
    if text.is_some_and(has_markup) {
        return Err(Fault::bad("description: HTML is not taken."));
    }
    let name = [form.one("first_name"), form.one("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let email = parsed("email", form.one("email"))?;
    let is_resident = !name.is_empty() || email.is_some();
    Ok(Understood {
        report,
        external_id,
        status: status(word)?,
        reopens: word.to_lowercase().starts_with("reopen"),
        happened_at,
        text: text.map(ToOwned::to_owned),
        resident: is_resident
            .then(|| {
                let name = parsed("first_name, last_name", Some(&name).filter(|name| !name.is_empty()))?;
                Ok::<_, Fault>(Resident { name, email, anonymous: form.flag("public_anonymity_required") })
            })
            .transpose()?,
        photos: Vec::new(),
    })
}

fn unknown_request() -> Fault {
    Fault::unknown("There is no request with this service_request_id here.")
}

fn take(conn: &mut PgConnection, key: ApiKey, understood: Understood) -> ApiResult<i64> {
    // Locked first: updates of one report follow each other, and so do two that send the same one.
    let now: Stored<Status> = reports::table
        .find(understood.report)
        .filter(reports::visibility.eq_any(["published", "private"]))
        .filter(diesel::dsl::exists(
            report_bodies::table
                .filter(report_bodies::report_id.eq(reports::id))
                .filter(report_bodies::body_id.eq(key.body_id)),
        ))
        .select(reports::status)
        .for_update()
        .first(conn)
        .optional()?
        .ok_or_else(unknown_request)?;
    let known: i64 = received_updates::table.find((key.body_id, &understood.external_id)).count().get_result(conn)?;
    if known > 0 {
        return Err(Fault::bad("An update with this update_id already exists.").into());
    }
    if understood.happened_at > Utc::now() + chrono::Duration::days(1) {
        return Err(Fault::bad("updated_datetime is in the future.").into());
    }
    let wanted = understood.status.filter(|wanted| *wanted != now.0);
    let wanted = if is_older(conn, &understood)? { None } else { wanted };
    let text = understood.text.as_deref().map(str::parse).transpose();
    let text = text.map_err(|code: FieldCode| Fault::bad(format!("description: {}", code.message())))?;
    let (writer, may) = match &understood.resident {
        None => (Writer::Integrator { body: key.body_id }, Actor::Integrator),
        Some(_) if key.trusted => (Writer::Vouched, Actor::Author),
        Some(_) => (Writer::Unknown, Actor::Resident { may_fix: true }),
    };
    let step = |to: Status| Step { from: now.0, to, has_text: text.is_some(), names_other: false };
    // Which other report a duplicate repeats has no field here: what is left of it is that it is closed. What a resident may
    // not set is said and not done; and with each of their words senders repeat the status they know, which opens nothing.
    let wanted = wanted.map(|to| if to == Status::Duplicate { Status::Closed } else { to });
    let repeats = |to: Status| to == Status::Open && !understood.reopens;
    let may_set = |to: Status| understood.resident.is_none() || (!repeats(to) && check(may, step(to)).is_ok());
    let wanted = wanted.filter(|to| *to != now.0 && may_set(*to));
    if text.is_none() && wanted.is_none() {
        return nothing_to_say(&understood);
    }
    let (name, email, anonymous) = match understood.resident {
        Some(resident) => (resident.name, resident.email, resident.anonymous),
        None => (None, None, false),
    };
    let new = NewUpdate {
        text,
        status: wanted,
        duplicate_of: None,
        photos: understood.photos,
        anonymous,
        author: (name.is_some() || email.is_some()).then_some(mendmap_shared::wire::reports::NewAuthor {
            name,
            email,
            phone: None,
        }),
    };
    let taken = create::create(conn, understood.report, writer, &new)?;
    diesel::insert_into(received_updates::table)
        .values((
            received_updates::body_id.eq(key.body_id),
            received_updates::external_id.eq(understood.external_id),
            received_updates::update_id.eq(taken.id),
            received_updates::happened_at.eq(understood.happened_at),
        ))
        .execute(conn)?;
    Ok(taken.id)
}

/// An update that says nothing and changes nothing: the standard asks for a description.
fn nothing_to_say(understood: &Understood) -> ApiResult<i64> {
    let said = if understood.status.is_some() {
        "The request has this status already, and there is no description."
    } else {
        "A description is needed where the status is unchanged."
    };
    Err(ApiError::from(Fault::bad(said)))
}

/// Whether the report's status was set later than this happened: messages overtake each other.
fn is_older(conn: &mut PgConnection, understood: &Understood) -> QueryResult<bool> {
    let set: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = updates::table
        .left_join(received_updates::table.on(received_updates::update_id.eq(updates::id)))
        .filter(updates::report_id.eq(understood.report))
        .filter(updates::visibility.eq("published"))
        .filter(updates::status.is_not_null())
        .select((updates::created_at, received_updates::happened_at.nullable()))
        .load(conn)?;
    // When a sender says it happened, where we have it from one; when it was written here, otherwise.
    Ok(set.into_iter().map(|(written, happened)| happened.unwrap_or(written)).any(|at| at > understood.happened_at))
}
