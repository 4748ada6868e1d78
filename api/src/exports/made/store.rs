//! Where exports are kept: a folder, shared by all processes, in which nothing half-written has a final name.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use mendmap_shared::wire::exports::ExportFormat;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// What the names of folders begin with in which something is being written.
const UNFINISHED: &str = ".part-";
/// After so long nobody is writing there any more.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

/// A folder of exports: `<name>/reports.<format>`.
#[derive(Debug)]
pub struct ExportStore {
    root: PathBuf,
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its bytes.
    pub bytes: i64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl ExportStore {
    /// Uses this folder; makes it if it is not there, for this user alone, as not every export is public.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        Ok(Self { root: root.to_owned() })
    }

    /// Where the store is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder to write `name` in, gone when it is dropped. What an attempt before left is thrown away: should it still be
    /// writing somewhere, it will find that it cannot [`Self::keep`] it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn begin(&self, name: &str) -> io::Result<TempDir> {
        let prefix = format!("{UNFINISHED}{name}-");
        for entry in self.entries()? {
            if entry.starts_with(&prefix) {
                remove(&self.root.join(entry))?;
            }
        }
        tempfile::Builder::new().prefix(&prefix).tempdir_in(&self.root)
    }

    /// Gives what was written in the folder its final name, at once and for good; what was there before is gone.
    ///
    /// # Errors
    /// When it cannot; nothing has that name then, or what had it before.
    pub fn keep(&self, written: &TempDir, name: &str) -> io::Result<()> {
        File::open(written.path())?.sync_all()?;
        let place = self.root.join(name);
        remove(&place)?;
        fs::rename(written.path(), &place)?;
        // A name is lost with the power, too, as long as its folder is not written.
        File::open(&self.root)?.sync_all()
    }

    /// The file of one format in the folder of this name.
    #[must_use]
    pub fn path(&self, name: &str, format: ExportFormat) -> PathBuf {
        self.root.join(name).join(file_name(format))
    }

    /// Throws away everything but what has known names, and what is still being written. It looks what is there before it asks which
    /// names are known: what comes meanwhile is in nobody's way.
    ///
    /// # Errors
    /// What `known` returns, or when something is there and cannot be removed.
    pub fn sweep(&self, known: impl FnOnce() -> anyhow::Result<HashSet<String>>) -> anyhow::Result<()> {
        let there = self.entries()?;
        let known = known()?;
        for entry in there {
            let path = self.root.join(&entry);
            let is_old = || {
                let changed = fs::metadata(&path).and_then(|meta| meta.modified());
                let age = |at| SystemTime::now().duration_since(at).unwrap_or_default();
                changed.is_ok_and(|at| age(at) > ABANDONED)
            };
            let goes = if entry.starts_with('.') { is_old() } else { !known.contains(&entry) };
            if goes {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.root)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}

/// What the file of a format is called in its folder.
#[must_use]
pub fn file_name(format: ExportFormat) -> String {
    format!("reports.{format}")
}

/// Reads a file from end to end.
///
/// # Errors
/// When it cannot be read.
pub fn measure(path: &Path) -> anyhow::Result<Measured> {
    let (mut file, mut digest, mut buffer, mut bytes) = (File::open(path)?, Sha256::new(), vec![0; 64 * 1024], 0_i64);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(buffer.get(..read).unwrap_or_default());
        bytes += i64::try_from(read)?;
    }
    Ok(Measured { bytes, sha256: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect() })
}

/// Removes a folder or a file; what is gone already is fine.
fn remove(path: &Path) -> io::Result<()> {
    match if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) } {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_was_overtaken_cannot_put_its_file_in_the_place_of_the_whole_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ExportStore::open(folder.path()).expect("a store");
        let slow = store.begin("one").expect("a place");
        fs::write(slow.path().join("reports.csv"), "half").expect("writes");
        let quick = store.begin("one").expect("a place");
        assert!(!slow.path().exists(), "its beginning is thrown away");
        fs::write(quick.path().join("reports.csv"), "whole").expect("writes");
        store.keep(&quick, "one").expect("kept");
        assert!(store.keep(&slow, "one").is_err());
        assert_eq!(fs::read_to_string(store.path("one", ExportFormat::Csv)).expect("reads"), "whole");
    }

    #[test]
    fn what_nobody_knows_is_swept_out_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ExportStore::open(folder.path()).expect("a store");
        for name in ["known", "forgotten"] {
            store.keep(&store.begin(name).expect("a place"), name).expect("kept");
        }
        let writing = store.begin("later").expect("a place");
        store.sweep(|| Ok(HashSet::from(["known".to_owned()]))).expect("swept");
        assert!(store.root().join("known").exists() && writing.path().exists());
        assert!(!store.root().join("forgotten").exists());
    }
}
