//! One report after the other, in the order of time, with the parts the product would have given it.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Datelike as _, Duration, Utc};
use mendmap_shared::workflow::{FixedBy, Status, StatusGroup, Visibility};
use postgis_diesel::types::Point;
use rand::Rng;
use rand::seq::{IndexedRandom, IteratorRandom as _};
use rand_chacha::ChaCha8Rng;

use super::ground::{Choice, Ground, Spot};
use super::pattern::{self, Ending, Pattern};
use super::rows::{AreaRow, Batch, BodyRow, ContactRow, PhotoRow, ReportRow, SupporterRow, UpdateRow};
use crate::demo::pictures::Subject;
use crate::demo::reports::words::Topic;
use crate::demo::reports::{choose_topic, compose, replies};

/// Longitude and latitude, as every geometry in the database has them.
const SRID: u32 = 4326;
/// How many earlier reports a duplicate may repeat.
const RECENT: usize = 64;
/// How long somebody may take to open the mail that publishes their report.
const UNCONFIRMED: Duration = Duration::days(7);

/// Photos that are stored, by what they show.
pub type Photos = BTreeMap<Subject, Vec<String>>;

/// What a report needs to be repeated.
#[derive(Debug, Clone, Copy)]
struct Earlier<'g> {
    id: i64,
    spot: &'g Spot,
    choice: &'g Choice,
    topic: &'static Topic,
}

/// Writes reports. The same beginning gives the same rows.
#[derive(Debug)]
pub struct Composer<'g> {
    /// Where.
    pub ground: &'g Ground,
    /// How often and how long.
    pub pattern: &'g Pattern,
    /// What photos there are.
    pub photos: &'g Photos,
    /// Nothing happens later.
    pub now: DateTime<Utc>,
    next_report: i64,
    next_update: i64,
    recent: VecDeque<Earlier<'g>>,
}

/// What happened to a report after it was made.
struct Fate {
    visibility: Visibility,
    confirmed: Option<DateTime<Utc>>,
    status: Status,
    fixed_by: Option<FixedBy>,
    /// When the status was set; `None` for the first one.
    at: Option<DateTime<Utc>>,
}

impl Fate {
    /// Whether it was a body that set the status.
    fn is_by_body(&self) -> bool {
        match self.fixed_by {
            Some(by) => by == FixedBy::Body,
            None => self.status != Status::Cancelled,
        }
    }
}

impl<'g> Composer<'g> {
    /// A beginning: the numbers of the first report and the first update.
    pub const fn new(
        ground: &'g Ground,
        pattern: &'g Pattern,
        photos: &'g Photos,
        now: DateTime<Utc>,
        (next_report, next_update): (i64, i64),
    ) -> Self {
        Self { ground, pattern, photos, now, next_report, next_update, recent: VecDeque::new() }
    }

    /// The numbers the next report and the next update will have.
    pub const fn next_numbers(&self) -> (i64, i64) {
        (self.next_report, self.next_update)
    }

    /// Adds a report made at this moment.
    pub fn report(&mut self, created: DateTime<Utc>, batch: &mut Batch<'g>, rng: &mut ChaCha8Rng) {
        let id = self.next_report;
        self.next_report += 1;
        let mut spot = self.ground.spot(rng);
        let mut choice = self.ground.choice(spot, rng);
        let mut fate = self.fate(created, choice, rng);
        let mut topic = None;
        let mut duplicate_of = None;
        if fate.status == Status::Duplicate {
            match self.recent.iter().choose(rng) {
                Some(earlier) if !earlier.choice.route.targets.is_empty() => {
                    (spot, choice, topic) = (earlier.spot, earlier.choice, Some(earlier.topic));
                    duplicate_of = Some(earlier.id);
                }
                _ => fate.status = Status::Closed,
            }
        }
        let topic = topic.unwrap_or_else(|| choose_topic(&choice.route.option.code, rng));
        let supporters = match fate.visibility {
            Visibility::Published | Visibility::Hidden => pattern::supporters(rng),
            Visibility::Unconfirmed | Visibility::Private => 0,
        };
        let (lon, lat) = self.ground.point(spot, rng);
        let route = &choice.route;
        batch.reports.push(ReportRow {
            id,
            location: Point { x: lon, y: lat, srid: Some(SRID) },
            title: topic.titles.choose(rng).copied().unwrap_or_default().replace("{street}", &spot.street),
            detail: compose::detail(topic, &spot.street, rng),
            category_code: &route.option.code,
            category_name: &route.option.name,
            category_group: &route.group,
            status: fate.status.as_str(),
            visibility: fate.visibility.as_str(),
            fixed_by: fate.fixed_by.map(FixedBy::as_str),
            duplicate_of,
            street: &spot.street,
            area: spot.label.as_deref(),
            created_at: created,
            confirmed_at: fate.confirmed,
            updated_at: fate.at.or(fate.confirmed).unwrap_or(created),
            due_at: fate.confirmed.zip(route.target_hours).map(|(at, hours)| at + Duration::hours(i64::from(hours))),
            private: fate.visibility == Visibility::Private,
            supporter_count: i32::try_from(supporters).unwrap_or(0),
            update_count: i32::from(fate.at.is_some()),
            body_ids: &choice.body_ids,
            answered_at: fate.at.filter(|_| !choice.route.targets.is_empty() && fate.is_by_body()),
            fixed_at: fate.at.filter(|_| fate.status.group() == StatusGroup::Fixed),
            closed_at: fate.at.filter(|_| fate.status.group() == StatusGroup::Closed),
        });
        let answers = compose::answers(&route.option.questions, topic, created, rng);
        batch.contacts.push(ContactRow {
            report_id: id,
            email: format!("resident-{}@example.org", rng.random_range(100..100_000)),
            anonymous: true,
            answers: serde_json::to_value(answers).unwrap_or_default(),
            questions: &choice.questions,
        });
        let targets = route.targets.iter().copied();
        batch.bodies.extend(targets.map(|(body_id, category_id)| BodyRow { report_id: id, body_id, category_id }));
        batch.areas.extend(spot.areas.iter().map(|area_id| AreaRow { report_id: id, area_id: *area_id }));
        self.photograph(id, topic, batch, rng);
        self.support(id, supporters, fate.confirmed.unwrap_or(created), batch, rng);
        if let Some(at) = fate.at {
            self.update(id, (spot, choice), &fate, (at, duplicate_of), batch, rng);
        }
        if duplicate_of.is_none() && fate.visibility == Visibility::Published {
            if self.recent.len() == RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(Earlier { id, spot, choice, topic });
        }
    }

    fn fate(&self, created: DateTime<Utc>, choice: &Choice, rng: &mut ChaCha8Rng) -> Fate {
        use Status as S;
        // Some were signed in; the others opened a mail first, or have not yet.
        let confirmed = match rng.random_bool(0.6) {
            true => created,
            false => created + Duration::seconds(rng.random_range(70..5400)),
        };
        let visibility = match rng.random_range(0..1000) {
            0..=60 if created > self.now - UNCONFIRMED => Visibility::Unconfirmed,
            990..=994 => Visibility::Hidden,
            // Made when its category was a private one.
            995..=999 => Visibility::Private,
            _ => Visibility::Published,
        };
        if visibility == Visibility::Unconfirmed {
            return Fate { visibility, confirmed: None, status: S::Open, fixed_by: None, at: None };
        }
        let has_body = !choice.route.targets.is_empty();
        let ending = self.pattern.ending(&choice.route.option.code, rng);
        let ended = ending.and_then(|Ending { seconds, status }| {
            let at = confirmed + Duration::seconds(i64::from(seconds.max(60)));
            (at < self.now).then_some((status, at))
        });
        let (status, at) = match ended {
            // Without a body only the author is there to say anything.
            Some((S::Fixed, at)) => (S::Fixed, Some(at)),
            Some((_, at)) if !has_body => (S::Cancelled, Some(at)),
            Some((status, at)) => (status, Some(at)),
            None if !has_body => (S::Open, None),
            None => {
                const WAYS: [Status; 6] =
                    [S::Open, S::Open, S::Open, S::Investigating, S::ActionScheduled, S::InProgress];
                let status = WAYS.choose(rng).copied().unwrap_or(S::Open);
                let age = (self.now - confirmed).num_seconds().min(45 * 86_400);
                let at = confirmed + Duration::seconds(rng.random_range(60..age.max(61)));
                (status, (status != S::Open).then_some(at))
            }
        };
        let fixed_by = (status == S::Fixed).then(|| match rng.random_range(0..20) {
            _ if !has_body => FixedBy::Author,
            0..=2 => FixedBy::Author,
            3..=4 if choice.residents_may_fix => FixedBy::Resident,
            _ => FixedBy::Body,
        });
        Fate { visibility, confirmed: Some(confirmed), status, fixed_by, at }
    }

    fn photograph(&self, id: i64, topic: &Topic, batch: &mut Batch<'g>, rng: &mut ChaCha8Rng) {
        let Some(fitting) = self.photos.get(&topic.subject) else { return };
        if rng.random_bool(0.2) {
            let count = if rng.random_bool(0.2) { 2 } else { 1 };
            let chosen = fitting.choose_multiple(rng, count);
            batch.photos.extend((0_i16..).zip(chosen).map(|(position, photo)| PhotoRow {
                report_id: id,
                position,
                photo_id: photo,
            }));
        }
    }

    fn support(&self, id: i64, count: usize, since: DateTime<Utc>, batch: &mut Batch<'g>, rng: &mut ChaCha8Rng) {
        let age = (self.now - since).num_seconds().max(2);
        batch.supporters.extend((0..count).map(|_| SupporterRow {
            report_id: id,
            supporter: format!("device:{:032x}", rng.random::<u128>()),
            created_at: since + Duration::seconds(rng.random_range(1..age)),
        }));
    }

    fn update(
        &mut self,
        id: i64,
        (spot, choice): (&Spot, &Choice),
        fate: &Fate,
        (at, duplicate_of): (DateTime<Utc>, Option<i64>),
        batch: &mut Batch<'g>,
        rng: &mut ChaCha8Rng,
    ) {
        let by_body = fate.is_by_body();
        let by_author = !by_body && fate.fixed_by != Some(FixedBy::Resident);
        let lines = if by_body {
            replies::from_body(&choice.route.option.code, fate.status)
        } else if by_author {
            replies::from_author(fate.status)
        } else {
            replies::RESIDENT_FIXED
        };
        let promised = at + Duration::days(rng.random_range(5..15));
        let line = lines.choose(rng).copied().unwrap_or_default();
        let text = line
            .replace("{street}", &spot.street)
            .replace("{date}", &format!("{} {}", promised.day(), promised.format("%B")));
        batch.updates.push(UpdateRow {
            id: self.next_update,
            report_id: id,
            body_id: choice.route.targets.first().map(|(body, _)| *body).filter(|_| by_body),
            by_author,
            text,
            status: fate.status.as_str(),
            duplicate_of,
            visibility: "published",
            created_at: at,
        });
        self.next_update += 1;
    }
}
