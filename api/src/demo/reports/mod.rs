//! Reports that look as if a town had used Mendmap for a year: placed on the streets that are loaded, whichever they are.

mod album;
pub(super) mod compose;
pub(super) mod places;
pub(super) mod replies;
mod rows;
mod story;
pub(super) mod words;

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use chrono::{DateTime, Duration, SubsecRound, Utc};
use diesel::prelude::*;
use mendmap_shared::workflow::{Status, StatusGroup};
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::queries;
use crate::categories::rules::Route;
pub use album::{Album, Pictures};
use compose::Outline;
use places::{Responsible, Streets};
use rows::Rows;
use words::Topic;

const SEED: u64 = 0x4d65_6e64;
/// A report this young may have no history yet.
const YOUNGEST: Duration = Duration::hours(4);

/// Writes `n` reports of the last twelve months on the streets that are loaded, with their histories, routed as the product
/// routes. Nothing is left to be mailed. The same streets, bodies and `now` give the same rows. Answers how many there are
/// of each status.
///
/// # Errors
/// When no street is loaded, or from the database.
pub fn fill_with(
    conn: &mut PgConnection,
    album: &Album,
    n: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let now = now.trunc_subsecs(0);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let streets = Streets::load(conn)?.context("no streets are loaded, so no reports can be placed")?;
    let mut responsible = Responsible::load(conn)?;
    let spots = places::spots(conn, &streets, &responsible, n, &mut rng)?;
    ensure!(spots.len() == n, "only {} of {n} reports could be placed", spots.len());
    let created = moments(n, now, &mut rng);
    let statuses = statuses(&created, now, &mut rng);
    let ids = queries::reserve(conn, "reports", n)?;

    let mut rows = Rows::default();
    // What later ones may repeat: number, place, topic, category.
    let mut earlier: Vec<(i64, usize, &'static Topic, Route)> = Vec::new();
    for (number, id) in ids.into_iter().enumerate() {
        let repeated = match statuses[number] {
            // Not one from half a year ago.
            Status::Duplicate => earlier[earlier.len().saturating_sub(20)..].choose(&mut rng).cloned(),
            _ => None,
        };
        let (mut spot, topic, route, duplicate_of) = match repeated {
            Some((other, place, topic, route)) => (spots[place].clone(), topic, route, Some(other)),
            None => {
                let spot = spots[number].clone();
                let route = choose_route(responsible.routes(&spot.areas()), &mut rng)
                    .context("nothing can be reported where a report was placed")?;
                (spot, choose_topic(&route.option.code, &mut rng), route, None)
            }
        };
        if duplicate_of.is_some() {
            // A few steps from the other, too little to reach another area but seen as two pins.
            spot.lon += 0.000_05;
            spot.lat += 0.000_03;
        }
        let status = fitting_status(statuses[number], duplicate_of.is_some(), !route.targets.is_empty());
        if duplicate_of.is_none() {
            earlier.push((id, number, topic, route.clone()));
        }
        let outline = Outline {
            id,
            spot: &spot,
            topic,
            route: &route,
            residents_may_fix: responsible.residents_may_fix(&route),
            status,
            duplicate_of,
            created: created[number],
            now,
        };
        compose::report(&outline, album, &mut rows, &mut rng);
    }
    let counts = rows.by_status();
    conn.transaction(|conn| {
        album.write(conn)?;
        rows.write(conn)
    })?;
    Ok(counts)
}

/// When the reports were made, oldest first: all through the last year, most of them lately, in waking hours.
fn moments(n: usize, now: DateTime<Utc>, rng: &mut ChaCha8Rng) -> Vec<DateTime<Utc>> {
    let mut moments: Vec<DateTime<Utc>> = (0..n)
        .map(|_| {
            let days = (364.0 * rng.random::<f64>().powi(2)) as i64;
            let day = (now - Duration::days(days)).date_naive();
            let midday = f64::midpoint(rng.random_range(7.0..22.0), rng.random_range(7.0..19.0));
            let moment = day.and_time(chrono::NaiveTime::MIN).and_utc() + Duration::seconds((midday * 3600.0) as i64);
            if moment > now - YOUNGEST { moment - Duration::days(2) } else { moment }
        })
        .collect();
    moments.sort_unstable();
    moments
}

/// What became of each: 45 % open, 40 % fixed, 15 % closed; the older, the likelier it is finished.
fn statuses(created: &[DateTime<Utc>], now: DateTime<Utc>, rng: &mut ChaCha8Rng) -> Vec<Status> {
    use Status as S;
    let n = created.len();
    let mut order: Vec<(f64, usize)> =
        (0..n).map(|number| (number as f64 / n as f64 + rng.random_range(0.0..0.35), number)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (open, closed) = ((n as f64 * 0.45).round() as usize, (n as f64 * 0.15).round() as usize);
    let mut finished: Vec<usize> = order[open.min(n)..].iter().map(|(_, number)| *number).collect();
    finished.shuffle(rng);
    let mut statuses = vec![S::Fixed; n];
    for (place, number) in finished.into_iter().take(closed).enumerate() {
        // Every one of them occurs, most often the duplicates.
        const CLOSED: [Status; 10] = [
            S::Duplicate,
            S::NoFurtherAction,
            S::NotResponsible,
            S::Duplicate,
            S::Closed,
            S::InternalReferral,
            S::Duplicate,
            S::Cancelled,
            S::NoFurtherAction,
            S::Duplicate,
        ];
        statuses[number] = CLOSED[place % CLOSED.len()];
    }
    for (_, number) in &order[..open.min(n)] {
        let fresh = now - created[*number] < Duration::days(3);
        let ways: &[Status] = if fresh {
            &[S::Open, S::Open, S::Open, S::Investigating]
        } else {
            &[
                S::Open,
                S::Open,
                S::Investigating,
                S::Investigating,
                S::ActionScheduled,
                S::ActionScheduled,
                S::InProgress,
            ]
        };
        statuses[*number] = ways.choose(rng).copied().unwrap_or(S::Open);
    }
    statuses
}

/// The wanted status, or the nearest that the report's circumstances allow.
fn fitting_status(wanted: Status, repeats: bool, has_body: bool) -> Status {
    match wanted {
        Status::Duplicate if !has_body => Status::Cancelled,
        Status::Duplicate if !repeats => Status::Closed,
        Status::Fixed | Status::Cancelled => wanted,
        _ if has_body => wanted,
        _ if wanted.group() == StatusGroup::Open => Status::Open,
        _ => Status::Cancelled,
    }
}

fn choose_route(routes: &[Route], rng: &mut ChaCha8Rng) -> Option<Route> {
    let weights = WeightedIndex::new(routes.iter().map(|route| words::weight(&route.option.code))).ok()?;
    routes.get(weights.sample(rng)).cloned()
}

/// A topic of a category, more often one there is much to say about.
pub(super) fn choose_topic(category: &str, rng: &mut ChaCha8Rng) -> &'static Topic {
    let of = |code: &str| words::TOPICS.iter().filter(|topic| topic.category == code).collect::<Vec<_>>();
    let known = of(category);
    let fitting = if known.is_empty() { of("") } else { known };
    // Weighted by how much there is to say about each.
    fitting.choose_weighted(rng, |topic| topic.titles.len()).copied().unwrap_or(&words::TOPICS[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::pictures::{self, Subject};
    use mendmap_shared::limits::{DETAIL_CHARS, TITLE_CHARS};
    use mendmap_shared::questions::check;
    use mendmap_shared::standard_categories::standard_categories;

    #[test]
    fn every_topic_has_a_category_a_picture_and_words_that_fit() {
        let subjects: Vec<Subject> = (0..pictures::COUNT).filter_map(pictures::subject).collect();
        for topic in words::TOPICS {
            assert!(
                topic.category.is_empty() || standard_categories().iter().any(|known| known.code == topic.category)
            );
            assert!(subjects.contains(&topic.subject), "{:?}", topic.subject);
            let longest = topic.titles.iter().map(|title| title.replace("{street}", &"x".repeat(60)).len()).max();
            assert!(longest.is_some_and(|longest| longest <= TITLE_CHARS));
            assert!(
                topic.what.iter().chain(topic.matters).all(|text| text.len() * 4 < DETAIL_CHARS && text.ends_with('.'))
            );
        }
    }

    #[test]
    fn answers_pass_the_product_s_own_check() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for category in standard_categories() {
            for _ in 0..40 {
                let topic = choose_topic(category.code, &mut rng);
                let answers = compose::answers(&category.questions, topic, DateTime::UNIX_EPOCH, &mut rng);
                let checked = check(&category.questions, &answers);
                assert!(checked.problems.is_empty() && checked.blocked.is_none(), "{}: {checked:?}", category.code);
            }
        }
    }

    #[test]
    fn about_half_are_open_and_every_status_occurs() {
        let now = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let created = moments(300, now, &mut rng);
        assert!(
            created.is_sorted() && created.iter().all(|at| *at <= now - YOUNGEST && *at > now - Duration::days(367))
        );
        let statuses = statuses(&created, now, &mut rng);
        let of = |group| statuses.iter().filter(|status| status.group() == group).count();
        assert_eq!((of(StatusGroup::Open), of(StatusGroup::Fixed), of(StatusGroup::Closed)), (135, 120, 45));
        assert!(Status::ALL.iter().all(|status| statuses.contains(status)));
    }
}
