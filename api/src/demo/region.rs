//! A real region from a folder of open data, with bodies, made-up reports and sign-ins on top.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{DemoSummary, REPORTS, accounts, reports};
use crate::bodies::councils;
use crate::photos::store::PhotoStore;
use crate::places::import::{AreaKind, ImportCommand};
use crate::schema;

/// How deep below the folder files are looked for.
const DEPTH: usize = 3;

fn progress(line: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}

/// All files below a folder, sorted, so that they load in the same order everywhere.
fn files_below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            found.push(path);
        } else if depth > 1 {
            files_below(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// The imports a folder calls for, in the order they must run: areas first, because the rest is labelled by them.
fn imports(folder: &Path) -> anyhow::Result<Vec<ImportCommand>> {
    let mut files = Vec::new();
    files_below(folder, DEPTH, &mut files)?;
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<PathBuf> {
        files.iter().filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(fits)).cloned().collect()
    };
    let councils = named(&|name| name.ends_with("_councils_filled.geojson"));
    let wards = named(&|name| name.contains("_wards_") && name.ends_with("_detailed.geojson"));
    let postcodes = named(&|name| name.ends_with("_postcodes.csv"));
    let streets = named(&|name| name.ends_with("_streets.csv"));
    let osm = named(&|name| name.ends_with(".osm.pbf"));
    ensure!(
        !councils.is_empty() && (!streets.is_empty() || !osm.is_empty()),
        "{} has no region: a file *_councils_filled.geojson, and *_streets.csv or *.osm.pbf, are needed",
        folder.display()
    );
    // Single odd rows of open data must not keep a town from loading; they are named and counted.
    let skip_bad = true;
    let mut commands = Vec::new();
    commands.extend(councils.into_iter().map(|file| ImportCommand::Areas { file, kind: AreaKind::Council, skip_bad }));
    commands.extend(wards.into_iter().map(|file| ImportCommand::Areas { file, kind: AreaKind::Ward, skip_bad }));
    commands.extend(postcodes.into_iter().map(|file| ImportCommand::Postcodes { file, skip_bad }));
    for (source, file) in with_sources(streets, "_streets.csv", "streets") {
        commands.push(ImportCommand::Streets { file, source, skip_bad });
    }
    for (source, file) in with_sources(osm, ".osm.pbf", "osm") {
        commands.push(ImportCommand::Osm { file, source, skip_bad });
    }
    Ok(commands)
}

/// One file is the importer's usual source, so that importing it by hand later finds its rows again. Several get their own
/// (`osm-newport` for `newport.osm.pbf`): two towns must not take each other for an older version.
fn with_sources(files: Vec<PathBuf>, ending: &str, usual: &str) -> Vec<(String, PathBuf)> {
    let alone = files.len() == 1;
    let source = |file: &Path| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        format!("{usual}-{}", name.strip_suffix(ending).unwrap_or(name))
    };
    files.into_iter().map(|file| (if alone { usual.to_owned() } else { source(&file) }, file)).collect()
}

/// Loads a region from the files below `folder`, found by their names (`*_councils_filled.geojson`,
/// `*_wards_*_detailed.geojson`, `*_postcodes.csv`, `*_streets.csv`, `*.osm.pbf`); makes bodies of its councils, and, where
/// there are none yet, reports and sign-ins. Can be repeated. Says what it does on standard output.
///
/// # Errors
/// When the folder has no region, a file cannot be taken, or from the database. What was imported before stays.
pub fn fill_region(
    conn: &mut PgConnection,
    store: &PhotoStore,
    folder: &Path,
    now: DateTime<Utc>,
) -> anyhow::Result<DemoSummary> {
    for command in imports(folder)? {
        let (ImportCommand::Areas { file, .. }
        | ImportCommand::Postcodes { file, .. }
        | ImportCommand::Streets { file, .. }
        | ImportCommand::Osm { file, .. }) = &command;
        progress(format_args!("Loading {}", file.display()))?;
        progress(format_args!("{}", command.run(conn)?.to_string().trim_end()))?;
    }
    let made = conn.transaction(councils::bodies_for_councils)?;
    progress(format_args!("{made} councils became bodies"))?;
    let mut summary = DemoSummary::default();
    if schema::reports::table.count().get_result::<i64>(conn)? == 0 {
        progress("Drawing photos and making up reports")?;
        summary.reports = reports::fill(conn, store, REPORTS, now)?;
    }
    if schema::users::table.count().get_result::<i64>(conn)? == 0 {
        summary.accounts = conn.transaction(|conn| accounts::create(conn, now))?;
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_load_first_and_several_files_of_a_kind_are_sources_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let below = folder.path().join("all");
        std::fs::create_dir(&below).expect("made");
        for name in [
            "a_streets.csv",
            "f_streets.csv",
            "b.osm.pbf",
            "c_postcodes.csv",
            "d_wards_2013_detailed.geojson",
            "e_councils_filled.geojson",
            "x.txt",
        ] {
            std::fs::write(below.join(name), "").expect("written");
        }
        let commands = imports(folder.path()).expect("a region");
        assert!(matches!(&commands[0], ImportCommand::Areas { kind: AreaKind::Council, .. }));
        assert!(matches!(&commands[1], ImportCommand::Areas { kind: AreaKind::Ward, .. }));
        assert!(matches!(&commands[3], ImportCommand::Streets { source, .. } if source == "streets-a"));
        assert!(matches!(&commands[4], ImportCommand::Streets { source, .. } if source == "streets-f"));
        assert!(matches!(&commands[5], ImportCommand::Osm { source, .. } if source == "osm"));
        assert_eq!(commands.len(), 6);
    }

    #[test]
    fn a_folder_without_a_region_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(imports(folder.path()).is_err());
    }
}
