//! `make survive`: faults under load, one after another, and what they did.

mod attempts;
mod faults;
mod floods;
mod ledger;
mod load;
pub mod report;
mod sabotage;
mod storage;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use self::faults::{FAULTS, Fault};
use self::ledger::Difference;
use self::load::Residents;
use self::report::{Report, Row};
pub use self::sabotage::Sabotage;
use crate::edge;
use crate::process::wait;
use crate::topology::Twin;
use crate::trace;

/// What is being done, to what, with what came of it so far.
pub struct Scene {
    /// What suffers.
    pub twin: Twin,
    /// Who notices.
    pub residents: Arc<Residents>,
    /// Whether this is the short form.
    pub is_short: bool,
    /// The times, from and to, in which processes were killed.
    pub kills: Vec<(Instant, Instant)>,
    failures: Vec<String>,
    notes: Vec<String>,
    is_skipped: bool,
}

impl Scene {
    /// Something did not hold.
    pub fn fail(&mut self, what: &str) {
        self.failures.push(what.to_owned());
    }

    /// Something worth saying in the table.
    pub fn note(&mut self, what: String) {
        self.notes.push(what);
    }

    /// This fault cannot be made here.
    ///
    /// # Errors
    /// None; so that a fault can end with it.
    pub fn skip(&mut self, why: &str) -> anyhow::Result<()> {
        self.is_skipped = true;
        self.note(format!("skipped: {why}"));
        Ok(())
    }
}

/// Which faults.
#[derive(Debug)]
pub struct Selection {
    /// Only those of the short form.
    pub is_short: bool,
    /// Only those named, where some are.
    pub only: Vec<String>,
    /// Harm to be done during the first fault: the run must notice.
    pub sabotage: Option<Sabotage>,
}

/// Starts the load on a running twin, injects the faults, writes the report. Says whether every goal is met.
///
/// # Errors
/// When the twin itself does not do what it must.
pub fn run(twin: Twin, selection: &Selection, say: impl Fn(&str)) -> anyhow::Result<Report> {
    let residents = Residents::settle(&twin)?;
    let mut scene = Scene {
        twin,
        residents,
        is_short: selection.is_short,
        kills: Vec::new(),
        failures: Vec::new(),
        notes: Vec::new(),
        is_skipped: false,
    };
    let mut report = Report::default();
    let photo = scene.residents.show_a_photo(&scene.twin)?;
    let edge = edge::check::run(&scene.twin, &photo)?;
    say(&format!("The edge: {} of {} statements of deploy/edge.json hold", edge.tried - edge.broken.len(), edge.tried));
    edge.broken.iter().for_each(|broken| say(&format!("  {broken}")));
    report.edge = edge;
    if selection.is_short {
        let spans = trace::of_one_view(&scene.twin)?;
        trace::is_whole(&spans)?;
        say(&format!(
            "The trace of a view of the map: {} spans, one tree, every part of the way there and back",
            spans.len()
        ));
    }
    say(&report::heading());
    let chosen = |fault: &&Fault| {
        let named = selection.only.is_empty() || selection.only.iter().any(|name| name == fault.name);
        named && (fault.in_short || !selection.is_short)
    };
    for (n, fault) in FAULTS.iter().filter(chosen).enumerate() {
        let begun = Instant::now();
        let row = endure(&mut scene, fault, selection.sabotage.filter(|_| n == 0))?;
        say(&format!("{} ({:.0} s)", row.line(), begun.elapsed().as_secs_f32()));
        report.rows.push(row);
    }
    Ok(report)
}

/// One fault under load, and the ledger compared afterwards.
fn endure(scene: &mut Scene, fault: &Fault, sabotage: Option<Sabotage>) -> anyhow::Result<Row> {
    scene.kills.clear();
    scene.failures.clear();
    scene.notes.clear();
    scene.is_skipped = false;
    let load = scene.residents.begin(&scene.twin);
    let injected = wait(Duration::from_secs(2)).and_then(|()| (fault.inject)(scene));
    let injected = injected.and_then(|()| wait(Duration::from_secs(1)));
    let injected = injected.and_then(|()| sabotage.map_or(Ok(()), |what| sabotage::commit(scene, what)));
    load.end(&scene.twin);
    if crate::process::is_interrupted() {
        injected?;
    } else if let Err(error) = injected {
        scene.fail(&format!("{error:#}"));
    }
    if let Err(error) = calm(&scene.twin) {
        scene.fail(&format!("{error:#}"));
    }
    let found = compare(scene)?;
    Ok(judge(scene, fault, &found))
}

/// Waits until everything that was to happen later has happened. Time passes faster here: what waits for its next attempt
/// is due at once.
fn calm(twin: &Twin) -> anyhow::Result<()> {
    const LEFT: &str = "SELECT count(*) FROM jobs WHERE kind NOT IN ('open311_poll', 'open311_sync')";
    let begun = Instant::now();
    loop {
        let mut conn = twin.database.writer().connect()?;
        conn.batch_execute(
            "UPDATE jobs SET run_at = now() WHERE parked_at IS NULL AND leased_until IS NULL AND run_at > now()",
        )?;
        let left: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&format!("({LEFT})"))).get_result(&mut conn)?;
        if left == 0 {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(60) {
            let which = "(SELECT string_agg(DISTINCT kind || ' ' || coalesce(last_error, '') || coalesce(' parked ' || parked_at, ''), '; ') FROM jobs)";
            let which: Option<String> =
                diesel::select(diesel::dsl::sql::<diesel::sql_types::Nullable<Text>>(which)).get_result(&mut conn)?;
            anyhow::bail!("{left} jobs were not done a minute after the fault: {}", which.unwrap_or_default());
        }
        wait(Duration::from_millis(200))?;
    }
}

fn compare(scene: &Scene) -> anyhow::Result<Difference> {
    let mut conn = scene.twin.database.writer().connect()?;
    let (mails, taken) = (scene.twin.sink.mails(), scene.twin.back_office.taken());
    scene.residents.ledger().compare(&mut conn, &scene.twin.photos(), &mails, &taken)
}

fn judge(scene: &Scene, fault: &Fault, found: &Difference) -> Row {
    let phase = scene.residents.phase();
    let mut against = phase.against(fault.rule, &scene.kills);
    let rule_breaks = against.len();
    against.truncate(3);
    if rule_breaks > 3 {
        against.push(format!("and {} more", rule_breaks - 3));
    }
    let mut why: Vec<String> = scene.failures.clone();
    why.extend(against);
    let some = |what: &str, all: &[String]| {
        all.first().map(|first| format!("{what}: {first}{}", if all.len() > 1 { " and others" } else { "" }))
    };
    why.extend(some("lost", &found.lost));
    why.extend(some("doubled", &found.doubled));
    why.extend(some("shown", &phase.shown));
    if phase.own_missed > 0 {
        why.push(format!("{} own reports were not to be seen at once", phase.own_missed));
    }
    if !scene.is_skipped && phase.attempts.len() < 20 {
        why.push("there was hardly any load".to_owned());
    }
    Row {
        fault: fault.name,
        requests: phase.attempts.len(),
        errors: phase.errors(),
        longest_gap_ms: u64::try_from(phase.longest_gap().as_millis()).unwrap_or(u64::MAX),
        lost: found.lost.len(),
        doubled: found.doubled.len(),
        // What cannot be made here is not met: it is said, and does not fail the run.
        met: !scene.is_skipped && why.is_empty(),
        private_shown: phase.shown.len(),
        repeated_mails: found.repeated,
        rule: fault.rule.words(),
        skipped: scene.is_skipped,
        notes: scene.notes.iter().cloned().chain(why).collect(),
    }
}
