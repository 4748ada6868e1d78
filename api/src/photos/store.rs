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
        std::fs::create_dir_all(&folder)?;
        // The largest last: a photo whose largest size is there is whole.
        for (file, size) in picture.files.iter().zip(Size::ALL).rev() {
            let path = folder.join(file_name(&picture.id, size));
            if path.exists() {
                continue;
            }
            let unfinished = folder.join(format!(".{}", Uuid::new_v4().simple()));
            let mut out = std::fs::File::create(&unfinished)?;
            out.write_all(file)?;
            out.sync_all()?;
            std::fs::rename(&unfinished, &path)?;
        }
        Ok(())
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
