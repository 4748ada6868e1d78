//! What happened to a report: which steps, by whom, when.

use chrono::{DateTime, Datelike, Duration, NaiveTime, Timelike, Utc, Weekday};
use mendmap_shared::workflow::Status;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Who wrote an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The body it was sent to.
    Body,
    /// The person who reported it.
    Author,
    /// Somebody else.
    Resident,
}

/// One entry of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub voice: Voice,
    /// The status set, if one was.
    pub status: Option<Status>,
    /// When, to the second.
    pub at: DateTime<Utc>,
}

/// What must be known of a report to tell its story.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The status it ends in.
    pub last: Status,
    /// Whether a body has it; without one, nobody answers.
    pub has_body: bool,
    /// Whether other residents may say that it is fixed.
    pub residents_may_fix: bool,
    /// When everybody could see it.
    pub confirmed: DateTime<Utc>,
    /// The body's target time in hours.
    pub target_hours: i32,
    /// When the story stops.
    pub now: DateTime<Utc>,
}

/// Makes up a history that ends in the wanted status, by steps the workflow allows, in order of time.
pub fn tell(setting: Setting, rng: &mut ChaCha8Rng) -> Vec<Entry> {
    let steps = steps(setting, rng);
    let age = (setting.now - setting.confirmed).num_seconds();
    let target = i64::from(setting.target_hours) * 3600;
    let span = if setting.last.group() == mendmap_shared::workflow::StatusGroup::Open {
        age.min(45 * 86_400)
    } else {
        (target as f64 * rng.random_range(0.25..2.1)) as i64
    };
    let span = span.clamp(1, (age * 9 / 10).max(1));
    let mut at: Vec<i64> = steps.iter().map(|_| rng.random_range(span / 25..=span)).collect();
    at.sort_unstable();
    let mut entries: Vec<Entry> = Vec::with_capacity(steps.len());
    for (n, (voice, status)) in steps.iter().copied().enumerate() {
        let earliest = entries.last().map_or(setting.confirmed, |entry| entry.at) + Duration::seconds(60);
        let raw = (setting.confirmed + Duration::seconds(at[n])).max(earliest);
        let next = at.get(n + 1).map_or(setting.now, |next| setting.confirmed + Duration::seconds(*next));
        // Bodies answer in working hours and people sleep at night, where the story leaves room for it.
        let usual = if voice == Voice::Body { office_hours(raw) } else { waking_hours(raw) };
        let at = if usual < next { usual } else { raw };
        entries.push(Entry { voice, status, at });
    }
    entries
}

fn steps(setting: Setting, rng: &mut ChaCha8Rng) -> Vec<(Voice, Option<Status>)> {
    use Status as S;
    let mut steps: Vec<(Voice, Option<Status>)> = Vec::new();
    let by_body = |status| (Voice::Body, Some(status));
    if setting.has_body {
        let way: &[Status] = match setting.last {
            S::Open => &[],
            S::Investigating => &[S::Investigating],
            S::ActionScheduled => &[S::Investigating, S::ActionScheduled],
            S::InProgress => &[S::Investigating, S::ActionScheduled, S::InProgress],
            S::Fixed => [
                [].as_slice(),
                &[S::Investigating],
                &[S::Investigating, S::ActionScheduled],
                &[S::Investigating, S::ActionScheduled, S::InProgress],
            ]
            .choose(rng)
            .copied()
            .unwrap_or_default(),
            _ if rng.random_bool(0.4) => &[S::Investigating],
            _ => &[],
        };
        // Some were thought finished once and came back.
        if rng.random_bool(0.06) && !matches!(setting.last, S::Duplicate | S::Cancelled) {
            steps.push(by_body(S::Fixed));
            steps.push((Voice::Author, Some(S::Open)));
        }
        steps.extend(way.iter().map(|status| by_body(*status)));
    }
    let voice = match setting.last {
        S::Fixed if !setting.has_body => Voice::Author,
        S::Fixed => match rng.random_range(0..10) {
            0..=6 => Voice::Body,
            7..=8 => Voice::Author,
            _ if setting.residents_may_fix => Voice::Resident,
            _ => Voice::Body,
        },
        S::Cancelled => Voice::Author,
        _ => Voice::Body,
    };
    let finished = setting.last.group() != mendmap_shared::workflow::StatusGroup::Open;
    // People speak up while they wait: anywhere before the end.
    for _ in 0..[0, 0, 0, 1, 1, 2, 3].choose(rng).copied().unwrap_or_default() {
        let place = rng.random_range(0..=steps.len());
        let voice = if rng.random_bool(0.45) { Voice::Author } else { Voice::Resident };
        steps.insert(place, (voice, None));
    }
    if finished {
        steps.push((voice, Some(setting.last)));
        if setting.last == S::Fixed && voice == Voice::Body && rng.random_bool(0.35) {
            steps.push((Voice::Author, None));
        }
    }
    steps
}

/// The moment itself by day, otherwise the morning after.
fn waking_hours(at: DateTime<Utc>) -> DateTime<Utc> {
    if at.hour() < 6 { at + Duration::hours(6) } else { at }
}

/// The moment itself if somebody is in the office, otherwise one soon after the doors open next.
fn office_hours(at: DateTime<Utc>) -> DateTime<Utc> {
    let weekend = matches!(at.weekday(), Weekday::Sat | Weekday::Sun);
    if !weekend && (8..17).contains(&at.hour()) {
        return at;
    }
    let mut day = at.date_naive();
    if at.hour() >= 8 {
        day = day.succ_opt().unwrap_or(day);
    }
    while matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        day = day.succ_opt().unwrap_or(day);
    }
    // Minutes and seconds stay, so that not everything happens at eight sharp.
    let minutes = i64::from(at.minute()) * 3 + i64::from(at.hour());
    day.and_time(NaiveTime::MIN).and_utc()
        + Duration::hours(8)
        + Duration::minutes(minutes)
        + Duration::seconds(i64::from(at.second()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use mendmap_shared::workflow::{Actor, Step, check};
    use rand::SeedableRng;

    #[test]
    fn every_story_walks_the_workflow_in_order_of_time_and_ends_where_it_should() {
        let now = Utc.with_ymd_and_hms(2026, 6, 1, 12, 0, 0).single().expect("exists");
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for last in Status::ALL.iter().copied().filter(|last| *last != Status::Open) {
            for hours in [3, 30, 400, 8000] {
                for _ in 0..40 {
                    let confirmed = now - Duration::hours(hours);
                    let setting =
                        Setting { last, has_body: true, residents_may_fix: true, confirmed, target_hours: 120, now };
                    let mut status = Status::Open;
                    let mut before = confirmed;
                    for entry in tell(setting, &mut rng) {
                        assert!(entry.at > before && entry.at < now, "{last}: {before} {entry:?}");
                        before = entry.at;
                        let Some(to) = entry.status else { continue };
                        let actor = match entry.voice {
                            Voice::Body => Actor::Staff,
                            Voice::Author => Actor::Author,
                            Voice::Resident => Actor::Resident { may_fix: true },
                        };
                        let step = Step { from: status, to, has_text: true, names_other: to == Status::Duplicate };
                        assert_eq!(check(actor, step), Ok(()), "{status} to {to}");
                        status = to;
                    }
                    assert_eq!(status, last);
                }
            }
        }
    }

    #[test]
    fn where_nobody_is_responsible_no_body_speaks() {
        let now = Utc.with_ymd_and_hms(2026, 6, 1, 12, 0, 0).single().expect("exists");
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for last in [Status::Open, Status::Fixed, Status::Cancelled] {
            let confirmed = now - Duration::hours(900);
            let setting = Setting { last, has_body: false, residents_may_fix: true, confirmed, target_hours: 120, now };
            for _ in 0..50 {
                assert!(tell(setting, &mut rng).iter().all(|entry| entry.voice != Voice::Body));
            }
        }
    }
}
