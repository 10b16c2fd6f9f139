//! Whom Postgres runs as. It refuses to run as root, so root lends it another account.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::Error;

/// The account of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Our own.
    Ours,
    /// Another one, because ours is root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// Ours, unless that is root: then `postgres` where it exists, else `nobody`.
    pub(super) fn choose() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ours);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(Self::named)
            .ok_or(Error::NoAccount)
    }

    /// Asks `id`, which knows the accounts of every directory service, where `/etc/passwd` does not.
    fn named(name: &str) -> Option<Self> {
        let ask = |flag| {
            let output = Command::new("id").args([flag, name]).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        match (ask("-u")?, ask("-g")?) {
            (0, _) => None,
            (uid, gid) => Some(Self::Other { uid, gid }),
        }
    }

    /// Makes `command` run as this account.
    pub(super) fn run(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Makes this account the owner of `path`.
    pub(super) fn own(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Ours => Ok(()),
            Self::Other { uid, gid } => {
                chown(path, Some(uid), Some(gid)).map_err(Error::io("give away", path))
            }
        }
    }
}
