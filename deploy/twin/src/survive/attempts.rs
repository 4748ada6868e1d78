//! What the residents' programs tried while a fault was on, and how it went.

use std::time::{Duration, Instant};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A tile of the map.
    Map,
    /// A page's data: a report, a list, a photo.
    Read,
    /// Uploading a photo.
    Photo,
    /// Sending a report, an update, an Open311 request.
    Write,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Fine,
    /// Refused for now: 503 that says when to come back.
    ComeBack,
    /// Anything else.
    Failed(String),
}

/// One request.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What was asked for.
    pub kind: Kind,
    /// Method and path.
    pub what: String,
    /// When it was sent.
    pub begun: Instant,
    /// When its answer was there, or its failure.
    pub ended: Instant,
    /// How it went.
    pub outcome: Outcome,
}

/// All of one fault's time.
#[derive(Debug)]
pub struct Phase {
    /// When it began.
    pub begun: Instant,
    /// What was tried.
    pub attempts: Vec<Attempt>,
    /// Own writes that were not to be seen right after they were acknowledged.
    pub own_missed: usize,
    /// Answers to anybody that held what is nobody's business, with what they answered.
    pub shown: Vec<String>,
}

impl Default for Phase {
    fn default() -> Self {
        Self { begun: Instant::now(), attempts: Vec::new(), own_missed: 0, shown: Vec::new() }
    }
}

/// What may go wrong during a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Nothing.
    NoErrors,
    /// Requests that were under way when a process was killed, and no others.
    OnlyInFlight,
    /// Writes and uploads are refused clean, with 503 and when to come back; what was under way at the kill may break off.
    /// Everything else goes on.
    WritesComeBack,
    /// Uploads of photos are refused clean. Everything else goes on.
    PhotosComeBack,
}

impl Rule {
    /// In words, for the table.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoErrors => "no errors",
            Self::OnlyInFlight => "errors only of what was under way at a kill",
            Self::WritesComeBack => "writes fail with 503 and Retry-After only, reads go on",
            Self::PhotosComeBack => "uploads fail with 503 and Retry-After only, all else goes on",
        }
    }
}

impl Phase {
    /// How many requests did not go as they should.
    pub fn errors(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.outcome != Outcome::Fine).count()
    }

    /// The longest time in which none of a kind went well: the longest of reading the map, and of writing.
    pub fn longest_gap(&self) -> Duration {
        [Kind::Map, Kind::Write].into_iter().map(|kind| self.gap_of(kind)).max().unwrap_or_default()
    }

    fn gap_of(&self, kind: Kind) -> Duration {
        let fine = self.attempts.iter().filter(|attempt| attempt.kind == kind && attempt.outcome == Outcome::Fine);
        let mut moments: Vec<Instant> = fine.map(|attempt| attempt.ended).collect();
        moments.push(self.begun);
        let last = self.attempts.iter().filter(|attempt| attempt.kind == kind).map(|attempt| attempt.ended).max();
        moments.extend(last);
        moments.sort_unstable();
        moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// When the first of a kind went well that was sent after a moment.
    pub fn first_fine_after(&self, kind: Kind, moment: Instant) -> Option<Instant> {
        let fine =
            |attempt: &&Attempt| attempt.kind == kind && attempt.outcome == Outcome::Fine && attempt.begun >= moment;
        self.attempts.iter().filter(fine).map(|attempt| attempt.ended).min()
    }

    /// What breaks a rule, each in words. `kills` are the times, from and to, in which processes were killed.
    pub fn against(&self, rule: Rule, kills: &[(Instant, Instant)]) -> Vec<String> {
        let was_under_way =
            |attempt: &Attempt| kills.iter().any(|(from, to)| attempt.begun <= *to && attempt.ended >= *from);
        let is_allowed = |attempt: &Attempt| match (rule, &attempt.outcome) {
            (_, Outcome::Fine) => true,
            (Rule::NoErrors, _) => false,
            (Rule::OnlyInFlight, _) => was_under_way(attempt),
            (Rule::WritesComeBack, Outcome::ComeBack) => matches!(attempt.kind, Kind::Write | Kind::Photo),
            (Rule::WritesComeBack, Outcome::Failed(_)) => was_under_way(attempt),
            (Rule::PhotosComeBack, outcome) => attempt.kind == Kind::Photo && *outcome == Outcome::ComeBack,
        };
        let broken = self.attempts.iter().filter(|attempt| !is_allowed(attempt));
        broken
            .map(|attempt| {
                let after = attempt.begun.saturating_duration_since(self.begun);
                format!("{} {:?} after {:.1} s", attempt.what, attempt.outcome, after.as_secs_f32())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(begun: Instant, millis: u64, kind: Kind, outcome: Outcome) -> Attempt {
        Attempt { kind, what: String::new(), begun, ended: begun + Duration::from_millis(millis), outcome }
    }

    #[test]
    fn what_was_under_way_at_a_kill_may_fail_and_what_came_later_may_not() {
        let begun = Instant::now();
        let kill = (begun + Duration::from_millis(50), begun + Duration::from_millis(55));
        let failed = || Outcome::Failed("502".into());
        let mut phase = Phase { attempts: vec![attempt(begun, 100, Kind::Map, failed())], ..Phase::default() };
        assert!(phase.against(Rule::OnlyInFlight, &[kill]).is_empty());
        assert_eq!(phase.against(Rule::NoErrors, &[kill]).len(), 1);
        phase.attempts.push(attempt(begun + Duration::from_millis(60), 10, Kind::Map, failed()));
        assert_eq!(phase.against(Rule::OnlyInFlight, &[kill]).len(), 1);
    }

    #[test]
    fn a_map_that_says_come_back_breaks_the_rule_that_reads_go_on() {
        let begun = Instant::now();
        let with = |kind| Phase { attempts: vec![attempt(begun, 1, kind, Outcome::ComeBack)], ..Phase::default() };
        assert!(with(Kind::Write).against(Rule::WritesComeBack, &[]).is_empty());
        assert_eq!(with(Kind::Map).against(Rule::WritesComeBack, &[]).len(), 1);
        assert_eq!(with(Kind::Write).against(Rule::PhotosComeBack, &[]).len(), 1);
    }

    #[test]
    fn the_longest_gap_reaches_from_the_beginning_to_the_last_request() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let attempts = vec![
            attempt(at(100), 0, Kind::Write, Outcome::Fine),
            attempt(at(500), 0, Kind::Write, Outcome::Fine),
            attempt(at(2000), 0, Kind::Write, Outcome::ComeBack),
        ];
        let phase = Phase { begun, attempts, ..Phase::default() };
        assert_eq!(phase.longest_gap(), Duration::from_millis(1500));
    }
}
