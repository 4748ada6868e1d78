//! What is typical of a town's reports: how often each category is reported, when, and what becomes of it.

use std::collections::BTreeMap;

use mendmap_shared::standard_categories::standard_categories;
use mendmap_shared::workflow::Status;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::demo::reports::words;

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Seconds after it was reported.
    pub seconds: u32,
    /// As what.
    pub status: Status,
}

/// What was seen in the records of real towns, by the codes of the standard categories. Empty where there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// How many cases of each category; halves where a town does not tell two of ours apart.
    pub counts: BTreeMap<&'static str, f64>,
    /// How many by month of the year.
    pub months: [f64; 12],
    /// How many by day of the week, Monday first.
    pub weekdays: [f64; 7],
    /// How many by hour of the day, as the town's clocks showed.
    pub hours: [f64; 24],
    /// How the cases of each category ended; `None` for those that have not.
    pub endings: BTreeMap<&'static str, Vec<Option<Ending>>>,
}

/// The same, complete: what was not observed is made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Observed);

impl Pattern {
    /// From what was observed.
    #[must_use]
    pub fn new(mut observed: Observed) -> Self {
        let made_up = made_up();
        if observed.counts.is_empty() {
            observed.counts = made_up.counts;
        }
        if observed.months.contains(&0.0) {
            observed.months = made_up.months;
        }
        if observed.weekdays.contains(&0.0) {
            observed.weekdays = made_up.weekdays;
        }
        if observed.hours.contains(&0.0) {
            observed.hours = made_up.hours;
        }
        for (category, endings) in made_up.endings {
            observed.endings.entry(category).or_insert(endings);
        }
        Self(observed)
    }

    /// How often a category is reported, of a hundred; a body's own ones are somewhat rare.
    #[must_use]
    pub fn weight(&self, category: &str) -> f64 {
        let all: f64 = self.0.counts.values().sum();
        self.0.counts.get(category).map_or_else(|| f64::from(words::weight("")), |count| count * 100.0 / all)
    }

    /// How busy a day of this month (0 to 11) and weekday (Monday is 0) is, compared with others.
    #[must_use]
    pub fn day(&self, month: usize, weekday: usize) -> f64 {
        self.0.months[month] * self.0.weekdays[weekday]
    }

    /// How busy each hour is, compared with the others.
    #[must_use]
    pub const fn hours(&self) -> &[f64; 24] {
        &self.0.hours
    }

    /// How some case of this category ended; `None` when it has not.
    pub fn ending(&self, category: &str, rng: &mut ChaCha8Rng) -> Option<Ending> {
        let known = self.0.endings.get(category).filter(|endings| !endings.is_empty());
        known.or_else(|| self.0.endings.get(OTHER))?.choose(rng).copied().flatten()
    }
}

/// The category of what fits no other.
pub const OTHER: &str = "other";

fn made_up() -> Observed {
    // How a hundred cases end, but for those that do not.
    const ENDS: [Status; 20] = {
        use Status as S;
        let mut ends = [S::Fixed; 20];
        ends[3] = S::NoFurtherAction;
        ends[7] = S::Duplicate;
        ends[12] = S::NotResponsible;
        ends[15] = S::Closed;
        ends[18] = S::InternalReferral;
        ends
    };
    let categories = standard_categories();
    let endings = |target_hours: i32| -> Vec<Option<Ending>> {
        let target = f64::from(target_hours) * 3600.0;
        let one = |n: u32| {
            // Most within the target, few after twice as long; every ninth is waiting still.
            let share = f64::from(n) / 180.0;
            let seconds = (target * (0.05 + 2.2 * share * share)) as u32;
            (n % 9 != 4).then(|| Ending { seconds, status: ENDS[(n as usize * 7) % ENDS.len()] })
        };
        (0..180).map(one).collect()
    };
    let mut hours = [0.05; 24];
    for (hour, busy) in hours.iter_mut().enumerate().take(23).skip(6) {
        *busy = 1.0 - (hour as f64 - 12.5).abs() / 11.0;
    }
    Observed {
        counts: categories.iter().map(|known| (known.code, f64::from(words::weight(known.code)))).collect(),
        months: [1.15, 1.15, 1.1, 1.0, 0.95, 0.95, 0.95, 0.9, 0.95, 1.0, 1.05, 0.85],
        weekdays: [1.15, 1.1, 1.1, 1.05, 1.0, 0.8, 0.75],
        hours,
        endings: categories.iter().map(|known| (known.code, endings(known.target_hours))).collect(),
    }
}

/// Reports of one subject are seldom alone: how many people say that they see it too.
pub fn supporters(rng: &mut ChaCha8Rng) -> usize {
    match rng.random_range(0..100) {
        0..=69 => 0,
        70..=93 => rng.random_range(1..4),
        _ => rng.random_range(4..10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn what_was_not_observed_is_made_up() {
        let mut observed = Observed::default();
        observed.counts.insert("graffiti", 30.0);
        observed.counts.insert("trees", 10.0);
        observed.endings.insert("graffiti", vec![Some(Ending { seconds: 5, status: Status::Fixed })]);
        let pattern = Pattern::new(observed);
        assert_eq!((pattern.weight("graffiti"), pattern.weight("trees")), (75.0, 25.0));
        assert!(pattern.weight("a body's own") > 0.0);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(pattern.ending("graffiti", &mut rng).map(|ending| ending.seconds), Some(5));
        let ended = (0..1000).filter(|_| pattern.ending("a body's own", &mut rng).is_some()).count();
        assert!((830..950).contains(&ended), "{ended}");
        assert!(pattern.day(0, 0) > pattern.day(0, 6) && pattern.hours()[12] > pattern.hours()[3]);
    }
}
