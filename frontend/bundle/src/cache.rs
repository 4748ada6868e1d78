//! Results of the slow steps, kept beside cargo's output under a name made of everything they depend on: what did not
//! change is not optimised or compressed again, and nothing has to be invalidated.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

const KEEP: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// A folder of results.
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Opens the cache beside the compiled app.
    pub fn open(compiled: &Path) -> Result<Cache> {
        let dir = compiled.with_file_name("bundle");
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        Ok(Cache { dir })
    }

    /// The folder holding the result of `step` for `inputs`. On the first call with these inputs `make` fills it; a
    /// `make` that fails leaves nothing behind.
    pub fn folder(&self, step: &str, inputs: &[&[u8]], make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let folder = self.dir.join(format!("{step}-{}", hash(inputs)));
        if folder.is_dir() {
            // A result that is used stays young.
            fs::File::open(&folder)?.set_modified(SystemTime::now())?;
            return Ok(folder);
        }
        let making = tempfile::tempdir_in(&self.dir)?;
        make(making.path()).with_context(|| format!("the step {step} failed"))?;
        fs::rename(making.keep(), &folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Like [`Cache::folder`], for a step whose result is one piece.
    pub fn bytes(&self, step: &str, inputs: &[&[u8]], make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        let folder = self.folder(step, inputs, |folder| Ok(fs::write(folder.join("result"), make()?)?))?;
        fs::read(folder.join("result")).with_context(|| format!("cannot read {}", folder.display()))
    }

    /// Deletes results that nobody used for two weeks. A failure only costs disk space, so it is not reported.
    pub fn forget_old(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        for entry in entries.flatten() {
            let age = entry.metadata().and_then(|meta| meta.modified()).map(|time| time.elapsed().unwrap_or_default());
            if age.is_ok_and(|age| age > KEEP) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// The first 16 hexadecimal digits of the SHA-256 over `parts`; where one part ends and the next begins counts.
pub fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_runs_once_for_the_same_inputs_and_again_for_others() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let cache = Cache::open(&dir.path().join("app.wasm"))?;
        let mut runs = 0;
        for input in ["a", "a", "b"] {
            let result = cache.bytes("step", &[input.as_bytes()], || {
                runs += 1;
                Ok(input.to_uppercase().into_bytes())
            })?;
            assert_eq!(result, input.to_uppercase().into_bytes());
        }
        assert_eq!(runs, 2);
        Ok(())
    }

    #[test]
    fn a_step_that_fails_is_tried_again() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let cache = Cache::open(&dir.path().join("app.wasm"))?;
        assert!(cache.bytes("step", &[], || anyhow::bail!("no")).is_err());
        assert_eq!(cache.bytes("step", &[], || Ok(vec![1]))?, vec![1]);
        Ok(())
    }

    #[test]
    fn the_hash_knows_where_one_part_ends() {
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
    }
}
