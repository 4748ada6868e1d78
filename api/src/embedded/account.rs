//! Who runs the server, and where that user can keep it. PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::{User, geteuid};
use sha2::{Digest, Sha256};
use tracing::warn;

use super::{EmbeddedError, Machine};

/// The user that runs the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// User id.
    pub(super) uid: u32,
    /// Group id, and the need to change to both; `None` when this process is that user.
    change_to_group: Option<u32>,
}

impl Account {
    /// A command that runs as this user, free of the `PG…` variables of whoever started us.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        if let Some(gid) = self.change_to_group {
            command.uid(self.uid).gid(gid);
        }
        command
    }

    /// Creates a directory only this user (and root) can enter; its parent must exist.
    pub(super) fn create_private_dir(&self, path: &Path) -> Result<(), EmbeddedError> {
        fs::DirBuilder::new().mode(0o700).create(path).map_err(EmbeddedError::file("create", path))?;
        self.hand_over(path)
    }

    /// Makes a file or directory that we created this user's.
    pub(super) fn hand_over(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self.change_to_group {
            Some(gid) => chown(path, Some(self.uid), Some(gid)).map_err(EmbeddedError::file("hand over", path)),
            None => Ok(()),
        }
    }

    /// Whether this user can get into a directory. The kernel is asked, as there is more to it than modes.
    fn can_enter(&self, path: &Path) -> bool {
        let status = self.command(Path::new("test")).arg("-x").arg(path).current_dir("/").status();
        self.change_to_group.is_none() || status.is_ok_and(|status| status.success())
    }
}

/// Decides who runs the server of `data_dir`, and makes sure that its home exists and is private to that user.
pub(super) fn settle(machine: &Machine, data_dir: &Path) -> Result<(PathBuf, Account), EmbeddedError> {
    let link = data_dir.join("postgres");
    if let Ok(home) = link.canonicalize() {
        let account = owner_of(&home)?;
        return Ok((home, account));
    }
    if !geteuid().is_root() {
        let account = Account { uid: geteuid().as_raw(), change_to_group: None };
        account.create_private_dir(&link)?;
        return Ok((link, account));
    }
    let account = service_account(&machine.service_user)?;
    if account.can_enter(data_dir) {
        account.create_private_dir(&link)?;
        return Ok((link, account));
    }
    let home = home_elsewhere(&machine.service_home, data_dir)?;
    account.create_private_dir(&home)?;
    let home = home.canonicalize().map_err(EmbeddedError::file("find", &home))?;
    // A link to a home that is gone is of no use to anybody.
    if link.is_symlink() {
        fs::remove_file(&link).map_err(EmbeddedError::file("remove", &link))?;
    }
    symlink(&home, &link).map_err(EmbeddedError::file("create", &link))?;
    Ok((home, account))
}

/// A cluster that exists is run by its owner.
fn owner_of(home: &Path) -> Result<Account, EmbeddedError> {
    let found = fs::metadata(home).map_err(EmbeddedError::file("read", home))?;
    if found.uid() == geteuid().as_raw() && !geteuid().is_root() {
        Ok(Account { uid: found.uid(), change_to_group: None })
    } else if geteuid().is_root() && found.uid() != 0 {
        Ok(Account { uid: found.uid(), change_to_group: Some(found.gid()) })
    } else {
        Err(EmbeddedError::OtherOwner { home: home.to_owned(), owner: found.uid() })
    }
}

fn service_account(name: &str) -> Result<Account, EmbeddedError> {
    match User::from_name(name) {
        Ok(Some(user)) => Ok(Account { uid: user.uid.as_raw(), change_to_group: Some(user.gid.as_raw()) }),
        _ => Err(EmbeddedError::NoAccount { name: name.to_owned() }),
    }
}

/// A new home under `service_home`, named after the data directory. When one of that name exists, its data directory
/// was deleted, and whoever did that wanted to begin anew.
fn home_elsewhere(service_home: &Path, data_dir: &Path) -> Result<PathBuf, EmbeddedError> {
    fs::create_dir_all(service_home).map_err(EmbeddedError::file("create", service_home))?;
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let first = service_home.join(&name);
    if first.exists() {
        warn!(path = %first.display(), "left as it is: an older database of a data directory that was deleted");
    }
    let others = (2..).map(|number| service_home.join(format!("{name}-{number}")));
    Ok(std::iter::once(first.clone()).chain(others).find(|home| !home.exists()).unwrap_or(first))
}
