//! What each letter to a body says.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::questions::{Answers, Question};
use mendmap_shared::workflow::{Status, Visibility};
use uuid::Uuid;

use super::Post;
use super::letter::{Block, Letter};
use super::letters::{in_words, photo_links};
use super::queries::parked_reports;
use crate::db::Stored;
use crate::photos;
use crate::reports::rules::answers_in_words;
use crate::schema::{
    bodies, categories, deliveries, report_bodies, report_contacts, reports, update_contacts, updates, users,
};

/// Reports named in the summary of what could not be handed over.
const PARKED_SHOWN: i64 = 20;

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
    visibility: Stored<Visibility>,
}

impl ReportForBody {
    /// What its photos' addresses need so that whoever gets the letter can open them.
    fn photo_query(&self, post: &Post, photo: &str) -> String {
        if self.visibility.0 == Visibility::Published { String::new() } else { post.keys.mailed_photo_query(photo) }
    }
}

/// The letter that hands a report, or an update of it, to a body.
///
/// # Errors
/// From the database.
pub fn handed_over(conn: &mut PgConnection, post: &Post, delivery: Uuid) -> anyhow::Result<Option<Letter>> {
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
            reports::visibility,
        ))
        .first(conn)?;
    let to = category_email.unwrap_or(body_email);
    let link = Block::Link("Read and answer it".into(), format!("{}/desk/reports/{report_id}", post.base_url));
    let greeting = format!("To {body_name},");
    if let Some(update_id) = update_id {
        let Some((reply_to, mut blocks)) = update(conn, post, &report, update_id)? else { return Ok(None) };
        blocks.push(link);
        let subject = format!("Update on report {}: {}", report.id, report.title);
        return Ok(Some(Letter { id: delivery, to, reply_to, subject, greeting, blocks, unsubscribe: None }));
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
    let pictures = photos::queries::of_reports(conn, &[report_id], &|photo| report.photo_query(post, photo))?;
    blocks.extend(photo_links(post, pictures));
    blocks.push(link);
    let subject = format!("Report {}: {} ({})", report.id, report.title, report.category);
    Ok(Some(Letter { id: delivery, to, reply_to: email, subject, greeting, blocks, unsubscribe: None }))
}

/// What a body is told of a resident's update, and whom its answer goes to.
fn update(
    conn: &mut PgConnection,
    post: &Post,
    report: &ReportForBody,
    update: i64,
) -> QueryResult<Option<(Option<String>, Vec<Block>)>> {
    type Row = (Option<String>, Option<Stored<Status>>, bool, Option<(Option<String>, String)>);
    let row: Option<Row> = updates::table
        .left_join(update_contacts::table)
        .filter(updates::id.eq(update))
        .filter(updates::visibility.eq("published"))
        .select((
            updates::text,
            updates::status,
            updates::by_author,
            (update_contacts::name, update_contacts::email).nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some((text, status, by_author, contact)) = row else { return Ok(None) };
    let who = if by_author { "The person who reported it" } else { "Another resident" };
    let what = match status {
        Some(Stored(Status::Open)) => "has opened it again".to_owned(),
        Some(Stored(status)) => format!("says it is {}", in_words(status)),
        None => "wrote an update".to_owned(),
    };
    let mut facts = vec![("Reference".into(), report.id.to_string()), ("Report".into(), report.title.clone())];
    let (name, email) = contact.map_or((None, None), |(name, email)| (name, Some(email)));
    facts.extend(name.map(|name| ("Name".to_owned(), name)));
    facts.extend(email.clone().map(|email| ("E-mail".to_owned(), email)));
    let mut blocks = vec![Block::Text(format!("{who} {what}.")), Block::Facts(facts)];
    blocks.extend(text.map(Block::Quote));
    let photos = photos::queries::of_updates(conn, &[update], &|photo| report.photo_query(post, photo))?;
    blocks.extend(photo_links(post, photos));
    Ok(Some((email, blocks)))
}

/// The letter that tells a member of a body's staff what could not be handed over.
///
/// # Errors
/// From the database.
pub fn parked(conn: &mut PgConnection, post: &Post, id: Uuid, body: i64, user: i64) -> QueryResult<Option<Letter>> {
    let (name, slug): (String, String) = bodies::table.find(body).select((bodies::name, bodies::slug)).first(conn)?;
    let to: String = users::table.find(user).select(users::email).first(conn)?;
    let (reports, total) = parked_reports(conn, body, PARKED_SHOWN)?;
    if reports.is_empty() {
        return Ok(None);
    }
    let shown = |(id, title): (i64, String)| (id.to_string(), title);
    Ok(Some(Letter {
        id,
        to,
        reply_to: None,
        subject: format!("{total} could not be sent to {name}"),
        greeting: "Hello,".into(),
        blocks: vec![
            Block::Text(format!(
                "we tried for four days to hand these reports, or updates of them, to {name}, and have stopped. Please see \
                 whether the address is right, and send them again.",
            )),
            Block::Facts(reports.into_iter().map(shown).collect()),
            Block::Link("See them all".into(), format!("{}/desk/{slug}?sort=parked", post.base_url)),
        ],
        unsubscribe: None,
    }))
}
