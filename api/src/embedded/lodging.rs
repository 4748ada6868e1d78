//! A place for clusters of another make than ours: the twin of the production topology keeps its writer, standby and WAL there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::{self, Account};
use super::{EmbeddedError, Machine, programs};

/// A folder that PostgreSQL's user owns, that user, and the server's programs.
#[derive(Debug)]
pub struct Lodging {
    home: PathBuf,
    programs: PathBuf,
    account: Account,
}

impl Lodging {
    /// The lodging of this data folder, made if it is not there. As root it may lie elsewhere, with a link to it in the
    /// folder, where PostgreSQL's user cannot enter the folder.
    ///
    /// # Errors
    /// When there is no server with PostGIS, no account to run it, or a folder cannot be made.
    pub fn open(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let machine = Machine::this_one();
        fs::create_dir_all(data_dir).map_err(EmbeddedError::file("create", data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(EmbeddedError::file("find", data_dir))?;
        let (home, account) = account::settle(&machine, &data_dir)?;
        let programs = programs::find(&machine, &home.join("data"))?;
        Ok(Self { home, programs, account })
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A command of PostgreSQL's programs, in the folder and as its owner.
    #[must_use]
    pub fn server_command(&self, program: &str) -> Command {
        self.command(&self.programs.join(program))
    }

    /// Any command, in the folder and as its owner.
    #[must_use]
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.account.command(program);
        command.current_dir(&self.home);
        command
    }

    /// Makes a folder that only its owner can enter.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create_dir(&self, path: &Path) -> Result<(), EmbeddedError> {
        self.account.create_private_dir(path)
    }

    /// Writes a file that belongs to the owner.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path, text: &str) -> Result<(), EmbeddedError> {
        fs::write(path, text).map_err(EmbeddedError::file("write", path))?;
        self.account.hand_over(path)
    }
}
