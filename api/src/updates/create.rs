//! Writing an update, and what follows from it.

use chrono::Utc;
use diesel::prelude::*;
use mendmap_shared::error::{ErrorCode, FieldCode, FieldProblems};
use mendmap_shared::wire::updates::{NewUpdate, UpdateTaken};
use mendmap_shared::workflow::{Actor, Refusal, Status, Step, Visibility, check};

use crate::auth::links::{self, Purpose};
use crate::db::Stored;
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::schema::{reports, update_contacts, update_photos, updates, users};
use crate::{delivery, photos, reports as report_feature};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// Staff, in the name of this body.
    Body {
        /// The person.
        user: i64,
        /// The body.
        body: i64,
    },
    /// A body's own back office, through Open311. No person is known, and the body is not told what it said itself.
    Integrator {
        /// The body.
        body: i64,
    },
    /// A resident without an account whom a body's back office vouches for.
    Vouched,
    /// Somebody signed in.
    Resident {
        /// The person.
        user: i64,
    },
    /// Somebody who must open a mailed link first.
    Unknown,
}

/// The report an update belongs to, locked until the transaction ends, so that two changes of status follow each other.
#[derive(Debug, Clone, Copy, Queryable)]
struct Locked {
    id: i64,
    status: Stored<Status>,
    author_id: Option<i64>,
}

fn lock(conn: &mut PgConnection, id: i64) -> QueryResult<Locked> {
    reports::table.find(id).select((reports::id, reports::status, reports::author_id)).for_update().first(conn)
}

fn refused(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::NoSuchStep => ErrorCode::TransitionNotAllowed.into(),
        Refusal::TextNeeded => ApiError::field("text", FieldCode::Required),
        Refusal::DuplicateOf => ApiError::field("duplicate_of", FieldCode::Required),
    }
}

/// Takes an update on a report the caller may see. Published at once, but for [`Writer::Unknown`].
///
/// # Errors
/// Names the fields that break a rule; `transition_not_allowed` when the workflow has no such step from the report's status
/// as it is now, which may have changed since the caller saw it.
pub fn create(conn: &mut PgConnection, report: i64, writer: Writer, new: &NewUpdate) -> ApiResult<UpdateTaken> {
    let locked = lock(conn, report)?;
    if new.text.is_none() && new.status.is_none() {
        return Err(ApiError::field("text", FieldCode::Required));
    }
    if let Some(to) = new.status {
        let step =
            Step { from: locked.status.0, to, has_text: new.text.is_some(), names_other: new.duplicate_of.is_some() };
        let may_fix = report_feature::queries::residents_may_fix(conn, report)?;
        let allowed = match writer {
            Writer::Body { .. } => check(Actor::Staff, step),
            Writer::Integrator { .. } => check(Actor::Integrator, step),
            Writer::Resident { user } if locked.author_id == Some(user) => check(Actor::Author, step),
            Writer::Resident { .. } => check(Actor::Resident { may_fix }, step),
            // Whoever vouches for them knows whether they are the author.
            Writer::Vouched => check(Actor::Author, step),
            // Whether the address is the author's is not told here; opening the link decides it.
            Writer::Unknown => check(Actor::Author, step).or_else(|_| check(Actor::Resident { may_fix }, step)),
        };
        allowed.map_err(refused)?;
    } else if new.duplicate_of.is_some() {
        return Err(ApiError::field("status", FieldCode::Required));
    }
    if let Some(other) = new.duplicate_of {
        let known =
            reports::table.find(other).filter(reports::visibility.eq("published")).count().get_result::<i64>(conn)?;
        if known == 0 || other == report {
            return Err(ApiError::field("duplicate_of", FieldCode::Unknown));
        }
    }
    photos::queries::take_uploaded(conn, &new.photos)?;

    let typed_name = new.author.as_ref().and_then(|author| author.name.as_ref()).map(ToString::to_string);
    let (author_id, body_id, name, email) = match writer {
        Writer::Body { user, body } => (Some(user), Some(body), None, None),
        Writer::Integrator { body } => (None, Some(body), None, None),
        Writer::Resident { user } => {
            let (known, email): (Option<String>, String) =
                users::table.find(user).select((users::name, users::email)).first(conn)?;
            (Some(user), None, typed_name.or(known), Some(email))
        }
        Writer::Vouched => {
            let email = new.author.as_ref().and_then(|author| author.email.as_ref()).map(ToString::to_string);
            (None, None, typed_name, email)
        }
        Writer::Unknown => {
            let email = new.author.as_ref().and_then(|author| author.email.as_ref());
            let mut missing = FieldProblems::new();
            if email.is_none() {
                missing.insert("author.email".into(), FieldCode::Required.into());
            }
            if typed_name.is_none() {
                missing.insert("author.name".into(), FieldCode::Required.into());
            }
            if !missing.is_empty() {
                return Err(ApiError::fields(missing));
            }
            (None, None, typed_name, email.map(ToString::to_string))
        }
    };
    let by_author = author_id.is_some() && body_id.is_none() && author_id == locked.author_id;
    let id: i64 = diesel::insert_into(updates::table)
        .values((
            updates::report_id.eq(report),
            updates::author_id.eq(author_id),
            updates::body_id.eq(body_id),
            updates::by_author.eq(by_author),
            updates::public_name.eq(name.as_ref().filter(|_| !new.anonymous)),
            updates::text.eq(new.text.as_ref().map(|text| text.as_str())),
            updates::status.eq(new.status.map(Stored)),
            updates::duplicate_of.eq(new.duplicate_of),
            updates::visibility.eq("unconfirmed"),
        ))
        .returning(updates::id)
        .get_result(conn)?;
    let rows: Vec<_> = (0_i16..)
        .zip(&new.photos)
        .map(|(position, photo)| {
            (
                update_photos::update_id.eq(id),
                update_photos::position.eq(position),
                update_photos::photo_id.eq(photo.as_str()),
            )
        })
        .collect();
    diesel::insert_into(update_photos::table).values(rows).execute(conn)?;
    if let Some(email) = &email {
        let contact =
            (update_contacts::update_id.eq(id), update_contacts::name.eq(&name), update_contacts::email.eq(email));
        diesel::insert_into(update_contacts::table).values(contact).execute(conn)?;
    }
    if let (Writer::Unknown, Some(email)) = (writer, &email) {
        let link = links::create(conn, Purpose::ConfirmUpdate, email, Some(id), &serde_json::json!({}))?;
        jobs::queries::enqueue(conn, &Job::ConfirmMail { link })?;
        return Ok(UpdateTaken { id, visibility: Visibility::Unconfirmed });
    }
    let actor = match writer {
        Writer::Body { .. } => Actor::Staff,
        Writer::Integrator { .. } => Actor::Integrator,
        _ if by_author => Actor::Author,
        _ => Actor::Resident { may_fix: true },
    };
    take_effect(conn, locked, id, new.status, new.duplicate_of, actor)?;
    Ok(UpdateTaken { id, visibility: Visibility::Published })
}

/// Publishes an update whose writer opened the mailed link; says which report it belongs to.
///
/// # Errors
/// `link_invalid` when it does not wait for that; `transition_not_allowed` when the report has moved on meanwhile.
pub fn publish(conn: &mut PgConnection, update: i64, user: i64) -> ApiResult<i64> {
    type Row = (i64, Option<String>, Option<Stored<Status>>, Option<i64>);
    let (report, text, status, duplicate_of): Row = updates::table
        .find(update)
        .filter(updates::visibility.eq("unconfirmed"))
        .select((updates::report_id, updates::text, updates::status, updates::duplicate_of))
        .first(conn)
        .optional()?
        .ok_or(ErrorCode::LinkInvalid)?;
    report_feature::queries::standing(conn, report, Some(user))?;
    let locked = lock(conn, report)?;
    let by_author = locked.author_id == Some(user);
    let actor = if by_author {
        Actor::Author
    } else {
        Actor::Resident { may_fix: report_feature::queries::residents_may_fix(conn, report)? }
    };
    let status = status.map(|stored| stored.0);
    if let Some(to) = status {
        let step = Step { from: locked.status.0, to, has_text: text.is_some(), names_other: duplicate_of.is_some() };
        check(actor, step).map_err(|_| ApiError::code(ErrorCode::TransitionNotAllowed))?;
    }
    diesel::update(updates::table.find(update))
        .set((updates::author_id.eq(user), updates::by_author.eq(by_author), updates::created_at.eq(Utc::now())))
        .execute(conn)?;
    take_effect(conn, locked, update, status, duplicate_of, actor)?;
    Ok(report)
}

/// The update becomes public: the report changes with it, followers hear of it, and so do the bodies of what residents say.
fn take_effect(
    conn: &mut PgConnection,
    report: Locked,
    update: i64,
    status: Option<Status>,
    duplicate_of: Option<i64>,
    actor: Actor,
) -> ApiResult<()> {
    diesel::update(updates::table.find(update)).set(updates::visibility.eq("published")).execute(conn)?;
    diesel::update(reports::table.find(report.id))
        .set((reports::updated_at.eq(Utc::now()), reports::update_count.eq(reports::update_count + 1)))
        .execute(conn)?;
    if let Some(status) = status {
        let fixed_by = (status == Status::Fixed).then(|| Stored(actor.fixed_by()));
        diesel::update(reports::table.find(report.id))
            .set((
                reports::status.eq(Stored(status)),
                reports::fixed_by.eq(fixed_by),
                reports::duplicate_of.eq(duplicate_of),
            ))
            .execute(conn)?;
    }
    match actor {
        // The body knows what came from its own back office.
        Actor::Integrator => {}
        Actor::Staff => {
            let body: Option<i64> = updates::table.find(update).select(updates::body_id).first(conn)?;
            if let Some(body) = body {
                delivery::queries::deliver_own(conn, report.id, update, body)?;
            }
        }
        Actor::Author | Actor::Resident { .. } => delivery::queries::deliver(conn, report.id, Some(update))?,
    }
    jobs::queries::enqueue(conn, &Job::NotifyFollowers { update })?;
    Ok(())
}
