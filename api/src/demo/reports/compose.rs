//! One report with everything that belongs to it, put into words.

use chrono::{DateTime, Datelike, Duration, Utc};
use mendmap_shared::questions::{Answer, Answers, Datatype, Question, blocking};
use mendmap_shared::workflow::{FixedBy, Status};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Builder;

use super::rows::{
    ContactRow, DeliveryRow, ReportAreaRow, ReportBodyRow, ReportRow, Rows, SupporterRow, UpdateRow, photo_rows,
};
use super::story::{self, Entry, Setting, Voice};
use super::words::{self, Topic};
use super::{Album, replies};
use crate::categories::rules::Route;
use crate::demo::pictures::Subject;
use crate::demo::queries::Spot;

/// What is settled about a report before it is put into words.
pub struct Outline<'a> {
    /// Its number.
    pub id: i64,
    /// Where it lies.
    pub spot: &'a Spot,
    /// What it is about.
    pub topic: &'static Topic,
    /// Its category, and where it goes.
    pub route: &'a Route,
    /// Whether residents may say that it is fixed.
    pub residents_may_fix: bool,
    /// The status it has now.
    pub status: Status,
    /// The report it repeats.
    pub duplicate_of: Option<i64>,
    /// When it was reported.
    pub created: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
}

fn pick<'t>(texts: &[&'t str], rng: &mut ChaCha8Rng) -> &'t str {
    texts.choose(rng).copied().unwrap_or_default()
}

/// Writes the report and all its parts into `rows`.
pub fn report(outline: &Outline<'_>, album: &Album, rows: &mut Rows, rng: &mut ChaCha8Rng) {
    let Outline { id, spot, topic, route, .. } = *outline;
    // Some were signed in; the others opened a mail first.
    let confirmed = match rng.random_bool(0.6) {
        true => outline.created,
        false => outline.created + Duration::seconds(rng.random_range(70..5400)),
    };
    let setting = Setting {
        last: outline.status,
        has_body: !route.targets.is_empty(),
        residents_may_fix: outline.residents_may_fix,
        confirmed,
        target_hours: route.target_hours.unwrap_or(240),
        now: outline.now,
    };
    let entries = story::tell(setting, rng);
    let updates = put_updates(outline, &entries, album, rows, rng);
    let fixed_by =
        entries.iter().rev().find(|entry| entry.status == Some(Status::Fixed)).map(|entry| match entry.voice {
            Voice::Body => FixedBy::Body,
            Voice::Author => FixedBy::Author,
            Voice::Resident => FixedBy::Resident,
        });
    let supporters = put_supporters(outline, confirmed, rows, rng);
    rows.reports.push(ReportRow {
        id,
        lon: spot.lon,
        lat: spot.lat,
        title: pick(topic.titles, rng).replace("{street}", &spot.street),
        detail: detail(topic, &spot.street, rng),
        category_code: route.option.code.clone(),
        category_name: route.option.name.clone(),
        category_group: route.group.clone(),
        status: outline.status.as_str(),
        fixed_by: fixed_by.filter(|_| outline.status == Status::Fixed).map(FixedBy::as_str),
        duplicate_of: outline.duplicate_of,
        street: spot.street.clone(),
        area: spot.label(),
        created_at: outline.created,
        confirmed_at: confirmed,
        updated_at: entries.last().map_or(confirmed, |entry| entry.at),
        due_at: route.target_hours.map(|hours| confirmed + Duration::hours(i64::from(hours))),
        supporter_count: supporters,
        update_count: updates,
    });
    let answers = answers(&route.option.questions, topic, outline.created, rng);
    rows.contacts.push(ContactRow {
        report_id: id,
        email: format!("resident-{}@example.org", rng.random_range(100..1000)),
        answers: serde_json::to_value(answers).unwrap_or_default(),
        questions: serde_json::to_value(&route.option.questions).unwrap_or_default(),
    });
    for (body_id, category_id) in route.targets.iter().copied() {
        rows.bodies.push(ReportBodyRow { report_id: id, body_id, category_id });
        rows.deliveries.push(DeliveryRow {
            id: Builder::from_random_bytes(rng.random()).into_uuid(),
            report_id: id,
            body_id,
            created_at: confirmed,
            sent_at: confirmed + Duration::seconds(rng.random_range(1..50)),
        });
    }
    rows.areas.extend(spot.areas().into_iter().map(|area_id| ReportAreaRow { report_id: id, area_id }));
    if rng.random_bool(0.6) {
        let count = if rng.random_bool(0.25) { 2 } else { 1 };
        rows.photos.extend(photo_rows(id, &album.of(topic.subject, count, rng)));
    }
}

/// Some sentences about what is wrong, and where.
pub fn detail(topic: &Topic, street: &str, rng: &mut ChaCha8Rng) -> String {
    let number = rng.random_range(2..120);
    let place = pick(words::WHERE, rng).replace("{n}", &number.to_string()).replace("{m}", &(number + 2).to_string());
    let mut sentences = vec![pick(topic.what, rng).to_owned(), place];
    if rng.random_bool(0.7) {
        sentences.push(pick(topic.matters, rng).to_owned());
    }
    if rng.random_bool(0.55) {
        sentences.push(pick(words::SINCE, rng).to_owned());
    }
    sentences.join(" ").replace("{street}", street)
}

/// Answers everything that must be answered and some of the rest, never with a choice that blocks.
pub fn answers(questions: &[Question], topic: &Topic, created: DateTime<Utc>, rng: &mut ChaCha8Rng) -> Answers {
    let mut answers = Answers::new();
    for question in questions {
        if !question.required && rng.random_bool(0.35) {
            continue;
        }
        let told = topic.answers.iter().find(|(code, _)| *code == question.code).map(|(_, answer)| *answer);
        let harmless = |key: &String| blocking(question, &Answer::One(key.clone())).is_none();
        let keys: Vec<String> =
            question.choices.iter().map(|choice| choice.key.clone()).filter(|key| harmless(key)).collect();
        let answer = match question.datatype {
            Datatype::SingleValueList => {
                let told = keys.iter().find(|key| told == Some(key.as_str()));
                told.or_else(|| keys.first()).cloned().map(Answer::One)
            }
            Datatype::MultiValueList => {
                let mut chosen = keys;
                chosen.shuffle(rng);
                chosen.truncate(rng.random_range(1..3));
                Some(Answer::Many(chosen)).filter(|answer| *answer != Answer::Many(Vec::new()))
            }
            Datatype::Number => Some(Answer::One(rng.random_range(3..15).to_string())),
            Datatype::Datetime => Some(Answer::One((created - Duration::hours(rng.random_range(2..90))).to_rfc3339())),
            Datatype::Text => Some(Answer::One(told.unwrap_or("As described above").to_owned())),
            Datatype::String => {
                Some(Answer::One(told.map_or_else(|| rng.random_range(10..400).to_string(), str::to_owned)))
            }
        };
        answers.extend(answer.map(|answer| (question.code.clone(), answer)));
    }
    answers
}

fn put_updates(outline: &Outline<'_>, entries: &[Entry], album: &Album, rows: &mut Rows, rng: &mut ChaCha8Rng) -> i32 {
    let body = outline.route.targets.first().map(|(body, _)| *body);
    let code = outline.topic.category;
    // People do not repeat themselves below one report.
    let mut said: Vec<&str> = Vec::new();
    let mut count = 0;
    let mut fixed = false;
    for (n, entry) in entries.iter().enumerate() {
        let lines: &[&str] = match (entry.voice, entry.status) {
            (Voice::Body, Some(status)) => replies::from_body(code, status),
            (Voice::Author, Some(status)) => replies::from_author(status),
            (Voice::Resident, Some(_)) => replies::RESIDENT_FIXED,
            (_, None) if fixed => replies::THANKS,
            (_, None) => replies::waiting(code),
        };
        fixed = entry.status.map_or(fixed, |status| status == Status::Fixed);
        let fresh: Vec<&str> = lines.iter().copied().filter(|line| !said.contains(line)).collect();
        if fresh.is_empty() && entry.status.is_none() {
            continue;
        }
        let line = pick(&fresh, rng);
        said.push(line);
        // What was promised is what happened, if anything has since.
        let next = entries[n + 1..].iter().find(|next| next.status.is_some()).map(|next| next.at);
        let promised = next.unwrap_or(entry.at + Duration::days(rng.random_range(5..15)));
        let text = line
            .replace("{street}", &outline.spot.street)
            .replace("{date}", &format!("{} {}", promised.day(), promised.format("%B")));
        rows.updates.push(UpdateRow {
            id: 0,
            report_id: outline.id,
            body_id: body.filter(|_| entry.voice == Voice::Body),
            by_author: entry.voice == Voice::Author,
            text: Some(text).filter(|text| !text.is_empty()),
            status: entry.status.map(Status::as_str),
            duplicate_of: outline.duplicate_of.filter(|_| entry.status == Some(Status::Duplicate)),
            created_at: entry.at,
            photos: photos_of_repair(outline, entry, album, rng),
        });
        count += 1;
    }
    count
}

fn photos_of_repair(outline: &Outline<'_>, entry: &Entry, album: &Album, rng: &mut ChaCha8Rng) -> Vec<String> {
    let repaired = entry.voice == Voice::Body && entry.status == Some(Status::Fixed);
    let subject = match outline.topic.subject {
        Subject::Pothole | Subject::CrackedRoad => Subject::Mended,
        Subject::Bags | Subject::Furniture => Subject::Cleared,
        _ => return Vec::new(),
    };
    if repaired && rng.random_bool(0.4) { album.of(subject, 1, rng) } else { Vec::new() }
}

fn put_supporters(outline: &Outline<'_>, confirmed: DateTime<Utc>, rows: &mut Rows, rng: &mut ChaCha8Rng) -> i32 {
    let count = match rng.random_range(0..10) {
        0..=4 => 0,
        5..=7 => rng.random_range(1..4),
        8 => rng.random_range(3..9),
        _ => rng.random_range(6..19),
    };
    let age = (outline.now - confirmed).num_seconds();
    for _ in 0..count {
        let device: [u8; 16] = rng.random();
        let device: String = device.iter().map(|byte| format!("{byte:02x}")).collect();
        rows.supporters.push(SupporterRow {
            report_id: outline.id,
            supporter: format!("device:{device}"),
            created_at: confirmed + Duration::seconds(rng.random_range(1..age.max(2))),
        });
    }
    count
}
