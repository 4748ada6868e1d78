//! A real region from a folder of open data, with bodies, made-up reports and sign-ins on top.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::reports::{self, Pictures};
use super::{DemoSummary, accounts};
use crate::bodies::councils;
use crate::places::import::{AreaKind, How, ImportCommand, OSM_CREDIT};
use crate::schema;
use crate::site::Content;
use crate::site::queries::note_filling;

/// How deep below the folder files are looked for.
const DEPTH: usize = 3;

/// Says how far it is, on standard output.
///
/// # Errors
/// When nobody can be told.
pub(super) fn progress(line: impl std::fmt::Display) -> std::io::Result<()> {
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

/// All files of a region's folder.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    files_below(folder, DEPTH, &mut files)?;
    Ok(files)
}

/// The imports a folder calls for, in the order they must run: areas first, because the rest is labelled by them.
fn imports(folder: &Path) -> anyhow::Result<Vec<ImportCommand>> {
    let files = files(folder)?;
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
    let how = |file: &Path| How { skip_bad: true, attribution: attribution(file) };
    let mut commands = Vec::new();
    let areas = |kind| move |file: PathBuf| ImportCommand::Areas { how: how(&file), file, kind };
    commands.extend(councils.into_iter().map(areas(AreaKind::Council)));
    commands.extend(wards.into_iter().map(areas(AreaKind::Ward)));
    commands.extend(postcodes.into_iter().map(|file| ImportCommand::Postcodes { how: how(&file), file }));
    for (source, file) in with_sources(streets, "_streets.csv", "streets") {
        commands.push(ImportCommand::Streets { how: how(&file), file, source, replace: false });
    }
    for (source, file) in with_sources(osm, ".osm.pbf", "osm") {
        commands.push(ImportCommand::Osm { how: how(&file), file, source, replace: false });
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
/// there are none yet, `reports` reports and sign-ins. Says what it does on standard output.
///
/// Each step is kept when it is done, and the database remembers that the whole has begun: after an interruption, calling
/// it again does what is left.
///
/// # Errors
/// When the folder has no region, a file cannot be taken, or from the database. What was imported before stays.
pub fn fill_region(
    conn: &mut PgConnection,
    pictures: &Pictures<'_>,
    folder: &Path,
    reports: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<DemoSummary> {
    let commands = imports(folder)?;
    let content = Content::Region(super::named(folder)?.0);
    note_filling(conn, &content, false)?;
    for command in commands {
        progress(format_args!("Loading {}", command.file().display()))?;
        progress(format_args!("{}", command.run(conn)?.to_string().trim_end()))?;
    }
    let made = conn.transaction(councils::bodies_for_councils)?;
    progress(format_args!("{made} councils became bodies"))?;
    let mut summary = DemoSummary::default();
    if schema::reports::table.count().get_result::<i64>(conn)? == 0 {
        progress("Drawing photos and making up reports")?;
        summary.reports = reports::fill_with(conn, pictures.album()?, reports, now)?;
    }
    conn.transaction(|conn| {
        if schema::users::table.count().get_result::<i64>(conn)? == 0 {
            summary.accounts = accounts::create(conn, now)?;
        }
        note_filling(conn, &content, true)?;
        Ok(summary)
    })
}

/// The text after "Attribution:" or "Attribution to show:", in quotation marks, in the README.md beside a file: what the
/// file's makers ask to be shown.
fn attribution(file: &Path) -> Option<String> {
    let readme = std::fs::read_to_string(file.with_file_name("README.md")).ok()?;
    let quoted = |line: &str| {
        let (_, rest) = line.split_once("Attribution")?;
        let (introduction, rest) = rest.split_once('"')?;
        let (text, _) = rest.split_once('"')?;
        introduction.trim_end().ends_with(':').then(|| text.to_owned())
    };
    let openstreetmap = || readme.contains(OSM_CREDIT).then(|| OSM_CREDIT.to_owned());
    readme.lines().find_map(quoted).or_else(openstreetmap)
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
    fn what_is_to_be_shown_stands_in_the_readme_beside_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a_streets.csv");
        let beside = |readme: &str| {
            std::fs::write(folder.path().join("README.md"), readme).expect("written");
            attribution(&file)
        };
        assert_eq!(attribution(&file), None);
        assert_eq!(
            beside("Licence: OGL.\nAttribution to show: \"Contains OS data.\"\n").as_deref(),
            Some("Contains OS data.")
        );
        assert_eq!(beside("Licence: OGL. Attribution: \"© Crown\".").as_deref(), Some("© Crown"));
        assert_eq!(beside("ODbL 1.0, © OpenStreetMap contributors. Attribution needed").as_deref(), Some(OSM_CREDIT));
        assert_eq!(beside("Attribution of \"this\" is not needed"), None);
    }

    #[test]
    fn a_folder_without_a_region_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(imports(folder.path()).is_err());
    }
}
