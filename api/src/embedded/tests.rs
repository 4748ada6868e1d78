//! With real servers. Each test has a data directory and a machine of its own, and leaves nothing behind.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use nix::unistd::geteuid;
use tempfile::TempDir;

use super::*;

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// A directory the server's user can reach, and a machine whose shared places are inside it.
fn ground() -> Result<(TempDir, Machine), std::io::Error> {
    let ground = tempfile::Builder::new().prefix("mendmap-").tempdir_in("/tmp")?;
    fs::set_permissions(ground.path(), fs::Permissions::from_mode(0o755))?;
    let sockets = ground.path().join("tmp");
    fs::create_dir(&sockets)?;
    fs::set_permissions(&sockets, fs::Permissions::from_mode(0o1777))?;
    let machine = Machine { service_home: ground.path().join("var"), sockets, ..Machine::this_one() };
    Ok((ground, machine))
}

fn connect(cluster: &Cluster) -> ConnectionResult<PgConnection> {
    PgConnection::establish(&cluster.database_url())
}

fn setting(connection: &mut PgConnection, name: &str) -> QueryResult<String> {
    diesel::select(diesel::dsl::sql::<Text>("current_setting(").bind::<Text, _>(name).sql(")")).get_result(connection)
}

fn rows(connection: &mut PgConnection) -> QueryResult<i64> {
    diesel::select(diesel::dsl::sql::<BigInt>("(SELECT count(*) FROM potholes)")).get_result(connection)
}

/// Makes the end of this value that of a process which was killed: its locks go, the server does not.
fn forget(cluster: &Cluster) {
    *cluster.usage.active.lock().unwrap_or_else(PoisonError::into_inner) = false;
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_root() -> bool {
    let root = geteuid().is_root();
    if !root {
        eprintln!("skipped: only root changes to another user");
    }
    root
}

#[test]
fn a_new_cluster_has_our_database_in_utf8_and_no_port() -> TestResult {
    let (ground, machine) = ground()?;
    let cluster = Cluster::open_on(&machine, &ground.path().join("data"))?;
    let connection = &mut connect(&cluster)?;
    for (name, value) in [
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("jit", "off"),
        ("fsync", "on"),
        ("shared_buffers", "128MB"),
        ("max_connections", "100"),
        ("TimeZone", "UTC"),
    ] {
        assert_eq!(setting(connection, name)?, value, "{name}");
    }
    let collation = "(SELECT datcollate FROM pg_database WHERE datname = current_database())";
    assert_eq!(diesel::select(diesel::dsl::sql::<Text>(collation)).get_result::<String>(connection)?, "C.UTF-8");
    assert_eq!(fs::metadata(&cluster.socket_dir)?.permissions().mode() & 0o777, 0o700);
    Ok(())
}

#[test]
fn what_was_written_is_there_after_a_stop_and_a_start() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let cluster = Cluster::open_on(&machine, &data_dir)?;
    diesel::sql_query("CREATE TABLE potholes AS SELECT generate_series(1, 3)").execute(&mut connect(&cluster)?)?;
    cluster.stop()?;
    assert!(!cluster.usage.server.is_running());
    assert!(connect(&cluster).is_err());
    cluster.stop()?;

    let cluster = Cluster::open_on(&machine, &data_dir)?;
    assert_eq!(rows(&mut connect(&cluster)?)?, 3);
    Ok(())
}

#[test]
fn the_last_user_stops_the_server_and_nobody_earlier() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let first = Cluster::open_on(&machine, &data_dir)?;
    let second = Cluster::open_on(&machine, &data_dir)?;
    assert_eq!(first.database_url(), second.database_url());
    first.stop()?;
    connect(&second)?;
    let server = Server::new(second.usage.server.home().to_owned(), *second.usage.server.account(), |data| {
        programs::find(&machine, data)
    })?;
    assert!(server.is_running());
    drop(second);
    assert!(!server.is_running());
    Ok(())
}

#[test]
fn a_server_whose_user_was_killed_is_taken_over_and_stopped() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let killed = Cluster::open_on(&machine, &data_dir)?;
    let pid_file = killed.usage.server.home().join("data/postmaster.pid");
    let before = fs::read_to_string(&pid_file)?;
    forget(&killed);
    drop(killed);
    let next = Cluster::open_on(&machine, &data_dir)?;
    assert_eq!(fs::read_to_string(&pid_file)?.lines().next(), before.lines().next());
    connect(&next)?;
    next.stop()?;
    assert!(!next.usage.server.is_running());
    Ok(())
}

#[test]
fn a_server_that_was_killed_itself_recovers_at_the_next_start() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let cluster = Cluster::open_on(&machine, &data_dir)?;
    diesel::sql_query("CREATE TABLE potholes AS SELECT generate_series(1, 3)").execute(&mut connect(&cluster)?)?;
    let server = cluster.usage.server.home().to_owned();
    // As the server's user: PostgreSQL takes it for the server, which it would not do with somebody else's process.
    let mut sleep = cluster.usage.server.account().command(Path::new("sleep")).arg("60").current_dir("/").spawn()?;
    let stopped = cluster.usage.server.run("pg_ctl", |command| {
        command.args(["stop", "--silent", "--wait", "--mode=immediate", "--pgdata"]).arg(server.join("data"));
    });
    assert!(stopped.is_ok());
    forget(&cluster);
    drop(cluster);
    // The pid file of a crash, its number now that of a process which is no server.
    let pid_file = server.join("data/postmaster.pid");
    let left = format!("{}\n{}\n", sleep.id(), server.join("data").display());
    fs::write(&pid_file, left)?;
    let opened = Cluster::open_on(&machine, &data_dir);
    sleep.kill()?;
    sleep.wait()?;
    assert_eq!(rows(&mut connect(&opened?)?)?, 3);
    Ok(())
}

#[test]
fn two_that_open_a_new_data_directory_at_once_share_one_server() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let opened: Vec<_> = std::thread::scope(|scope| {
        let open = || scope.spawn(|| Cluster::open_on(&machine, &data_dir));
        [open(), open()].map(|thread| thread.join()).into()
    });
    for cluster in opened {
        connect(&cluster.map_err(|_| "a thread panicked")??)?;
    }
    Ok(())
}

#[test]
fn a_create_that_was_interrupted_is_begun_again() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    fs::create_dir(&data_dir)?;
    let (home, _) = account::settle(&machine, &data_dir)?;
    fs::create_dir(home.join("data.new"))?;
    fs::write(home.join("data.new/PG_VERSION"), "15\n")?;
    connect(&Cluster::open_on(&machine, &data_dir)?)?;
    assert!(!home.join("data.new").exists());
    Ok(())
}

#[test]
fn a_data_directory_that_cannot_hold_a_socket_has_it_elsewhere_and_private() -> TestResult {
    for name in ["a rather 'long', \"quoted\" %41 name ".repeat(4), "a, b".to_owned()] {
        let (ground, machine) = ground()?;
        let cluster = Cluster::open_on(&machine, &ground.path().join(name))?;
        assert!(cluster.socket_dir.starts_with(&machine.sockets));
        assert_eq!(fs::metadata(&cluster.socket_dir)?.permissions().mode() & 0o777, 0o700);
        connect(&cluster)?;
    }
    Ok(())
}

#[test]
fn a_name_that_needs_quoting_everywhere_works() -> TestResult {
    let (ground, machine) = ground()?;
    let cluster = Cluster::open_on(&machine, &ground.path().join("it's \"a\" %41 `b` $(c) \\ ü"))?;
    assert!(!cluster.socket_dir.starts_with(&machine.sockets));
    connect(&cluster)?;
    Ok(())
}

#[test]
fn a_socket_directory_that_somebody_else_may_have_made_is_refused() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("long".repeat(30));
    fs::create_dir(&data_dir)?;
    let (_, account) = account::settle(&machine, &data_dir)?;
    let taken = machine.sockets.join(format!("mendmap-{}", account.uid));
    fs::create_dir(&taken)?;
    fs::set_permissions(&taken, fs::Permissions::from_mode(0o777))?;
    let refused = Cluster::open_on(&machine, &data_dir);
    assert!(matches!(refused, Err(EmbeddedError::NotPrivate { .. })), "{refused:?}");
    Ok(())
}

#[test]
fn without_a_server_the_error_is_one_line_that_says_what_to_do() -> TestResult {
    let (ground, machine) = ground()?;
    let machine = Machine { programs: ground.path().join("no-programs"), ..machine };
    let error = Cluster::open_on(&machine, &ground.path().join("data")).err().ok_or("it opened")?.to_string();
    assert!(error.contains("make setup") && error.contains("DATABASE_URL") && !error.contains('\n'), "{error}");
    Ok(())
}

#[test]
fn a_cluster_of_a_version_that_is_gone_is_left_alone() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    fs::create_dir(&data_dir)?;
    let (home, _) = account::settle(&machine, &data_dir)?;
    fs::create_dir(home.join("data"))?;
    fs::write(home.join("data/PG_VERSION"), "9999\n")?;
    let refused = Cluster::open_on(&machine, &data_dir);
    assert!(matches!(refused, Err(EmbeddedError::VersionMissing { .. })), "{refused:?}");
    Ok(())
}

#[test]
fn a_server_that_does_not_start_says_why_in_one_line() -> TestResult {
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let cluster = Cluster::open_on(&machine, &data_dir)?;
    cluster.stop()?;
    let settings = cluster.usage.server.home().join("data/postgresql.conf");
    fs::write(&settings, "include 'mendmap.conf'\nmax_connections = none\n")?;
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644))?;
    let error = Cluster::open_on(&machine, &data_dir).err().ok_or("it started")?.to_string();
    assert!(error.contains("FATAL") && error.contains("server.log") && !error.contains('\n'), "{error}");
    Ok(())
}

#[test]
fn as_root_a_missing_user_is_named_with_the_command_that_makes_it() -> TestResult {
    if !is_root() {
        return Ok(());
    }
    let (ground, machine) = ground()?;
    let machine = Machine { service_user: "mendmap-nobody".into(), ..machine };
    let error = Cluster::open_on(&machine, &ground.path().join("data")).err().ok_or("it opened")?.to_string();
    assert!(error.contains("useradd --system mendmap-nobody") && !error.contains('\n'), "{error}");
    Ok(())
}

#[test]
fn as_root_a_data_directory_the_server_cannot_reach_links_to_a_home_it_can() -> TestResult {
    if !is_root() {
        return Ok(());
    }
    let (ground, machine) = ground()?;
    let closed = ground.path().join("closed");
    fs::create_dir(&closed)?;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700))?;
    let data_dir = closed.join("data");

    let cluster = Cluster::open_on(&machine, &data_dir)?;
    let home = fs::read_link(data_dir.join("postgres"))?;
    assert!(home.starts_with(&machine.service_home));
    diesel::sql_query("CREATE TABLE potholes AS SELECT generate_series(1, 3)").execute(&mut connect(&cluster)?)?;
    cluster.stop()?;
    let cluster = Cluster::open_on(&machine, &data_dir)?;
    assert_eq!(rows(&mut connect(&cluster)?)?, 3);
    cluster.stop()?;

    // Whoever deletes the data directory begins anew; the old cluster is left as it is.
    fs::remove_dir_all(&data_dir)?;
    let anew = Cluster::open_on(&machine, &data_dir)?;
    assert!(rows(&mut connect(&anew)?).is_err());
    assert_ne!(fs::read_link(data_dir.join("postgres"))?, home);
    Ok(())
}

#[test]
fn the_server_is_in_a_session_of_its_own() -> TestResult {
    let (ground, machine) = ground()?;
    let cluster = Cluster::open_on(&machine, &ground.path().join("data"))?;
    let pid = fs::read_to_string(cluster.usage.server.home().join("data/postmaster.pid"))?;
    let pid = pid.lines().next().ok_or("no pid")?;
    let state = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the name in brackets: state, parent, process group, session.
    let session = state.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(3)).ok_or("no session")?;
    assert_eq!(session, pid);
    Ok(())
}

/// Names the data directory that the second process of the next test opens.
const HELD: &str = "MENDMAP_TEST_HELD_DATA_DIR";

#[test]
fn an_interrupt_that_nobody_else_hears_stops_the_server_before_it_ends_the_process() -> TestResult {
    if let Some(held) = std::env::var_os(HELD) {
        let (_, machine) = ground()?;
        let _cluster = Cluster::open_on(&machine, Path::new(&held))?;
        std::thread::sleep(std::time::Duration::from_secs(60));
        return Err("nobody interrupted".into());
    }
    let (ground, machine) = ground()?;
    let data_dir = ground.path().join("data");
    let name = std::thread::current().name().ok_or("a test has a name")?.to_owned();
    let mut holder = Command::new(std::env::current_exe()?)
        .args(["--exact", &name])
        .env(HELD, &data_dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let database = data_dir.join("postgres/data/postmaster.pid");
    while !database.exists() {
        assert!(holder.try_wait()?.is_none(), "the other process ended early");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // The server may only be starting yet: the signal waits.
    assert!(Command::new("kill").args(["-INT", &holder.id().to_string()]).status()?.success());
    assert_eq!(holder.wait()?.signal(), Some(signal_hook::consts::SIGINT));
    assert!(!database.exists());

    // And the next start finds everything in order.
    connect(&Cluster::open_on(&machine, &data_dir)?)?;
    Ok(())
}
