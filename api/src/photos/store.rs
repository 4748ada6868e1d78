//! Where photos are kept: a folder, shared by all processes, written atomically.

use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use mendmap_shared::wire::photos::PhotoId;
use uuid::Uuid;

use super::rules::{Processed, Size};

/// A folder of photos: `ab/cd/<id>-<size>.jpg`.
#[derive(Debug)]
pub struct PhotoStore {
    root: PathBuf,
}

impl PhotoStore {
    /// Uses this folder; makes it if it is not there, for this user alone, as not every photo is public.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(root: &Path) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        Ok(Self { root: root.to_owned() })
    }

    /// Whether photos can be read now: the folder is there.
    ///
    /// # Errors
    /// Why not.
    pub fn read_check(&self) -> io::Result<()> {
        std::fs::read_dir(&self.root).map(drop)
    }

    /// Whether it can be written now.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> io::Result<()> {
        let probe = self.root.join(format!(".probe-{}", Uuid::new_v4().simple()));
        std::fs::write(&probe, b"")?;
        std::fs::remove_file(&probe)
    }

    /// Keeps all sizes of a picture. A size that is there already is the same: its name is its content's hash.
    ///
    /// # Errors
    /// When a file cannot be written; nothing half-written is ever visible.
    pub fn put(&self, picture: &Processed) -> io::Result<()> {
        let folder = self.root.join(&picture.id[..2]).join(&picture.id[2..4]);
        let is_new = !folder.exists();
        std::fs::create_dir_all(&folder)?;
        // The largest last: a photo whose largest size is there is whole.
        for (file, size) in picture.files.iter().zip(Size::ALL).rev() {
            let path = folder.join(file_name(&picture.id, size));
            if path.exists() {
                continue;
            }
            // Removed again where it cannot be finished: a store that is full must not be kept full by halves.
            let mut unfinished = tempfile::Builder::new().prefix(".").tempfile_in(&folder)?;
            unfinished.write_all(file)?;
            unfinished.as_file().sync_all()?;
            unfinished.persist(&path)?;
        }
        // A name is lost with the power, too, as long as its folder is not written.
        let mut parents = folder.ancestors().take(if is_new { 3 } else { 1 });
        parents.try_for_each(|folder| std::fs::File::open(folder)?.sync_all())
    }

    /// Throws a picture away; what is gone already is fine.
    ///
    /// # Errors
    /// When a file is there and cannot be removed.
    pub fn remove(&self, id: &PhotoId) -> io::Result<()> {
        for size in Size::ALL {
            match std::fs::remove_file(self.path(id, size)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The file of one size.
    #[must_use]
    pub fn path(&self, id: &PhotoId, size: Size) -> PathBuf {
        let id = id.as_str();
        self.root.join(&id[..2]).join(&id[2..4]).join(file_name(id, size))
    }
}

fn file_name(id: &str, size: Size) -> String {
    format!("{id}-{}.jpg", size.as_str())
}
