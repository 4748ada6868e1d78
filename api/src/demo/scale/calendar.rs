//! When reports were made: day after day, the oldest first, in memory for one day at a time.

use chrono::{DateTime, Datelike as _, Duration, Months, NaiveDate, NaiveTime, Timelike as _, Utc};
use rand::Rng;
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;

use super::pattern::Pattern;

/// How far back reports go.
const SPAN: Months = Months::new(36);
/// A report this young may have no history yet.
const YOUNGEST: Duration = Duration::hours(4);

/// How many reports were made on each day.
#[derive(Debug)]
pub struct Calendar {
    days: Vec<(NaiveDate, usize)>,
    hours: WeightedIndex<f64>,
    /// No report is younger.
    end: DateTime<Utc>,
}

impl Calendar {
    /// Spreads `reports` over the last months before `now` as the pattern has its days. `None` for a pattern without
    /// hours, or a moment before history.
    #[must_use]
    pub fn new(pattern: &Pattern, reports: usize, now: DateTime<Utc>) -> Option<Self> {
        let end = now.checked_sub_signed(YOUNGEST)?;
        let first = end.checked_sub_months(SPAN)?.date_naive();
        let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= end.date_naive()).collect();
        let weight = |day: &NaiveDate| {
            let share = if *day == end.date_naive() { f64::from(end.hour() + 1) / 24.0 } else { 1.0 };
            share * pattern.day(day.month0() as usize, day.weekday().num_days_from_monday() as usize)
        };
        let all: f64 = days.iter().map(weight).sum();
        let (mut sum, mut given) = (0.0, 0);
        let mut counted: Vec<(NaiveDate, usize)> = Vec::with_capacity(days.len());
        for day in days {
            sum += weight(&day);
            let until = ((sum / all * reports as f64).round() as usize).min(reports);
            counted.push((day, until - given));
            given = until;
        }
        // What rounding may have left.
        counted.last_mut()?.1 += reports - given;
        Some(Self { days: counted, hours: WeightedIndex::new(pattern.hours()).ok()?, end })
    }

    /// The days.
    pub fn days(&self) -> impl Iterator<Item = &(NaiveDate, usize)> {
        self.days.iter()
    }

    /// The moments of a day, in order.
    pub fn moments(&self, (day, count): (NaiveDate, usize), rng: &mut ChaCha8Rng) -> Vec<DateTime<Utc>> {
        let midnight = day.and_time(NaiveTime::MIN).and_utc();
        let room = (self.end - midnight).num_seconds().max(1);
        let mut moments: Vec<DateTime<Utc>> = (0..count)
            .map(|_| {
                let second = self.hours.sample(rng) as i64 * 3600 + rng.random_range(0..3600);
                let second = if second < room { second } else { rng.random_range(0..room) };
                midnight + Duration::seconds(second)
            })
            .collect();
        moments.sort_unstable();
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scale::pattern::Observed;
    use rand::SeedableRng;

    #[test]
    fn every_report_has_its_moment_in_the_last_three_years_in_order() {
        let pattern = Pattern::new(Observed::default());
        for now in ["2026-11-22T12:34:56Z", "2024-02-29T01:00:00Z"] {
            let now: DateTime<Utc> = now.parse().expect("a moment");
            for reports in [1, 7, 40_000] {
                let calendar = Calendar::new(&pattern, reports, now).expect("a calendar");
                let mut rng = ChaCha8Rng::seed_from_u64(1);
                let all: Vec<_> = calendar.days().flat_map(|day| calendar.moments(*day, &mut rng)).collect();
                assert_eq!(all.len(), reports);
                assert!(all.is_sorted() && all.iter().all(|at| *at < now - YOUNGEST));
                assert!(all[0] > now - Duration::days(3 * 366));
            }
        }
        assert!(Calendar::new(&pattern, 5, DateTime::<Utc>::MIN_UTC).is_none());
    }
}
