//! Making a report, and publishing it once its author is known.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use mendmap_shared::error::{ErrorCode, FieldCode};
use mendmap_shared::questions;
use mendmap_shared::wire::reports::{NewReport, ReportTaken};
use mendmap_shared::workflow::Visibility;

use super::models::stored_point;
use crate::auth::links::{self, Purpose};
use crate::categories::{self, rules::Route};
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::schema::{
    categories as category_rows, report_areas, report_bodies, report_contacts, report_photos, reports, users,
};
use crate::{alerts, delivery, photos, places};

/// Who sends a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// Somebody on the site, by account where they are signed in.
    Resident(Option<i64>),
    /// Another system with a body's key.
    Integrator {
        /// Whether it knows its people already. Otherwise a mail asks the person to confirm.
        trusted: bool,
    },
}

/// Who reports, as far as the body will know.
struct Author {
    user_id: Option<i64>,
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
}

/// Takes a report: checks what the place and the category ask for, writes it, and publishes it at once for somebody signed
/// in, or vouched for; otherwise a link is mailed first. `media` are addresses of pictures that are fetched later. All in the
/// caller's transaction.
///
/// # Errors
/// Names the fields that break a rule; `blocked_by_answer` with the body's message.
pub fn create(conn: &mut PgConnection, new: &NewReport, sender: Sender, media: &[String]) -> ApiResult<ReportTaken> {
    let here = categories::queries::here(conn, new.location)?;
    let route = categories::rules::routes(&here)
        .into_iter()
        .find(|route| route.option.code == new.category)
        .ok_or_else(|| ApiError::field("category", FieldCode::InvalidChoice))?;
    if let Some(message) = &route.option.blocking_message {
        return Err(ApiError::code(ErrorCode::BlockedByAnswer).with_message(message));
    }
    let checked = questions::check(&route.option.questions, &new.answers);
    if let Some(message) = checked.blocked {
        return Err(ApiError::code(ErrorCode::BlockedByAnswer).with_message(message));
    }
    let mut problems = checked.problems;
    let author = author(conn, new, sender)?.map_err(|more| problems.extend(more)).ok();
    let (Some(author), true) = (author, problems.is_empty()) else { return Err(ApiError::fields(problems)) };
    photos::queries::take_uploaded(conn, &new.photos)?;

    let street = places::queries::nearest_street(conn, new.location)?.map(|street| street.name);
    let area = places::queries::label(&here.areas);
    // Also in the report's own row, in order, as the trigger on report_bodies would write them: it then has nothing to change.
    let mut body_ids: Vec<i64> = route.targets.iter().map(|(body, _)| *body).collect();
    body_ids.sort_unstable();
    let id: i64 = diesel::insert_into(reports::table)
        .values((
            reports::location.eq(stored_point(new.location)),
            reports::title.eq(new.title.as_str()),
            reports::detail.eq(new.detail.as_str()),
            reports::category_code.eq(&route.option.code),
            reports::category_name.eq(&route.option.name),
            reports::category_group.eq(&route.group),
            reports::visibility.eq(Visibility::Unconfirmed.as_str()),
            reports::author_id.eq(author.user_id),
            reports::public_name.eq(author.name.as_ref().filter(|_| !new.anonymous)),
            reports::street.eq(street),
            reports::area.eq(area),
            reports::private.eq(route.option.private),
            reports::body_ids.eq(body_ids),
        ))
        .returning(reports::id)
        .get_result(conn)?;
    let area_ids: Vec<i64> = here.areas.iter().map(|area| area.id).collect();
    write_parts(conn, id, new, &route, &author, &checked.answers, &area_ids)?;

    // Before it is published: it waits for them on its way to its bodies.
    photos::remote::expect(conn, id, new.photos.len(), media)?;

    let visibility = match (author.user_id, sender, &author.email) {
        (Some(_), ..) | (_, Sender::Integrator { trusted: true }, _) => publish(conn, id, author.user_id)?,
        (None, _, email) => {
            let email = email.as_deref().unwrap_or_default();
            let link = links::create(conn, Purpose::ConfirmReport, email, Some(id), &serde_json::json!({}))?;
            jobs::queries::enqueue(conn, &Job::ConfirmMail { link })?;
            Visibility::Unconfirmed
        }
    };
    Ok(ReportTaken { id, visibility, bodies: route.option.bodies })
}

/// Who reports: the account with what was typed over it, or what was typed alone. The inner error names the fields missing.
fn author(
    conn: &mut PgConnection,
    new: &NewReport,
    sender: Sender,
) -> QueryResult<Result<Author, mendmap_shared::error::FieldProblems>> {
    let typed = new.author.as_ref();
    let name = typed.and_then(|author| author.name.as_ref()).map(ToString::to_string);
    let phone = typed.and_then(|author| author.phone.as_ref()).map(ToString::to_string);
    let mut missing = mendmap_shared::error::FieldProblems::new();
    let (caller, needs_name, needs_email) = match sender {
        Sender::Resident(caller) => (caller, true, true),
        Sender::Integrator { trusted } => (None, false, !trusted),
    };
    let (email, name, phone) = match caller {
        Some(user) => {
            let (email, known_name, known_phone): (String, Option<String>, Option<String>) =
                users::table.find(user).select((users::email, users::name, users::phone)).first(conn)?;
            (Some(email), name.or(known_name), phone.or(known_phone))
        }
        None => (typed.and_then(|author| author.email.as_ref()).map(ToString::to_string), name, phone),
    };
    if needs_email && email.is_none() {
        missing.insert("author.email".into(), FieldCode::Required.into());
    }
    if needs_name && name.is_none() {
        missing.insert("author.name".into(), FieldCode::Required.into());
    }
    Ok(if missing.is_empty() { Ok(Author { user_id: caller, email, name, phone }) } else { Err(missing) })
}

fn write_parts(
    conn: &mut PgConnection,
    id: i64,
    new: &NewReport,
    route: &Route,
    author: &Author,
    answers: &questions::Answers,
    areas: &[i64],
) -> ApiResult<()> {
    diesel::insert_into(report_contacts::table)
        .values((
            report_contacts::report_id.eq(id),
            report_contacts::name.eq(&author.name),
            report_contacts::email.eq(&author.email),
            report_contacts::phone.eq(&author.phone),
            report_contacts::anonymous.eq(new.anonymous),
            report_contacts::answers.eq(serde_json::to_value(answers).map_err(ApiError::internal)?),
            report_contacts::questions.eq(serde_json::to_value(&route.option.questions).map_err(ApiError::internal)?),
        ))
        .execute(conn)?;
    let bodies: Vec<_> = route
        .targets
        .iter()
        .map(|(body, category)| {
            (
                report_bodies::report_id.eq(id),
                report_bodies::body_id.eq(body),
                report_bodies::category_id.eq(Some(category)),
            )
        })
        .collect();
    diesel::insert_into(report_bodies::table).values(bodies).execute(conn)?;
    let areas: Vec<_> =
        areas.iter().map(|area| (report_areas::report_id.eq(id), report_areas::area_id.eq(area))).collect();
    diesel::insert_into(report_areas::table).values(areas).execute(conn)?;
    let photos: Vec<_> = (0_i16..)
        .zip(&new.photos)
        .map(|(position, photo)| {
            (
                report_photos::report_id.eq(id),
                report_photos::position.eq(position),
                report_photos::photo_id.eq(photo.as_str()),
            )
        })
        .collect();
    diesel::insert_into(report_photos::table).values(photos).execute(conn)?;
    Ok(())
}

/// Publishes a report for its author, who is known now, or vouched for: everybody sees it (or author and body alone, where its
/// category is private), an author with an account follows it, and it is on its way to its bodies.
///
/// # Errors
/// `link_invalid` when it is not waiting to be published.
pub fn publish(conn: &mut PgConnection, id: i64, user: Option<i64>) -> ApiResult<Visibility> {
    let hours: Option<i32> = report_bodies::table
        .inner_join(category_rows::table.on(report_bodies::category_id.eq(category_rows::id.nullable())))
        .filter(report_bodies::report_id.eq(id))
        .select(diesel::dsl::min(category_rows::target_hours))
        .first(conn)?;
    let private: bool = reports::table.find(id).select(reports::private).first(conn)?;
    let visibility = if private { Visibility::Private } else { Visibility::Published };
    let now = Utc::now();
    let published = diesel::update(reports::table.find(id))
        .filter(reports::visibility.eq(Visibility::Unconfirmed.as_str()))
        .set((
            reports::visibility.eq(visibility.as_str()),
            reports::author_id.eq(user),
            reports::confirmed_at.eq(now),
            reports::updated_at.eq(now),
            reports::due_at.eq(hours.map(|hours| now + Duration::hours(i64::from(hours)))),
        ))
        .execute(conn)?;
    if published == 0 {
        return Err(ErrorCode::LinkInvalid.into());
    }
    if let Some(user) = user {
        remember_name(conn, id, user)?;
        alerts::queries::follow(conn, user, id)?;
    }
    delivery::queries::deliver(conn, id, None)?;
    Ok(visibility)
}

/// An account without a name takes the one its owner typed.
fn remember_name(conn: &mut PgConnection, report: i64, user: i64) -> QueryResult<()> {
    let (name, phone): (Option<String>, Option<String>) =
        report_contacts::table.find(report).select((report_contacts::name, report_contacts::phone)).first(conn)?;
    diesel::update(users::table.find(user))
        .filter(users::name.is_null())
        .set((users::name.eq(name), users::phone.eq(phone)))
        .execute(conn)
        .map(drop)
}
