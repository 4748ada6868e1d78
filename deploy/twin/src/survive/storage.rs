//! Disks that cannot be written, and data that must come back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use nix::unistd::geteuid;

use super::Scene;
use super::attempts::{Kind, Outcome};
use crate::process::{output, until, wait};

/// The photo store is a folder that nobody may write, as after a file system was mounted read-only.
pub fn read_only(scene: &mut Scene) -> anyhow::Result<()> {
    if !geteuid().is_root() {
        return scene.skip("only root can mount a folder read-only");
    }
    let photos = scene.twin.photos();
    mount(&["--bind".as_ref(), photos.as_ref(), photos.as_ref()])?;
    // While somebody writes there, it is busy.
    let remount = || mount(&["-o".as_ref(), "remount,bind,ro".as_ref(), photos.as_ref()]).is_ok();
    let mounted = until("the folder's being read-only", Duration::from_secs(10), remount);
    let mounted = mounted.and_then(|_| wait(Duration::from_secs(6)));
    unmount(&photos)?;
    mounted?;
    expect_refused(scene);
    wait(Duration::from_secs(2))
}

/// The photo store is full to the last byte.
pub fn full(scene: &mut Scene) -> anyhow::Result<()> {
    if !geteuid().is_root() {
        return scene.skip("only root can mount a small file system");
    }
    let (photos, small) = (scene.twin.photos(), scene.twin.folder().join("small"));
    std::fs::create_dir_all(&small)?;
    // Over the folder lies a small file system that is full; what was in the folder is seen through it.
    let (upper, work) = (small.join("upper"), small.join("work"));
    mount(&["-t".as_ref(), "tmpfs".as_ref(), "-o".as_ref(), "size=1m".as_ref(), "tmpfs".as_ref(), small.as_ref()])?;
    let done = (|| -> anyhow::Result<()> {
        std::fs::create_dir(&upper)?;
        std::fs::create_dir(&work)?;
        let options = format!("lowerdir={},upperdir={},workdir={}", photos.display(), upper.display(), work.display());
        mount(&[
            "-t".as_ref(),
            "overlay".as_ref(),
            "-o".as_ref(),
            options.as_ref(),
            "overlay".as_ref(),
            photos.as_ref(),
        ])?;
        fill(&upper.join("filling"))?;
        let waited = wait(Duration::from_secs(6));
        // What was taken before it was full must not be gone afterwards.
        std::fs::remove_file(upper.join("filling"))?;
        let copied = output(Command::new("cp").arg("-a").arg(&upper).arg(small.with_file_name("kept")));
        unmount(&photos)?;
        copied?;
        let kept = small.with_file_name("kept");
        output(Command::new("cp").arg("-a").arg(format!("{}/.", kept.display())).arg(&photos))?;
        std::fs::remove_dir_all(kept)?;
        waited
    })();
    unmount(&small)?;
    done?;
    expect_refused(scene);
    wait(Duration::from_secs(2))
}

fn expect_refused(scene: &mut Scene) {
    let refused =
        scene.residents.phase().attempts.iter().any(|one| one.kind == Kind::Photo && one.outcome == Outcome::ComeBack);
    if !refused {
        scene.fail("no upload was refused: the fault did not bite");
    }
}

/// Writes until nothing more fits.
fn fill(path: &Path) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path)?;
    while file.write_all(&[0; 4096]).is_ok() {}
    while file.write_all(&[0]).is_ok() {}
    Ok(())
}

fn mount(arguments: &[&std::ffi::OsStr]) -> anyhow::Result<()> {
    output(Command::new("mount").args(arguments)).map(drop)
}

fn unmount(path: &Path) -> anyhow::Result<()> {
    output(Command::new("umount").arg("--lazy").arg(path)).map(drop)
}

/// The disk of the WAL archive is full: nothing can be archived, and nothing may be lost by that.
pub fn archive_full(scene: &mut Scene) -> anyhow::Result<()> {
    if !geteuid().is_root() {
        return scene.skip("only root can mount a small file system");
    }
    let archive = scene.twin.database.archive();
    mount(&[
        "-t".as_ref(),
        "tmpfs".as_ref(),
        "-o".as_ref(),
        "size=64k,mode=777".as_ref(),
        "tmpfs".as_ref(),
        archive.as_ref(),
    ])?;
    let done = (|| -> anyhow::Result<()> {
        scene.twin.database.writer().run("SELECT pg_switch_wal()")?;
        wait(Duration::from_secs(6))
    })();
    unmount(&archive)?;
    done?;
    // What could not be archived is archived now.
    let failed = "SELECT failed_count > 0 FROM pg_stat_archiver";
    if !diesel::select(diesel::dsl::sql::<Bool>(&format!("({failed})")))
        .get_result::<bool>(&mut scene.twin.database.writer().connect()?)?
    {
        scene.fail("the archive never failed: the fault did not bite");
    }
    archived(scene)
}

/// Waits until all WAL up to now is in the archive.
fn archived(scene: &Scene) -> anyhow::Result<()> {
    let mut conn = scene.twin.database.writer().connect()?;
    let name = "SELECT pg_walfile_name(pg_switch_wal())";
    let last: String =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!("({name})"))).get_result(&mut conn)?;
    let file = scene.twin.database.archive().join(last);
    until("the archive's being in step", Duration::from_secs(90), || file.exists()).map(drop)
}

/// Restores a base backup and the archive to a moment between two reports, on a server of its own, while the load goes on.
pub fn restore(scene: &mut Scene) -> anyhow::Result<()> {
    let database = &scene.twin.database;
    database.writer().back_up(&database.backup())?;
    let newest =
        |scene: &Scene| scene.residents.ledger().reports.iter().map(|report| report.id).max().unwrap_or_default();
    let known = newest(scene);
    until("another report", Duration::from_secs(30), || newest(scene) > known)?;
    let before = newest(scene);
    // Nobody's clock but the database's own counts.
    let moment = scene.twin.database.now()?;
    let count = scene.residents.ledger().reports.len();
    until("reports after that", Duration::from_secs(30), || scene.residents.ledger().reports.len() > count + 3)?;
    let after = newest(scene);
    archived(scene)?;
    let database = &scene.twin.database;
    let took = database.restored().restore(&database.backup(), &database.archive(), &moment)?;
    let mut conn = database.restored().connect()?;
    let count =
        |conn: &mut PgConnection, sql: &str| diesel::select(diesel::dsl::sql::<BigInt>(sql)).get_result::<i64>(conn);
    let has =
        |conn: &mut PgConnection, id: i64| count(conn, &format!("(SELECT count(*) FROM reports WHERE id = {id})"));
    let (first, second) = (has(&mut conn, before)?, has(&mut conn, after)?);
    let late = count(&mut conn, &format!("(SELECT count(*) FROM reports WHERE created_at > '{moment}')"))?;
    let all = count(&mut conn, "(SELECT count(*) FROM reports)")?;
    drop(conn);
    database.restored().stop();
    scene.note(format!("restored in {:.1} s: {all} reports, with {before}, without {after}", took.as_secs_f32()));
    if (first, second, late) != (1, 0, 0) {
        scene.fail(&format!("of {before} there are {first}, of {after} {second}, and {late} after the moment"));
    }
    Ok(())
}
