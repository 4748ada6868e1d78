//! What each letter says.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::questions::{Answers, Question};
use mendmap_shared::workflow::Status;
use uuid::Uuid;

use super::Post;
use super::letter::{Block, Letter, Unsubscribe};
use crate::auth::links::Purpose;
use crate::db::Stored;
use crate::photos;
use crate::reports::rules::answers_in_words;
use crate::schema::{
    alerts, bodies, categories, deliveries, link_tokens, report_bodies, report_contacts, reports, updates, users,
};

/// Status as people say it in a mail.
const fn in_words(status: Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Investigating => "being investigated",
        Status::ActionScheduled => "scheduled for action",
        Status::InProgress => "in progress",
        Status::Fixed => "fixed",
        Status::Closed => "closed",
        Status::NoFurtherAction => "closed: no further action",
        Status::NotResponsible => "closed: not this organisation's responsibility",
        Status::Duplicate => "closed: reported before",
        Status::InternalReferral => "passed to another team",
        Status::Cancelled => "withdrawn",
    }
}

struct LinkRow {
    purpose: String,
    email: String,
    subject_id: Option<i64>,
}

fn unopened_link(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<LinkRow>> {
    let row: Option<(String, String, Option<i64>)> = link_tokens::table
        .find(id)
        .filter(link_tokens::used_at.is_null())
        .filter(link_tokens::expires_at.gt(diesel::dsl::now))
        .select((link_tokens::purpose, link_tokens::email, link_tokens::subject_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(purpose, email, subject_id)| LinkRow { purpose, email, subject_id }))
}

/// The letter with a sign-in link.
///
/// # Errors
/// From the database.
pub fn sign_in(conn: &mut PgConnection, post: &Post, id: Uuid) -> QueryResult<Option<Letter>> {
    let Some(link) = unopened_link(conn, id)? else { return Ok(None) };
    // The token stands behind a #, so that it reaches no server's log.
    let url = format!("{}/sign-in#{}", post.base_url, post.keys.link_token(Purpose::SignIn.as_str(), id));
    Ok(Some(Letter {
        id,
        to: link.email,
        reply_to: None,
        subject: format!("Sign in to {}", post.brand),
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text("somebody, probably you, asked to sign in with this address.".into()),
            Block::Link("Sign in".into(), url),
            Block::Text(
                "The link works once and for one day. If you did not ask for it, you need not do anything.".into(),
            ),
        ],
        unsubscribe: None,
    }))
}

/// The letter with a link that confirms a report, an update or a subscription.
///
/// # Errors
/// From the database.
pub fn confirm(conn: &mut PgConnection, post: &Post, id: Uuid) -> QueryResult<Option<Letter>> {
    let Some(link) = unopened_link(conn, id)? else { return Ok(None) };
    let report: Option<i64> = match (link.subject_id, &*link.purpose) {
        (Some(update), "confirm_update") => {
            updates::table.find(update).select(updates::report_id).first(conn).optional()?
        }
        (subject, _) => subject,
    };
    let Some(report) = report else { return Ok(None) };
    let Some(title) = reports::table.find(report).select(reports::title).first::<String>(conn).optional()? else {
        return Ok(None);
    };
    let (subject, what, label) = match &*link.purpose {
        "confirm_report" => (
            format!("Confirm your report: {title}"),
            "please confirm your report, so that it can be published and sent to the people who can mend it.",
            "Confirm my report",
        ),
        "confirm_update" => (
            format!("Confirm your update: {title}"),
            "please confirm your update, so that it can be published.",
            "Confirm my update",
        ),
        _ => (
            format!("Confirm that you want to follow: {title}"),
            "please confirm that you want a mail whenever this report changes.",
            "Follow this report",
        ),
    };
    let url = format!("{}/confirm#{}", post.base_url, post.keys.link_token(&link.purpose, id));
    Ok(Some(Letter {
        id,
        to: link.email,
        reply_to: None,
        subject,
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text(what.into()),
            Block::Quote(title),
            Block::Link(label.into(), url),
            Block::Text("The link works for 30 days. If this was not you, you need not do anything.".into()),
        ],
        unsubscribe: None,
    }))
}

#[derive(Queryable)]
struct ReportForBody {
    id: i64,
    title: String,
    detail: String,
    category: String,
    street: Option<String>,
    area: Option<String>,
    location: postgis_diesel::types::Point,
    created_at: DateTime<Utc>,
}

/// The letter that hands a report, or an update of it, to a body.
///
/// # Errors
/// From the database.
pub fn to_body(conn: &mut PgConnection, post: &Post, delivery: Uuid) -> anyhow::Result<Option<Letter>> {
    type Row = (i64, Option<i64>, i64, String, String, Option<String>);
    let row: Option<Row> =
        deliveries::table
            .inner_join(bodies::table)
            .inner_join(report_bodies::table.on(
                report_bodies::report_id.eq(deliveries::report_id).and(report_bodies::body_id.eq(deliveries::body_id)),
            ))
            .left_join(categories::table.on(report_bodies::category_id.eq(categories::id.nullable())))
            .inner_join(reports::table.on(reports::id.eq(deliveries::report_id)))
            .filter(deliveries::id.eq(delivery))
            .filter(deliveries::state.ne("sent"))
            .filter(reports::visibility.eq_any(["published", "private"]))
            .select((
                deliveries::report_id,
                deliveries::update_id,
                deliveries::body_id,
                bodies::name,
                bodies::email,
                categories::email.nullable(),
            ))
            .first(conn)
            .optional()?;
    let Some((report_id, update_id, _, body_name, body_email, category_email)) = row else { return Ok(None) };
    let report: ReportForBody = reports::table
        .find(report_id)
        .select((
            reports::id,
            reports::title,
            reports::detail,
            reports::category_name,
            reports::street,
            reports::area,
            reports::location,
            reports::created_at,
        ))
        .first(conn)?;
    let to = category_email.unwrap_or(body_email);
    let link = Block::Link("Read and answer it".into(), format!("{}/desk/reports/{report_id}", post.base_url));
    let greeting = format!("To {body_name},");
    if let Some(update_id) = update_id {
        return update_to_body(conn, &report, update_id).map(|blocks| {
            blocks.map(|mut blocks| {
                blocks.push(link);
                let subject = format!("Update on report {}: {}", report.id, report.title);
                Letter { id: delivery, to, reply_to: None, subject, greeting, blocks, unsubscribe: None }
            })
        });
    }
    type Contact = (Option<String>, Option<String>, Option<String>, bool, serde_json::Value, serde_json::Value);
    let (name, email, phone, anonymous, answers, questions): Contact = report_contacts::table
        .find(report_id)
        .select((
            report_contacts::name,
            report_contacts::email,
            report_contacts::phone,
            report_contacts::anonymous,
            report_contacts::answers,
            report_contacts::questions,
        ))
        .first(conn)?;
    let answers: Answers = serde_json::from_value(answers)?;
    let questions: Vec<Question> = serde_json::from_value(questions)?;
    let mut facts = vec![
        ("Reference".to_owned(), report.id.to_string()),
        ("Category".to_owned(), report.category.clone()),
        (
            "Place".to_owned(),
            [report.street.clone(), report.area.clone()].into_iter().flatten().collect::<Vec<_>>().join(", "),
        ),
        ("Latitude, longitude".to_owned(), format!("{:.6}, {:.6}", report.location.y, report.location.x)),
        ("Reported".to_owned(), report.created_at.format("%-d %B %Y, %H:%M UTC").to_string()),
        ("Name".to_owned(), name.unwrap_or_else(|| "not given".into())),
        ("E-mail".to_owned(), email.clone().unwrap_or_else(|| "not given".into())),
        ("Telephone".to_owned(), phone.unwrap_or_else(|| "not given".into())),
    ];
    if anonymous {
        facts.push(("Name in public".to_owned(), "hidden at the resident's wish".to_owned()));
    }
    facts.extend(answers_in_words(&questions, &answers).into_iter().map(|shown| (shown.question, shown.answer)));
    facts.retain(|(_, value)| !value.is_empty());
    let mut blocks = vec![
        Block::Text("a resident has reported a problem in your area.".into()),
        Block::Text(report.title.clone()),
        Block::Quote(report.detail.clone()),
        Block::Facts(facts),
    ];
    let pictures = photos::queries::of_reports(conn, &[report_id], &|_| String::new())?;
    let pictures = pictures.into_values().flatten().enumerate();
    blocks.extend(
        pictures.map(|(n, photo)| Block::Link(format!("Photo {}", n + 1), format!("{}{}", post.base_url, photo.full))),
    );
    blocks.push(link);
    let subject = format!("Report {}: {} ({})", report.id, report.title, report.category);
    Ok(Some(Letter { id: delivery, to, reply_to: email, subject, greeting, blocks, unsubscribe: None }))
}

fn update_to_body(conn: &mut PgConnection, report: &ReportForBody, update: i64) -> anyhow::Result<Option<Vec<Block>>> {
    let row: Option<(Option<String>, Option<Stored<Status>>, bool)> = updates::table
        .find(update)
        .filter(updates::visibility.eq("published"))
        .select((updates::text, updates::status, updates::by_author))
        .first(conn)
        .optional()?;
    Ok(row.map(|(text, status, by_author)| {
        let who = if by_author { "The person who reported it" } else { "Another resident" };
        let what = match status {
            Some(Stored(Status::Open)) => "has opened it again".to_owned(),
            Some(Stored(status)) => format!("says it is {}", in_words(status)),
            None => "wrote an update".to_owned(),
        };
        let mut blocks = vec![
            Block::Text(format!("{who} {what}.")),
            Block::Facts(vec![("Reference".into(), report.id.to_string()), ("Report".into(), report.title.clone())]),
        ];
        blocks.extend(text.map(Block::Quote));
        blocks
    }))
}

/// The letter that tells one follower about one update.
///
/// # Errors
/// From the database.
pub fn alert(conn: &mut PgConnection, post: &Post, alert: Uuid, update: i64) -> QueryResult<Option<Letter>> {
    type Row = (String, i64, String, Option<String>, Option<Stored<Status>>, bool, Option<String>);
    let row: Option<Row> = alerts::table
        .inner_join(users::table)
        .inner_join(reports::table)
        .inner_join(updates::table.on(updates::report_id.eq(alerts::report_id)))
        .left_join(bodies::table.on(updates::body_id.eq(bodies::id.nullable())))
        .filter(alerts::id.eq(alert))
        .filter(updates::id.eq(update))
        .filter(updates::visibility.eq("published"))
        .filter(reports::visibility.eq_any(["published", "private"]))
        .select((
            users::email,
            reports::id,
            reports::title,
            updates::text,
            updates::status,
            updates::by_author,
            bodies::name.nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((to, report_id, title, text, status, by_author, body)) = row else { return Ok(None) };
    let who = body.unwrap_or_else(|| if by_author { "The person who reported it".into() } else { "A resident".into() });
    let mut blocks = vec![Block::Text(match status {
        Some(Stored(status)) => format!("{who} changed “{title}”: it is now {}.", in_words(status)),
        None => format!("{who} wrote an update on “{title}”."),
    })];
    blocks.extend(text.map(Block::Quote));
    blocks.push(Block::Link("See the report".into(), format!("{}/reports/{report_id}", post.base_url)));
    let token = post.keys.link_token("unsubscribe", alert);
    Ok(Some(Letter {
        // The job's own key, so that a second attempt is the same mail.
        id: Uuid::new_v5(&alert, &update.to_be_bytes()),
        to,
        reply_to: None,
        subject: match status {
            Some(Stored(status)) => format!("Now {}: {title}", in_words(status)),
            None => format!("Update: {title}"),
        },
        greeting: "Hello,".into(),
        blocks,
        unsubscribe: Some(Unsubscribe {
            page: format!("{}/unsubscribe#{token}", post.base_url),
            one_click: format!("{}/api/v1/unsubscribe?token={token}", post.base_url),
        }),
    }))
}
