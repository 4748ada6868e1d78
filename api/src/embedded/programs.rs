//! Which PostgreSQL to run.

use std::fs;
use std::path::{Path, PathBuf};

use super::{EmbeddedError, Machine};

/// The oldest major version Mendmap is tested with.
const OLDEST: u32 = 15;

/// Finds the folder of server programs: the newest version that has PostGIS, or for a cluster that exists the version
/// that made it, because no other can read it.
pub(super) fn find(machine: &Machine, data: &Path) -> Result<PathBuf, EmbeddedError> {
    let searched = machine.programs.clone();
    let Ok(version) = fs::read_to_string(data.join("PG_VERSION")) else {
        return newest(machine).ok_or(EmbeddedError::NoServer { oldest: OLDEST, searched });
    };
    let version = version.trim().to_owned();
    let programs = version.parse().ok().and_then(|version| usable(machine, version));
    programs.ok_or_else(|| EmbeddedError::VersionMissing { data: data.to_owned(), version, searched })
}

fn newest(machine: &Machine) -> Option<PathBuf> {
    let names = fs::read_dir(&machine.programs).ok()?.flatten().map(|entry| entry.file_name());
    let mut versions: Vec<u32> = names.filter_map(|name| name.to_str()?.parse().ok()).collect();
    versions.sort_unstable();
    versions.into_iter().rev().filter(|version| *version >= OLDEST).find_map(|version| usable(machine, version))
}

/// The programs of a version, when all we need of it is installed (the client alone leaves a folder too).
fn usable(machine: &Machine, version: u32) -> Option<PathBuf> {
    let programs = machine.programs.join(version.to_string()).join("bin");
    let postgis = machine.extensions.join(version.to_string()).join("extension/postgis.control");
    let complete = ["initdb", "pg_ctl", "postgres"].iter().all(|program| programs.join(program).is_file());
    (complete && postgis.is_file()).then_some(programs)
}
