//! What is done to the twin, one thing at a time.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::Signal;

use super::Scene;
use super::attempts::{Kind, Rule};
use super::floods;
use super::storage;
use crate::postgres::is_true;
use crate::process::{until, wait};
use crate::smtp::Mood;
use crate::topology::{APIS, WORKERS};

/// A fault: what is done, and what may go wrong meanwhile.
#[derive(Clone, Copy)]
pub struct Fault {
    /// Its name in the table.
    pub name: &'static str,
    /// Whether it belongs to the short form.
    pub in_short: bool,
    /// What may go wrong.
    pub rule: Rule,
    /// Does it, and undoes it.
    pub inject: fn(&mut Scene) -> anyhow::Result<()>,
}

const fn fault(name: &'static str, rule: Rule, inject: fn(&mut Scene) -> anyhow::Result<()>) -> Fault {
    Fault { name, in_short: false, rule, inject }
}

const fn in_short(fault: Fault) -> Fault {
    Fault { in_short: true, ..fault }
}

/// All of them, in order.
pub const FAULTS: &[Fault] = &[
    in_short(fault("api-killed", Rule::OnlyInFlight, kill_apis)),
    in_short(fault("worker-killed-mid-delivery", Rule::NoErrors, kill_workers)),
    fault("rolling-restart", Rule::NoErrors, rolling_restart),
    fault("memcached-one-gone", Rule::NoErrors, one_memcached_gone),
    in_short(fault("memcached-both-gone", Rule::NoErrors, both_memcached_gone)),
    fault("memcached-hanging", Rule::NoErrors, memcached_hanging),
    fault("standby-gone", Rule::NoErrors, standby_gone),
    fault("standby-lagging", Rule::NoErrors, standby_lagging),
    in_short(fault("smtp-refusing", Rule::NoErrors, smtp_refusing)),
    fault("smtp-slow", Rule::NoErrors, smtp_slow),
    fault("smtp-silent-after-data", Rule::NoErrors, smtp_hangs_up),
    fault("body-endpoint-hanging", Rule::NoErrors, endpoint_hanging),
    fault("client-clock-jump", Rule::NoErrors, floods::clock_jump),
    fault("slow-loris", Rule::NoErrors, floods::slow_loris),
    fault("10000-idle-connections", Rule::NoErrors, floods::idle_connections),
    fault("photo-store-read-only", Rule::PhotosComeBack, storage::read_only),
    fault("photo-store-full", Rule::PhotosComeBack, storage::full),
    fault("archive-disk-full", Rule::NoErrors, storage::archive_full),
    fault("restore-to-a-moment", Rule::NoErrors, storage::restore),
    in_short(fault("writer-killed-standby-promoted", Rule::WritesComeBack, writer_killed)),
];

/// What a migration of a later version adds; a statement that waits for the table makes others wait behind it.
const EXPAND: &str = "SET lock_timeout = '5s'; ALTER TABLE reports ADD COLUMN survive_probe text";
/// The same taken away.
const CONTRACT: &str = "SET lock_timeout = '5s'; ALTER TABLE reports DROP COLUMN survive_probe";

/// How often a process is killed, in the whole form and in the short one.
fn times(scene: &Scene) -> usize {
    if scene.is_short { 3 } else { 20 }
}

fn kill_apis(scene: &mut Scene) -> anyhow::Result<()> {
    for round in 0..times(scene) {
        let n = round % APIS;
        let from = Instant::now();
        scene.twin.apis[n].kill()?;
        scene.kills.push((from, Instant::now()));
        wait(Duration::from_millis(700))?;
        scene.twin.start_api(n)?;
        scene.twin.wait_until_healthy()?;
        wait(Duration::from_millis(300))?;
    }
    Ok(())
}

/// The mail server takes its time, so that a worker is in the middle of a delivery when it is killed.
fn kill_workers(scene: &mut Scene) -> anyhow::Result<()> {
    scene.twin.sink.set_mood(Mood::Slow(Duration::from_millis(150)));
    let sink = scene.twin.sink.clone();
    let mut in_the_middle = 0;
    for round in 0..times(scene) {
        // The worker whose mail is under way, found by the port it sends from.
        let workers = &scene.twin.workers;
        let at_work = || {
            sink.under_way().into_iter().find_map(|port| {
                let n = workers.iter().position(|worker| worker.has_connection(port, sink.port))?;
                Some((n, port))
            })
        };
        let mut sends = None;
        // Where nobody sends, somebody is killed all the same, and does not count.
        let _ = until("a delivery", Duration::from_secs(20), || {
            sends = at_work();
            sends.is_some()
        });
        let n = sends.map_or(round % WORKERS, |(n, _)| n);
        scene.twin.workers[n].kill()?;
        // It is dead now, and was never told what became of its mail.
        in_the_middle += usize::from(sends.is_some_and(|(_, port)| sink.was_not_told(port)));
        wait(Duration::from_millis(500))?;
        scene.twin.start_worker(n)?;
        wait(Duration::from_millis(if scene.is_short { 800 } else { 1200 }))?;
    }
    scene.twin.sink.set_mood(Mood::Kind);
    scene.note(format!("{in_the_middle} of {} in the middle of a delivery", times(scene)));
    if in_the_middle < times(scene) * 3 / 4 {
        scene.fail("too few workers were killed in the middle of a delivery");
    }
    Ok(())
}

/// One task after the other is taken out, told to stop, and started as the new build: what a service of ECS does. In the middle
/// of the roll the schema gets what a later version would add, so that tasks started before it go on with it under load; what was
/// added is taken away again once all are new, as a release later would.
fn rolling_restart(scene: &mut Scene) -> anyhow::Result<()> {
    let new = scene.twin.folder().join("mendmap-new-build");
    std::fs::copy(scene.twin.mendmap(), &new)?;
    for n in 0..APIS {
        if n == 1 {
            scene.twin.database.writer().run(EXPAND)?;
            wait(Duration::from_secs(2))?;
        }
        scene.twin.balancer.drain(n)?;
        scene.twin.apis[n].use_binary(&new);
        if !scene.twin.apis[n].terminate()? {
            scene.fail("an api process had to be killed");
        }
        scene.twin.start_api(n)?;
        scene.twin.balancer.take_back(n)?;
        scene.twin.wait_until_healthy()?;
    }
    for n in 0..WORKERS {
        scene.twin.workers[n].use_binary(&new);
        if !scene.twin.workers[n].terminate()? {
            scene.fail("a worker had to be killed");
        }
        scene.twin.start_worker(n)?;
    }
    wait(Duration::from_secs(1))?;
    scene.twin.database.writer().run(CONTRACT)?;
    scene.note("reports had one more column from the second task on".to_owned());
    wait(Duration::from_secs(2))
}

fn one_memcached_gone(scene: &mut Scene) -> anyhow::Result<()> {
    scene.twin.memcached[0].kill()?;
    wait(Duration::from_secs(5))?;
    scene.twin.memcached[0].come_back()?;
    wait(Duration::from_secs(2))
}

fn both_memcached_gone(scene: &mut Scene) -> anyhow::Result<()> {
    for node in &mut scene.twin.memcached {
        node.kill()?;
    }
    wait(Duration::from_secs(5))?;
    for node in &mut scene.twin.memcached {
        node.come_back()?;
    }
    wait(Duration::from_secs(2))
}

fn memcached_hanging(scene: &mut Scene) -> anyhow::Result<()> {
    for node in &scene.twin.memcached {
        node.signal(Signal::SIGSTOP)?;
    }
    wait(Duration::from_secs(5))?;
    for node in &scene.twin.memcached {
        node.signal(Signal::SIGCONT)?;
    }
    wait(Duration::from_secs(2))
}

fn standby_gone(scene: &mut Scene) -> anyhow::Result<()> {
    scene.twin.database.standby().kill()?;
    wait(Duration::from_secs(6))?;
    scene.twin.database.standby().start()?;
    scene.twin.database.wait_for_standby()?;
    wait(Duration::from_secs(2))
}

fn standby_lagging(scene: &mut Scene) -> anyhow::Result<()> {
    scene.twin.database.standby().run("SELECT pg_wal_replay_pause()")?;
    wait(Duration::from_secs(6))?;
    let lags = "pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()";
    if !is_true(&mut scene.twin.database.standby().connect()?, lags)? {
        scene.fail("the standby did not lag: the fault did not bite");
    }
    scene.twin.database.standby().run("SELECT pg_wal_replay_resume()")?;
    wait(Duration::from_secs(2))
}

/// The writer dies; whoever watches notices after three seconds, and makes the standby the writer.
fn writer_killed(scene: &mut Scene) -> anyhow::Result<()> {
    let from = Instant::now();
    scene.twin.database.writer().kill()?;
    scene.kills.push((from, Instant::now()));
    wait(Duration::from_secs(3))?;
    scene.twin.database.promote_standby()?;
    let promoted = Instant::now();
    let residents = scene.residents.clone();
    let writes = || residents.phase().first_fine_after(Kind::Write, promoted);
    let back = until("a write after the promotion", Duration::from_secs(60), || writes().is_some());
    match back.ok().and_then(|_| writes()) {
        Some(at) if at - promoted <= Duration::from_secs(30) => {
            scene.note(format!("writes went on {:.1} s after the promotion", (at - promoted).as_secs_f32()));
        }
        _ => scene.fail("writes did not go on within 30 s of the promotion"),
    }
    let tasks = scene.twin.apis.len() + scene.twin.workers.len();
    scene.twin.wait_until_healthy().with_context(|| format!("the {tasks} processes, none started again"))?;
    wait(Duration::from_secs(2))?;
    scene.twin.database.rebuild_standby()
}

fn smtp_refusing(scene: &mut Scene) -> anyhow::Result<()> {
    smtp(scene, Mood::Refusing, Duration::from_secs(6))
}

fn smtp_slow(scene: &mut Scene) -> anyhow::Result<()> {
    smtp(scene, Mood::Slow(Duration::from_secs(2)), Duration::from_secs(15))
}

fn smtp_hangs_up(scene: &mut Scene) -> anyhow::Result<()> {
    smtp(scene, Mood::HangsUpAfterData, Duration::from_secs(6))
}

fn smtp(scene: &mut Scene, mood: Mood, time: Duration) -> anyhow::Result<()> {
    let before = scene.twin.sink.unkind();
    scene.twin.sink.set_mood(mood);
    wait(time)?;
    scene.twin.sink.set_mood(Mood::Kind);
    match scene.twin.sink.unkind() - before {
        0 => scene.fail("nobody sent a mail meanwhile: the fault did not bite"),
        times => scene.note(format!("the mail server was unkind {times} times")),
    }
    Ok(())
}

/// Mails must not wait for a body's server that does not answer.
fn endpoint_hanging(scene: &mut Scene) -> anyhow::Result<()> {
    scene.twin.back_office.be_silent(true);
    wait(Duration::from_secs(5))?;
    let before = scene.twin.sink.count();
    wait(Duration::from_secs(5))?;
    if scene.twin.sink.count() == before {
        scene.fail("mails waited for a server that does not answer");
    }
    scene.twin.back_office.be_silent(false);
    Ok(())
}
