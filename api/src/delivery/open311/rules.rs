//! Pure decisions: what statuses are called on the way out and mean on the way in, what a body's server is told of a report,
//! and how a report is recognised that may be there already.

use chrono::{DateTime, Duration, Utc};
use mendmap_shared::questions::{Answer, Answers};
use mendmap_shared::workflow::{Status, StatusGroup};

use uuid::Uuid;

use super::wire::{Request, RequestUpdate};

/// Characters of a report's description (GeoReport v2, POST Service Request).
const DESCRIPTION_CHARS: usize = 4_000;
/// Degrees within which two positions are the same: a metre or so.
const SAME_PLACE: f64 = 0.000_02;
/// Bytes of a description cut short that tell one report from another at the same place.
const CERTAIN: usize = 60;
/// How long before the first attempt, by the server's clock, a report may seem to have been made.
const CLOCKS_DIFFER: Duration = Duration::minutes(10);

/// The word for a status in an update that is sent.
#[must_use]
pub const fn outgoing(status: Status, extended: bool) -> &'static str {
    if !extended {
        return if matches!(status.group(), StatusGroup::Open) { "OPEN" } else { "CLOSED" };
    }
    match status {
        Status::Open => "OPEN",
        Status::Investigating => "INVESTIGATING",
        Status::ActionScheduled => "ACTION_SCHEDULED",
        Status::InProgress => "IN_PROGRESS",
        Status::Fixed => "FIXED",
        Status::Closed => "CLOSED",
        Status::NoFurtherAction => "NO_FURTHER_ACTION",
        Status::NotResponsible => "NOT_COUNCILS_RESPONSIBILITY",
        Status::Duplicate => "DUPLICATE",
        Status::InternalReferral => "INTERNAL_REFERRAL",
        Status::Cancelled => "CANCELLED",
    }
}

/// The word for a status that an update sets: one that opens a report again says so, where the server has a word for it, as
/// others say "open" with whatever they say.
#[must_use]
pub const fn changed_to(status: Status, extended: bool) -> &'static str {
    match status {
        Status::Open if extended => "REOPEN",
        _ => outgoing(status, extended),
    }
}

/// The word for the status in an update that is not about it: what the server itself says just now, as far as it does, since it
/// may have moved on, and every update must name a status. Where it has two words only for reports and more for updates, ours
/// is the word if it is of the same group.
#[must_use]
pub fn unchanged(there: Option<&str>, ours: Status, extended: bool) -> &'static str {
    let plain = there.map(|word| word.trim().to_ascii_lowercase());
    match plain.as_deref() {
        None | Some("") => outgoing(ours, extended),
        Some(word @ ("open" | "closed")) => {
            let is_open = word == "open";
            match ours.group() == StatusGroup::Open {
                same if same == is_open => outgoing(ours, extended),
                _ if is_open => "OPEN",
                _ => "CLOSED",
            }
        }
        Some(word) => match incoming(word, ours, extended) {
            Meaning::Set(status) => outgoing(status, extended),
            Meaning::Same | Meaning::Nothing | Meaning::Unknown => outgoing(ours, extended),
        },
    }
}

/// What a word of a body's server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing about the status.
    Nothing,
    /// What the report is already.
    Same,
    /// This status.
    Set(Status),
    /// Nobody knows.
    Unknown,
}

/// What a status word means for a report that stands at `now`. Case, spaces and hyphens do not matter.
///
/// Plain Open311 has two words only. `open` says nothing new of a report in the open group, and `closed` nothing of one that is
/// finished with; otherwise plain `closed` means fixed, as councils' servers use it, while a server of the extended words has
/// its own for that and means closed.
#[must_use]
pub fn incoming(word: &str, now: Status, extended: bool) -> Meaning {
    let word: String =
        word.trim().chars().map(|c| if c.is_whitespace() || c == '-' { '_' } else { c.to_ascii_lowercase() }).collect();
    let is_open = now.group() == StatusGroup::Open;
    let status = match word.as_str() {
        "" | "unchanged" => return Meaning::Nothing,
        "open" if !extended && is_open => return Meaning::Same,
        "closed" if !extended && !is_open => return Meaning::Same,
        "closed" if !extended => Status::Fixed,
        "open" | "reopen" | "reopened" | "confirmed" | "for_triage" => Status::Open,
        "investigating" => Status::Investigating,
        "action_scheduled" | "planned" => Status::ActionScheduled,
        "in_progress" => Status::InProgress,
        "fixed" | "fixed___council" => Status::Fixed,
        "closed" => Status::Closed,
        "no_further_action" | "unable_to_fix" => Status::NoFurtherAction,
        "not_councils_responsibility" | "not_responsible" => Status::NotResponsible,
        // Ours must name the other report, and no server says which it is.
        "duplicate" if now == Status::Duplicate => return Meaning::Same,
        "duplicate" => Status::Closed,
        "internal_referral" => Status::InternalReferral,
        "cancelled" | "canceled" => Status::Cancelled,
        _ => return Meaning::Unknown,
    };
    if status == now { Meaning::Same } else { Meaning::Set(status) }
}

/// What an update that came is to do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The words to publish.
    pub text: Option<String>,
    /// The status to set.
    pub status: Option<Status>,
    /// The moment from which older ones no longer change the status; none where this one does not speak of it.
    pub status_at: Option<DateTime<Utc>>,
    /// What staff should know of it.
    pub note: Option<String>,
}

impl Effect {
    /// Whether there is something to write.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.text.is_none() && self.status.is_none()
    }
}

/// Where a report stands here.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Since when, by whoever said so: here, or at the server.
    pub since: DateTime<Utc>,
}

/// Decides what an update does. One that is older than the status the report has only adds its words.
#[must_use]
pub fn effect(
    update: &RequestUpdate,
    standing: Standing,
    extended: bool,
    text_chars: usize,
    now: DateTime<Utc>,
) -> Effect {
    // A clock that runs ahead must not make every later word seem old.
    let at = update.updated.unwrap_or(now).min(now);
    let text = update.description.as_deref().map(|text| shortened(text, text_chars)).filter(|text| !text.is_empty());
    let word = update.status.as_deref().unwrap_or_default();
    let (status, status_at, note) = match incoming(word, standing.status, extended) {
        Meaning::Unknown => (None, None, Some(format!("the status word {:?} is not known", shortened(word, 60)))),
        Meaning::Set(_) if at < standing.since => (None, None, Some("older than the status the report has".to_owned())),
        Meaning::Set(status) => (Some(status), Some(at), None),
        Meaning::Same => (None, Some(at).filter(|at| *at > standing.since), None),
        Meaning::Nothing => (None, None, None),
    };
    Effect { text, status, status_at, note }
}

/// The words of a report for a body's server: title, details and where it can be read, in the characters the standard allows.
#[must_use]
pub fn description(title: &str, detail: &str, link: &str) -> String {
    let room = DESCRIPTION_CHARS.saturating_sub(title.chars().count() + link.chars().count() + 4);
    format!("{title}\n\n{}\n\n{link}", shortened(detail, room))
}

/// A text of at most so many characters.
#[must_use]
pub fn shortened(text: &str, chars: usize) -> String {
    let text = text.trim().replace('\0', "");
    if text.chars().count() <= chars {
        return text;
    }
    text.chars().take(chars.saturating_sub(1)).chain(['…']).collect()
}

/// First and last name, as Open311 wants them apart.
#[must_use]
pub fn names(name: &str) -> (String, String) {
    let name = name.trim();
    let (first, last) = name.rsplit_once(' ').unwrap_or((name, "-"));
    (first.trim().to_owned(), last.to_owned())
}

/// Form fields of the answers to a service's own questions.
#[must_use]
pub fn answer_fields(answers: &Answers, codes: &[String]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (code, answer) in answers.iter().filter(|(code, _)| codes.contains(code)) {
        match answer {
            Answer::One(value) => fields.push((format!("attribute[{code}]"), value.clone())),
            Answer::Many(values) => {
                fields.extend(values.iter().map(|value| (format!("attribute[{code}][]"), value.clone())));
            }
        }
    }
    fields
}

/// What a report says of itself, to find it at the server.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its description as it is sent.
    pub description: String,
    /// Its address here, which no other report has.
    pub link: String,
    /// Degrees north and east.
    pub place: (f64, f64),
}

/// The window in which a report that may have arrived must have been made.
#[must_use]
pub fn lookup_window(tried: DateTime<Utc>, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (tried - CLOCKS_DIFFER, now + CLOCKS_DIFFER)
}

/// The number of a report among those a server has: by its address here, which its description ends with; or, where a server
/// changes descriptions, by its own place and the beginning of its words.
#[must_use]
pub fn find(sent: &Sent, requests: &[Request]) -> Option<String> {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ours = squeezed(&sent.description);
    let without_link = squeezed(sent.description.trim_end_matches(sent.link.as_str()));
    let has_link = |request: &&Request| request.description.as_deref().is_some_and(|text| names_link(text, &sent.link));
    let is_same = |request: &&Request| {
        let near =
            |(lat, lon): (f64, f64)| (lat - sent.place.0).abs() < SAME_PLACE && (lon - sent.place.1).abs() < SAME_PLACE;
        let words = request.description.as_deref().map(squeezed).unwrap_or_default();
        let begins_so = words.len() >= CERTAIN && ours.starts_with(words.trim_end_matches(['…', '.']));
        request.place.is_some_and(near) && (begins_so || words == without_link)
    };
    let found = requests.iter().find(has_link).or_else(|| requests.iter().find(is_same));
    found.map(|request| request.id.clone())
}

/// Whether the text has this very address in it, and not one that only begins like it.
fn names_link(text: &str, link: &str) -> bool {
    text.match_indices(link).any(|(at, _)| !text[at + link.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

/// What an old-style server's report says now that it did not say before, as an update.
#[must_use]
pub fn as_update(
    request: &Request,
    before: Option<Uuid>,
    notes_before: Option<Uuid>,
    now: DateTime<Utc>,
) -> Option<RequestUpdate> {
    let (all, notes) = said_by(request);
    (before != Some(all)).then(|| RequestUpdate {
        id: format!("request {}", now.timestamp_micros()),
        request_id: request.id.clone(),
        status: request.status.clone(),
        description: request.notes.clone().filter(|_| notes_before != Some(notes)),
        updated: request.updated,
        // Reports are often dated by their making; what is new is new now.
        zoned: false,
        media: Vec::new(),
    })
}

/// The numbers of what an old-style server's report says: in all, and of its notes alone.
#[must_use]
pub fn said_by(request: &Request) -> (Uuid, Uuid) {
    let notes = request.notes.as_deref().unwrap_or_default();
    let all = format!("{}\n{notes}", request.status.as_deref().unwrap_or_default());
    let number = |text: &str| Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
    (number(&all), number(notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(status: &str, text: &str, at: &str) -> RequestUpdate {
        RequestUpdate {
            id: "1".into(),
            request_id: "r".into(),
            status: Some(status.into()),
            description: Some(text.into()).filter(|text: &String| !text.is_empty()),
            updated: super::super::moments::moment(at),
            zoned: true,
            media: Vec::new(),
        }
    }

    #[test]
    fn every_status_comes_back_as_it_went_where_both_speak_the_extended_words() {
        for status in Status::ALL.iter().copied().filter(|status| *status != Status::Duplicate) {
            let other = if status == Status::Open { Status::Fixed } else { Status::Open };
            assert_eq!(incoming(outgoing(status, true), other, true), Meaning::Set(status));
            assert_eq!(incoming(outgoing(status, true), status, true), Meaning::Same);
        }
        assert_eq!(incoming("DUPLICATE", Status::Open, true), Meaning::Set(Status::Closed));
    }

    #[test]
    fn an_update_that_is_not_about_the_status_says_what_the_server_says() {
        use Status as S;
        let cases = [
            (None, S::InProgress, true, "IN_PROGRESS"),
            (Some("open"), S::InProgress, true, "IN_PROGRESS"),
            (Some("closed"), S::Open, true, "CLOSED"),
            (Some("closed"), S::Open, false, "CLOSED"),
            (Some("closed"), S::Fixed, true, "FIXED"),
            (Some("Open"), S::Fixed, true, "OPEN"),
            (Some("no_further_action"), S::Open, true, "NO_FURTHER_ACTION"),
            (Some("no_further_action"), S::Open, false, "CLOSED"),
            (Some("on the moon"), S::Fixed, true, "FIXED"),
        ];
        for (there, ours, extended, word) in cases {
            assert_eq!(unchanged(there, ours, extended), word, "{there:?} {ours:?}");
        }
    }

    #[test]
    fn plain_words_move_a_report_between_open_and_finished_only() {
        for status in Status::ALL.iter().copied() {
            let word = outgoing(status, false);
            assert_eq!(incoming(word, status, false), Meaning::Same, "{status:?}");
        }
        assert_eq!(incoming("closed", Status::Investigating, false), Meaning::Set(Status::Fixed));
        assert_eq!(incoming("closed", Status::Investigating, true), Meaning::Set(Status::Closed));
        assert_eq!(incoming("Open", Status::NoFurtherAction, false), Meaning::Set(Status::Open));
        assert_eq!(incoming("Not Councils-Responsibility", Status::Open, false), Meaning::Set(Status::NotResponsible));
        assert_eq!(incoming("for_triage", Status::Closed, true), Meaning::Set(Status::Open));
        assert_eq!(incoming("lost in the post", Status::Open, true), Meaning::Unknown);
    }

    #[test]
    fn an_older_update_never_moves_a_status_backwards() {
        let now = Utc::now();
        let standing = Standing {
            status: Status::Fixed,
            since: super::super::moments::moment("2026-03-01T10:00:00Z").expect("a moment"),
        };
        let old = effect(&update("in_progress", "We are at it", "2026-03-01T09:59:59Z"), standing, true, 100, now);
        assert_eq!((old.status, old.text.as_deref()), (None, Some("We are at it")));
        assert!(old.note.is_some());
        let new = effect(&update("in_progress", "", "2026-03-01T10:00:01Z"), standing, true, 100, now);
        assert_eq!((new.status, new.text), (Some(Status::InProgress), None));
        let ahead = effect(&update("open", "", "2999-01-01T00:00:00Z"), standing, true, 100, now);
        assert_eq!(ahead.status_at, Some(now), "a clock that runs ahead blocks nothing later");
    }

    #[test]
    fn the_same_status_with_words_is_a_comment_and_without_is_nothing() {
        let now = Utc::now();
        let standing = Standing { status: Status::Open, since: now - Duration::days(1) };
        let same = effect(&update("open", "Seen", "2099-01-01T00:00:00Z"), standing, true, 3, now);
        assert_eq!((same.status, same.text.as_deref()), (None, Some("Se…")));
        assert!(effect(&update("open", "", ""), standing, true, 100, now).is_nothing());
        let strange = effect(&update("lost", "Where?", ""), standing, true, 100, now);
        assert_eq!((strange.status, strange.note.is_some()), (None, true));
    }

    #[test]
    fn a_report_is_recognised_by_its_address_and_not_by_one_that_begins_like_it() {
        let sent = Sent {
            description: description("Hole", "A deep one", "https://m.example/reports/12"),
            link: "https://m.example/reports/12".into(),
            place: (51.5, -3.0),
        };
        let request = |id: &str, text: &str, place| Request {
            id: id.into(),
            status: None,
            notes: None,
            description: Some(text.into()),
            updated: None,
            place,
        };
        let other = request("a", "Hole\n\nA deep one\n\nhttps://m.example/reports/123", Some((51.6, -3.0)));
        let ours = request("b", &sent.description, None);
        assert_eq!(find(&sent, &[other.clone(), ours]), Some("b".into()));
        assert_eq!(find(&sent, &[other]), None);
        let stripped = request("c", "Hole A deep one", Some((51.500_01, -3.0)));
        assert_eq!(find(&sent, &[stripped]), Some("c".into()));
    }

    #[test]
    fn a_description_keeps_its_address_however_long_the_report_is() {
        let text = description("Title", &"x".repeat(9000), "https://m.example/reports/1");
        assert_eq!(text.chars().count(), DESCRIPTION_CHARS);
        assert!(text.ends_with("https://m.example/reports/1"));
    }
}
