//! When a failed attempt is tried again.

use chrono::Duration;

/// Hours after which a job is given up and waits for a person.
const GIVE_UP_HOURS: i64 = 4 * 24;

/// How long to wait after the `attempts`-th attempt failed, `age` after the job was made: 1, 5, 30 minutes, then every two
/// hours up to four days. `None` parks it.
#[must_use]
pub fn next_attempt_after(attempts: i32, age: Duration) -> Option<Duration> {
    let wait = match attempts {
        ..=1 => Duration::minutes(1),
        2 => Duration::minutes(5),
        3 => Duration::minutes(30),
        _ => Duration::hours(2),
    };
    (age + wait <= Duration::hours(GIVE_UP_HOURS)).then_some(wait)
}

/// Whether a job of this age is tried no more.
#[must_use]
pub fn is_given_up(age: Duration) -> bool {
    age > Duration::hours(GIVE_UP_HOURS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_grow_from_a_minute_to_two_hours() {
        let minutes: Vec<_> =
            (1..=6).filter_map(|n| next_attempt_after(n, Duration::zero())).map(|wait| wait.num_minutes()).collect();
        assert_eq!(minutes, [1, 5, 30, 120, 120, 120]);
    }

    #[test]
    fn after_four_days_it_waits_for_a_person() {
        let (mut age, mut attempts) = (Duration::zero(), 1);
        while let Some(wait) = next_attempt_after(attempts, age) {
            age += wait;
            attempts += 1;
        }
        assert!(age > Duration::hours(93) && age <= Duration::hours(96), "{age}");
        assert!((48..=52).contains(&attempts), "{attempts}");
    }

    proptest! {
        #[test]
        fn no_attempt_lies_beyond_four_days(attempts in 0_i32..200, hours in 0_i64..200) {
            if let Some(wait) = next_attempt_after(attempts, Duration::hours(hours)) {
                prop_assert!(Duration::hours(hours) + wait <= Duration::hours(GIVE_UP_HOURS));
            }
        }
    }
}
